// What goes on beside a request while it is under way: the model changes, storages and Redis go and come back.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ok, within } from './support/answers.mjs';
import { upload } from './support/forms.mjs';
import { startServer } from './support/server.mjs';
import { startRedis } from './support/services.mjs';
import { startS3 } from './support/storages.mjs';

const field = (name, type = 'string') => ({ field: name, type, schema: {}, meta: {} });
const notes = { collection: 'notes', schema: {}, meta: {}, fields: [field('text')] };

describe('Fields that come and go', () => {
  for (const kind of ['sqlite3', 'pg', 'mysql']) {
    test(`harm no request that does not ask for them, on ${kind}`, async (context) => {
      // However slow the machine is.
      const env = { PRESSURE_LIMITER_ENABLED: 'false' };
      const server = await startServer({ database: kind, env });
      context.after(() => server.stop());
      const other = await startServer({ database: server.database, bootstrap: false, env });
      context.after(() => other.stop());
      await ok(server.post('/collections', notes));
      await ok(server.post('/items/notes', Array.from({ length: 20 }, (_, index) => ({ text: `${index}` }))));
      await within(5000, async () => (await other.get('/items/notes')).status === 200);
      let over = false;
      const keepOn = async (each, index) => {
        try {
          for (let turn = 0; !over; ++turn) {
            await ok(each.get('/items/notes?limit=5'));
            await ok(each.patch(`/items/notes/${index + 1}`, { text: `${turn}` }));
            await ok(each.post('/items/notes', { text: 'new' }));
          }
        } finally {
          over = true;
        }
      };
      const work = [server, other, server, other].map(keepOn);
      const changes = (async () => {
        try {
          for (let i = 0; i < 8 && !over; ++i) {
            await ok(server.post('/fields/notes', field(`f${i}`)));
            await ok(server.del(`/fields/notes/f${i}`));
          }
        } finally {
          over = true;
        }
      })();
      await Promise.all([changes, ...work]);
    });
  }
});

test('Processes know of changes of the model also while Redis is away, and after it is back', async (context) => {
  const redis = await startRedis();
  context.after(() => redis.stop());
  const one = await startServer({ database: 'pg', env: { REDIS: redis.url } });
  context.after(() => one.stop());
  const other = await startServer({ database: one.database, bootstrap: false, env: { REDIS: redis.url } });
  context.after(() => other.stop());
  await ok(one.post('/collections', notes));
  await redis.stop();
  await ok(one.post('/fields/notes', field('meanwhile')));
  // Not known to the other yet, perhaps: but what it says is done is done.
  await ok(other.del('/fields/notes/meanwhile'));
  await within(5000, async () => (await one.get('/fields/notes/meanwhile')).status === 403);
  await ok(one.post('/fields/notes', field('kept')));
  await within(5000, async () => (await other.get('/fields/notes/kept')).status === 200);
  await redis.start();
  for (const name of ['a', 'b', 'c']) {
    await ok(one.post('/fields/notes', field(name)));
    await within(5000, async () => (await other.get(`/fields/notes/${name}`)).status === 200);
  }
});

describe('S3 that is away for a while', () => {
  const objects = (folder) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('_object'));

  test('gives up in the end what was deleted meanwhile, and what of failed uploads it has', async (context) => {
    let isAway = false, losesAnswers = false;
    const storage = await startS3({
      before(request, response) {
        if (losesAnswers && request.method === 'PUT') response.writeHead = () => request.socket.destroy();
        else if (isAway) request.socket.destroy();
        return isAway;
      },
    });
    context.after(() => storage.stop());
    const server = await startServer({ env: storage.env });
    context.after(() => server.stop());
    const file = { name: 'a.txt', type: 'text/plain', bytes: 'hello' };
    const { id } = await upload(server, file);
    assert.equal(objects(storage.folder).length, 1);
    isAway = true;
    await ok(server.del(`/files/${id}`));
    await assert.rejects(upload(server, file), /^Error: 503/);
    assert.deepEqual(await ok(server.get('/files')), []);
    isAway = false;
    await within(20_000, () => objects(storage.folder).length === 0);
    losesAnswers = true;
    await assert.rejects(upload(server, file), /^Error: 503/);
    losesAnswers = false;
    await within(20_000, () => objects(storage.folder).length === 0);
    assert.equal((await server.get('/files')).body.data.length, 0);
  });
});
