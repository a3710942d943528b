// The model of the Chinook sample, with relations added, as a snapshot: applied to an empty database of each kind it
// gives the same model again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from './support/answers.mjs';
import { loadChinook } from './support/chinook.mjs';
import { databaseKinds } from './support/databases.mjs';
import { startServer } from './support/server.mjs';

/** Chinook with metadata for every collection and field, lists for every foreign key, and what else a model may have. */
async function modelledChinook(kind) {
  const server = await startServer({ database: await loadChinook(kind) });
  const own = (name) => !name.startsWith('directus_');
  const tables = (await ok(server.get('/collections'))).map(({ collection }) => collection).filter(own);
  const known = new Set((await ok(server.get('/fields'))).map(({ collection }) => collection));
  for (const collection of tables.filter((name) => known.has(name))) {
    await ok(server.patch(`/collections/${collection}`, { meta: { note: `All of ${collection}`, icon: 'album' } }));
    const fields = await ok(server.get(`/fields/${collection}`));
    await ok(server.patch(`/fields/${collection}`, fields.map(({ field }, index) => ({ field, meta: { sort: index + 1, width: 'half' } }))));
  }
  for (const { collection, field, related_collection: related, schema } of await ok(server.get('/relations'))) {
    if (!own(collection) || !known.has(collection)) continue;
    const list = `${collection}_by_${field}`.toLowerCase();
    await ok(server.post(`/fields/${related}`, { field: list, type: 'alias', meta: { special: ['o2m'], interface: 'list-o2m' } }));
    await ok(server.patch(`/relations/${collection}/${field}`, { collection, field, related_collection: related, schema: { on_delete: schema.on_delete }, meta: { one_field: list } }));
  }
  const [album] = tables.filter((name) => name.toLowerCase() === 'album');
  await ok(server.post('/collections', [
    { collection: 'folder', meta: { icon: 'folder' } },
    { collection: 'languages', schema: {}, meta: { group: 'folder' }, fields: [{ field: 'code', type: 'string', schema: { is_primary_key: true, max_length: 8 }, meta: {} }] },
    { collection: 'reviews', schema: {}, meta: { group: 'folder', sort_field: 'position' }, fields: [
      { field: 'id', type: 'uuid', schema: { is_primary_key: true }, meta: { special: ['uuid'] } },
      { field: 'position', type: 'integer', schema: { is_indexed: true }, meta: {} },
      { field: 'stars', type: 'integer', schema: { is_nullable: false, default_value: 3 }, meta: {} },
      { field: 'code', type: 'string', schema: { is_unique: true, max_length: 20 }, meta: {} },
      { field: 'state', type: 'string', schema: { default_value: 'draft' }, meta: {} },
      { field: 'tags', type: 'csv', schema: {}, meta: { special: ['cast-csv'] } },
      { field: 'extra', type: 'json', schema: {}, meta: {} },
      { field: 'open', type: 'boolean', schema: { default_value: true }, meta: { special: ['cast-boolean'] } },
      { field: 'written', type: 'timestamp', schema: {}, meta: { special: ['date-created'] } },
      { field: 'album', type: 'integer', schema: {}, meta: { special: ['m2o'] } },
      { field: 'author', type: 'uuid', schema: {}, meta: { special: ['m2o'] } },
      { field: 'parent', type: 'uuid', schema: {}, meta: { special: ['m2o'] } },
      { field: 'children', type: 'alias', meta: { special: ['o2m'] } },
      { field: 'translations', type: 'alias', meta: { special: ['translations'] } },
      { field: 'notice', type: 'alias', meta: { special: ['alias', 'no-data'], interface: 'presentation-notice' } },
    ] },
    { collection: 'reviews_translations', schema: {}, meta: { hidden: true, group: 'reviews' }, fields: [
      { field: 'reviews_id', type: 'uuid', schema: {}, meta: {} },
      { field: 'languages_code', type: 'string', schema: { max_length: 8 }, meta: {} },
      { field: 'text', type: 'text', schema: {}, meta: {} },
    ] },
  ]));
  await ok(server.post('/fields/directus_users', { field: 'favourite', type: 'integer', schema: {}, meta: {} }));
  for (const relation of [
    { collection: 'reviews', field: 'album', related_collection: album, schema: { on_delete: 'SET NULL' } },
    { collection: 'reviews', field: 'author', related_collection: 'directus_users', schema: { on_delete: 'SET NULL' } },
    { collection: 'reviews', field: 'parent', related_collection: 'reviews', schema: { on_delete: 'CASCADE' }, meta: { one_field: 'children' } },
    { collection: 'reviews_translations', field: 'reviews_id', related_collection: 'reviews', schema: { on_delete: 'CASCADE' }, meta: { one_field: 'translations', junction_field: 'languages_code' } },
    { collection: 'reviews_translations', field: 'languages_code', related_collection: 'languages', schema: { on_delete: 'SET NULL' }, meta: { junction_field: 'reviews_id' } },
    { collection: 'directus_users', field: 'favourite', related_collection: album, schema: { on_delete: 'SET NULL' } },
  ]) await ok(server.post('/relations', relation));
  return server;
}

