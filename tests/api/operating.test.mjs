// What operators see: health, metrics, the description of the API, and the first visitor of a new project.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ok } from './support/answers.mjs';
import { startServer } from './support/server.mjs';

test('Health tells admins what is wrong, and everybody that something is', async () => {
  const server = await startServer({ database: 'pg', env: { STORAGE_LOCATIONS: 'local,other', STORAGE_LOCAL_ROOT: './uploads', STORAGE_OTHER_DRIVER: 'local', STORAGE_OTHER_ROOT: '/proc/nowhere' } });
  const all = await server.get('/server/health');
  assert.equal(all.status, 503);
  assert.match(all.headers['content-type'], /^application\/health\+json/);
  assert.equal(all.body.checks['pg:responseTime'][0].status, 'ok');
  assert.equal(all.body.checks['storage:local:responseTime'][0].status, 'ok');
  assert.equal(all.body.checks['storage:other:responseTime'][0].status, 'error');
  assert.deepEqual(all.body.checks['email:connection'], [{ status: 'ok', componentType: 'email' }]);
  assert.deepEqual((await server.get('/server/health', { token: null })).body, { status: 'error' });
  await server.stop();
});

test('Health is an error where the mail server does not answer', async () => {
  const server = await startServer({ env: { EMAIL_TRANSPORT: 'smtp', EMAIL_SMTP_HOST: '127.0.0.1', EMAIL_SMTP_PORT: '1', EMAIL_VERIFY_SETUP: 'false' } });
  const { status, body } = await server.get('/server/health');
  assert.equal(status, 503);
  assert.equal(body.checks['email:connection'][0].status, 'error');
  assert.match(body.checks['email:connection'][0].output, /the SMTP server 127\.0\.0\.1:1/);
  assert.equal((await server.get('/server/ping')).status, 200);
  await server.stop();
});

/** The values of /metrics, as soon as `condition` holds for them. */
async function metricsOf(server, condition) {
  for (const end = Date.now() + 20_000; ;) {
    const { body, headers } = await server.get('/metrics');
    assert.match(headers['content-type'], /^text\/plain/);
    const lines = body.split('\n').filter((line) => line && !line.startsWith('#'));
    const values = Object.fromEntries(lines.map((line) => line.split(' ')));
    if (condition(values)) return { values, body };
    assert.ok(Date.now() < end, body);
    await setTimeout(20);
  }
}

test('Metrics count failed tries of connections at the start and on a schedule, not when they are asked for', async () => {
  const name = 'directus_storage_other_connection_errors';
  const env = { METRICS_ENABLED: 'true', STORAGE_LOCATIONS: 'local,other', STORAGE_LOCAL_ROOT: './uploads', STORAGE_OTHER_DRIVER: 'local', STORAGE_OTHER_ROOT: '/proc/nowhere' };
  const once = await startServer({ env: { ...env, METRICS_SCHEDULE: '0 0 29 2 *' } });
  await metricsOf(once, (values) => name in values);
  assert.equal((await metricsOf(once, () => true)).values[name], '1');
  await once.stop();
  const often = await startServer({ env: { ...env, METRICS_SCHEDULE: '* * * * * *' } });
  await metricsOf(often, (values) => Number(values[name]) >= 3);
  await often.stop();
});

test('Metrics are Prometheus texts, for admins and those who have a token', async () => {
  const server = await startServer({ database: 'pg', env: { METRICS_ENABLED: 'true', METRICS_TOKENS: 'scraper', CACHE_ENABLED: 'true' } });
  const ask = (authorization) => server.get('/metrics', { token: null, headers: authorization ? { authorization } : {} });
  assert.equal((await ask()).status, 403);
  assert.equal((await ask('Metrics other')).status, 403);
  assert.equal((await ask('metrics scraper')).status, 200);
  for (let i = 0; i < 3; ++i) await ok(server.get('/settings'));
  await server.get('/items/nothing');
  const { values, body } = await metricsOf(server, (found) => 'directus_storage_local_connection_errors' in found);
  for (const [name, value] of Object.entries(values)) assert.ok(Number.isFinite(Number(value)), `${name} ${value}`);
  assert.ok(Number(values.directus_db_pg_response_time_ms_count) > 0);
  assert.equal(values['directus_db_pg_response_time_ms_bucket{le="+Inf"}'], values.directus_db_pg_response_time_ms_count);
  assert.equal(Number(values['directus_http_requests{status="4xx"}']), 3);
  assert.equal(Number(values.directus_db_pg_connection_errors), 0);
  assert.equal(Number(values.directus_cache_hits), 2);
  assert.ok('directus_storage_local_connection_errors' in values);
  // Every series has a type.
  for (const name of Object.keys(values)) assert.match(body, new RegExp(`# TYPE ${name.replace(/\{.*|_(bucket|sum|count)(\{.*)?$/, '')}`));
  await server.stop();
});

