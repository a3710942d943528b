// Kept answers: what a client is told of them, and that they are never older than they may be.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from './support/answers.mjs';
import { startRedis } from './support/services.mjs';
import { startServer } from './support/server.mjs';

const notes = { collection: 'notes', schema: {}, meta: {}, fields: [{ field: 'text', type: 'string', schema: {}, meta: {} }] };
const env = { CACHE_ENABLED: 'true', CACHE_STATUS_HEADER: 'x-cache', CACHE_AUTO_PURGE: 'true' };

// Many requests at a time, of which some write: whoever was told that something is written must read it.
async function expectNothingOld(servers, rounds = 40) {
  const [first] = servers;
  const { id } = await ok(first.post('/items/notes', { text: '0' }));
  let stop = false;
  const readers = servers.map(async (server) => {
    while (!stop) await ok(server.get(`/items/notes/${id}?fields=text`));
  });
  for (let i = 1; i <= rounds; ++i) {
    const writer = servers[i % servers.length];
    await ok(writer.patch(`/items/notes/${id}`, { text: String(i) }));
    for (const server of servers) assert.equal((await ok(server.get(`/items/notes/${id}?fields=text`))).text, String(i));
  }
  stop = true;
  await Promise.all(readers);
}

for (const store of ['memory', 'redis']) {
  describe(`Kept answers, in ${store === 'redis' ? 'Redis' : store}`, () => {
    let redis, server;
    before(async () => {
      if (store === 'redis') redis = await startRedis();
      server = await startServer({ env: { ...env, CACHE_STORE: store, REDIS: redis?.url } });
      await ok(server.post('/collections', notes));
      await ok(server.post('/items/notes', [{ text: 'one' }, { text: 'two' }]));
    });
    after(async () => {
      await server.stop();
      await redis?.stop();
    });

    const state = async (path, options) => (await server.get(path, options)).headers['x-cache'];

    test('are given again, in whatever order the parameters come', async () => {
      assert.equal(await state('/items/notes?fields=text&limit=5'), 'MISS');
      assert.equal(await state('/items/notes?fields=text&limit=5'), 'HIT');
      assert.equal(await state('/items/notes?limit=5&fields=text'), 'HIT');
      assert.equal(await state('/items/notes?limit=6&fields=text'), 'MISS');
    });

    test('keep lists apart whose order matters', async () => {
      const sorted = async (...fields) => (await server.get(`/items/notes?${fields.map((field) => `sort[]=${field}`).join('&')}&fields=id`)).headers['x-cache'];
      assert.equal(await sorted('text', '-id'), 'MISS');
      assert.equal(await sorted('-id', 'text'), 'MISS');
    });

    test('are told to be the same by their ETag', async () => {
      const first = await server.get('/items/notes?fields=id');
      const again = await server.get('/items/notes?fields=id', { headers: { 'if-none-match': first.headers.etag } });
      assert.equal(again.status, 304);
      assert.equal(again.body, undefined);
    });

    test('belong to the one who asked', async () => {
      assert.equal(await state('/items/notes?fields=text'), 'MISS');
      const answer = await server.get('/items/notes?fields=text', { token: null });
      assert.equal(answer.status, 403);
      assert.equal(answer.headers['x-cache'], 'MISS');
    });

    test('end with a write, and with a right that is taken away', async () => {
      const policy = (await ok(server.get('/policies?fields=id,name'))).find(({ name }) => /public/i.test(name)).id;
      const { id } = await ok(server.post('/permissions', { policy, collection: 'notes', action: 'read', fields: ['*'] }));
      assert.equal((await server.get('/items/notes', { token: null })).status, 200);
      assert.equal(await state('/items/notes', { token: null }), 'HIT');
      await ok(server.del(`/permissions/${id}`));
      assert.equal((await server.get('/items/notes', { token: null })).status, 403);
    });

    test('are never older than the last write', () => expectNothingOld([server]));

    test('are made once, however many ask at the same time', async () => {
      await ok(server.post('/utils/cache/clear'));
      const answers = await Promise.all(Array.from({ length: 24 }, () => server.get('/items/notes?fields=id,text&sort=text')));
      assert.equal(answers.filter(({ headers }) => headers['x-cache'] === 'MISS').length, 1);
      assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
    });

    test('of streams are kept too', async () => {
      assert.equal(await state('/items/notes?limit=-1'), 'MISS');
      assert.equal(await state('/items/notes?limit=-1'), 'HIT');
    });

    if (store === 'redis') {
      test('are missed, and nothing else, while Redis is away', async () => {
        await redis.stop();
        await ok(server.get('/items/notes'));
        await ok(server.post('/items/notes', { text: 'meanwhile' }));
        const health = await server.get('/server/health');
        assert.equal(health.status, 503);
        assert.equal(health.body.checks['cache:responseTime'][0].status, 'error');
        assert.match(server.log(), /Redis/);
        await redis.start();
        // The program tries again by itself.
        while ((await server.get('/server/health')).status !== 200);
        while ((await state('/items/notes')) !== 'HIT');
        await expectNothingOld([server], 5);
      });
    }
  });
}

test('Without automatic purging an answer lasts for its time, and says so', async () => {
  const server = await startServer({ env: { ...env, CACHE_AUTO_PURGE: 'false', CACHE_TTL: '10m' } });
  await ok(server.post('/collections', notes));
  const first = await server.get('/items/notes');
  assert.equal(first.headers['cache-control'], 'private, max-age=600');
  await ok(server.post('/items/notes', { text: 'new' }));
  assert.deepEqual((await server.get('/items/notes')).body, first.body);
  await ok(server.post('/utils/cache/clear'));
  assert.equal((await ok(server.get('/items/notes'))).length, 1);
  await server.stop();
});

