// Logging in through OpenID Connect and OAuth 2: with a real provider, and against ones that cheat.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeBrowser, makeFront } from './support/browser.mjs';
import { passOidcProvider, startHostileProvider, startOidcProvider } from './support/oidc.mjs';
import { startServer } from './support/server.mjs';

const prefixed = (name, settings) => Object.fromEntries(Object.entries(settings).map(([key, value]) => [`AUTH_${name.toUpperCase()}_${key}`, value]));
const atAdmin = (front) => (url) => String(url).startsWith(`${front.url}/admin`);

async function makeRole(server, name, { app = true } = {}) {
  const policy = await server.post('/policies', { name, app_access: app });
  const role = await server.post('/roles', { name, policies: [{ policy: policy.body.data.id }] });
  assert.equal(role.status, 200, JSON.stringify(role.body));
  return role.body.data.id;
}

const usersOf = async (server, provider) =>
  (await server.get(`/users?filter[provider][_eq]=${provider}&fields=email,first_name,last_name,external_identifier,role,password,status&sort=email`)).body.data;

describe('A real OpenID provider', () => {
  let front, server, issuer, provider, staff, editors;
  const people = {
    ann: { email: 'ann@uni.example.com', email_verified: true, given_name: 'Ann', family_name: 'Lee', groups: ['x', 'editors'] },
    dan: { email: 'dan@uni.example.com', email_verified: true },
    bob: { email: 'bob@uni.example.com', email_verified: false, given_name: 'Bob', groups: ['x'] },
  };
  const clientKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Each client proves itself in another way, and gets its tokens signed in another way.
  const ways = [
    { name: 'basic', method: 'client_secret_basic', algorithm: 'RS256', secret: 'a secret with a : and % in it' },
    { name: 'posting', method: 'client_secret_post', algorithm: 'PS256', secret: 'secret-2' },
    { name: 'hmac', method: 'client_secret_jwt', algorithm: 'ES256', secret: 'secret-3-that-is-long-enough-for-hs256' },
    { name: 'keyed', method: 'private_key_jwt', algorithm: 'ES384' },
    { name: 'open', method: 'none', algorithm: 'EdDSA' },
    { name: 'shared', method: 'client_secret_basic', algorithm: 'HS256', secret: 'secret-4-that-is-long-enough-for-hs256' },
  ];

  before(async () => {
    front = await makeFront();
    const jwk = (key) => ({ ...key.export({ format: 'jwk' }), kid: 'c1', use: 'sig', alg: 'ES256' });
    ({ issuer, provider } = await startOidcProvider({
      people,
      clients: ways.map(({ name, method, algorithm, secret }) => ({
        client_id: name, redirect_uris: [`${front.url}/auth/login/${name}/callback`], token_endpoint_auth_method: method,
        id_token_signed_response_alg: algorithm, grant_types: ['authorization_code', 'refresh_token'],
        ...(secret ? { client_secret: secret } : {}), ...(method === 'private_key_jwt' && { jwks: { keys: [jwk(clientKey.publicKey)] } }),
        ...(name === 'keyed' && { userinfo_signed_response_alg: 'ES256' }),
      })),
    }));
    const settings = ({ name, method, algorithm, secret }) => prefixed(name, {
      DRIVER: 'openid', ISSUER_URL: `${issuer}/.well-known/openid-configuration`, CLIENT_ID: name, LABEL: `With ${name}`,
      CLIENT_TOKEN_ENDPOINT_AUTH_METHOD: method, ALLOW_PUBLIC_REGISTRATION: 'true', IDENTIFIER_KEY: 'sub',
      ...(secret && { CLIENT_SECRET: secret }), ...(algorithm === 'HS256' && { CLIENT_ID_TOKEN_SIGNED_RESPONSE_ALG: 'HS256' }),
      ...(method === 'private_key_jwt' && { CLIENT_PRIVATE_KEYS: `json:${JSON.stringify([jwk(clientKey.privateKey)])}` }),
    });
    const first = await startServer();
    [staff, editors] = [await makeRole(first, 'Staff'), await makeRole(first, 'Editors')];
    await first.stop();
    server = await startServer({
      database: first.database,
      bootstrap: false,
      env: {
        PUBLIC_URL: front.url, AUTH_PROVIDERS: ways.map(({ name }) => name).join(','), ...Object.assign({}, ...ways.map(settings)),
        AUTH_BASIC_SYNC_USER_INFO: 'true', AUTH_BASIC_DEFAULT_ROLE_ID: staff, AUTH_BASIC_ROLE_MAPPING: `json:${JSON.stringify({ editors })}`,
        AUTH_POSTING_MODE: 'cookie', AUTH_POSTING_REQUIRE_VERIFIED_EMAIL: 'true',
      },
    });
    front.to(server.url);
  });

  after(() => server?.stop());

  async function logIn(name, person, browser = makeBrowser()) {
    const page = await browser.go(`${front.url}/auth/login/${name}?redirect=/admin/content`, { stop: atAdmin(front) });
    const end = await passOidcProvider(browser, page, person, atAdmin(front));
    return { browser, end };
  }

  test('lets people in, with the role of their group', async () => {
    const { browser, end } = await logIn('basic', 'ann');
    assert.equal(String(end.url), `${front.url}/admin/content`);
    const me = JSON.parse((await browser.send(`${front.url}/users/me?fields=email,role,provider`)).text);
    assert.deepEqual(me.data, { email: 'ann@uni.example.com', role: editors, provider: 'basic' });
    assert.deepEqual(await usersOf(server, 'basic'), [{
      email: 'ann@uni.example.com', first_name: 'Ann', last_name: 'Lee', external_identifier: 'ann', role: editors, password: null, status: 'active',
    }]);
  });

  test('keeps names and role as the provider has them', async () => {
    people.ann = { ...people.ann, given_name: 'Anna', groups: [] };
    await logIn('basic', 'ann');
    const [ann] = await usersOf(server, 'basic');
    assert.equal(ann.first_name, 'Anna');
    assert.equal(ann.role, staff);
  });

  test('is asked at each refresh, and may say no', async () => {
    const { browser } = await logIn('basic', 'ann');
    const ask = async () => server.request('POST', '/auth/refresh', { token: null, body: { mode: 'session' }, headers: { cookie: `directus_session_token=${browser.cookies(front.url).get('directus_session_token')}` } });
    const kept = () => server.database.client([], { input: "select auth_data from directus_users where external_identifier = 'ann';" });
    const before_ = (await kept()).stdout;
    const answer = await ask();
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.notEqual((await kept()).stdout, before_, 'the new refresh token is kept');
    browser.cookies(front.url).set('directus_session_token', /directus_session_token=([^;]+)/.exec(answer.headers['set-cookie'][0])[1]);
    const { refreshToken } = JSON.parse(/\{.*\}/.exec((await kept()).stdout)[0]);
    await (await provider.RefreshToken.find(refreshToken)).destroy();
    const refused = await ask();
    assert.equal(refused.status, 403);
    assert.equal(refused.body.errors[0].extensions.code, 'INVALID_TOKEN');
  });

  test('ends sessions when it is not set up any more', async () => {
    const { browser } = await logIn('posting', 'dan');
    await server.database.client([], { input: "update directus_users set provider = 'gone' where external_identifier = 'dan';" });
    const { status, body } = await server.request('POST', '/auth/refresh', { token: null, body: { refresh_token: browser.cookies(front.url).get('directus_refresh_token') } });
    assert.equal(status, 503);
    assert.deepEqual(body.errors[0].extensions, { code: 'INVALID_PROVIDER_CONFIG', provider: 'gone' });
    await server.database.client([], { input: "delete from directus_users where external_identifier = 'dan';" });
  });

  test('never shows the refresh token of the provider', async () => {
    const { body } = await server.get('/users?filter[external_identifier][_eq]=ann&fields=*');
    assert.ok(!/refreshToken/.test(JSON.stringify(body)), JSON.stringify(body));
  });

  test('gives a refresh cookie in the other mode', async () => {
    people.cat = { email: 'cat@uni.example.com', email_verified: true };
    const { browser, end } = await logIn('posting', 'cat');
    assert.equal(String(end.url), `${front.url}/admin/content`);
    assert.ok(browser.cookies(front.url).has('directus_refresh_token'));
    assert.ok(!browser.cookies(front.url).has('directus_session_token'));
  });

  test('makes no user of an address that is not verified, where it must be', async () => {
    const { end } = await logIn('posting', 'bob');
    assert.equal(String(end.url), `${front.url}/admin/content?reason=INVALID_CREDENTIALS`);
    assert.equal((await usersOf(server, 'posting')).length, 1);
  });

  test('makes no second user of an address that somebody has', async () => {
    people.thief = { email: 'ADMIN@example.com' };
    const { end } = await logIn('basic', 'thief');
    assert.equal(String(end.url), `${front.url}/admin/content?reason=INVALID_PROVIDER`);
  });

  for (const { name, method, algorithm } of ways) {
    test(`works with ${method} and ${algorithm}`, async () => {
      people[`user-of-${name}`] = { email: `${name}@uni.example.com`, email_verified: true };
      const { end } = await logIn(name, `user-of-${name}`);
      assert.equal(String(end.url), `${front.url}/admin/content`, server.log().split('\n').slice(-5).join('\n'));
    });
  }

  test('is listed with its label', async () => {
    const { body } = await server.get('/auth', { token: null });
    assert.deepEqual(body.data.find(({ name }) => name === 'basic'), { name: 'basic', driver: 'openid', label: 'With basic' });
    const field = await server.get('/fields/directus_users/provider');
    assert.deepEqual(field.body.data.meta.options.choices[0], { text: 'Basic', value: 'basic' });
  });

  test("does not let a provider's users log in by a password", async () => {
    const user = (await server.get('/users?filter[external_identifier][_eq]=ann')).body.data[0];
    assert.equal((await server.patch(`/users/${user.id}`, { password: 'a new password' })).status, 200);
    const { status } = await server.post('/auth/login', { email: user.email, password: 'a new password' }, { token: null });
    assert.equal(status, 401);
  });
});

