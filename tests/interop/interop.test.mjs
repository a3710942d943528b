// One database, served by Ashlar and by the reference in turn: what one has made, the other reads and writes, with the
// same answers, and both let the same people in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { query } from '../api/support/client.mjs';
import { createDatabase, databaseKinds } from '../api/support/databases.mjs';
import { admin, ashlar, startServer } from '../api/support/server.mjs';
import { reference, startReference } from './reference.mjs';

const editor = { email: 'editor@example.com', password: 'another-long-password', token: 'editor-token-for-tests' };

const products = {
  ashlar: {
    bootstrap: (database) => ashlar(['bootstrap'], { database, check: true }),
    start: (database) => startServer({ database, bootstrap: false }),
  },
  reference: {
    bootstrap: (database) => reference(['bootstrap'], { database }),
    start: (database) => startReference({ database }),
  },
};

const field = (name, type, schema = {}, meta = {}) => ({ field: name, type, schema, meta });

async function ok(answer, what) {
  const { status, body } = await answer;
  assert.ok(status === 200 || status === 204, `${what}: ${status} ${JSON.stringify(body)}`);
  return body?.data;
}

const post = (server, path, body) => ok(server.post(path, body), `POST ${path}`);

// Collections of most types, related in both directions, with rows, and a user who may read some of them.
async function furnish(server) {
  await post(server, '/collections', {
    collection: 'authors', schema: {}, meta: { icon: 'person', note: 'Who writes' },
    fields: [
      field('id', 'uuid', { is_primary_key: true }, { special: ['uuid'], hidden: true }),
      field('name', 'string', { is_nullable: false, max_length: 100 }, { interface: 'input', required: true }),
      field('born', 'date'),
    ],
  });
  await post(server, '/collections', {
    collection: 'articles', schema: {}, meta: { sort_field: 'sort', archive_field: 'status' },
    fields: [
      field('title', 'string', { is_unique: true }), field('text', 'text'), field('status', 'string', { default_value: 'draft' }), field('sort', 'integer'),
      field('views', 'integer', { default_value: 0, is_nullable: false }), field('ratio', 'float'), field('price', 'decimal', { numeric_precision: 8, numeric_scale: 2 }),
      field('published', 'boolean', { default_value: false }, { special: ['cast-boolean'] }), field('at', 'dateTime'), field('stamp', 'timestamp'), field('opens', 'time'),
      field('tags', 'csv', {}, { special: ['cast-csv'] }), field('data', 'json'), field('secret', 'hash', {}, { special: ['hash', 'conceal'] }),
      field('created', 'timestamp', {}, { special: ['date-created'] }), field('creator', 'uuid', {}, { special: ['user-created'] }),
      field('author', 'uuid', {}, { special: ['m2o'] }),
    ],
  });
  await post(server, '/fields/authors', { field: 'articles', type: 'alias', meta: { special: ['o2m'], interface: 'list-o2m' } });
  await post(server, '/relations', {
    collection: 'articles', field: 'author', related_collection: 'authors', schema: { on_delete: 'SET NULL' }, meta: { one_field: 'articles', sort_field: 'sort' },
  });
  await post(server, '/items/articles', [
    {
      title: 'Stones', text: 'Zwei Zeilen\nmit Ümläuten', sort: 2, views: 120, ratio: 0.5, price: 12.5, published: true, at: '2024-02-29T12:30:00', stamp: '2024-02-29T12:30:00Z',
      opens: '07:05:00', tags: ['a', 'b'], data: { nested: { list: [1, 'two', null] } }, secret: 'hidden', author: { name: 'Ada', born: '1815-12-10' },
    },
    { title: 'Mortar', sort: 1 },
  ]);

  const role = await post(server, '/roles', { name: 'Editors' });
  const policy = await post(server, '/policies', { name: 'Edit articles', app_access: true });
  await post(server, '/access', { role: role.id, policy: policy.id });
  await post(server, '/permissions', [
    { policy: policy.id, collection: 'articles', action: 'read', permissions: { published: { _eq: true } }, fields: ['id', 'title', 'author'] },
    { policy: policy.id, collection: 'authors', action: 'read', permissions: {}, fields: ['*'] },
    { policy: policy.id, collection: 'articles', action: 'update', permissions: { published: { _eq: true } }, fields: ['title'], validation: { title: { _nempty: true } } },
  ]);
  await post(server, '/users', { ...editor, role: role.id, first_name: 'Ed', status: 'active' });
}

