// What was acknowledged stays, even if the server is killed while it writes; and the server gets over a restart of the
// database by itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execute } from './support/databases.mjs';
import { restartPostgresql } from './support/keeper.mjs';
import { startServer } from './support/server.mjs';

const notes = {
  collection: 'notes',
  schema: {},
  meta: {},
  fields: [{ field: 'text', type: 'string', schema: { is_nullable: false, is_unique: true }, meta: {} }],
};

async function create(server, path, body) {
  const answer = await server.post(path, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.data;
}

for (const kind of ['sqlite3', 'pg']) {
  describe(`A server killed while it writes, on ${kind}`, () => {
    const writers = 8;
    const acknowledgedBeforeDeath = 150;
    const acknowledged = new Map(); // id -> text
    let server;
    let sent = 0;

    before(async () => {
      server = await startServer({ database: kind });
      await create(server, '/collections', notes);
    });
    after(() => server?.stop());

    // Writes until the server is gone; whether it was killed in the midst of a request is all the same.
    async function write(onAcknowledged) {
      for (;;) {
        const text = `note ${++sent}`;
        let answer;
        try {
          answer = await server.post('/items/notes', { text });
        } catch {
          return;
        }
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        assert.ok(!acknowledged.has(answer.body.data.id), 'two items with one key');
        acknowledged.set(answer.body.data.id, text);
        onAcknowledged();
      }
    }

    for (const round of [1, 2, 3]) {
      test(`has every acknowledged item when it is back, round ${round}`, async () => {
        const goal = acknowledged.size + acknowledgedBeforeDeath;
        let death;
        const killAtGoal = () => {
          if (acknowledged.size >= goal) death ??= server.kill();
        };
        await Promise.all(Array.from({ length: writers }, () => write(killAtGoal)));
        assert.deepEqual(await death, { status: null, signal: 'SIGKILL' });

        server = await startServer({ database: server.database, bootstrap: false });
        const { status, body } = await server.get('/items/notes?limit=-1');
        assert.equal(status, 200);
        const found = new Map(body.data.map(({ id, text }) => [id, text]));
        const lost = [...acknowledged].filter(([id, text]) => found.get(id) !== text);
        assert.deepEqual(lost, []);
        // Beyond them there may be what was written but not acknowledged any more: one a writer and death.
        const further = found.size - acknowledged.size;
        assert.ok(further <= writers * round, `${further} items were not acknowledged`);
      });
    }

    test('has a trace of every item in its activity', async () => {
      const sql = `select count(*) from notes where id not in (select cast(item as integer) from directus_activity
                   where collection = 'notes' and action = 'create');`;
      const { stdout } = await server.database.client(kind === 'pg' ? ['-At'] : [], { input: sql });
      assert.equal(stdout.trim(), '0');
    });

    if (kind === 'sqlite3') {
      test('leaves a database without damage', async () => {
        const { stdout } = await execute(server.database, 'pragma integrity_check; pragma foreign_key_check;');
        assert.equal(stdout.trim(), 'ok');
      });
    }
  });
}

describe('A restart of PostgreSQL under load', () => {
  const readers = 8;
  let server;

  before(async () => {
    server = await startServer({ database: 'pg' });
    await create(server, '/collections', notes);
    await create(server, '/items/notes', Array.from({ length: 100 }, (_, index) => ({ text: `note ${index}` })));
  });
  after(() => server?.stop());

  test('costs the requests in flight, and none of those that follow', async () => {
    let isOver = false;
    let isDone = false;
    const answers = []; // { status, wasAfter: sent when PostgreSQL was back }
    const waiting = []; // for a number of answers
    const count = (wanted, number) =>
      new Promise((resolve) => waiting.push(() => answers.filter(wanted).length >= number && resolve()));

    async function read() {
      while (!isDone) {
        const wasAfter = isOver;
        const { status, body } = await server.get('/items/notes?limit=10&sort=id');
        if (status === 200) assert.equal(body.data.length, 10);
        else assert.ok(Array.isArray(body.errors), JSON.stringify(body));
        answers.push({ status, wasAfter });
        for (const check of waiting) check();
      }
    }

    const load = Promise.all(Array.from({ length: readers }, read));
    const loaded = async () => {
      await count(() => true, 200);
      await restartPostgresql();
      isOver = true;
      await count(({ wasAfter }) => wasAfter, 500);
      isDone = true;
    };
    await Promise.all([load, loaded()]);

    const unexpected = answers.filter(({ status, wasAfter }) => status !== 200 && (wasAfter || status < 500));
    assert.deepEqual(unexpected, []);
  });

  test('leaves writing as it was', async () => {
    const made = await create(server, '/items/notes', { text: 'afterwards' });
    assert.equal((await server.get(`/items/notes/${made.id}`)).body.data.text, 'afterwards');
  });
});