describe('A provider that cheats', () => {
  let front, server, hostile;

  before(async () => {
    front = await makeFront();
    hostile = await startHostileProvider();
    server = await startServer({
      env: {
        PUBLIC_URL: front.url, AUTH_PROVIDERS: 'evil,other,plain',
        ...prefixed('evil', { DRIVER: 'openid', ISSUER_URL: hostile.issuer, CLIENT_ID: 'client', CLIENT_SECRET: 'secret', ALLOW_PUBLIC_REGISTRATION: 'true' }),
        ...prefixed('other', { DRIVER: 'openid', ISSUER_URL: hostile.issuer, CLIENT_ID: 'client', CLIENT_SECRET: 'secret', ALLOW_PUBLIC_REGISTRATION: 'true' }),
        ...prefixed('plain', { DRIVER: 'oauth2', AUTHORIZE_URL: `${hostile.issuer}/authorize`, ACCESS_URL: `${hostile.issuer}/token`, PROFILE_URL: `${hostile.issuer}/me`, CLIENT_ID: 'client', CLIENT_SECRET: 'secret', ALLOW_PUBLIC_REGISTRATION: 'true', IDENTIFIER_KEY: 'sub' }),
      },
    });
    front.to(server.url);
  });

  after(() => server?.stop());

  async function outcome(behave, { name = 'evil', person = { sub: 'mallory', email: 'mallory@example.com' } } = {}) {
    Object.assign(hostile.state, { behave, person });
    const browser = makeBrowser();
    const { url } = await browser.go(`${front.url}/auth/login/${name}?redirect=/admin/content`, { stop: atAdmin(front) });
    return { reason: url.searchParams.get('reason'), browser };
  }

  const now = () => Math.floor(Date.now() / 1000);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const publicPem = () => hostile.state.pair.publicKey.export({ type: 'spki', format: 'pem' });
  const cheats = {
    'an id token of another issuer': () => ({ claims: { iss: 'https://accounts.example.com' } }),
    'an id token for another client': () => ({ claims: { aud: 'somebody-else' } }),
    'an id token for several clients, given to another': () => ({ claims: { aud: ['client', 'x'], azp: 'x' } }),
    'an id token for several clients that does not say to whom it was given': () => ({ claims: { aud: ['client', 'x'] } }),
    'a foreign nonce': () => ({ claims: { nonce: 'x' } }),
    'no nonce': () => ({ claims: { nonce: undefined } }),
    'an id token that has expired': () => ({ claims: { iat: now() - 600, exp: now() - 120 } }),
    'an id token without an end': () => ({ claims: { exp: undefined } }),
    'an id token with an end that is text': () => ({ claims: { exp: '99999999999' } }),
    'an id token from the future': () => ({ claims: { iat: now() + 600 } }),
    'an id token that is not valid yet': () => ({ claims: { nbf: now() + 600 } }),
    'an id token about nobody': () => ({ claims: { sub: undefined } }),
    "an id token of another access token": () => ({ claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }),
    'no signature (alg none)': () => ({ header: { alg: 'none' } }),
    'no signature (alg None)': () => ({ token: (token) => `${Buffer.from('{"alg":"None"}').toString('base64url')}.${token.split('.')[1]}.` }),
    'HMAC with the public key (RS/HS confusion)': () => ({ header: { alg: 'HS256', kid: hostile.state.kid }, key: publicPem() }),
    'HMAC with the client secret, which was not agreed on': () => ({ header: { alg: 'HS256' }, key: 'secret' }),
    'HMAC with nothing': () => ({ header: { alg: 'HS256' }, key: '' }),
    'the signature of another key': () => ({ key: other.privateKey }),
    'the signature of a key that the token brings along': () => ({ header: { alg: 'RS256', kid: hostile.state.kid, jwk: other.publicKey.export({ format: 'jwk' }) }, key: other.privateKey }),
    'a key that is too short': () => ({ key: weak.privateKey, jwk: { ...weak.publicKey.export({ format: 'jwk' }), kid: 'short' }, header: { alg: 'RS256', kid: 'short' } }),
    'a key that is for encryption': () => ({ header: { alg: 'RS256', kid: 'enc' }, jwk: { use: 'enc', kid: 'enc' } }),
    'a key that does not exist': () => ({ header: { alg: 'RS256', kid: 'nope' } }),
    'an extension that must be understood': () => ({ header: { alg: 'RS256', kid: hostile.state.kid, crit: ['b64'], b64: false } }),
    'a changed payload': () => ({ token: (token) => { const [head, , end] = token.split('.'); return `${head}.${Buffer.from(JSON.stringify({ sub: 'admin' })).toString('base64url')}.${end}`; } }),
    'no id token': () => ({ token: () => undefined }),
    'a text that is no token': () => ({ token: () => 'a.b.c' }),
    'a profile of somebody else': () => ({ userinfo: { sub: 'admin', email: 'x@example.com' } }),
    'a profile of nobody': () => ({ userinfo: { email: 'x@example.com' } }),
    'a foreign state': () => ({ redirect: { state: 'x' } }),
    'no state': () => ({ redirect: { state: undefined } }),
    'an answer of another issuer (mix-up)': () => ({ redirect: { iss: 'https://accounts.example.com' } }),
    'an answer that hides its issuer': () => ({ redirect: { iss: undefined } }),
    'an error': () => ({ redirect: { error: 'access_denied', code: undefined } }),
  };
  for (const [what, behave] of Object.entries(cheats)) {
    test(`gets nobody in with ${what}`, async () => {
      const { reason, browser } = await outcome(behave());
      assert.equal(reason, 'INVALID_CREDENTIALS');
      assert.ok(!browser.cookies(front.url).has('directus_session_token'));
      assert.deepEqual(await usersOf(server, 'evil'), []);
    });
  }

  test('but an honest one does, also after its keys have changed', async () => {
    assert.equal((await outcome({})).reason, null);
    hostile.rotate('k2');
    assert.equal((await outcome({})).reason, null);
    assert.equal((await usersOf(server, 'evil')).length, 1);
    const { asked } = hostile.state;
    assert.equal((await outcome({})).reason, null);
    assert.equal(hostile.state.asked, asked, 'known keys are not asked for again');
  });

  test('takes clocks that differ a little', async () => {
    assert.equal((await outcome({ claims: { iat: now() + 20, nbf: now() + 20 } })).reason, null);
    assert.equal((await outcome({ claims: { iat: now() - 330, exp: now() - 20 } })).reason, null);
  });

  test("can't log in the users of another provider", async () => {
    assert.equal((await outcome({}, { name: 'other' })).reason, 'INVALID_CREDENTIALS');
    assert.equal((await outcome({}, { name: 'plain' })).reason, 'INVALID_CREDENTIALS');
    assert.deepEqual(await usersOf(server, 'other'), []);
  });

  test("does not take the cookie of one provider for another's", async () => {
    hostile.state.behave = {};
    const browser = makeBrowser();
    const start = await browser.send(`${front.url}/auth/login/evil?redirect=/admin/content`);
    const back = (await browser.send(start.headers.location)).headers.location.replace('/evil/', '/other/');
    const jar = browser.cookies(front.url);
    jar.set('openid.other', jar.get('openid.evil'));
    const { headers } = await browser.send(back);
    assert.equal(headers.location, `${front.url}/admin/login?reason=INVALID_CREDENTIALS`);
  });

  test('a code works once, and only in the browser that asked for it', async () => {
    hostile.state.behave = {};
    const browser = makeBrowser();
    const start = await browser.send(`${front.url}/auth/login/evil?redirect=/admin/content`);
    const back = (await browser.send(start.headers.location)).headers.location;
    assert.match((await makeBrowser().send(back)).headers.location, /reason=INVALID_CREDENTIALS/);
    const state = browser.cookies(front.url).get('openid.evil');
    assert.equal((await browser.send(back)).headers.location, '/admin/content');
    browser.cookies(front.url).set('openid.evil', state);
    assert.equal((await browser.send(back)).headers.location, './?redirect=/admin/content&prompt=true');
  });

  test('our own tokens are no state, and a state is no token', async () => {
    const login = await server.post('/auth/login', { email: 'admin@example.com', password: 'correct-horse' }, { token: null });
    const browser = makeBrowser();
    const start = await browser.send(`${front.url}/auth/login/evil?redirect=/admin/content`);
    const back = (await browser.send(start.headers.location)).headers.location;
    const state = browser.cookies(front.url).get('openid.evil');
    browser.cookies(front.url).set('openid.evil', login.body.data.access_token);
    assert.match((await browser.send(back)).headers.location, /\/admin\/login\?reason=INVALID_CREDENTIALS/);
    assert.equal((await server.get('/users/me', { token: state })).status, 403);
  });

  test('redirects lead nowhere else', async () => {
    const refused = ['https://evil.example.com', '//evil.example.com', '/\\evil.example.com', '\\\\evil.example.com', '/.//evil.example.com', '/..//evil.example.com',
      'javascript:alert(1)', 'data:text/html,x', `${front.url}@evil.example.com`, `${front.url}.evil.example.com`, 'http://127.0.0.1:1/', '/\t/evil.example.com',
      '/x\r\nSet-Cookie: a=b', 'http:evil.example.com', 'https:/evil.example.com', 'evil.example.com', ` ${front.url}`, `http://user:pw@${new URL(front.url).host}/`];
    for (const redirect of refused) {
      const { status, body } = await server.get(`/auth/login/evil?redirect=${encodeURIComponent(redirect)}`, { token: null });
      assert.equal(status, 400, redirect);
      assert.equal(body.errors[0].extensions.code, 'INVALID_PAYLOAD');
    }
    for (const redirect of ['/', '/admin/content?a=b#c', `${front.url}/admin`, `${front.url}`]) {
      assert.equal((await server.get(`/auth/login/evil?redirect=${encodeURIComponent(redirect)}`, { token: null })).status, 302, redirect);
    }
  });

  test('a form of the provider is led on as an address', async () => {
    const { status, headers } = await server.post('/auth/login/evil/callback', 'code=a%0d%0ab&state=c%26d', { token: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(status, 303);
    assert.equal(headers.location, './callback?code=a%0D%0Ab&state=c%26d');
  });

  test('the second factor is asked for', async () => {
    const { totp } = await import('./support/totp.mjs');
    const secret = 'JBSWY3DPEHPK3PXP';
    await server.database.client([], { input: `update directus_users set tfa_secret = '${secret}' where external_identifier = 'mallory';` });
    hostile.state.behave = {};
    const tryWith = async (otp) => {
      const browser = makeBrowser();
      const { url } = await browser.go(`${front.url}/auth/login/evil?redirect=/admin/content${otp ? `&otp=${otp}` : ''}`, { stop: atAdmin(front) });
      return url.searchParams.get('reason');
    };
    assert.equal(await tryWith(), 'INVALID_OTP');
    assert.equal(await tryWith('000000'), 'INVALID_OTP');
    assert.equal(await tryWith(totp(secret)), null);
  });

  test('secrets and tokens stay out of the log', () => {
    assert.ok(!/eyJ|client_secret|Bearer access/.test(server.log()), server.log());
  });
});

test('A provider that is away ends the start, unless it need not be there', async () => {
  const env = { AUTH_PROVIDERS: 'away', ...prefixed('away', { DRIVER: 'openid', ISSUER_URL: 'http://127.0.0.1:1', CLIENT_ID: 'c', CLIENT_SECRET: 's' }) };
  await assert.rejects(startServer({ env }), /away can't be discovered/);
  const server = await startServer({ env: { ...env, AUTH_AWAY_ISSUER_DISCOVERY_MUST_SUCCEED: 'false', PUBLIC_URL: 'http://cms.example.com' } });
  const { status, headers } = await server.get('/auth/login/away', { token: null });
  assert.equal(status, 302);
  assert.equal(headers.location, 'http://cms.example.com/admin/login?reason=SERVICE_UNAVAILABLE');
  await server.stop();
});
