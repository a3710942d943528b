// The commands that set a project up and look after it: start, init, database, types, doctor, docs, cache.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ok } from './support/answers.mjs';
import { createDatabase, databaseKinds, execute, run } from './support/databases.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { ashlar, binary, environment, serve, startServer } from './support/server.mjs';

describe('Help', () => {
  test('lists the commands, those of a group, and the options of one', async () => {
    const all = await ashlar(['--help']);
    assert.equal(all.status, 0);
    for (const word of ['start', 'database migrate:latest', 'schema apply', 'doctor', 'types']) assert.match(all.stdout, new RegExp(word));
    const group = await ashlar(['schema', '--help']);
    assert.equal(group.status, 0);
    assert.doesNotMatch(group.stdout, /bootstrap/);
    const one = await ashlar(['schema', 'apply', '--help']);
    assert.equal(one.status, 0);
    assert.match(one.stdout, /--dry-run[\s\S]*--ignoreRules/);
  });

  test('is pointed to where a command or an option does not exist', async () => {
    for (const [args, words] of [[['nonsense'], /nonsense/], [['schema', 'nonsense'], /schema nonsense/], [['bootstrap', '--nonsense'], /--nonsense/], [['users', 'passwd', '--email'], /--email needs a value/]]) {
      const { status, stdout, stderr } = await ashlar(args);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, words);
    }
  });
});

describe('init', () => {
  test('makes a database, an administrator, and a file of settings that start and everything else read', async () => {
    const folder = await temporaryFolder();
    const env = { PATH: process.env.PATH, HOME: folder };
    const init = await run(binary, ['init'], { env, cwd: folder, input: 'sqlite3\nmine.db\nme@example.com\nsecret-word\n', check: false });
    assert.equal(init.status, 0, init.stderr);
    const settings = await readFile(join(folder, '.env'), 'utf8');
    assert.match(settings, /^DB_FILENAME='mine.db'$/m);
    assert.match(settings, /^SECRET='[\w-]{32}'$/m);
    assert.equal((await stat(join(folder, '.env'))).mode & 0o777, 0o640);
    const count = await run(binary, ['count', 'directus_users'], { env, cwd: folder });
    assert.equal(count.stdout, '1\n');
    const again = await run(binary, ['init'], { env, cwd: folder, input: 'n\n', check: false });
    assert.equal(again.status, 1);
    assert.equal(await readFile(join(folder, '.env'), 'utf8'), settings);
  });

  test('asks again for a database that can not be reached, and gives up in the end', async () => {
    const folder = await temporaryFolder();
    const answers = `pg\n${'127.0.0.1\n1\nnone\nnobody\nx\nn\n'.repeat(5)}`;
    const { status, stderr } = await run(binary, ['init'], { env: { PATH: process.env.PATH }, cwd: folder, input: answers, check: false });
    assert.equal(status, 1);
    assert.equal(stderr.match(/That does not work/g).length, 5);
    await assert.rejects(stat(join(folder, '.env')));
  });
});

