// The log at its most talkative gives nothing away: no password, token, secret, hash or code of anybody, whatever was
// asked and whatever failed. (Every other test over HTTP looks into its log too: support/server.mjs.)
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startMailSink, tokenOf } from './support/mail_sink.mjs';
import { admin, startServer } from './support/server.mjs';

// The code that an authenticator shows (RFC 6238).
function oneTimePassword(secret) {
  const bits = [...secret].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')).join('');
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

for (const kind of ['sqlite3', 'pg', 'mysql']) {
  describe(`Secrets on ${kind}`, () => {
    const secrets = new Set();
    const secret = (value) => {
      secrets.add(value);
      return value;
    };
    const fresh = (name) => secret(`${name}-${randomUUID().replaceAll('-', '')}`);
    let sink, server;
    const nobody = { token: null };

    before(async () => {
      const smtp = { EMAIL_SMTP_USER: 'post', EMAIL_SMTP_PASSWORD: fresh('smtp'), EMAIL_SMTP_TLS_REJECT_UNAUTHORIZED: 'false' };
      sink = await startMailSink({
        disabledCommands: [], authOptional: false,
        onAuth: ({ username, password }, session, done) => done(password === smtp.EMAIL_SMTP_PASSWORD ? null : new Error('no'), { user: username }),
      });
      server = await startServer({ database: kind, env: { ...sink.env, ...smtp, LOGIN_STALL_TIME: '0', REGISTER_STALL_TIME: '0', SECRET: fresh('secret') } });
    });
    after(async () => {
      await server?.stop();
      await sink?.close();
    });

    test('are in no line of the log', async () => {
      const email = 'owner@example.com';
      const password = fresh('password');
      const policy = (await server.post('/policies', { name: 'App', app_access: true })).body.data.id;
      await server.post('/permissions', { policy, collection: 'directus_users', action: 'update', fields: ['*'], permissions: { id: { _eq: '$CURRENT_USER' } } });
      const role = (await server.post('/roles', { name: 'Owners' })).body.data.id;
      await server.post('/access', { role, policy });
      const owner = (await server.post('/users', { email, password, role, token: fresh('static') })).body.data.id;

      // Every way to log in, good and bad.
      const tokens = {};
      for (const mode of ['json', 'cookie', 'session']) {
        const answer = await server.post('/auth/login', { email, password, mode }, nobody);
        assert.equal(answer.status, 200);
        for (const name of ['access_token', 'refresh_token']) if (answer.body.data[name]) tokens[name] = secret(answer.body.data[name]);
        for (const cookie of answer.headers['set-cookie'] ?? []) secret(/=([^;]+)/.exec(cookie)[1]);
      }
      await server.post('/auth/login', { email, password: fresh('wrong') }, nobody);
      await server.post('/auth/login', { email: 'nobody@example.com', password: fresh('wrong') }, nobody);
      await server.post('/auth/login', `{"email": "${email}", "password": "${fresh('broken')}"`, nobody);
      await server.post('/auth/login', { email, password: { deep: fresh('odd') }, otp: [fresh('otp')] }, nobody);
      const refreshed = await server.post('/auth/refresh', { refresh_token: tokens.refresh_token, mode: 'json' }, nobody);
      secret(refreshed.body.data.refresh_token);
      await server.post('/auth/refresh', { refresh_token: fresh('refresh') }, nobody);
      await server.get('/users/me', { token: fresh('bearer') });
      await server.get(`/users/me?access_token=${fresh('query')}`, nobody);
      await server.get(`/users/me?access_token=${tokens.access_token}`, nobody);
      await server.get('/users/me', { token: null, headers: { cookie: `directus_session_token=${fresh('cookie')}` } });
      await server.get(`/nowhere?access_token=${admin.token}`, nobody);

      // The second factor.
      const asOwner = { token: tokens.access_token };
      const made = await server.post('/users/me/tfa/generate', { password }, asOwner);
      const totp = secret(made.body.data.secret);
      await server.post('/users/me/tfa/enable', { secret: totp, otp: oneTimePassword(totp) }, asOwner);
      await server.post('/auth/login', { email, password, otp: fresh('code') }, nobody);
      await server.post(`/users/${owner}/tfa/disable`, {});

      // By mail.
      await server.post('/users/invite', { email: 'invited@example.com', role });
      const invitation = secret(tokenOf(await sink.next('invited@example.com')));
      await server.post('/users/invite/accept', { token: invitation, password: fresh('accepted') }, nobody);
      await server.post('/users/invite/accept', { token: invitation, password: fresh('again') }, nobody);
      await server.post('/auth/password/request', { email }, nobody);
      const reset = secret(tokenOf(await sink.next(email)));
      await server.post('/auth/password/reset', { token: reset, password: fresh('reset') }, nobody);
      await server.post('/auth/password/reset', { token: reset, password: fresh('reset-again') }, nobody);
      await server.patch('/settings', { public_registration: true });
      await server.post('/users/register', { email: 'new@example.com', password: fresh('registered') }, nobody);
      const verification = secret(tokenOf(await sink.next('new@example.com')));
      await server.get(`/users/register/verify-email?token=${verification}`, nobody);
      sink.refuse(550);
      await server.post('/auth/password/request', { email: 'invited@example.com' }, nobody);
      await server.logged(/was not sent/);

      // What the database refuses, and tells about in its own words.
      const taken = fresh('taken');
      await server.post('/users', { email: 'a@example.com', token: taken });
      await server.post('/users', { email: 'b@example.com', token: taken, password: fresh('not-unique') });
      await server.post('/users', { email: 'c@example.com', token: fresh('long').repeat(20), password: fresh('too-long') });
      await server.post('/users', { email: 'd@example.com', password: fresh('no-role'), role: randomUUID() });
      await server.post('/users', { email: 'e@example.com', password: fresh('bad-role'), role: 'x' });
      await server.post('/users', { email: 'f@example.com', password: `${fresh('nul')}\0`, token: `${fresh('nul')}\0` });
      await server.patch(`/users/${owner}`, { password: fresh('changed'), token: fresh('changed'), status: 'x'.repeat(300) });
      await server.get(`/users?filter[token][_eq]=${fresh('filter')}`);
      await server.get(`/users?filter[password][_starts_with]=${fresh('filter')}`);
      await server.get(`/users?filter=${encodeURIComponent(JSON.stringify({ _or: [{ token: { _eq: fresh('filter') } }, { token: { _null: true } }] }))}`);
      await server.get('/users/me', { headers: { referer: `https://cms.example.com/reset?token=${fresh('referer')}` } });

      // Shares, and hashing by itself.
      await server.post('/collections', { collection: 'things', schema: {}, meta: {}, fields: [{ field: 'name', type: 'string', schema: {}, meta: {} }] });
      const item = String((await server.post('/items/things', { name: 'x' })).body.data.id);
      const share = (await server.post('/shares', { collection: 'things', item, password: fresh('share') })).body.data.id;
      await server.post('/shares/auth', { share, password: fresh('share-wrong') }, nobody);
      const hash = (await server.post('/utils/hash/generate', { string: fresh('string') })).body.data;
      secret(hash);
      await server.post('/utils/hash/verify', { string: fresh('string'), hash });

      const log = server.log();
      assert.match(log, /debug|trace/, 'the log is talkative');
      assert.deepEqual([...secrets].filter((value) => log.includes(value)), []);
    });
  });
}
