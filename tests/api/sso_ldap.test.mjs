// Logging in with the names and passwords of a directory.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { directory, startSlapd } from './support/slapd.mjs';
import { startServer } from './support/server.mjs';

const { base } = directory;
const person = (uid, more = '') => `
dn: uid=${uid},ou=people,${base}
objectClass: inetOrgPerson
objectClass: activeAccount
uid: ${uid}
cn: ${uid} of the office
sn: Lee
givenName: ${uid[0].toUpperCase()}${uid.slice(1)}
mail: ${uid}@office.example.com
userPassword: ${uid}-secret
${more}`;
const group = (cn, ...members) => `
dn: cn=${cn},ou=groups,${base}
objectClass: groupOfNames
cn: ${cn}
${members.map((uid) => `member: uid=${uid},ou=people,${base}`).join('\n')}
`;
const entries = `
dn: ${base}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,${base}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${base}
objectClass: organizationalUnit
ou: groups

dn: cn=posix-staff,ou=groups,${base}
objectClass: posixGroup
cn: Clerks
cn: posix-staff
gidNumber: 500
memberUid: dora
${person('ann')}${person('bob')}${person('cat', 'userAccountControl: 514\n')}${person('dora')}${person('eve').replace('eve@office.example.com', 'admin@example.com')}${person('star').replace('uid: star', 'uid: star\ntitle: s*(t)\\r')}
${group('EDITORS', 'ann', 'star')}${group('nobody-knows', 'bob')}`;