// What both must answer alike, as the admin and as the editor.
const questions = [
  [`/items/articles${query({ fields: '*', sort: 'id' })}`, admin.token],
  [`/items/articles${query({ fields: 'title,author.name,author.articles.title', sort: '-title', filter: { views: { _gte: 0 } } })}`, admin.token],
  [`/items/authors${query({ fields: '*,articles.*' })}`, admin.token],
  [`/items/articles${query({ aggregate: { sum: 'views', count: '*' }, groupBy: 'published', sort: 'published' })}`, admin.token],
  ['/items/articles?fields=*', editor.token],
  ['/items/authors?fields=name,articles.title', editor.token],
  ['/items/articles?fields=price', editor.token],
  ['/collections/articles', admin.token],
  ['/collections/authors', admin.token],
  ['/fields/articles', admin.token],
  ['/fields/authors', admin.token],
  ['/relations/articles', admin.token],
  ['/fields/directus_users', admin.token],
  ['/users/me?fields=email,first_name,status,role.name', editor.token],
  ['/users?fields=email,role.name&sort=email', admin.token],
  ['/roles?fields=name,users.email&sort=name', admin.token],
  ['/permissions?fields=collection,action,fields,permissions,validation,presets&sort=id&filter[collection][_in]=articles,authors', admin.token],
  ['/permissions/me', editor.token],
];

// The words of errors and of system fields are each product's own, and so is the text of a table's definition. Ashlar
// makes an index for each foreign key and counts it as part of the key; to the reference it is one like any other.
function comparable(path, { status, body }) {
  const copy = structuredClone(body);
  for (const error of copy?.errors ?? []) {
    delete error.message;
    delete error.extensions.reason;
  }
  for (const entry of [copy?.data].flat()) {
    if (entry?.schema) {
      delete entry.schema.sql;
      delete entry.schema.is_indexed;
    }
    if (path.startsWith('/fields/directus_')) delete entry.meta;
  }
  // No order is promised there.
  if (path.startsWith('/fields/')) copy.data.sort((a, b) => (a.field < b.field ? -1 : 1));
  if (path === '/permissions/me') {
    for (const { fields } of Object.values(copy.data).flatMap((actions) => Object.values(actions))) fields?.sort();
  }
  return { status, body: copy };
}

async function answers(server) {
  const all = {};
  for (const [path, token] of questions) all[`${path} (${token})`] = comparable(path, await server.get(path, { token }));
  return all;
}

async function assertAnswers(server, expected) {
  const found = await answers(server);
  const wrong = Object.keys(expected).filter((question) => !isDeepStrictEqual(found[question], expected[question]));
  const line = (question) => `${question}\n  expected ${JSON.stringify(expected[question])}\n  found    ${JSON.stringify(found[question])}`;
  assert.ok(wrong.length === 0, `${wrong.length} of ${Object.keys(expected).length} answers differ:\n${wrong.map(line).join('\n')}`);
}

async function assertLogin(server, { email, password }) {
  const { status, body } = await server.post('/auth/login', { email, password }, { token: null });
  assert.equal(status, 200, JSON.stringify(body));
  const me = await server.get('/users/me?fields=email', { token: body.data.access_token });
  assert.equal(me.body.data.email, email);
  const refreshed = await server.post('/auth/refresh', { refresh_token: body.data.refresh_token, mode: 'json' }, { token: null });
  assert.equal(refreshed.status, 200);
}