describe('database', () => {
  for (const kind of databaseKinds) {
    test(`install and migrations of one's own, on ${kind}`, async () => {
      const database = await createDatabase(kind);
      const folder = await temporaryFolder();
      const env = { MIGRATIONS_PATH: folder };
      const command = (...args) => ashlar(args, { database, env });
      const write = (name, text) => writeFile(join(folder, name), text);
      await write('20260101A-add-books.up.sql', "create table books (id integer primary key, title varchar(50));\ninsert into books (id, title) values (1, 'One; two');\n");
      await write('20260101A-add-books.down.sql', 'drop table books;');
      await write('20260102A-add-pages.up.sql', '-- a comment; with a semicolon\nalter table books add column pages integer;\nupdate books set pages = 5;');
      await write('20260102A-add-pages.down.sql', 'alter table books drop column pages;');

      assert.equal((await command('database', 'migrate:latest')).status, 1, 'nothing is installed yet');
      assert.equal((await command('database', 'install')).status, 0);
      assert.equal((await command('database', 'install')).status, 1);
      assert.equal((await command('count', 'directus_users')).stdout, '0\n');

      const server = await startServer({ database, bootstrap: false, env });
      assert.match(server.log(), /20260101A Add Books was not run yet/);
      await server.stop();

      const up = await command('database', 'migrate:up');
      assert.equal(up.status, 0, up.stderr);
      assert.equal((await command('count', 'books')).stdout, '1\n');
      const latest = await command('database', 'migrate:latest');
      assert.equal(latest.status, 0, latest.stderr);
      assert.match(latest.stderr, /Applying 20260102A Add Pages/);
      assert.doesNotMatch(latest.stderr, /Add Books/);
      assert.equal((await command('database', 'migrate:up')).status, 1, 'nothing to do is an error');
      const nothing = await command('database', 'migrate:latest');
      assert.equal(nothing.status, 0);
      assert.equal((await command('bootstrap')).status, 0);

      assert.equal((await command('database', 'migrate:down')).status, 0);
      assert.equal((await command('database', 'migrate:down')).status, 0);
      assert.equal((await command('count', 'books')).status, 1);
      assert.equal((await command('database', 'migrate:down')).status, 1, "the product's own are not taken back");

      // One that fails is not recorded; elsewhere than on MySQL it leaves nothing.
      await write('20260103A-broken.up.sql', 'create table half (id integer primary key);\nselect nonsense from nowhere;');
      const broken = await command('database', 'migrate:latest');
      assert.equal(broken.status, 1);
      assert.match(broken.stderr, /20260103A-broken\.up\.sql failed/);
      assert.equal((await command('count', 'books')).stdout, '1\n', 'those before it stay');
      if (kind !== 'mysql') assert.equal((await command('count', 'half')).status, 1);
      await write('20260103A-broken.up.sql', 'select 1;');
      assert.equal((await command('database', 'migrate:latest')).status, 0);
    });
  }

  test('names a migration in JavaScript, and two of one version', async () => {
    const server = await startServer();
    const folder = await temporaryFolder();
    const options = { database: server.database, env: { MIGRATIONS_PATH: folder } };
    await writeFile(join(folder, '20260101A-old-ways.js'), 'module.exports = {};');
    const javascript = await ashlar(['database', 'migrate:latest'], options);
    assert.equal(javascript.status, 1);
    assert.match(javascript.stderr, /20260101A-old-ways\.js is JavaScript/);
    await writeFile(join(folder, '20260101A-new-ways.up.sql'), 'select 1;');
    const double = await ashlar(['database', 'migrate:latest'], options);
    assert.equal(double.status, 1);
    assert.match(double.stderr, /two migrations of the version 20260101A/);
    await server.stop();
  });
});

