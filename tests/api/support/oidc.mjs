// OpenID providers: a real one (oidc-provider), and one that can be told to do anything wrong.
import { createHash, createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { listen, listenWith } from './browser.mjs';

const jwkOf = (key, more) => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...more });

/**
 * Starts oidc-provider with these clients. `people` maps the name that somebody logs in with to his claims. Gives
 * { issuer, provider }.
 */
export async function startOidcProvider({ clients, people }) {
  const { default: Provider } = await import('oidc-provider');
  const server = await listenWith(http.createServer());
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const key = (type, options, alg) => jwkOf(generateKeyPairSync(type, options).privateKey, { alg, kid: alg });
  const quiet = { ...console };
  console.warn = console.info = () => {}; // it has much to say about its own settings
  const provider = new Provider(issuer, {
    clients,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name', 'groups'] },
    jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('rsa', { modulusLength: 2048 }, 'PS256'), key('ec', { namedCurve: 'P-256' }, 'ES256'), key('ec', { namedCurve: 'P-384' }, 'ES384'), key('ed25519', {}, 'EdDSA')] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'HS256'], userinfoSigningAlgValues: ['RS256', 'ES256'] },
    features: { userinfo: { enabled: true }, jwtUserinfo: { enabled: true } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    cookies: { keys: ['a key for tests'] },
  });
  Object.assign(console, quiet);
  server.on('request', provider.callback());
  return { issuer, provider };
}

/** Logs in at the pages of oidc-provider as somebody, and agrees to everything; gives the answer at the end. */
export async function passOidcProvider(browser, page, name, stop) {
  let answer = page;
  while (/\/interaction\//.test(answer.url.pathname)) {
    const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)[1];
    answer = await browser.go(answer.url, { form: prompt === 'login' ? { prompt, login: name, password: 'x' } : { prompt }, stop });
  }
  return answer;
}

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const hash = (text) => createHash('sha256').update(text).digest('base64url');

/** A signed token. `key` is a private key, or a text for HMAC; `alg` none has no signature. */
export function makeToken(header, claims, key) {
  const text = `${base64url(header)}.${base64url(claims)}`;
  if (header.alg === 'none') return `${text}.`;
  if (header.alg === 'HS256') return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

/**
 * A provider that lets everybody in at once, as `person`. `behave` may change what it does:
 * { header, claims(claims), key, token(text), userinfo, redirect(parameters), discovery, keys, tokenAnswer }.
 */
export async function startHostileProvider() {
  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const state = { person: { sub: 'mallory', email: 'mallory@example.com' }, behave: {}, kid: 'k1', pair: pair(), asked: 0 };
  const codes = new Map();

  function idToken(request) {
    const { behave, person } = state;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: 'client', sub: person.sub, iat: now, exp: now + 300, nonce: request.nonce, at_hash: createHash('sha256').update('access').digest().subarray(0, 16).toString('base64url') };
    const token = makeToken(behave.header ?? { alg: 'RS256', kid: state.kid }, { ...claims, ...behave.claims }, behave.key ?? state.pair.privateKey);
    return behave.token ? behave.token(token) : token;
  }

  const issuer = await listen(async (request, response) => {
    const url = new URL(request.url, issuer);
    const { behave } = state;
    const answer = (value, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (url.pathname === '/.well-known/openid-configuration') {
      return answer({ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, userinfo_endpoint: `${issuer}/me`, jwks_uri: `${issuer}/keys`, id_token_signing_alg_values_supported: behave.algorithms ?? ['RS256'], authorization_response_iss_parameter_supported: true });
    }
    if (url.pathname === '/keys') {
      ++state.asked;
      return answer({ keys: [jwkOf(state.pair.publicKey, { kid: state.kid, alg: 'RS256', ...behave.jwk })] });
    }
    if (url.pathname === '/authorize') {
      const asked = Object.fromEntries(url.searchParams);
      const code = hash(String(Math.random()));
      codes.set(code, asked);
      const back = new URL(asked.redirect_uri);
      for (const [name, value] of Object.entries({ code, state: asked.state, iss: issuer, ...behave.redirect })) if (value !== undefined) back.searchParams.set(name, value);
      response.writeHead(302, { location: String(back) });
      return response.end();
    }
    if (url.pathname === '/token') {
      let body = '';
      for await (const piece of request) body += piece;
      const form = new URLSearchParams(body);
      const asked = codes.get(form.get('code'));
      codes.delete(form.get('code'));
      if (!asked || hash(form.get('code_verifier')) !== asked.code_challenge || form.get('redirect_uri') !== asked.redirect_uri) return answer({ error: 'invalid_grant' }, 400);
      return answer({ access_token: 'access', token_type: 'Bearer', ...(asked.nonce && { id_token: idToken(asked) }) });
    }
    if (url.pathname === '/me') return answer(behave.userinfo ?? state.person);
    return answer({}, 404);
  });

  return { issuer, state, pair, rotate: (kid) => Object.assign(state, { kid, pair: pair() }) };
}
