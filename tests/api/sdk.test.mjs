// The public @directus/sdk, as its users use it.
import assert from 'node:assert/strict';
import {
  aggregate, authentication, createCollection, createDirectus, createField, createItem, createItems, createRelation, createUser, deleteCollection,
  deleteItem, deleteItems, readCollections, readField, readFields, readFieldsByCollection, readItem, readItems, readMe, readRelations, rest, serverInfo,
  serverPing, staticToken, updateField, updateItem, updateItems,
} from '@directus/sdk';
import { after, before, describe, test } from 'node:test';
import { admin, startServer } from './support/server.mjs';

const authors = {
  collection: 'authors',
  schema: {},
  meta: { note: 'Who writes' },
  fields: [
    { field: 'id', type: 'uuid', schema: { is_primary_key: true }, meta: { special: ['uuid'] } },
    { field: 'name', type: 'string', schema: { is_nullable: false }, meta: {} },
    { field: 'articles', type: 'alias', meta: { special: ['o2m'] } },
  ],
};
const articles = {
  collection: 'articles',
  schema: {},
  meta: {},
  fields: [
    { field: 'title', type: 'string', schema: {}, meta: {} },
    { field: 'views', type: 'integer', schema: { default_value: 0 }, meta: {} },
    { field: 'tags', type: 'csv', schema: {}, meta: { special: ['cast-csv'] } },
    { field: 'author', type: 'uuid', schema: {}, meta: { special: ['m2o'] } },
  ],
};

// What the SDK throws for an answer with errors.
const errorWith = (code) => (error) => {
  assert.equal(error.errors?.[0]?.extensions?.code, code, JSON.stringify(error));
  return true;
};