describe('A directory', () => {
  let server, slapd, editors, clerks, guests;
  const settings = (name, more = {}) => Object.fromEntries(Object.entries({
    DRIVER: 'ldap', CLIENT_URL: slapd.url, BIND_DN: directory.admin, BIND_PASSWORD: directory.password,
    USER_DN: `ou=people,${base}`, USER_ATTRIBUTE: 'uid', GROUP_DN: `ou=groups,${base}`, ...more,
  }).filter(([, value]) => value !== null).map(([key, value]) => [`AUTH_${name.toUpperCase()}_${key}`, value]));

  before(async () => {
    slapd = await startSlapd(entries);
    const first = await startServer();
    const role = async (name) => (await first.post('/roles', { name })).body.data.id;
    [editors, clerks, guests] = [await role('Editors'), await role('clerks'), await role('Guests')];
    await first.stop();
    server = await startServer({
      database: first.database,
      bootstrap: false,
      env: {
        LOGIN_STALL_TIME: '0', AUTH_PROVIDERS: 'office,tls,starttls,distrust,wrongbind,away,anonymous,posix,title',
        ...settings('office', { SYNC_USER_INFO: 'true', LABEL: 'The office', DEFAULT_ROLE_ID: guests }),
        ...settings('tls', { CLIENT_URL: slapd.tlsUrl, CLIENT_TLS_OPTIONS__CA: slapd.certificate, GROUP_DN: null }),
        ...settings('starttls', { CLIENT_START_TLS: 'true', CLIENT_TLS_OPTIONS__CA: slapd.certificate, GROUP_DN: null }),
        ...settings('distrust', { CLIENT_URL: slapd.tlsUrl }),
        ...settings('wrongbind', { BIND_PASSWORD: 'wrong' }),
        ...settings('away', { CLIENT_URL: 'ldap://127.0.0.1:1' }),
        ...settings('anonymous', { BIND_DN: '', BIND_PASSWORD: '', GROUP_DN: null }),
        ...settings('posix', { GROUP_ATTRIBUTE: 'memberUid' }),
        ...settings('title', { USER_ATTRIBUTE: 'title' }),
      },
    });
  });
  after(() => server?.stop());

  const logIn = (identifier, password, { provider = 'office', ...more } = {}) =>
    server.post(`/auth/login/${provider}`, { identifier, password, ...more }, { token: null });
  const code = ({ body }) => body?.errors?.[0].extensions.code;
  const users = async (filter = '') => (await server.get(`/users?filter[provider][_neq]=default&fields=email,first_name,external_identifier,role,provider${filter}`)).body.data;

  test('refuses wrong passwords, and makes no user', async () => {
    for (const password of ['wrong', 'Ann-secret', ' ', 'ann-secret ', '\u0000']) {
      const answer = await logIn('ann', password);
      assert.equal(answer.status, 401);
      assert.equal(code(answer), 'INVALID_CREDENTIALS');
    }
    assert.deepEqual(await users(), []);
  });

  test('does not take an empty password for a bind as anybody', async () => {
    for (const password of ['', null, undefined]) assert.equal(code(await logIn('ann', password)), 'INVALID_PAYLOAD');
    assert.deepEqual(await users(), []);
  });

  test('takes names for what they are, not for filters', async () => {
    for (const name of ['*', 'a*', 'ann)(uid=*', 'ann)(|(uid=*', '*)(uid=ann', 'ann\\2a', 'ann\u0000', '(ann)', 'nobody', 'uid=ann', `uid=ann,ou=people,${base}`]) {
      const answer = await logIn(name, 'ann-secret');
      assert.equal(answer.status, 401, name);
      assert.equal(code(answer), 'INVALID_CREDENTIALS', name);
    }
    assert.deepEqual(await users(), []);
    const odd = await logIn('s*(t)\\r', 'star-secret', { provider: 'title' });
    assert.equal(odd.status, 200, 'a name with all of that in it is found');
  });

  test('lets people in, with the role that is named as their group', async () => {
    const { status, body } = await logIn('ann', 'ann-secret');
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(Object.keys(body.data).sort(), ['access_token', 'expires', 'refresh_token']);
    assert.deepEqual(await users('&filter[email][_eq]=ann@office.example.com'), [{
      email: 'ann@office.example.com', first_name: 'Ann', external_identifier: `uid=ann,ou=people,${base}`, role: editors, provider: 'office',
    }]);
    const { status: again } = await server.post('/auth/refresh', { refresh_token: body.data.refresh_token }, { token: null });
    assert.equal(again, 200);
  });

  test('keeps names and roles as they are there', async () => {
    await slapd.modify(`dn: uid=ann,ou=people,${base}\nchangetype: modify\nreplace: givenName\ngivenName: Änne\n\ndn: cn=EDITORS,ou=groups,${base}\nchangetype: modify\ndelete: member\nmember: uid=ann,ou=people,${base}\n`);
    assert.equal((await logIn('ann', 'ann-secret')).status, 200);
    const [ann] = await users('&filter[email][_eq]=ann@office.example.com');
    assert.equal(ann.first_name, 'Änne');
    assert.equal(ann.role, guests);
  });

  test('finds groups that list names', async () => {
    assert.equal((await logIn('dora', 'dora-secret', { provider: 'posix' })).status, 200);
    assert.equal((await users('&filter[provider][_eq]=posix'))[0].role, clerks);
  });

  test('has its own answer in session mode', async () => {
    const { body, headers } = await logIn('bob', 'bob-secret', { mode: 'session' });
    assert.deepEqual(Object.keys(body.data).sort(), ['access_token', 'expires']);
    assert.match(headers['set-cookie'][0], /^directus_session_token=/);
  });

  test('ends sessions of accounts that are disabled or gone', async () => {
    assert.equal((await logIn('cat', 'cat-secret')).status, 401, 'a disabled account can not begin one');
    const first = (await logIn('bob', 'bob-secret')).body.data;
    await slapd.modify(`dn: uid=bob,ou=people,${base}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 2\n`);
    const refused = await server.post('/auth/refresh', { refresh_token: first.refresh_token }, { token: null });
    assert.equal(refused.status, 401);
    await slapd.modify(`dn: uid=bob,ou=people,${base}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 512\n`);
    const second = (await logIn('bob', 'bob-secret')).body.data;
    await slapd.modify(`dn: uid=bob,ou=people,${base}\nchangetype: delete\n`);
    assert.equal((await server.post('/auth/refresh', { refresh_token: second.refresh_token }, { token: null })).status, 401);
  });

  test('gives nobody the address of another user', async () => {
    const answer = await logIn('eve', 'eve-secret');
    assert.equal(answer.status, 403);
    assert.equal(code(answer), 'INVALID_PROVIDER');
  });

  test("lets no provider in the users of another", async () => {
    assert.equal((await logIn('ann', 'ann-secret', { provider: 'tls' })).status, 401);
    const { status } = await server.post('/auth/login', { email: 'ann@office.example.com', password: 'ann-secret' }, { token: null });
    assert.equal(status, 401);
  });

  test('is reached over TLS, if its certificate can be trusted', async () => {
    assert.equal((await logIn('star', 'star-secret', { provider: 'starttls' })).status, 401, 'known elsewhere: so the bind went well');
    await slapd.modify(person('tess').trim().replace('\n', '\nchangetype: add\n') + '\n');
    assert.equal((await logIn('tess', 'tess-secret', { provider: 'tls' })).status, 200);
    await slapd.modify(person('stan').trim().replace('\n', '\nchangetype: add\n') + '\n');
    assert.equal((await logIn('stan', 'stan-secret', { provider: 'starttls' })).status, 200);
    const answer = await logIn('ann', 'ann-secret', { provider: 'distrust' });
    assert.equal(answer.status, 503);
    assert.equal(code(answer), 'SERVICE_UNAVAILABLE');
  });

  test('can be searched by nobody in particular', async () => {
    await slapd.modify(person('una').trim().replace('\n', '\nchangetype: add\n') + '\n');
    assert.equal((await logIn('una', 'una-secret', { provider: 'anonymous' })).status, 200);
  });

  test('says what is wrong with the set-up', async () => {
    const wrong = await logIn('ann', 'ann-secret', { provider: 'wrongbind' });
    assert.equal(wrong.status, 503);
    assert.deepEqual(wrong.body.errors[0].extensions, { code: 'INVALID_PROVIDER_CONFIG', provider: 'wrongbind' });
    const away = await logIn('ann', 'ann-secret', { provider: 'away' });
    assert.equal(away.status, 503);
    assert.equal(away.body.errors[0].extensions.service, 'ldap');
  });

  test('suspends who guesses too often', async () => {
    await server.patch('/settings', { auth_login_attempts: 3 });
    await slapd.modify(person('gus').trim().replace('\n', '\nchangetype: add\n') + '\n');
    assert.equal((await logIn('gus', 'gus-secret')).status, 200);
    for (let attempt = 0; attempt < 4; ++attempt) assert.equal((await logIn('gus', `guess ${attempt}`)).status, 401);
    assert.equal((await logIn('gus', 'gus-secret')).status, 401);
    const [gus] = (await server.get('/users?filter[email][_eq]=gus@office.example.com&fields=status')).body.data;
    assert.equal(gus.status, 'suspended');
  });

  test('keeps passwords out of the log', () => {
    assert.ok(!/-secret/.test(server.log()), server.log());
  });
});