// One line for each thing in a snapshot, so that differences are short. `exactly`: all but the names of the types, of
// which databases know more than the API can make; else only what does not depend on the kind of database.
function lines({ collections, fields, relations, systemFields }, exactly) {
  const rule = (name) => (name === 'RESTRICT' ? 'NO ACTION' : name);
  const column = ({ data_type, ...schema }) => (exactly ? schema : {
    is_nullable: schema.is_nullable, is_primary_key: schema.is_primary_key, // on SQLite, every whole number that is a key fills itself
    foreign_key_table: schema.foreign_key_table, foreign_key_column: schema.foreign_key_column });
  const meta = ({ special, ...others }) => (exactly ? { special, ...others } : { special: special?.filter((flag) => flag !== 'cast-timestamp') ?? [], ...others });
  return [
    ...collections,
    ...fields.map((field) => ({ collection: field.collection, field: field.field, meta: meta(field.meta), schema: field.schema && column(field.schema), ...(exactly && { type: field.type }) })),
    ...relations.map(({ schema, ...relation }) => ({ ...relation, schema: exactly ? schema : { ...schema, constraint_name: null, on_delete: rule(schema.on_delete), on_update: rule(schema.on_update) } })),
    ...(exactly ? systemFields : []),
  ].map((thing) => JSON.stringify(thing));
}

// assert.deepEqual spends minutes on explaining how two long lists differ.
function expectSame(found, expected) {
  const missing = expected.filter((line) => !found.includes(line));
  const unexpected = found.filter((line) => !expected.includes(line));
  assert.deepEqual({ missing: missing.slice(0, 5), unexpected: unexpected.slice(0, 5) }, { missing: [], unexpected: [] });
  assert.equal(found.length, expected.length);
}

async function apply(server, snapshot) {
  const { status, body } = await server.post('/schema/diff?force=true', snapshot);
  if (status === 204) return false;
  assert.equal(status, 200, JSON.stringify(body));
  await ok(server.post('/schema/apply?force=true', body.data));
  return true;
}

for (const kind of databaseKinds) {
  describe(`A snapshot of Chinook on ${kind}`, () => {
    let server, snapshot;
    before(async () => {
      server = await modelledChinook(kind);
      snapshot = await ok(server.get('/schema/snapshot'));
    });
    after(() => server?.stop());

    test('holds all of the model', () => {
      assert.equal(snapshot.collections.length, 14);
      assert.ok(snapshot.relations.length >= 15, String(snapshot.relations.length));
      assert.ok(snapshot.fields.length > 90, String(snapshot.fields.length));
    });

    for (const other of databaseKinds) {
      test(`makes the same model of an empty database on ${other}`, async (context) => {
        const target = await startServer({ database: other });
        context.after(() => target.stop());
        assert.ok(await apply(target, snapshot));
        const first = await ok(target.get('/schema/snapshot'));
        expectSame(lines(first, other === kind), lines(snapshot, other === kind));
        await apply(target, snapshot);
        expectSame(lines(await ok(target.get('/schema/snapshot')), true), lines(first, true));
        // And it is one that works.
        assert.equal((await target.get('/items/reviews?fields=*,translations.*,album.*,children.*')).status, 200);
        await ok(target.post('/items/reviews', { children: [{ stars: 1 }], translations: [{ text: 'x', languages_code: { code: 'en' } }], author: null }));
      });
    }
  });
}