for (const kind of ['sqlite3', 'pg']) {
  describe(`The SDK on ${kind}`, () => {
    let server, client;

    before(async () => {
      server = await startServer({ database: kind, env: { ACCESS_TOKEN_TTL: '15m' } });
      client = createDirectus(server.url).with(staticToken(admin.token)).with(rest());
    });
    after(() => server?.stop());

    test('serverPing and serverInfo', async () => {
      assert.equal(await client.request(serverPing()), 'pong');
      const info = await client.request(serverInfo());
      assert.equal(typeof info.project.project_name, 'string');
      assert.match(info.version, /^11\./);
    });

    test('createCollection, createField, createRelation and what they make', async () => {
      for (const collection of [authors, articles]) {
        const made = await client.request(createCollection(collection));
        assert.equal(made.collection, collection.collection);
      }
      const field = await client.request(createField('articles', { field: 'published', type: 'boolean', schema: { default_value: false }, meta: { special: ['cast-boolean'] } }));
      assert.equal(field.type, 'boolean');
      const relation = await client.request(createRelation({
        collection: 'articles', field: 'author', related_collection: 'authors', schema: { on_delete: 'SET NULL' }, meta: { one_field: 'articles' },
      }));
      assert.equal(relation.meta.one_field, 'articles');

      const collections = await client.request(readCollections());
      assert.deepEqual(collections.map(({ collection }) => collection).filter((name) => !name.startsWith('directus_')).sort(), ['articles', 'authors']);
      assert.ok(collections.some(({ collection }) => collection === 'directus_users'));
      const fields = await client.request(readFieldsByCollection('articles'));
      assert.deepEqual(fields.map((each) => each.field), ['id', 'title', 'views', 'tags', 'author', 'published']);
      assert.ok((await client.request(readFields())).length > fields.length);
      const relations = await client.request(readRelations());
      assert.deepEqual(relations.filter((each) => each.collection === 'articles').map((each) => [each.field, each.related_collection]), [['author', 'authors']]);

      await client.request(updateField('articles', 'title', { meta: { note: 'Short' } }));
      assert.equal((await client.request(readField('articles', 'title'))).meta.note, 'Short');
      await assert.rejects(client.request(createCollection(authors)), errorWith('INVALID_PAYLOAD'));
    });

    test('createItem and createItems, nested', async () => {
      const made = await client.request(createItem('articles', { title: 'Stones', views: 120, tags: ['a', 'b'], published: true, author: { name: 'Ada' } }));
      assert.equal(made.id, 1);
      assert.deepEqual(made.tags, ['a', 'b']);
      assert.match(made.author, /^[0-9a-f-]{36}$/);
      const many = await client.request(createItems('articles', [{ title: 'Mortar', views: 8, author: made.author }, { title: 'Sand', author: { name: 'Bob' } }]));
      assert.deepEqual(many.map(({ id, views }) => [id, views]), [[2, 8], [3, 0]]);
      await assert.rejects(client.request(createItem('authors', {})), errorWith('FAILED_VALIDATION'));
    });

    test('readItems with filter, sort, fields, limit and deep', async () => {
      assert.deepEqual(
        await client.request(readItems('articles', { filter: { author: { name: { _eq: 'Ada' } } }, sort: ['-views'], fields: ['title', { author: ['name'] }] })),
        [{ title: 'Stones', author: { name: 'Ada' } }, { title: 'Mortar', author: { name: 'Ada' } }],
      );
      assert.deepEqual(
        await client.request(readItems('articles', { filter: { _or: [{ views: { _gt: 100 } }, { title: { _in: ['Sand'] } }] }, sort: ['id'], fields: ['id'] })),
        [{ id: 1 }, { id: 3 }],
      );
      assert.deepEqual(await client.request(readItems('articles', { sort: ['id'], fields: ['id'], limit: 1, page: 2 })), [{ id: 2 }]);
      assert.deepEqual(await client.request(readItems('articles', { search: 'mort', fields: ['title'] })), [{ title: 'Mortar' }]);
      assert.deepEqual(
        await client.request(readItems('authors', {
          sort: ['name'], fields: ['name', { articles: ['title'] }], deep: { articles: { _sort: ['views'], _limit: 1 } },
        })),
        [{ name: 'Ada', articles: [{ title: 'Mortar' }] }, { name: 'Bob', articles: [{ title: 'Sand' }] }],
      );
      await assert.rejects(client.request(readItems('articles', { fields: ['nothing'] })), errorWith('FORBIDDEN'));
    });

    test('readItem, updateItem, updateItems, deleteItem and deleteItems', async () => {
      assert.equal((await client.request(readItem('articles', 1, { fields: ['title'] }))).title, 'Stones');
      assert.equal((await client.request(updateItem('articles', 1, { views: 121 }))).views, 121);
      const updated = await client.request(updateItems('articles', [2, 3], { published: true }));
      assert.deepEqual(updated.map(({ published }) => published), [true, true]);
      await client.request(deleteItem('articles', 2));
      await assert.rejects(client.request(readItem('articles', 2)), errorWith('FORBIDDEN'));
      await client.request(deleteItems('articles', [3]));
      assert.deepEqual((await client.request(readItems('articles'))).map(({ id }) => id), [1]);
    });

    test('aggregate', async () => {
      await client.request(createItems('articles', [{ title: 'x', views: 1 }, { title: 'x', views: 2 }]));
      const [total] = await client.request(aggregate('articles', { aggregate: { count: '*', sum: ['views'] } }));
      assert.deepEqual([Number(total.count), Number(total.sum.views)], [3, 124]);
      const groups = await client.request(aggregate('articles', { aggregate: { count: '*', max: ['views'] }, groupBy: ['title'], query: { sort: ['title'] } }));
      assert.deepEqual(groups.map(({ title, count, max }) => [title, Number(count), max.views]), [['Stones', 1, 121], ['x', 2, 2]]);
    });

    test('login, refresh and logout in mode json', async () => {
      const user = { email: 'reader@example.com', password: 'a-password-of-mine' };
      await client.request(createUser({ ...user, first_name: 'Reader' }));
      const own = createDirectus(server.url).with(authentication('json', { autoRefresh: false })).with(rest());
      await assert.rejects(own.login({ email: user.email, password: 'wrong' }), errorWith('INVALID_CREDENTIALS'));

      const first = await own.login(user);
      assert.equal(first.expires, 15 * 60 * 1000);
      assert.equal(await own.getToken(), first.access_token);
      const me = await own.request(readMe({ fields: ['id'] }));
      assert.match(me.id, /^[0-9a-f-]{36}$/);
      await assert.rejects(own.request(readItems('articles')), errorWith('FORBIDDEN'));

      const second = await own.refresh();
      assert.notEqual(second.refresh_token, first.refresh_token);
      assert.equal((await own.request(readMe({ fields: ['id'] }))).id, me.id);

      await own.logout();
      assert.equal(await own.getToken(), null);
      const stale = await server.post('/auth/refresh', { refresh_token: second.refresh_token, mode: 'json' }, { token: null });
      assert.equal(stale.status, 401);
    });

    test('the admin may do everything after a login, too', async () => {
      const own = createDirectus(server.url).with(authentication('json', { autoRefresh: false })).with(rest());
      await own.login({ email: admin.email, password: admin.password });
      assert.equal((await own.request(readMe({ fields: ['email'] }))).email, admin.email);
      await own.request(deleteCollection('articles'));
      await assert.rejects(own.request(readItems('articles')), errorWith('FORBIDDEN'));
    });
  });
}
