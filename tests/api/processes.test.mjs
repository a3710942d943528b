// Several processes on one database: what is changed through one, the others know.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok, within } from './support/answers.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { ashlar, startServer } from './support/server.mjs';
import { startRedis } from './support/services.mjs';

const articles = { collection: 'articles', schema: {}, meta: {}, fields: [{ field: 'title', type: 'string', schema: {}, meta: {} }] };

/** Two servers on one new database. */
async function twoServers(kind, env) {
  const one = await startServer({ database: kind, env });
  const other = await startServer({ database: one.database, bootstrap: false, env });
  return { one, other, stop: () => Promise.all([one.stop(), other.stop()]) };
}

// `know` awaits that a condition holds: at once, or within the time that was promised.
async function expectChangesAreShared(one, other, know) {
  await ok(one.post('/collections', articles));
  await know(async () => (await other.get('/items/articles')).status === 200);
  for (const field of ['a', 'b', 'c']) {
    await ok(one.post('/fields/articles', { field, type: 'string', schema: {}, meta: {} }));
    await know(async () => (await other.get(`/fields/articles/${field}`)).status === 200);
    await know(async () => (await other.post('/items/articles', { [field]: 'x' })).body?.data?.[field] === 'x');
  }
  await ok(other.del('/fields/articles/a'));
  await know(async () => (await one.get('/fields/articles/a')).status === 403);

  // The public: allowed to read, then not.
  const policy = (await ok(one.get('/policies?fields=id,name'))).find(({ name }) => /public/i.test(name)).id;
  const { id } = await ok(one.post('/permissions', { policy, collection: 'articles', action: 'read', fields: ['*'] }));
  await know(async () => (await other.get('/items/articles', { token: null })).status === 200);
  await ok(one.del(`/permissions/${id}`));
  await know(async () => (await other.get('/items/articles', { token: null })).status === 403);

  // A static token, taken back while it is in use.
  const token = 'a-token-in-use';
  const user = (await ok(one.post('/users', { email: 'ann@example.com', token }))).id;
  await know(async () => (await other.get('/users/me', { token })).status === 200);
  await ok(one.patch(`/users/${user}`, { token: null }));
  await know(async () => (await other.get('/users/me', { token })).status === 401);
}

// A notice is on its way while the first process answers: on a busy machine it may come a moment later.
const atOnce = (condition) => within(300, condition);
const withinASecond = (condition) => within(1500, condition);

describe('Changes of the data model and of permissions', () => {
  test('are known to the other process at its next request, on PostgreSQL', async (context) => {
    const { one, other, stop } = await twoServers('pg');
    context.after(stop);
    await expectChangesAreShared(one, other, atOnce);
  });

  for (const kind of ['sqlite3', 'mysql']) {
    test(`are known to the other process within a second, on ${kind}`, async (context) => {
      const { one, other, stop } = await twoServers(kind);
      context.after(stop);
      await expectChangesAreShared(one, other, withinASecond);
    });
  }

  test('are known at once where there is Redis, and also after it went and came back', async (context) => {
    const redis = await startRedis();
    context.after(() => redis.stop());
    const { one, other, stop } = await twoServers('sqlite3', { REDIS: redis.url });
    context.after(stop);
    await expectChangesAreShared(one, other, (condition) => within(500, condition));
    await redis.stop();
    // Everything else goes on.
    await ok(one.post('/fields/articles', { field: 'd', type: 'string', schema: {}, meta: {} }));
    await ok(other.get('/items/articles'));
  });

  test('made at the command line are known to a server that runs', async (context) => {
    const server = await startServer({ database: 'pg' });
    context.after(() => server.stop());
    const path = `${await temporaryFolder()}/model.json`;
    await ashlar(['schema', 'snapshot', '--yes', '--format', 'json', path], { database: server.database, check: true });
    await ok(server.post('/collections', articles));
    await ashlar(['schema', 'apply', '--yes', path], { database: server.database, check: true });
    assert.equal((await server.get('/items/articles')).status, 403);
  });

  test('made by hand in the database are seen at the next request with CACHE_SCHEMA=false', async (context) => {
    const server = await startServer({ env: { CACHE_SCHEMA: 'false' } });
    context.after(() => server.stop());
    await ok(server.post('/collections', articles));
    await server.database.client([], { input: 'alter table articles add column by_hand text;' });
    assert.ok('by_hand' in (await ok(server.post('/items/articles', { title: 'x' }))));
  });
});
