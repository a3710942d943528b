// 32 clients write and read the same few rows at once: every write is acknowledged, none that was acknowledged is lost,
// and what the database says of locks reaches nobody. ASHLAR_CONCURRENCY_SECONDS says for how long, on each database.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { databaseKinds } from './support/databases.mjs';
import { startServer } from './support/server.mjs';

const seconds = Number(process.env.ASHLAR_CONCURRENCY_SECONDS ?? 2);
const clients = 32;
const sharedRows = 5;

const field = (name, type = 'integer') => ({ field: name, type, schema: {}, meta: {} });
const column = (client) => `c${client}`;
const anyOf = (list) => list[Math.floor(Math.random() * list.length)];

for (const kind of databaseKinds) {
  describe(`${clients} clients on the same rows, on ${kind}`, () => {
    let server;
    let rows;
    const counts = { reads: 0, updates: 0, notes: 0, others: 0 };

    async function ask(method, path, body) {
      const answer = await server.request(method, path, { body });
      assert.ok([200, 204].includes(answer.status), `${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body?.data;
    }

    before(async () => {
      // Whether the machine is busy otherwise is not the matter here.
      server = await startServer({ database: kind, env: { PRESSURE_LIMITER_ENABLED: 'false' } });
      const columns = Array.from({ length: clients }, (_, client) => field(column(client)));
      await ask('POST', '/collections', { collection: 'boards', schema: {}, meta: { sort_field: 'place' }, fields: [...columns, field('place')] });
      await ask('POST', '/collections', { collection: 'notes', schema: {}, meta: {}, fields: [field('text', 'string'), field('board')] });
      await ask('POST', '/relations', {
        collection: 'notes', field: 'board', related_collection: 'boards', meta: { one_field: 'notes' }, schema: { on_delete: 'SET NULL' },
      });
      await ask('POST', '/fields/boards', { field: 'notes', type: 'alias', meta: { special: ['o2m'] } });
      const made = await ask('POST', '/items/boards?fields=id', Array.from({ length: sharedRows }, (_, place) => ({ place: place + 1 })));
      rows = made.map(({ id }) => id);
    });
    after(() => server?.stop());

    // What a client knows to be stored: its own column of every row, and its own notes.
    async function work(client, end) {
      const values = Object.fromEntries(rows.map((id) => [id, null]));
      const notes = new Map();
      let turn = 0;

      async function update() {
        const value = ++turn;
        const keys = rows.filter(() => Math.random() < 0.4).sort(() => Math.random() - 0.5);
        const data = { [column(client)]: value };
        if (keys.length === 1) await ask('PATCH', `/items/boards/${keys[0]}`, data);
        else if (keys.length > 1 && turn % 2) await ask('PATCH', '/items/boards', { keys, data });
        else if (keys.length > 1) await ask('PATCH', '/items/boards', keys.map((id) => ({ id, ...data })));
        for (const id of keys) values[id] = value;
        counts.updates += keys.length;
      }
      async function addNote() {
        const text = `note ${++turn} of ${client}`;
        const board = anyOf(rows);
        await ask('PATCH', `/items/boards/${board}?fields=id`, { notes: { create: [{ text }], update: [], delete: [] } });
        notes.set(text, board);
        ++counts.notes;
      }
      async function makeAndDelete() {
        const { id } = await ask('POST', '/items/notes', { text: 'gone', board: { id: anyOf(rows), [column(client)]: null } });
        await ask('DELETE', `/items/notes/${id}`);
        for (const row of rows) values[row] = undefined; // one of them was emptied
        ++counts.others;
      }
      async function sort() {
        await ask('POST', '/utils/sort/boards', { item: anyOf(rows), to: anyOf(rows) });
        ++counts.others;
      }
      async function read() {
        const data = await ask('GET', `/items/boards?fields=id,${column(client)},notes.text&deep[notes][_limit]=-1`);
        for (const row of data) {
          if (values[row.id] !== undefined) assert.equal(row[column(client)], values[row.id], `row ${row.id} of client ${client}`);
          const own = row.notes.map(({ text }) => text).filter((text) => text.endsWith(` of ${client}`));
          assert.deepEqual(own.sort(), [...notes].filter(([, board]) => board === row.id).map(([text]) => text).sort());
        }
        ++counts.reads;
      }

      while (performance.now() < end) {
        const dice = Math.random();
        if (dice < 0.4) await update();
        else if (dice < 0.55) await addNote();
        else if (dice < 0.62) await makeAndDelete();
        else if (dice < 0.7) await sort();
        else await read();
      }
      await read();
      return { notes: notes.size };
    }

    test('no acknowledged write is lost, and nobody hears of locks', async (context) => {
      const end = performance.now() + seconds * 1000;
      const done = await Promise.all(Array.from({ length: clients }, (_, client) => work(client, end)));
      const expected = done.reduce((sum, { notes }) => sum + notes, 0);
      const [{ count }] = await ask('GET', '/items/notes?aggregate[count]=*');
      assert.equal(Number(count), expected);
      const places = await ask('GET', '/items/boards?fields=place&sort=place');
      assert.deepEqual(places.map(({ place }) => place), rows.map((_, index) => index + 1));
      context.diagnostic(JSON.stringify(counts));
      // What was tried again is for those who look for it, below the level of warnings.
      const complaints = server.log().split('\n').filter((line) => /(warning|error|critical): .*(locked|deadlock)/i.test(line));
      assert.deepEqual(complaints, []);
    });

    test('every change has its activity', async () => {
      const filter = (collection, action) => `filter[collection]=${collection}&filter[action]=${action}`;
      const count = async (...of) => Number((await ask('GET', `/activity?aggregate[count]=*&${filter(...of)}`))[0].count);
      assert.equal(await count('notes', 'create'), counts.notes + (await count('notes', 'delete')));
      assert.ok((await count('boards', 'update')) >= counts.updates + counts.notes);
    });
  });
}