// Writes that the other product must find; gives what it must be.
async function write(server, by) {
  const made = await post(server, '/items/articles', { title: `Made by ${by}`, tags: ['x'], data: [1], stamp: '2020-01-01T00:00:00Z', author: { name: `Friend of ${by}` } });
  assert.notEqual(made.creator, null);
  const changed = await ok(server.patch(`/items/articles/${made.id}`, { views: 7, published: true }), 'PATCH');
  assert.equal(changed.views, 7);
  const gone = await post(server, '/items/articles', { title: 'To be deleted' });
  await ok(server.del(`/items/articles/${gone.id}`), 'DELETE');
  await post(server, '/fields/articles', { field: `from_${by}`, type: 'string', meta: { note: by }, schema: { default_value: by } });
  await post(server, '/collections', { collection: `things_of_${by}`, schema: {}, meta: {}, fields: [field('name', 'string')] });
  await post(server, `/items/things_of_${by}`, { name: 'thing' });
  const asEditor = await server.patch(`/items/articles/${made.id}`, { title: `Edited by ${by}` }, { token: editor.token });
  assert.equal(asEditor.status, 200, JSON.stringify(asEditor.body));
  const refused = await server.patch(`/items/articles/${made.id}`, { views: 9 }, { token: editor.token });
  assert.equal(refused.status, 403);
  return made.id;
}

async function assertWritten(server, by, id) {
  const article = await ok(server.get(`/items/articles/${id}?fields=title,views,published,tags,data,stamp,author.name,from_${by}`), 'GET');
  assert.deepEqual(article, {
    title: `Edited by ${by}`, views: 7, published: true, tags: ['x'], data: [1], stamp: '2020-01-01T00:00:00.000Z', author: { name: `Friend of ${by}` }, [`from_${by}`]: by,
  });
  assert.deepEqual(await ok(server.get(`/items/things_of_${by}`), 'GET'), [{ id: 1, name: 'thing' }]);
  assert.deepEqual(await ok(server.get(`/items/articles${query({ filter: { title: { _eq: 'To be deleted' } } })}`), 'GET'), []);
}

for (const kind of databaseKinds) {
  for (const [maker, other] of [['reference', 'ashlar'], ['ashlar', 'reference']]) {
    describe(`a ${kind} database made by ${maker}`, () => {
      let database, expected, written;

      // The server runs only during the step, as only one of the two may use the database at a time.
      async function served(by, step) {
        const server = await products[by].start(database);
        try {
          await step(server);
        } catch (error) {
          error.message += `\n${server.log().split('\n').filter((line) => /error|"level":50/i.test(line)).slice(-5).join('\n')}`;
          throw error;
        } finally {
          await server.stop();
        }
      }

      test(`${maker} sets it up and furnishes it`, async () => {
        database = await createDatabase(kind);
        await products[maker].bootstrap(database);
        await served(maker, async (server) => {
          assert.equal((await ok(server.get('/server/info'), 'GET')).version, '11.17.4');
          await furnish(server);
          expected = await answers(server);
        });
      });

      test(`${other} finds it complete`, () => products[other].bootstrap(database));

      test(`${other} answers as ${maker} did`, async () => {
        await served(other, async (server) => {
          await assertLogin(server, admin);
          await assertLogin(server, editor);
          await assertAnswers(server, expected);
        });
      });

      test(`${other} writes into it`, async () => {
        await served(other, async (server) => {
          written = await write(server, other);
          await assertWritten(server, other, written);
          expected = await answers(server);
        });
      });

      test(`${maker} finds what ${other} has written, and writes on`, async () => {
        await products[maker].bootstrap(database);
        await served(maker, async (server) => {
          await assertLogin(server, admin);
          await assertLogin(server, editor);
          await assertWritten(server, other, written);
          await assertAnswers(server, expected);
          await assertWritten(server, maker, await write(server, maker));
        });
      });
    });
  }
}