describe('types', () => {
  const model = [
    { collection: 'languages', schema: {}, meta: {}, fields: [{ field: 'code', type: 'string', schema: { is_primary_key: true }, meta: {} }] },
    { collection: 'authors', schema: {}, meta: {}, fields: [
      { field: 'name', type: 'string', schema: { is_nullable: false }, meta: {} },
      { field: 'books', type: 'alias', meta: { special: ['o2m'] } },
      { field: 'notice', type: 'alias', meta: { special: ['alias', 'no-data'] } },
    ] },
    { collection: 'books', schema: {}, meta: {}, fields: [
      { field: 'id', type: 'uuid', schema: { is_primary_key: true }, meta: { special: ['uuid'] } },
      { field: 'title', type: 'string', schema: { is_nullable: false }, meta: {} },
      { field: 'tags', type: 'csv', schema: {}, meta: { special: ['cast-csv'] } },
      { field: 'extra', type: 'json', schema: {}, meta: {} },
      { field: 'published', type: 'timestamp', schema: {}, meta: {} },
      { field: 'author', type: 'integer', schema: {}, meta: { special: ['m2o'] } },
      { field: 'cover', type: 'uuid', schema: {}, meta: { special: ['file'] } },
      { field: 'owner', type: 'uuid', schema: {}, meta: { special: ['m2o'] } },
      { field: 'with-dash', type: 'boolean', schema: {}, meta: {} },
      { field: 'blocks', type: 'alias', meta: { special: ['m2a'] } },
    ] },
    { collection: 'books_blocks', schema: {}, meta: {}, fields: [
      { field: 'books_id', type: 'uuid', schema: {}, meta: {} },
      { field: 'item', type: 'string', schema: {}, meta: {} },
      { field: 'collection', type: 'string', schema: {}, meta: {} },
    ] },
    { collection: 'about', schema: {}, meta: { singleton: true }, fields: [{ field: 'text', type: 'text', schema: {}, meta: {} }] },
  ];
  const relations = [
    { collection: 'books', field: 'author', related_collection: 'authors', meta: { one_field: 'books' } },
    { collection: 'books', field: 'cover', related_collection: 'directus_files' },
    { collection: 'books', field: 'owner', related_collection: 'directus_users', meta: { one_field: 'books' } },
    { collection: 'books_blocks', field: 'books_id', related_collection: 'books', meta: { one_field: 'blocks', junction_field: 'item' } },
    { collection: 'books_blocks', field: 'item', meta: { one_collection_field: 'collection', one_allowed_collections: ['authors', 'languages'], junction_field: 'books_id' } },
  ];
  const client = `
import { createDirectus, rest, staticToken, readItems, readSingleton, readUsers, createItem, updateItem } from '@directus/sdk';
import type { Schema } from './schema';

const client = createDirectus<Schema>('http://localhost').with(staticToken('x')).with(rest());
const text = (value: string): string => value;
const maybe = (value: string | null): string | null => value;

export async function all() {
  const [author] = await client.request(readItems('authors', { fields: ['id', 'name', { books: ['title', 'tags', 'published'] }] }));
  text(author!.name);
  const book = author!.books![0]!;
  text(book.title);
  maybe(book.published);
  const tags: string[] | null = book.tags;

  const [found] = await client.request(readItems('books', {
    fields: ['id', 'title', 'extra', 'with-dash', { author: ['name'], cover: ['filename_download'], owner: ['email', 'nickname'], blocks: ['collection', { item: { authors: ['name'], languages: ['code'] } }] }],
    filter: { title: { _contains: 'x' }, author: { name: { _eq: 'y' } }, published: { _lt: '$NOW' } },
    sort: ['-published'],
    limit: 1,
  }));
  text(found!.id);
  const name: string | undefined = found!.author?.name;
  const nickname: string | null | undefined = found!.owner?.nickname;
  maybe(found!.cover!.filename_download);

  const about = await client.request(readSingleton('about'));
  maybe(about.text);
  const users = await client.request(readUsers({ fields: ['email', 'nickname', { books: ['title'] }] }));
  maybe(users[0]!.nickname);

  await client.request(createItem('books', { title: 'x', tags: ['a', 'b'], extra: { a: [1] }, published: '2026-01-01T00:00:00Z', author: { name: 'new' } }));
  await client.request(updateItem('books', 'key', { author: 5, extra: null }));
  // @ts-expect-error there is no such collection
  await client.request(readItems('nonsense'));
  // @ts-expect-error there is no such field
  await client.request(readItems('books', { fields: ['nonsense'] }));
  // @ts-expect-error the title is a text
  await client.request(createItem('books', { title: 5 }));
  // @ts-expect-error the title is never null
  const none: null = found!.title;
  return { tags, name, nickname, none };
}
`;

  test('compile, with a client that uses them, in strict TypeScript', async () => {
    const server = await startServer();
    await ok(server.post('/collections', model));
    await ok(server.post('/fields/directus_users', { field: 'nickname', type: 'string', schema: {}, meta: {} }));
    await ok(server.post('/fields/directus_users', { field: 'books', type: 'alias', meta: { special: ['o2m'] } }));
    for (const relation of relations) await ok(server.post('/relations', relation));
    const types = await ashlar(['types'], { database: server.database, check: true });
    await server.stop();
    assert.doesNotMatch(types.stdout, /notice/, 'what is presentation only is no data');

    const folder = await temporaryFolder();
    const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
    await symlink(modules, join(folder, 'node_modules'));
    await writeFile(join(folder, 'schema.d.ts'), types.stdout);
    await writeFile(join(folder, 'client.ts'), client);
    const compiled = await run(process.execPath, [join(modules, 'typescript/bin/tsc'), '--strict', '--noEmit', '--noUncheckedIndexedAccess', '--target', 'es2022', '--module', 'es2022', '--moduleResolution', 'bundler', 'client.ts'], { cwd: folder, check: false });
    assert.equal(compiled.stdout + compiled.stderr, '', types.stdout);
  });
});

