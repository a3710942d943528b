// Three processes on one PostgreSQL and one Redis, behind nginx: to those who use them, one server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok, within } from './support/answers.mjs';
import { makeClient } from './support/client.mjs';
import { startNginx, startRedis } from './support/services.mjs';
import { admin, startServer } from './support/server.mjs';

const notes = { collection: 'notes', schema: {}, meta: {}, fields: [{ field: 'text', type: 'string', schema: {}, meta: {} }] };

describe('Three replicas', () => {
  let redis, replicas, nginx, front;
  before(async () => {
    redis = await startRedis();
    const env = {
      REDIS: redis.url, CACHE_ENABLED: 'true', CACHE_STORE: 'redis', CACHE_AUTO_PURGE: 'true', CACHE_STATUS_HEADER: 'x-cache',
      RATE_LIMITER_ENABLED: 'true', RATE_LIMITER_STORE: 'redis', RATE_LIMITER_POINTS: '100000', RATE_LIMITER_DURATION: '3600',
      RATE_LIMITER_REGISTRATION_POINTS: '4', RATE_LIMITER_REGISTRATION_DURATION: '3600', SERVER_SHUTDOWN_TIMEOUT: '5000',
    };
    const first = await startServer({ database: 'pg', env });
    const others = [1, 2].map(() => startServer({ database: first.database, bootstrap: false, env }));
    replicas = [first, ...(await Promise.all(others))];
    nginx = await startNginx(replicas.map(({ port }) => port));
    front = makeClient(nginx.url, admin.token);
    await ok(front.post('/collections', notes));
    for (const replica of replicas) await within(1000, async () => (await replica.get('/items/notes')).status === 200);
  });
  after(async () => {
    front.disconnect();
    await nginx.stop();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await redis.stop();
  });

  test('count the requests of an address together', async () => {
    const register = (server) => server.post('/users/register', { email: 'a@example.com', password: 'x' }, { token: null, headers: { 'x-forwarded-for': '203.0.113.5' } });
    const statuses = [];
    for (let i = 0; i < 6; ++i) statuses.push((await register(replicas[i % 3])).status);
    assert.deepEqual(statuses.map((status) => status === 429), [false, false, false, false, true, true]);
  });

  test('share the answers that they keep', async () => {
    await ok(replicas[0].get('/items/notes?fields=id,text'));
    assert.equal((await replicas[1].get('/items/notes?fields=id,text')).headers['x-cache'], 'HIT');
  });

  test('never answer what is older than a write that was acknowledged by another', async () => {
    const { id } = await ok(front.post('/items/notes', { text: '0' }));
    let over = false;
    const readers = replicas.map(async (replica) => {
      while (!over) await ok(replica.get(`/items/notes/${id}?fields=text`));
    });
    for (let i = 1; i <= 60; ++i) {
      await ok(replicas[i % 3].patch(`/items/notes/${id}`, { text: String(i) }));
      for (const replica of replicas) assert.equal((await ok(replica.get(`/items/notes/${id}?fields=text`))).text, String(i));
    }
    over = true;
    await Promise.all(readers);
  });

  test('all see a change of the data model, and a right that is taken away', async () => {
    await ok(replicas[1].post('/fields/notes', { field: 'mark', type: 'string', schema: {}, meta: {} }));
    for (const replica of replicas) await within(1000, async () => (await replica.post('/items/notes', { mark: 'x' })).body.data.mark === 'x');
    const policy = (await ok(front.get('/policies?fields=id,name'))).find(({ name }) => /public/i.test(name)).id;
    const { id } = await ok(replicas[2].post('/permissions', { policy, collection: 'notes', action: 'read', fields: ['*'] }));
    for (const replica of replicas) await within(1000, async () => (await replica.get('/items/notes', { token: null })).status === 200);
    await ok(replicas[0].del(`/permissions/${id}`));
    for (const replica of replicas) await within(1000, async () => (await replica.get('/items/notes', { token: null })).status === 403);
  });

  test('go on without Redis, say so, and are whole again afterwards', async () => {
    await redis.stop();
    for (const replica of replicas) {
      await ok(replica.post('/items/notes', { text: 'meanwhile' }));
      const { status, body } = await replica.get('/server/health');
      assert.equal(status, 503);
      assert.equal(body.checks['redis:responseTime'][0].status, 'error');
      assert.equal(body.checks['pg:responseTime'][0].status, 'ok');
    }
    await redis.start();
    for (const replica of replicas) await within(10_000, async () => (await replica.get('/server/health')).status === 200);
    await ok(replicas[0].patch('/items/notes/1', { text: 'after' }));
    for (const replica of replicas) assert.equal((await ok(replica.get('/items/notes/1?fields=text'))).text, 'after');
  });

  test('lose no acknowledged write of the others when one is killed', async () => {
    const acknowledged = [];
    let over = false;
    const writer = async (number) => {
      for (let i = 0; !over; ++i) {
        const text = `${number}-${i}`;
        // What nobody acknowledged may be there or not; nginx does not send a POST twice.
        const answer = await front.post('/items/notes', { text }).catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(text);
      }
    };
    const writers = [1, 2, 3, 4].map(writer);
    await within(20_000, () => new Promise((resolve) => setImmediate(() => resolve(acknowledged.length > 30))));
    await replicas[2].kill();
    const before = acknowledged.length;
    await within(20_000, () => new Promise((resolve) => setImmediate(() => resolve(acknowledged.length > before + 60))));
    over = true;
    await Promise.all(writers);
    const there = new Set((await ok(replicas[0].get('/items/notes?limit=-1&fields=text'))).map(({ text }) => text));
    assert.deepEqual(acknowledged.filter((text) => !there.has(text)), []);
  });
});
