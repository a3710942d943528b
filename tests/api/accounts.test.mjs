// Invitations, registration and new passwords, from the request over the mail to the login.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startMailSink, tokenOf } from './support/mail_sink.mjs';
import { admin, startServer } from './support/server.mjs';

const code = (answer) => answer.body?.errors?.[0]?.extensions.code;
const nobody = { token: null };

for (const kind of ['sqlite3', 'pg', 'mysql']) {
  describe(`Accounts by mail on ${kind}`, () => {
    let sink, server, role;
    const login = (email, password, more) => server.post('/auth/login', { email, password, ...more }, nobody);

    before(async () => {
      sink = await startMailSink();
      server = await startServer({
        database: kind,
        env: {
          ...sink.env,
          PUBLIC_URL: 'https://cms.example.com/sub',
          USER_INVITE_URL_ALLOW_LIST: 'https://app.example.com/join',
          PASSWORD_RESET_URL_ALLOW_LIST: 'https://app.example.com/reset',
          USER_REGISTER_URL_ALLOW_LIST: 'https://app.example.com/verify',
          LOGIN_STALL_TIME: '20',
          REGISTER_STALL_TIME: '20',
          RATE_LIMITER_REGISTRATION_POINTS: '6',
        },
      });
      role = (await server.post('/roles', { name: 'Authors' })).body.data.id;
      await server.patch('/settings', { project_name: 'Dörte & Söhne', project_color: '#6644FF', project_url: 'https://doerte.example' });
    });
    after(async () => {
      await server?.stop();
      await sink?.close();
    });

    test('an invited user chooses a password and logs in', async () => {
      assert.equal((await server.post('/users/invite', { email: 'ann@example.com', role })).status, 204);
      const mail = await sink.next('ann@example.com');
      assert.equal(mail.subject, "You've been invited");
      assert.equal(mail.from, 'no-reply@ashlar.example');
      assert.deepEqual(mail.parsed.from.value, [{ address: 'no-reply@ashlar.example', name: 'Dörte & Söhne' }]);
      assert.match(mail.link, /^https:\/\/cms\.example\.com\/sub\/admin\/accept-invite\?token=/);
      assert.ok(mail.html.includes('#6644FF') && mail.html.includes('Dörte &amp; Söhne') && mail.html.includes(mail.link));
      assert.ok(!/^[ \t]/m.test(mail.html), 'lines are trimmed');

      const token = tokenOf(mail);
      assert.equal(code(await server.post('/users/invite/accept', { token: `${token}x`, password: 'welcome-1' }, nobody)), 'INVALID_TOKEN');
      assert.equal((await server.post('/users/invite/accept', { token, password: 'welcome-1' }, nobody)).status, 204);
      assert.equal(code(await server.post('/users/invite/accept', { token, password: 'welcome-2' }, nobody)), 'INVALID_INVITE');
      const tokens = await login('ann@example.com', 'welcome-1');
      assert.equal(tokens.status, 200);
      const { id } = (await server.get('/users/me', { token: tokens.body.data.access_token })).body.data;
      assert.deepEqual((await server.get(`/users/${id}?fields=email,role,status`)).body.data, { email: 'ann@example.com', role, status: 'active' });
    });

    test('several are invited at once, to an address of the list', async () => {
      const body = { email: ['ben@example.com', 'cleo@example.com'], role, invite_url: 'https://app.example.com/join?x=1' };
      assert.equal((await server.post('/users/invite', body)).status, 204);
      for (const email of body.email) assert.match((await sink.next(email)).link, /^https:\/\/app\.example\.com\/join\?x=1&token=/);
      for (const invite_url of ['https://app.example.com/join/more', 'https://evil.example.com/join', 'https://app.example.com@evil.example.com/join',
        'javascript:alert(1)']) {
        assert.equal(code(await server.post('/users/invite', { email: 'dan@example.com', role, invite_url })), 'INVALID_PAYLOAD', invite_url);
      }
      assert.equal(sink.mails.filter(({ to }) => to.includes('dan@example.com')).length, 0);
    });

    test('who may make users only with some roles can not invite to the others', async () => {
      const policy = (await server.post('/policies', { name: 'Inviters' })).body.data.id;
      await server.post('/permissions', { policy, collection: 'directus_users', action: 'create', fields: ['*'] });
      const own = (await server.post('/roles', { name: 'Inviters' })).body.data.id;
      await server.post('/access', { role: own, policy });
      await server.post('/users', { email: 'inviter@example.com', role: own, token: 'inviter-token' });
      const asInviter = { token: 'inviter-token' };
      const adminRole = (await server.get('/users/me?fields=role')).body.data.role;

      assert.equal((await server.post('/users/invite', { email: 'eve@example.com', role: own }, asInviter)).status, 204);
      assert.equal(code(await server.post('/users/invite', { email: 'new@example.com', role: adminRole }, asInviter)), 'FORBIDDEN');
      assert.equal(code(await server.post('/users/invite', { email: 'eve@example.com', role: adminRole }, asInviter)), 'FORBIDDEN');
      const { body } = await server.get('/users?filter[email][_eq]=eve@example.com&fields=role');
      assert.equal(body.data[0].role, own);
      await sink.next('eve@example.com');
    });

    test('a user resets his password; every session ends', async () => {
      const email = 'Cook@example.com';
      await server.post('/users', { email, password: 'first-password' });
      const session = (await login(email, 'first-password')).body.data;
      assert.equal((await server.post('/auth/password/request', { email: 'cook@EXAMPLE.com' }, nobody)).status, 204);
      const mail = await sink.next(email);
      assert.equal(mail.subject, 'Password Reset Request');
      const token = tokenOf(mail);
      assert.equal((await server.post('/auth/password/reset', { token, password: 'second-password' }, nobody)).status, 204);
      assert.equal(code(await server.post('/auth/password/reset', { token, password: 'third-password' }, nobody)), 'FORBIDDEN');
      assert.equal(code(await login(email, 'first-password')), 'INVALID_CREDENTIALS');
      assert.equal((await login(email, 'second-password')).status, 200);
      assert.equal(code(await server.post('/auth/refresh', { refresh_token: session.refresh_token, mode: 'json' }, nobody)), 'INVALID_CREDENTIALS');

      const before = sink.mails.length;
      assert.equal((await server.post('/auth/password/request', { email: 'nobody@example.com' }, nobody)).status, 204);
      assert.equal(code(await server.post('/auth/password/request', { email, reset_url: 'https://evil.example.com' }, nobody)), 'INVALID_PAYLOAD');
      await server.post('/auth/password/request', { email, reset_url: 'https://app.example.com/reset#part' }, nobody);
      assert.match((await sink.next(email)).link, /^https:\/\/app\.example\.com\/reset\?token=[^#]+#part$/);
      assert.equal(sink.mails.length, before + 1, 'unknown addresses get nothing');
    });

    test('a stranger registers, verifies his address and logs in', async () => {
      const stranger = { email: 'sam@club.example.com', password: 'letmein-123', first_name: 'S<b>am', verification_url: 'https://app.example.com/verify' };
      assert.equal(code(await server.post('/users/register', stranger, nobody)), 'FORBIDDEN');
      await server.patch('/settings', {
        public_registration: true, public_registration_role: role, public_registration_email_filter: { email: { _ends_with: '@club.example.com' } },
      });
      assert.equal(code(await server.post('/users/register', { ...stranger, email: 'x@other.example.com' }, nobody)), 'FORBIDDEN');
      assert.equal((await server.post('/users/register', stranger, nobody)).status, 204);
      const mail = await sink.next(stranger.email);
      assert.equal(mail.subject, 'Verify your email address');
      assert.ok(mail.html.includes('Welcome, S&lt;b&gt;am'));
      assert.equal(code(await login(stranger.email, stranger.password)), 'INVALID_CREDENTIALS');

      const verify = (token) => server.get(`/users/register/verify-email?token=${token}`, nobody);
      assert.equal(code(await verify('nonsense')), 'INVALID_TOKEN');
      const done = await verify(tokenOf(mail));
      assert.equal(done.status, 302);
      assert.match(done.headers.location, /^\/admin\/users\/[0-9a-f-]{36}$/);
      assert.equal(code(await verify(tokenOf(mail))), 'INVALID_PAYLOAD');
      assert.equal((await login(stranger.email, stranger.password)).status, 200);

      // Whoever is there already learns nothing, and keeps what he has.
      const before = sink.mails.length;
      assert.equal((await server.post('/users/register', { ...stranger, password: 'another-one' }, nobody)).status, 204);
      assert.equal((await login(stranger.email, stranger.password)).status, 200);
      assert.equal(sink.mails.length, before);
    });

    test('registrations are limited for each address', async () => {
      let answer;
      for (let i = 0; i < 7; ++i) answer = await server.post('/users/register', {}, { token: null, headers: { 'x-forwarded-for': '10.1.2.3' } });
      assert.equal(answer.status, 429);
      assert.equal(code(answer), 'REQUESTS_EXCEEDED');
      assert.equal(answer.body.errors[0].extensions.limit, 6);
      assert.ok(Number(answer.headers['retry-after']) > 0 && Number(answer.headers['retry-after']) <= 60);
      assert.equal((await server.post('/users/register', {}, { token: null, headers: { 'x-forwarded-for': '10.1.2.4' } })).status, 400);
    });

    test('a share is told of by mail', async () => {
      await server.post('/collections', { collection: 'houses', schema: {}, meta: {}, fields: [{ field: 'name', type: 'string', schema: {}, meta: {} }] });
      const item = String((await server.post('/items/houses', { name: 'Elm' })).body.data.id);
      const share = (await server.post('/shares', { collection: 'houses', item })).body.data.id;
      const me = (await server.get('/users/me')).body.data.id;
      await server.patch(`/users/${me}`, { first_name: 'Ada', last_name: '[x](http://evil.example)' });
      assert.equal((await server.post('/shares/invite', { share, emails: ['friend@example.com', 'other@example.com'] })).status, 204);
      const mail = await sink.next('friend@example.com');
      await sink.next('other@example.com');
      assert.equal(mail.subject, 'Ada [x](http://evil.example) has shared an item with you');
      assert.ok(mail.html.includes(`href="https://cms.example.com/sub/admin/shared/${share}"`));
      assert.ok(!mail.html.includes('href="http://evil.example'), 'a name is no link');
      assert.equal(code(await server.post('/shares/invite', { share, emails: ['no address'] })), 'INVALID_PAYLOAD');
      assert.equal(code(await server.post('/shares/invite', { share, emails: ['friend@example.com'] }, nobody)), 'FORBIDDEN');
    });

    test('a notification comes by mail, for who wants that', async () => {
      const make = async (email, email_notifications) => (await server.post('/users', { email, email_notifications })).body.data.id;
      const [wants, refuses] = [await make('wants@example.com', true), await make('refuses@example.com', false)];
      const me = (await server.get('/users/me')).body.data.id;
      for (const recipient of [refuses, wants, me]) {
        await server.post('/notifications', { recipient, subject: 'Look', message: 'A **new** one\n\n<script>x</script> [here](https://x.example)' });
      }
      const mail = await sink.next('wants@example.com');
      assert.equal(mail.subject, 'Look');
      assert.ok(mail.html.includes('A <strong>new</strong> one') && mail.html.includes('&lt;script&gt;') && mail.html.includes('<a href="https://x.example">here</a>'));
      assert.ok(!mail.html.includes('/admin/users/'), 'no link into the app for who has none');
      assert.ok((await sink.next(admin.email)).html.includes(`https://cms.example.com/sub/admin/users/${me}`));
      assert.ok(!sink.mails.some(({ to }) => to.includes('refuses@example.com')));
    });
  });
}
