// How mails leave the server: every transport, servers that are down or say no, templates of one's own, the end.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { createDatabase } from './support/databases.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { startMailSink, tokenOf } from './support/mail_sink.mjs';
import { admin, ashlar, startServer } from './support/server.mjs';

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// A server over HTTP that keeps the requests; `next` waits for one.
async function startService(answer = { status: 200, body: '{}' }) {
  const requests = [];
  const waiting = [];
  const server = http.createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    requests.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(pieces) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    waiting.shift()?.(requests.shift());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    next: () => (requests.length ? Promise.resolve(requests.shift()) : new Promise((resolve) => waiting.push(resolve))),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('Mail', () => {
  const opened = [];
  let database;
  const start = async (env) => {
    database ??= await createDatabase('sqlite3');
    const server = await startServer({ database, bootstrap: !database.ready, logsSecrets: env.EMAIL_TRANSPORT === 'log', env: { LOGIN_STALL_TIME: '0', EMAIL_VERIFY_SETUP: 'false', ...env } });
    database.ready = true;
    opened.push({ close: () => server.stop() });
    return server;
  };
  const sink = async (options) => {
    const made = await startMailSink(options);
    opened.push(made);
    return made;
  };
  const ask = (server) => server.post('/auth/password/request', { email: admin.email }, { token: null });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  test('goes by SMTP with a login and STARTTLS, over one connection where they are pooled', async () => {
    const server = await sink({
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ username, password }, session, done) => (username === 'post' && password === 'p:w@d/%' ? done(null, { user: username }) : done(new Error('no'))),
    });
    const cms = await start({
      ...server.env, EMAIL_SMTP_USER: 'post', EMAIL_SMTP_PASSWORD: 'p:w@d/%', EMAIL_SMTP_TLS_REJECT_UNAUTHORIZED: 'false', EMAIL_SMTP_POOL: 'true', EMAIL_SMTP_NAME: 'cms.example.com',
    });
    for (let i = 0; i < 3; ++i) {
      await ask(cms);
      const mail = await server.next(admin.email);
      assert.equal(mail.user, 'post');
      assert.equal(mail.secure, true);
    }
    assert.equal(server.connections(), 1);
  });

  test('goes by SMTP with TLS from the start', async () => {
    const server = await sink({ secure: true, disabledCommands: ['AUTH'] });
    const cms = await start({ ...server.env, EMAIL_SMTP_SECURE: 'true', EMAIL_SMTP_TLS_REJECT_UNAUTHORIZED: 'false' });
    await ask(cms);
    assert.equal((await server.next(admin.email)).secure, true);
  });

  test('trusts no certificate that nobody it knows has signed', async () => {
    const server = await sink({ disabledCommands: ['AUTH'] });
    const cms = await start(server.env);
    assert.equal((await ask(cms)).status, 204);
    await cms.logged(/was not sent: the SMTP server .* (certificate|SSL peer)/);
    assert.equal(server.mails.length, 0);
  });

  test('does not use TLS where it is told so', async () => {
    const server = await sink({ disabledCommands: ['AUTH'] });
    const cms = await start({ ...server.env, EMAIL_SMTP_IGNORE_TLS: 'true' });
    await ask(cms);
    assert.equal((await server.next(admin.email)).secure, false);
  });

  test('waits for a mail server that is down: the request does not, and nothing is lost', async () => {
    const port = await freePort();
    const cms = await start({ EMAIL_TRANSPORT: 'smtp', EMAIL_SMTP_HOST: '127.0.0.1', EMAIL_SMTP_PORT: String(port) });
    const begin = Date.now();
    assert.equal((await ask(cms)).status, 204);
    assert.ok(Date.now() - begin < 1500);
    await cms.logged(/was not sent yet: the SMTP server 127\.0\.0\.1:\d+: .*connect.*tried again in 2 s/i);
    const server = await sink({ port });
    assert.equal((await server.next(admin.email)).subject, 'Password Reset Request');
  });

  test('is tried again where the server says later, and is given up where it says no', async () => {
    const server = await sink();
    const cms = await start(server.env);
    server.refuse(451);
    await ask(cms);
    await cms.logged(/not sent yet: .*451 refused/);
    server.refuse(undefined);
    await server.next(admin.email);
    server.refuse(550);
    await ask(cms);
    await cms.logged(/A mail to admin@example\.com \("Password Reset Request"\) was not sent: .*550 refused/);
  });

  test('that waits is sent before the server ends', async () => {
    const port = await freePort();
    const cms = await start({ EMAIL_TRANSPORT: 'smtp', EMAIL_SMTP_HOST: '127.0.0.1', EMAIL_SMTP_PORT: String(port) });
    await ask(cms);
    await cms.logged(/tried again/);
    const server = await sink({ port });
    const { status } = await cms.stop();
    assert.equal(status, 0);
    assert.equal(server.mails.length, 1);
  });

  test('goes by the sendmail program', async () => {
    const folder = await temporaryFolder();
    const program = join(folder, 'sendmail');
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/arguments'\ncat > '${folder}/mail'\n`, { mode: 0o755 });
    const cms = await start({ EMAIL_SENDMAIL_PATH: program });
    await ask(cms);
    await cms.stop();
    const mail = readFileSync(join(folder, 'mail'), 'utf8');
    assert.match(mail, /^Subject: Password Reset Request$/m);
    assert.ok(!mail.includes('\r'));
    assert.deepEqual(readFileSync(join(folder, 'arguments'), 'utf8').trim().split('\n'), ['-i', '-f', 'no-reply@example.com', '--', admin.email]);
  });

  test('goes by Mailgun', async () => {
    const service = await startService();
    opened.push(service);
    const cms = await start({ EMAIL_TRANSPORT: 'mailgun', EMAIL_MAILGUN_HOST: service.url, EMAIL_MAILGUN_DOMAIN: 'mg.example.com', EMAIL_MAILGUN_API_KEY: 'key-1' });
    await ask(cms);
    const request = await service.next();
    assert.deepEqual([request.method, request.url], ['POST', '/v3/mg.example.com/messages.mime']);
    assert.equal(request.headers.authorization, `Basic ${Buffer.from('api:key-1').toString('base64')}`);
    const form = await new Response(request.body, { headers: { 'content-type': request.headers['content-type'] } }).formData();
    assert.equal(form.get('to'), admin.email);
    assert.match(await form.get('message').text(), /^Subject: Password Reset Request\r$/m);
  });

  test('goes by Amazon SES, signed', async () => {
    const service = await startService();
    opened.push(service);
    const cms = await start({
      EMAIL_TRANSPORT: 'ses', EMAIL_SES_REGION: 'eu-west-1', EMAIL_SES_ENDPOINT: service.url,
      EMAIL_SES_CREDENTIALS__ACCESS_KEY_ID: 'AKIDEXAMPLE', EMAIL_SES_CREDENTIALS__SECRET_ACCESS_KEY: 'secret-key',
    });
    await ask(cms);
    const { method, url, headers, body } = await service.next();
    assert.deepEqual([method, url], ['POST', '/v2/email/outbound-emails']);
    const { Content, Destination, FromEmailAddress } = JSON.parse(body);
    assert.deepEqual([Destination.ToAddresses, FromEmailAddress], [[admin.email], 'no-reply@example.com']);
    assert.match(Buffer.from(Content.Raw.Data, 'base64').toString(), /^Subject: Password Reset Request\r$/m);

    // The signature, computed anew from what came.
    const [, names, signature] = /SignedHeaders=([^,]+), Signature=(\w+)/.exec(headers.authorization);
    const sha = (text) => createHash('sha256').update(text).digest('hex');
    const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
    const canonical = [method, url, '', ...names.split(';').map((name) => `${name}:${headers[name]}`), '', names, sha(body)].join('\n');
    const time = headers['x-amz-date'];
    const scope = `${time.slice(0, 8)}/eu-west-1/ses/aws4_request`;
    const key = ['eu-west-1', 'ses', 'aws4_request'].reduce(hmac, hmac('AWS4secret-key', time.slice(0, 8)));
    assert.equal(signature, hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha(canonical)].join('\n')).toString('hex'));
    assert.ok(headers.authorization.includes(`Credential=AKIDEXAMPLE/${scope}`) && names.includes('host') && names.includes('x-amz-date'));
  });

  test('is printed where nothing is set up, without what would let a reader of the log in', async () => {
    const cms = await start({ EMAIL_SENDMAIL_PATH: '/nowhere/sendmail' });
    await cms.logged(/Mails are printed into the log, since no EMAIL_TRANSPORT is set up/);
    await ask(cms);
    await cms.logged(/This mail is not sent[^]*To: admin@example\.com[^]*reset-password\?token=\.\.\./);
    assert.doesNotMatch(cms.log(), /token=ey/);
  });

  test('is printed in full where EMAIL_TRANSPORT is log', async () => {
    const cms = await start({ EMAIL_TRANSPORT: 'log' });
    await ask(cms);
    await cms.logged(/reset-password\?token=ey\S+/);
    const [, token] = /token=(ey\S+)/.exec(cms.log());
    assert.equal((await cms.post('/auth/password/reset', { token, password: admin.password }, { token: null })).status, 204);
  });

  test('a server that can not send says so at start', async () => {
    const port = await freePort();
    const cms = await start({ EMAIL_TRANSPORT: 'smtp', EMAIL_SMTP_HOST: '127.0.0.1', EMAIL_SMTP_PORT: String(port), EMAIL_VERIFY_SETUP: 'true' });
    await cms.logged(/Mails can't be sent now: the SMTP server 127\.0\.0\.1/);
  });

  test('looks as one\'s own templates say, as far as they work', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'parts'));
    writeFileSync(join(folder, 'base.liquid'), '<html><body>OWN {{ projectName }} {% block content %}{{ html }}{% endblock %}{% render "parts/foot", who: email %}</body></html>');
    writeFileSync(join(folder, 'parts/foot.liquid'), '<i>for {{ who }}</i>');
    const server = await sink();
    const cms = await start({ ...server.env, EMAIL_TEMPLATES_PATH: folder });
    await ask(cms);
    const mail = await server.next(admin.email);
    assert.match(mail.html, /<html><body>OWN [^<]* *<h1>Set a new password<\/h1>[^]*<i>for admin@example\.com<\/i>/);
    assert.ok(tokenOf(mail));

    // Files are read anew for each mail; one that is broken is told of, and does not keep the mail from its reader.
    writeFileSync(join(folder, 'password-reset.liquid'), '{% if url %}broken');
    await ask(cms);
    assert.ok((await server.next(admin.email)).html.includes('color-scheme'));
    await cms.logged(/The mail template password-reset can't be used: .*line 1.*endif/);
    writeFileSync(join(folder, 'password-reset.liquid'), 'Go to <a href="{{ url }}">this</a>{% include "../../../../etc/passwd" %}');
    await ask(cms);
    assert.ok((await server.next(admin.email)).html.includes('color-scheme'), 'no way out of the folder');
    writeFileSync(join(folder, 'password-reset.liquid'), 'Only <a href="{{ url }}">this</a>');
    await ask(cms);
    assert.match((await server.next(admin.email)).text, /^Only this: http:\/\/\S+$/m);
  });
});