describe('doctor', () => {
  const healthy = {
    PUBLIC_URL: 'https://cms.example.com',
    RATE_LIMITER_ENABLED: 'true',
    SESSION_COOKIE_SECURE: 'true',
    REFRESH_TOKEN_COOKIE_SECURE: 'true',
    EMAIL_TRANSPORT: 'sendmail',
    EMAIL_SENDMAIL_PATH: '/bin/sh',
    STORAGE_LOCATIONS: 'local',
    STORAGE_LOCAL_ROOT: '/srv/uploads',
  };

  test('finds each of the faults that it knows, and says how to mend it', async () => {
    const database = await createDatabase('pg');
    const server = await startServer({ database });
    await execute(database, "insert into directus_flows (id, name, status) values ('7f3b3c0e-8a2e-4b7e-9a59-0f0f0f0f0f0f', 'Hourly', 'active')");
    await execute(database, 'create table a (id integer primary key); create table b (id integer primary key, a integer references a); create table c (x integer);');
    await ok(server.post('/utils/cache/clear?system'));
    const policy = await ok(server.post('/policies', { name: 'Helpers' }));
    await ok(server.post('/permissions', { policy: policy.id, collection: 'directus_roles', action: 'update', fields: ['*'] }));
    await server.stop();
    const smtp = net.createServer((socket) => socket.end('554 not here\r\n')).listen(0, '127.0.0.1');
    await once(smtp, 'listening');

    const { status, stdout } = await ashlar(['doctor'], { database, env: {
      SECRET: undefined, PUBLIC_URL: 'http://localhost:1', PORT: '8055', CORS_ENABLED: 'true', CORS_ORIGIN: 'true', CACHE_ENABLD: 'true',
      DB_CHARSET: 'utf8', PRESSURE_LIMITER_MAX_EVENT_LOOP_UTILIZATION: '0.5', WEBSOCKETS_ENABLED: 'true', MCP_ENABLED: 'false',
      STORAGE_LOCATIONS: 'local', STORAGE_LOCAL_ROOT: '/tmp/uploads', EMAIL_TRANSPORT: 'smtp', EMAIL_SMTP_HOST: '127.0.0.1', EMAIL_SMTP_PORT: String(smtp.address().port),
    } });
    smtp.close();
    for (const finding of [/SECRET is not set/, /CORS is open/, /PUBLIC_URL names port 1/, /foreign key b\.a has no index/, /table c has no primary key/,
      /\/tmp\/uploads, which is lost/, /rate limiter is off/, /"Helpers" may update in directus_roles/, /without any effect: DB_CHARSET, PRESSURE_LIMITER_MAX_EVENT_LOOP_UTILIZATION\./, /for what is not built yet: WEBSOCKETS_ENABLED\./, /Flows are not built yet: 1 of the database is active/,
      /CACHE_ENABLD is no setting[\s\S]*CACHE_ENABLED/, /Mail can't be sent: the SMTP server 127\.0\.0\.1:\d+: [^]*554 not here/]) assert.match(stdout, finding);
    assert.equal(status, 0, 'warnings are no errors');
  });

  test('finds nothing where everything is right', async () => {
    const server = await startServer({ database: 'pg', env: healthy });
    await server.stop();
    const { status, stdout } = await ashlar(['doctor'], { database: server.database, env: healthy });
    assert.equal(stdout, 'Nothing was found.\n');
    assert.equal(status, 0);
  });

  test('fails where the database or a setting can not be used', async () => {
    const { database } = { database: { env: { DB_CLIENT: 'pg', DB_HOST: '127.0.0.1', DB_PORT: '1', DB_DATABASE: 'x', DB_USER: 'x', DB_PASSWORD: 'x' } } };
    const away = await ashlar(['doctor'], { database, env: healthy });
    assert.equal(away.status, 1);
    assert.match(away.stdout, /error {4}The database can't be used/);
    const wrong = await ashlar(['doctor'], { database, env: { ...healthy, CACHE_TTL: 'soon' } });
    assert.equal(wrong.status, 1);
    assert.match(wrong.stdout, /CACHE_TTL/);
  });
});

describe('start', () => {
  /** Another program on a port: { port, close() }. */
  async function occupyPort() {
    const program = net.createServer().listen(0, '127.0.0.1');
    await once(program, 'listening');
    return { port: program.address().port, close: () => program.close() };
  }

  test('ends with a status of its own where another program has the port, and says so in its help', async () => {
    const other = await occupyPort();
    const database = await createDatabase('sqlite3');
    const env = { PORT: String(other.port) };
    await ashlar(['bootstrap'], { database, env, check: true });
    const { status, stderr } = await ashlar(['start'], { database, env });
    other.close();
    assert.equal(status, 75);
    assert.match(stderr, new RegExp(`Can't listen on 127.0.0.1:${other.port}: it is already in use`));
    assert.match((await ashlar(['start', '--help'])).stdout, /75 where another program has the\nport/);
    assert.equal((await ashlar(['start'], { database, env: { PORT: '0', HOST: 'no-such-host.invalid' } })).status, 1);
  });

  test('is tried again by the script for recorded answers until the port is free, and ends with the script', async () => {
    const other = await occupyPort();
    const database = await createDatabase('sqlite3');
    const script = fileURLToPath(new URL('../../scripts/serve-for-conformance.sh', import.meta.url));
    const server = await serve([script], {
      env: { ...environment(database, { PORT: String(other.port) }), ASHLAR_BINARY: binary },
      cwd: await temporaryFolder(),
      ready: /serves at http:\/\/127\.0\.0\.1:(\d+)/,
      prints: (log) => log.includes('already in use') && other.close(),
    });
    assert.equal(server.port, other.port);
    assert.equal((await server.get('/server/ping')).status, 200);
    assert.deepEqual(await server.stop(), { status: 0, signal: null });
  });
});

describe('docs settings', () => {
  test('is what stands in the guide: else run `make docs`', async () => {
    const page = fileURLToPath(new URL('../../docs/settings.md', import.meta.url));
    assert.equal(await readFile(page, 'utf8'), (await ashlar(['docs', 'settings'])).stdout);
  });
});

describe('cache clear', () => {
  test('says that there is nothing to clear without Redis', async () => {
    const server = await startServer();
    const { status, stdout } = await ashlar(['cache', 'clear'], { database: server.database });
    assert.equal(status, 0);
    assert.match(stdout, /CACHE_STORE=redis/);
    await server.stop();
  });
});