describe('The description of the API', () => {
  const fields = [
    { field: 'title', type: 'string', schema: { is_nullable: false }, meta: { note: 'As printed' } },
    { field: 'tags', type: 'csv', schema: {}, meta: { special: ['cast-csv'] } },
    { field: 'place', type: 'json', schema: {}, meta: { special: ['cast-json'] } },
    { field: 'day', type: 'date', schema: {}, meta: {} },
  ];
  const collection = (name) => ({ collection: name, schema: {}, meta: {}, fields });

  for (const kind of ['sqlite3', 'pg']) {
    test(`is valid OpenAPI, and shows each what he may see, on ${kind}`, async () => {
      const server = await startServer({ database: kind });
      for (const name of ['books', 'staff_notes', 'Staff-Notes', 'Bücher']) await ok(server.post('/collections', collection(name)));
      await ok(server.post('/fields/books', { field: 'note', type: 'integer', schema: {}, meta: {} }));
      await ok(server.post('/relations', { collection: 'books', field: 'note', related_collection: 'staff_notes', meta: { one_field: 'books' } }));
      await ok(server.post('/fields/staff_notes', { field: 'books', type: 'alias', meta: { special: ['o2m'] } }));
      const policy = (await ok(server.get('/policies?fields=id,name'))).find(({ name }) => /public/i.test(name)).id;
      await ok(server.post('/permissions', { policy, collection: 'books', action: 'read', fields: ['id', 'title'] }));

      const described = async (token) => {
        const { body } = await server.get('/server/specs/oas', { token });
        const { valid, errors } = await new Validator().validate(structuredClone(body));
        assert.ok(valid, JSON.stringify(errors));
        return body;
      };
      const forAdmin = await described(undefined);
      assert.deepEqual(forAdmin.components.schemas.ItemsBooks.required, ['title']);
      assert.ok(forAdmin.paths['/items/books/{id}'].patch);
      assert.ok(forAdmin.paths['/items/Bücher'].post);
      const ids = Object.values(forAdmin.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
      assert.equal(new Set(ids).size, ids.length);

      const forAnyone = await described(null);
      assert.deepEqual(Object.keys(forAnyone.components.schemas.ItemsBooks.properties), ['id', 'title']);
      assert.equal(forAnyone.paths['/items/books'].post, undefined);
      assert.equal(forAnyone.paths['/items/staff_notes'], undefined);
      assert.equal(forAnyone.paths['/users'], undefined);
      await server.stop();
    });
  }
});

describe('A project without users', () => {
  const person = { project_owner: 'ida@example.com', password: 'first-admin-1', first_name: 'Ida', last_name: 'Berg' };

  for (const kind of ['sqlite3', 'pg', 'mysql']) {
    test(`is set up by its first visitor, once, on ${kind}`, async () => {
      const server = await startServer({ database: kind, env: { ADMIN_EMAIL: '', ADMIN_PASSWORD: '', ADMIN_TOKEN: '' } });
      const setUp = (body) => server.post('/server/setup', body, { token: null });
      assert.equal((await server.get('/server/info', { token: null })).body.data.setupCompleted, false);
      assert.equal((await setUp({ ...person, project_owner: 'nobody' })).status, 400);
      const answers = await Promise.all([1, 2, 3, 4].map(() => setUp(person)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 403, 403, 403]);
      const { access_token: token } = await ok(server.post('/auth/login', { email: person.project_owner, password: person.password }, { token: null }));
      const me = await ok(server.get('/users/me?fields=role.name,role.users', { token }));
      assert.equal(me.role.name, 'Administrator');
      assert.equal((await ok(server.get('/roles', { token }))).length, 1);
      assert.equal((await ok(server.get('/users', { token }))).length, 1);
      assert.equal((await ok(server.get('/settings', { token }))).project_owner, person.project_owner);
      await server.stop();
    });
  }
});

