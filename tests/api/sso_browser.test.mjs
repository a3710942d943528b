// Single sign-on as a real browser does it: with its own rules for cookies, redirects and forms.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listen, makeFront, openChromium } from './support/browser.mjs';
import { startOidcProvider } from './support/oidc.mjs';
import { claims, idpMetadata, makeAssertion, makeKey, makeResponse, requestIn, sign, spMetadata } from './support/saml.mjs';
import { startServer } from './support/server.mjs';

describe('In Chromium', () => {
  let front, server, browser, page, keys, samlIdp;

  before(async () => {
    front = await makeFront();
    const people = { ann: { email: 'ann@uni.example.com', given_name: 'Ann' } };
    const client = (name, more) => ({ client_id: name, client_secret: 'a-secret-for-tests', redirect_uris: [`${front.url}/auth/login/${name}/callback`], grant_types: ['authorization_code', 'refresh_token'], ...more });
    const { issuer } = await startOidcProvider({ people, clients: [client('uni'), client('form')] });
    keys = await makeKey();
    // An identity provider on another host: its form comes to us from another site, without cookies.
    samlIdp = (await listen((request, response) => {
      const url = new URL(request.url, 'http://localhost');
      const id = /ID="([^"]+)"/.exec(requestIn(String(url)))[1];
      const xml = sign(makeResponse(makeAssertion({ request: id, attributes: { [`${claims}nameidentifier`]: 'bob', [`${claims}emailaddress`]: 'bob@corp.example.com' } }), { request: id }), 'Assertion', keys);
      response.setHeader('content-type', 'text/html');
      response.end(`<form id="f" method="post" action="${front.url}/auth/login/corp/acs"><input name="SAMLResponse" value="${Buffer.from(xml).toString('base64')}"><input name="RelayState" value="${url.searchParams.get('RelayState')}"></form><script>document.getElementById('f').submit()</script>`);
    })).replace('127.0.0.1', 'localhost');
    const openid = (name, more) => Object.fromEntries(Object.entries({ DRIVER: 'openid', ISSUER_URL: issuer, CLIENT_ID: name, CLIENT_SECRET: 'a-secret-for-tests', ALLOW_PUBLIC_REGISTRATION: 'true', ...more }).map(([key, value]) => [`AUTH_${name.toUpperCase()}_${key}`, value]));
    server = await startServer({
      env: {
        PUBLIC_URL: front.url, AUTH_PROVIDERS: 'uni,form,corp', ...openid('uni', { LABEL: 'University' }), ...openid('form', { PARAMS: '{"response_mode":"form_post"}' }),
        AUTH_CORP_DRIVER: 'saml', AUTH_CORP_ALLOW_PUBLIC_REGISTRATION: 'true',
        AUTH_CORP_SP_metadata: spMetadata({ entity: 'https://cms.example.com/saml', acs: `${front.url}/auth/login/corp/acs` }),
        AUTH_CORP_IDP_metadata: idpMetadata({ entity: 'https://idp.example.com', sso: `${samlIdp}/sso`, slo: `${samlIdp}/slo`, certificates: [keys.base64] }),
      },
    });
    front.to(server.url);
    browser = await openChromium();
  });
  after(() => server?.stop());

  async function freshPage() {
    const context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return context;
  }

  async function passProvider() {
    await page.fill('input[name=login]', 'ann');
    await page.fill('input[name=password]', 'x');
    await page.click('button[type=submit]');
    await page.waitForSelector('input[name=prompt][value=consent]', { state: 'attached' });
    await page.click('button[type=submit]');
    await page.waitForURL(`${front.url}/users/me`);
  }

  const cookiesOf = async (context) => Object.fromEntries((await context.cookies(front.url)).map((cookie) => [cookie.name, cookie]));
  const me = async () => JSON.parse(await page.innerText('body')).data;

  test('a login by OpenID Connect ends with a session that scripts can not read', async () => {
    const context = await freshPage();
    await page.goto(`${front.url}/auth/login/uni?redirect=/users/me`);
    assert.ok((await cookiesOf(context))['openid.uni'].httpOnly);
    await passProvider();
    assert.ok((await me()).id);
    const { directus_session_token: session, 'openid.uni': state } = await cookiesOf(context);
    assert.ok(session.httpOnly);
    assert.equal(session.sameSite, 'Lax');
    assert.equal(state, undefined, 'the cookie of the way is gone');
    assert.ok(!(await page.evaluate(() => document.cookie)).includes('directus_session_token'));
    const refreshed = await page.evaluate(() => fetch('/auth/refresh', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"mode":"session"}' }).then((answer) => answer.status));
    assert.equal(refreshed, 200);
    const ended = await page.evaluate(() => fetch('/auth/logout', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"mode":"session"}' }).then((answer) => answer.status));
    assert.equal(ended, 204);
    assert.equal((await cookiesOf(context)).directus_session_token, undefined);
    await page.goto(`${front.url}/users/me`);
    assert.match(await page.innerText('body'), /INVALID_CREDENTIALS/);
    await context.close();
  });

  test('a provider may send its answer as a form', async () => {
    const context = await freshPage();
    await server.del('/users', { body: { query: { filter: { provider: { _eq: 'uni' } } } } });
    await page.goto(`${front.url}/auth/login/form?redirect=/users/me`);
    await passProvider();
    assert.ok((await me()).id);
    await context.close();
  });

  test('a login by SAML comes back from another site', async () => {
    const context = await freshPage();
    await page.goto(`${front.url}/auth/login/corp?redirect=/users/me`);
    await page.waitForURL(`${front.url}/users/me`);
    const [bob] = (await server.get('/users?filter[provider][_eq]=corp')).body.data;
    assert.equal((await me()).id, bob.id);
    await context.close();
  });
});
