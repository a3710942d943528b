// An application in strict TypeScript that uses the public SDK for everything about access. Compiled and run by
// sdk_access.test.mjs.
import {
  acceptUserInvite, authenticateShare, authentication, createCollection, createDirectus, createItem, createPermissions, createPolicy, createRole,
  createShare, createUser, customEndpoint, disableTwoFactor, enableTwoFactor, generateTwoFactorSecret, inviteShare, inviteUser, isDirectusError,
  passwordRequest, passwordReset, readItem, readItemPermissions, readItems, readMe, readPolicyGlobals, readProviders, readRoles, readShareInfo,
  readUserPermissions, refresh, registerUser, rest, staticToken, updateItem, updateUser,
} from '@directus/sdk';

interface Article {
  id: number;
  title: string | null;
  secret: string | null;
  status: 'draft' | 'published';
}
interface Schema {
  articles: Article[];
}

export interface World {
  url: string;
  adminToken: string;
  password: string;
  // The token in the newest mail to that address.
  mailToken(address: string): Promise<string>;
}

function equal<T>(actual: T, expected: T, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`);
}

// The code of the error that the work ends with.
async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isDirectusError(error)) return error.errors[0]?.extensions.code ?? 'no code';
    throw error;
  }
  return 'no error';
}

// A fetch that keeps cookies, as browsers do.
function browserFetch(): typeof fetch {
  const jar = new Map<string, string>();
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(input, { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      if (pair.length > at + 1) jar.set(pair.slice(0, at), pair.slice(at + 1));
      else jar.delete(pair.slice(0, at));
    }
    return response;
  };
}

// The code that an authenticator shows (RFC 6238).
async function oneTimePassword(secret: string): Promise<string> {
  const bits = [...secret].map((char) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(char).toString(2).padStart(5, '0')).join('');
  const bytes = new Uint8Array((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = new DataView(new ArrayBuffer(8));
  step.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000)));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, step.buffer));
  const offset = mac.getUint8(19) & 15;
  return String((mac.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// The end of a step of 30 seconds must not lie between making a code and its use.
async function freshCode(secret: string): Promise<string> {
  const left = 30_000 - (Date.now() % 30_000);
  if (left < 4000) await new Promise((resolve) => setTimeout(resolve, left + 50));
  return oneTimePassword(secret);
}

const claims = (token: string | null): Record<string, unknown> =>
  JSON.parse(atob((token ?? '').split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '')) as Record<string, unknown>;

export function makeApplication({ url, adminToken, password, mailToken }: World) {
  const admin = createDirectus<Schema>(url).with(staticToken(adminToken)).with(rest());
  const stranger = createDirectus<Schema>(url).with(rest());
  const member = (fetcher: typeof fetch = fetch) => createDirectus<Schema>(url, { globals: { fetch: fetcher } });
  const inJson = () => member().with(authentication('json', { autoRefresh: false })).with(rest());

  // A role with a policy, and its permissions.
  async function makeRole(name: string, policy: { app_access?: boolean; enforce_tfa?: boolean } = {}) {
    const role = await admin.request(createRole({ name }, { fields: ['id'] }));
    const made = await admin.request(createPolicy({ name, ...policy }, { fields: ['id'] }));
    await admin.request(customEndpoint<unknown>({ path: '/access', method: 'POST', body: JSON.stringify({ role: role.id, policy: made.id }) }));
    return { role: role.id, policy: made.id };
  }

  return {
    async setUp(): Promise<void> {
      await admin.request(createCollection({
        collection: 'articles', schema: {}, meta: {},
        fields: ['title', 'secret', 'status'].map((field) => ({ field, type: 'string', schema: {}, meta: {} })),
      } as Parameters<typeof createCollection>[0]));
      await admin.request(createItem('articles', { title: 'One', secret: 's', status: 'published' }));
      await admin.request(createItem('articles', { title: 'Two', secret: 's', status: 'draft' }));
    },

    async loginInJson(): Promise<void> {
      const email = 'json@example.com';
      await admin.request(createUser({ email, password }));
      const own = inJson();
      equal(await codeOf(own.login({ email, password: 'wrong' })), 'INVALID_CREDENTIALS', 'a wrong password');
      const first = await own.login({ email, password });
      equal(typeof first.access_token, 'string', 'the access token');
      const second = await own.refresh();
      if (first.refresh_token === second.refresh_token) throw new Error('the refresh token stays the same');
      equal(await codeOf(stranger.request(refresh({ mode: 'json', refresh_token: first.refresh_token ?? '' }))), 'INVALID_CREDENTIALS', 'an old refresh token');
      await own.logout();
      equal(await own.getToken(), null, 'the token after the logout');
    },

    async loginInCookieAndSession(): Promise<void> {
      const email = 'browser@example.com';
      const { role } = await makeRole('Browsers', { app_access: true });
      await admin.request(createUser({ email, password, role }));
      for (const mode of ['cookie', 'session'] as const) {
        const own = member(browserFetch()).with(authentication(mode, { autoRefresh: false, credentials: 'include' })).with(rest({ credentials: 'include' }));
        const tokens = await own.login({ email, password });
        equal(tokens.refresh_token ?? null, null, `the refresh token of mode ${mode}`);
        equal(Boolean(tokens.access_token), mode === 'cookie', `whether mode ${mode} shows an access token`);
        equal((await own.request(readMe({ fields: ['email'] }))).email, email, `who is logged in by ${mode}`);
        await own.refresh();
        equal((await own.request(readMe({ fields: ['email'] }))).email, email, `who is logged in by ${mode} after a refresh`);
        await own.logout();
        equal(await codeOf(own.request(readMe())), 'INVALID_CREDENTIALS', `who is logged in by ${mode} after the logout`);
      }
    },

    async twoFactor(): Promise<void> {
      const email = 'factor@example.com';
      const { role, policy } = await makeRole('Careful', { app_access: true, enforce_tfa: true });
      await admin.request(createPermissions([{ policy, collection: 'directus_users', action: 'update', fields: ['tfa_secret'], permissions: { id: { _eq: '$CURRENT_USER' } } }]));
      await admin.request(createUser({ email, password, role }));
      const own = inJson();
      equal(claims((await own.login({ email, password })).access_token).enforce_tfa, true, 'the claim that demands the set-up');
      equal((await own.request(readPolicyGlobals())).enforce_tfa, true, 'what the app is told');
      equal(await codeOf(own.request(generateTwoFactorSecret('wrong'))), 'INVALID_CREDENTIALS', 'a set-up with a wrong password');
      const { secret, otpauth_url } = await own.request(generateTwoFactorSecret(password));
      if (!otpauth_url.startsWith('otpauth://totp/') || !otpauth_url.includes(secret)) throw new Error(otpauth_url);
      equal(await codeOf(own.request(enableTwoFactor(secret, '000000'))), 'INVALID_PAYLOAD', 'a set-up with a wrong code');
      await own.request(enableTwoFactor(secret, await freshCode(secret)));
      equal(await codeOf(own.login({ email, password })), 'INVALID_OTP', 'a login without a code');
      equal(await codeOf(own.login({ email, password }, { otp: '000000' })), 'INVALID_OTP', 'a login with a wrong code');
      const tokens = await own.login({ email, password }, { otp: await freshCode(secret) });
      equal(claims(tokens.access_token).enforce_tfa ?? null, null, 'the claim once it is set up');
      await own.refresh();
      await own.request(disableTwoFactor(await freshCode(secret)));
      await own.login({ email, password });
    },

    async invites(): Promise<void> {
      const { role } = await makeRole('Guests', { app_access: true });
      await admin.request(inviteUser('guest@example.com', role));
      await stranger.request(acceptUserInvite(await mailToken('guest@example.com'), password));
      const own = inJson();
      await own.login({ email: 'guest@example.com', password });
      equal((await own.request(readMe({ fields: ['role'] }))).role, role, 'the role of the guest');
      equal(await codeOf(own.request(inviteUser('other@example.com', role))), 'FORBIDDEN', 'an invitation by a guest');
    },

    async registration(): Promise<void> {
      const { role } = await makeRole('Readers', { app_access: true });
      // The SDK's settings do not know these yet.
      const body = JSON.stringify({ public_registration: true, public_registration_role: role });
      await admin.request(customEndpoint<unknown>({ path: '/settings', method: 'PATCH', body }));
      await stranger.request(registerUser('reader@example.com', password, { first_name: 'Rea' }));
      const own = inJson();
      equal(await codeOf(own.login({ email: 'reader@example.com', password })), 'INVALID_CREDENTIALS', 'a login before the verification');
      const token = await mailToken('reader@example.com');
      equal((await fetch(`${url}/users/register/verify-email?token=${token}`, { redirect: 'manual' })).status, 302, 'the verification');
      await own.login({ email: 'reader@example.com', password });
      equal((await own.request(readMe({ fields: ['first_name'] }))).first_name, 'Rea', 'the name');
    },

    async passwords(): Promise<void> {
      const email = 'forgetful@example.com';
      const user = await admin.request(createUser({ email, password }, { fields: ['id'] }));
      await stranger.request(passwordRequest(email));
      await stranger.request(passwordRequest('nobody@example.com'));
      const token = await mailToken(email);
      await stranger.request(passwordReset(token, 'a-new-password'));
      equal(await codeOf(stranger.request(passwordReset(token, 'once-more'))), 'FORBIDDEN', 'the same token again');
      const own = inJson();
      equal(await codeOf(own.login({ email, password })), 'INVALID_CREDENTIALS', 'the old password');
      await own.login({ email, password: 'a-new-password' });
      await admin.request(updateUser(user.id, { status: 'suspended' }));
      equal(await codeOf(own.refresh()), 'INVALID_CREDENTIALS', 'a refresh after the suspension');
    },

    async shares(): Promise<void> {
      const { role, policy } = await makeRole('Visitors');
      await admin.request(createPermissions([{ policy, collection: 'articles', action: 'read', fields: ['id', 'title'] }]));
      const share = await admin.request(createShare({ name: 'For you', collection: 'articles', item: '1', role, password: 'key' }, { fields: ['id'] }));
      equal((await stranger.request(readShareInfo(share.id))).collection, 'articles', 'what is shared');
      await admin.request(inviteShare(share.id, ['friend@example.com']));
      equal(await codeOf(stranger.request(authenticateShare(share.id, 'wrong', 'json'))), 'INVALID_CREDENTIALS', 'a wrong password of a share');
      const { access_token } = await stranger.request(authenticateShare(share.id, 'key', 'json'));
      const visitor = createDirectus<Schema>(url).with(staticToken(access_token ?? '')).with(rest());
      equal((await visitor.request(readItems('articles', { fields: ['title'] }))).map(({ title }) => title), ['One'], 'what the visitor sees');
      equal(await codeOf(visitor.request(readItem('articles', 1, { fields: ['secret'] }))), 'FORBIDDEN', 'what he may not see');
    },

    async permissions(): Promise<void> {
      const { role, policy } = await makeRole('Editors', { app_access: true });
      await admin.request(createPermissions([
        { policy, collection: 'articles', action: 'read', fields: ['id', 'title', 'status'], permissions: { status: { _eq: 'published' } } },
        { policy, collection: 'articles', action: 'update', fields: ['title'], permissions: { status: { _eq: 'published' } } },
      ]));
      const email = 'editor@example.com';
      await admin.request(createUser({ email, password, role }));
      const own = inJson();
      await own.login({ email, password });
      equal((await own.request(readItems('articles', { fields: ['title'] }))).map(({ title }) => title), ['One'], 'what the editor sees');
      equal((await own.request(updateItem('articles', 1, { title: 'Uno' }, { fields: ['title'] }))).title, 'Uno', 'what he may change');
      equal(await codeOf(own.request(updateItem('articles', 1, { status: 'draft' }))), 'FORBIDDEN', 'a field that he may not change');
      equal(await codeOf(own.request(updateItem('articles', 2, { title: 'Dos' }))), 'FORBIDDEN', 'an item that he does not see');
      const mine = await own.request(readUserPermissions());
      equal(mine.articles?.read?.access, 'partial', 'what he is told of reading');
      equal(mine.articles?.delete?.access, 'none', 'what he is told of deleting');
      equal((await own.request(readItemPermissions('articles', 1))).update.access, true, 'what he is told of the item');
      equal((await own.request(readRoles({ fields: ['name'] }))).map(({ name }) => name), ['Editors'], 'the roles that he sees');
      equal(await stranger.request(readProviders()), [], 'the other ways in');
    },
  };
}
