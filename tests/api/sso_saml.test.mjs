// Logging in by SAML: with a real identity provider (samlify), and against assertions that are wrong in every way.
import assert from 'node:assert/strict';
import { createVerify } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { databaseKinds } from './support/databases.mjs';
import { claims, idpMetadata, makeAssertion, makeKey, makeResponse, makeSamlify, requestIn, sign, spMetadata } from './support/saml.mjs';
import { startServer } from './support/server.mjs';

const acs = (name) => `https://cms.example.com/auth/login/${name}/acs`;
const entity = 'https://cms.example.com/saml';
const idp = { entity: 'https://idp.example.com', sso: 'https://idp.example.com/sso?tenant=1', slo: 'https://idp.example.com/slo' };

describe('A SAML identity provider', () => {
  let server, keys, other, own, metadata;
  const settings = (name, sp, more = {}) => Object.fromEntries(Object.entries({
    DRIVER: 'saml', SP_metadata: sp, IDP_metadata: metadata, ALLOW_PUBLIC_REGISTRATION: 'true', ...more,
  }).map(([key, value]) => [`AUTH_${name.toUpperCase()}_${key}`, value]));
  const sps = {};

  before(async () => {
    [keys, other, own] = [await makeKey(), await makeKey(), await makeKey()];
    const old = await makeKey(); // a second certificate, as while keys are being changed
    metadata = idpMetadata({ ...idp, certificates: [old.base64, keys.base64] });
    Object.assign(sps, {
      corp: spMetadata({ entity, acs: acs('corp') }),
      closed: spMetadata({ entity, acs: acs('closed') }),
      asked: spMetadata({ entity, acs: acs('asked') }),
      signing: spMetadata({ entity, acs: acs('signing'), signsRequests: own.base64 }),
      secret: spMetadata({ entity, acs: acs('secret'), encryption: own.base64 }),
      cookie: spMetadata({ entity, acs: acs('cookie') }),
    });
    server = await startServer({
      env: {
        PUBLIC_URL: 'https://cms.example.com', AUTH_PROVIDERS: 'corp,closed,asked,signing,secret,cookie,nocert',
        ...settings('corp', sps.corp), ...settings('closed', sps.closed, { ALLOW_PUBLIC_REGISTRATION: 'false' }),
        ...settings('asked', sps.asked, { SP_ALLOW_UNSOLICITED: 'false' }),
        ...settings('signing', sps.signing, { SP_PRIVATE_KEY: own.key }),
        ...settings('secret', sps.secret, { SP_ENC_PRIVATE_KEY: own.key }),
        ...settings('cookie', sps.cookie, { MODE: 'cookie' }),
        ...settings('nocert', sps.corp, { IDP_metadata: idpMetadata({ ...idp, certificates: [] }) }),
      },
    });
  });
  after(() => server?.stop());

  const send = (name, xml, { relay = '/admin/content', base64 = Buffer.from(xml).toString('base64') } = {}) =>
    server.post(`/auth/login/${name}/acs`, String(new URLSearchParams({ SAMLResponse: base64, ...(relay && { RelayState: relay }) })), { token: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  const begin = async (name, redirect = '/admin/content') => (await server.get(`/auth/login/${name}${redirect ? `?redirect=${redirect}` : ''}`, { token: null })).headers.location;
  const users = async () => (await server.get('/users?filter[provider][_neq]=default&fields=email,first_name,last_name,external_identifier,provider&sort=email')).body.data;
  const right = (change, responseChange) => sign(makeResponse(makeAssertion(change), responseChange), 'Assertion', keys);
  const ask = async (name) => /ID="([^"]+)"/.exec(requestIn(await begin(name)))[1];

  async function refused(xml, name = 'corp', options = {}) {
    const count = (await users()).length;
    const { status, headers } = await send(name, xml, options);
    assert.equal(status, 302);
    assert.equal(headers.location, '/admin/content?reason=INVALID_CREDENTIALS');
    assert.equal(headers['set-cookie'], undefined);
    assert.equal((await users()).length, count, 'nothing is written');
  }

  test('is asked by a request that names this server', async () => {
    const location = await begin('corp', '/admin/content');
    assert.ok(location.startsWith(`${idp.sso}&SAMLRequest=`), location);
    assert.equal(new URL(location).searchParams.get('RelayState'), '/admin/content');
    const xml = requestIn(location);
    assert.match(xml, /<saml:Issuer>https:\/\/cms\.example\.com\/saml<\/saml:Issuer>/);
    assert.match(xml, /AssertionConsumerServiceURL="https:\/\/cms\.example\.com\/auth\/login\/corp\/acs"/);
    assert.notEqual(await begin('corp'), location);
  });

  test('gets signed requests where the metadata says so', async () => {
    const location = new URL(await begin('signing'));
    const signature = Buffer.from(location.searchParams.get('Signature'), 'base64');
    const text = location.search.slice(1).replace(/&Signature=.*/, '').replace('tenant=1&', '');
    assert.match(text, /^SAMLRequest=[^&]*&RelayState=[^&]*&SigAlg=[^&]*$/);
    assert.ok(createVerify('RSA-SHA256').update(text).verify(own.certificate, signature));
  });

  test('lets people in who are not known yet', async () => {
    const { status, headers } = await send('corp', right());
    assert.equal(status, 302);
    assert.equal(headers.location, '/admin/content', server.log().split('\n').slice(-3).join('\n'));
    const [, token] = /directus_session_token=([^;]+)/.exec(headers['set-cookie'][0]);
    assert.equal((await server.get('/users/me', { token })).status, 200);
    assert.deepEqual(await users(), [{ email: 'ann@corp.example.com', first_name: 'Ann', last_name: 'Lee', external_identifier: 'ann-1', provider: 'corp' }]);
  });

  test('gives a refresh cookie in the other mode, and tokens where there is no page to go to', async () => {
    const attributes = { [`${claims}nameidentifier`]: 'cookie-1' };
    const cookie = await send('cookie', right({ attributes }));
    assert.match(cookie.headers['set-cookie'][0], /^directus_refresh_token=/);
    const { status, body } = await send('cookie', right({ attributes }), { relay: '' });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body.data).sort(), ['access_token', 'expires', 'refresh_token']);
  });

  test('may sign the whole response instead', async () => {
    assert.equal((await send('corp', sign(makeResponse(makeAssertion()), 'Response', keys))).headers.location, '/admin/content');
  });

  test('may sign both', async () => {
    const both = sign(sign(makeResponse(makeAssertion()), 'Assertion', keys), 'Response', keys);
    assert.equal((await send('corp', both)).headers.location, '/admin/content');
  });

  test('of a real make (samlify) works, for each answer once', async () => {
    const provider = makeSamlify({ metadata: idpMetadata({ ...idp, certificates: [keys.base64] }), key: keys.key, sp: sps.corp });
    const base64 = await provider.answer(await begin('corp'), { mail: 'sam@corp.example.com', id: 'sam' });
    assert.equal((await send('corp', '', { base64 })).headers.location, '/admin/content', server.log().split('\n').slice(-3).join('\n'));
    assert.ok((await users()).some(({ external_identifier }) => external_identifier === 'sam'));
    await refused('', 'corp', { base64 });
  });

  test('of a real make may encrypt its assertions', async () => {
    const provider = makeSamlify({ metadata: idpMetadata({ ...idp, certificates: [keys.base64] }), key: keys.key, sp: sps.secret, encrypt: true });
    const base64 = await provider.answer(await begin('secret'), { mail: 'eva@corp.example.com', id: 'eva' });
    assert.match(String(Buffer.from(base64, 'base64')), /EncryptedAssertion/);
    await refused('', 'corp', { base64 });
    assert.equal((await send('secret', '', { base64 })).headers.location, '/admin/content', server.log().split('\n').slice(-3).join('\n'));
  });

  test('may have clocks that differ a little', async () => {
    const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
    assert.equal((await send('corp', right({ from: at(30) }))).headers.location, '/admin/content');
    assert.equal((await send('corp', right({ until: at(-30) }))).headers.location, '/admin/content');
  });

  const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
  const wrong = {
    'an assertion for another server': { audience: 'https://other.example.com' },
    'an assertion for everybody': { audience: undefined },
    'an assertion without conditions': { conditions: '' },
    'an assertion of another issuer': { issuer: 'https://other.example.com' },
    'an assertion that has expired': { until: at(-3600) },
    'an assertion that is not valid yet': { from: at(3600) },
    'an assertion without an end': { until: undefined, confirmedUntil: undefined },
    'a confirmation that has expired': { confirmedUntil: at(-3600) },
    'a confirmation for another address': { recipient: 'https://other.example.com/acs' },
    'a confirmation of another kind': { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' },
    'an answer to a request of somebody else': { request: '_0123456789' },
    'a session that is over': { session: at(-3600) },
    'a time that is none': { until: 'tomorrow' },
    'nobody in it': { name: '', attributes: {} },
  };
  for (const [what, change] of Object.entries(wrong)) {
    test(`gets nobody in with ${what}`, async () => refused(right(change)));
  }

  const wrongEnvelopes = {
    'a response for another address': { destination: 'https://other.example.com/acs' },
    'a response of another issuer': { issuer: 'https://other.example.com' },
    'a failure': { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
    'a response to a request that was never made': { request: '_1790000000.abcdefghijklmnop.AAAA' },
  };
  for (const [what, change] of Object.entries(wrongEnvelopes)) {
    test(`gets nobody in with ${what}`, async () => refused(right({}, change)));
  }

  test('gets nobody in without a signature', async () => {
    await refused(makeResponse(makeAssertion()));
    await refused(makeAssertion());
  });

  test('gets nobody in with the signature of another key, whatever certificate it brings along', async () => {
    await refused(sign(makeResponse(makeAssertion()), 'Assertion', other));
    await refused(sign(makeResponse(makeAssertion()), 'Assertion', { key: other.key, certificate: keys.certificate }));
  });

  test('gets nobody in with SHA-1', async () => refused(sign(makeResponse(makeAssertion()), 'Assertion', keys, { hash: 'sha1' })));

  test('gets nobody in where it has no certificate', async () => refused(right(), 'nocert'));

  test('gets nobody in with what was changed after it was signed', async () => {
    await refused(right().replace('Ann-1', 'Bob-1'));
    await refused(right().replace('ann@corp.example.com</saml:AttributeValue>', 'admin@example.com</saml:AttributeValue>'));
    await refused(right().replace(/<ds:SignatureValue>|<SignatureValue>/, (tag) => `${tag}AAAA`));
  });

  test('is answered once', async () => {
    const xml = right();
    assert.equal((await send('corp', xml)).headers.location, '/admin/content');
    await refused(xml);
    await refused(xml.replace('<samlp:Response ', '<samlp:Response  ')); // the same assertion in another dress
  });

  test('must answer a request of ours, where that is asked for, and each once', async () => {
    await refused(right(), 'asked');
    await refused(right({ request: await ask('corp') }), 'asked');
    const request = await ask('asked');
    const attributes = { [`${claims}nameidentifier`]: 'asked-1' };
    assert.equal((await send('asked', right({ request, attributes }, { request }))).headers.location, '/admin/content');
    await refused(right({ request, attributes }, { request }), 'asked');
  });

  describe('that wraps a signed assertion around another one', () => {
    const evil = () => makeAssertion({ name: 'admin@example.com', attributes: { [`${claims}nameidentifier`]: 'evil', [`${claims}emailaddress`]: 'evil@corp.example.com' } });
    const parts = () => {
      const xml = right({ attributes: { [`${claims}nameidentifier`]: 'wrapped' } });
      const [assertion] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml);
      const [signature] = /<(ds:)?Signature [\s\S]*<\/(ds:)?Signature>/.exec(assertion);
      return { xml, assertion, signature, bare: assertion.replace(signature, ''), id: /Assertion [^>]*ID="([^"]+)"/.exec(assertion)[1] };
    };
    const inside = (assertion, what) => assertion.replace('</saml:Assertion>', `${what}</saml:Assertion>`);
    const afterIssuer = (assertion, what) => assertion.replace('</saml:Issuer>', `</saml:Issuer>${what}`);
    const ways = {
      'beside it, first': ({ assertion }) => makeResponse(evil() + assertion),
      'beside it, last': ({ assertion }) => makeResponse(assertion + evil()),
      'beside it, with the same ID': ({ assertion, id }) => makeResponse(evil().replace(/ID="[^"]+"/, `ID="${id}"`) + assertion),
      'in the extensions': ({ xml, assertion }) => xml.replace(assertion, evil()).replace('<samlp:Status>', `<samlp:Extensions>${assertion}</samlp:Extensions><samlp:Status>`),
      'in it, with its signature': ({ signature, bare }) => makeResponse(afterIssuer(evil(), signature.replace(/<\/(ds:)?Signature>$/, (end) => `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${bare}</ds:Object>${end}`))),
      'around it': ({ assertion }) => makeResponse(inside(evil(), assertion)),
      'around it, with its signature': ({ signature, bare }) => makeResponse(inside(afterIssuer(evil(), signature), bare)),
      'around it, with its signature and its ID': ({ signature, bare, id }) => makeResponse(inside(afterIssuer(evil().replace(/ID="[^"]+"/, `ID="${id}"`), signature), bare)),
      'with its signature only': ({ signature, id }) => makeResponse(afterIssuer(evil().replace(/ID="[^"]+"/, `ID="${id}"`), signature)),
      'with two signatures': ({ assertion, signature }) => makeResponse(assertion.replace(signature, signature + signature)),
      'in a response in a response': ({ xml }) => makeResponse(evil() + xml),
      'with an xml:id that is the same': ({ assertion, id }) => makeResponse(`<x xml:id="${id}">${evil()}</x>${assertion}`),
      'with a reference to the whole document': ({ assertion }) => makeResponse(evil() + assertion.replace(/URI="#[^"]+"/, 'URI=""')),
    };
    for (const [what, way] of Object.entries(ways)) {
      test(`gets nobody in: ${what}`, async () => {
        await refused(way(parts()));
        assert.ok(!(await users()).some(({ external_identifier }) => external_identifier === 'evil'));
      });
    }
  });

  test('is not misread by comments', async () => {
    const attributes = { [`${claims}nameidentifier`]: 'ann-1.evil' };
    const xml = right({ attributes }).replace('ann-1.evil', 'ann-1<!-- -->.evil');
    await send('corp', xml);
    assert.ok((await users()).some(({ external_identifier }) => external_identifier === 'ann-1.evil'));
  });

  test('can not make this server read files or grow', async () => {
    await refused(`<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/hostname">]>${right()}`);
    await refused(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>`);
  });

  test('gets nobody in with nonsense', async () => {
    for (const xml of ['', 'x', '<', '<a/>', '<a>'.repeat(5000), '\u0000', '<samlp:Response/>']) await refused(xml);
    for (const base64 of ['%%%', 'x', 'A'.repeat(100_000)]) await refused('', 'corp', { base64 });
    const { status, body } = await send('corp', 'x', { relay: '' });
    assert.equal(status, 401);
    assert.equal(body.errors[0].extensions.code, 'INVALID_CREDENTIALS');
  });

  test('leads nobody to another page', async () => {
    for (const relay of ['https://evil.example.com', '//evil.example.com', 'javascript:alert(1)']) {
      const { status, body } = await send('corp', right(), { relay });
      assert.equal(status, 400);
      assert.equal(body.errors[0].extensions.code, 'INVALID_PAYLOAD');
    }
  });

  test('makes no users where it may not, and gives nobody the address or the users of others', async () => {
    await refused(right({ attributes: { [`${claims}nameidentifier`]: 'new' } }), 'closed');
    await refused(right(), 'closed');
    const attributes = { [`${claims}nameidentifier`]: 'thief', [`${claims}emailaddress`]: 'admin@example.com' };
    assert.equal((await send('corp', right({ attributes }))).headers.location, '/admin/content?reason=INVALID_PROVIDER');
  });

  test('is told when somebody logs out', async () => {
    const login = await send('corp', right());
    const [, session] = /directus_session_token=([^;]+)/.exec(login.headers['set-cookie'][0]);
    const { status, headers } = await server.post('/auth/login/corp/logout', '', { token: null, headers: { cookie: `directus_session_token=${session}` } });
    assert.equal(status, 302);
    assert.ok(headers.location.startsWith(`${idp.slo}?SAMLRequest=`));
    assert.match(requestIn(headers.location), /<saml:NameID [^>]*>ann-1<\/saml:NameID>/);
    assert.equal((await server.get('/users/me', { token: session })).status, 401);
  });
});

for (const kind of databaseKinds) {
  test(`What was used once is known on ${kind}, also after a restart`, async () => {
    const keys = await makeKey();
    const env = {
      AUTH_PROVIDERS: 'corp', AUTH_CORP_DRIVER: 'saml', AUTH_CORP_ALLOW_PUBLIC_REGISTRATION: 'true',
      AUTH_CORP_SP_metadata: spMetadata({ entity, acs: acs('corp') }), AUTH_CORP_IDP_metadata: idpMetadata({ ...idp, certificates: [keys.base64] }),
    };
    const body = String(new URLSearchParams({ SAMLResponse: Buffer.from(sign(makeResponse(makeAssertion()), 'Assertion', keys)).toString('base64') }));
    const send = async (server) => (await server.post('/auth/login/corp/acs', body, { token: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status;
    const first = await startServer({ database: kind, env });
    assert.equal(await send(first), 200);
    assert.equal(await send(first), 401);
    await first.stop();
    const second = await startServer({ database: first.database, bootstrap: false, env });
    assert.equal(await send(second), 401);
    await second.stop();
  });
}
