// How fast Ashlar is over HTTP, compared with the floor (floor/source.h), on SQLite and PostgreSQL; how fast it starts and
// what memory it takes. Called by `make bench`; alone, with the programs built for release:
//
//   node bench/run.mjs [--only REGEX] [--database sqlite|postgres] [--seconds 4] [--rounds 3] [--starts 20]
//
// For what stands around requests (limits, metrics ...), "floor" is the same server without it. REGEX chooses among the
// names of cases. Everything lies in a temporary folder and is gone afterwards.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAccess, setUpReaders } from './access.mjs';
import { columnsOf, TABLE_NAMES } from './dataset.mjs';
import { request } from './programs.mjs';
import { ADMIN, openDatabase, requirePrograms, startAshlar, startFloor } from './setup.mjs';
import { compare, median } from './wrk.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    database: { type: 'string' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    starts: { type: 'string', default: '20' },
  },
});

const BARS = { start: 150, idle: 40, loaded: 80 };
const READER = { email: 'reader@example.com', password: 'benchmark', token: 'benchmark-reader' };

const fields = (prefix, table) => columnsOf(table).map((name) => prefix + name);
const list = (...names) => names.flat().join(',');
const articleFields = list(fields('', 'articles'));
const nestedFields = list(fields('', 'authors'), fields('articles.', 'articles'), fields('articles.comments.', 'comments'));
const blockFields = list('id', 'title', 'blocks.collection', fields('blocks.item:heroes.', 'heroes'), fields('blocks.item:paragraphs.', 'paragraphs'));

// `bar` is the least part of the floor's throughput.
const CASES = [
  { name: 'empty answer', floor: '/empty', ashlar: '/server/ping', anyDatabase: true },
  { name: 'row by key', floor: '/row/4711', ashlar: `/items/articles/4711?fields=${articleFields}`, bar: 0.7 },
  { name: '100 flat rows', floor: '/rows', ashlar: `/items/articles?limit=100&fields=${articleFields}`, bar: 0.7 },
  { name: '100 filtered rows', floor: '/filtered', bar: 0.7,
    ashlar: `/items/articles?limit=100&filter[status][_eq]=published&filter[views][_gt]=90000&fields=${articleFields}` },
  { name: '100 rows by a relation', floor: '/related', bar: 0.7,
    ashlar: `/items/articles?limit=100&filter[comments][_some][approved][_eq]=false&fields=${articleFields}` },
  { name: 'three nested levels', floor: '/nested', ashlar: `/items/authors?limit=100&fields=${nestedFields}`, bar: 0.6 },
  { name: 'many to many', floor: '/tagged', ashlar: `/items/articles?limit=100&fields=${articleFields},tags.tag.id,tags.tag.name`, bar: 0.6 },
  { name: 'many to any', floor: '/pages', ashlar: `/items/pages?limit=100&fields=${blockFields}`, bar: 0.6 },
  { name: 'aggregate by group', floor: '/grouped', ashlar: '/items/articles?groupBy=status&aggregate[count]=id&aggregate[sum]=views&sort=status', bar: 0.7 },
  { name: 'count', floor: '/count', ashlar: '/items/articles?aggregate[count]=*', bar: 0.7 },
];
// Who asks. The bars are for somebody who has logged in.
const ASKERS = [
  { name: '', cases: /./, headers: (tokens) => ({ Authorization: `Bearer ${tokens.access}` }) },
  { name: ', static token', cases: /^row/, headers: () => ({ Authorization: `Bearer ${READER.token}` }) },
  { name: ', public', cases: /^row/, headers: () => ({}) },
];

// What stands around every request, compared with the same server without it, or with the floor. `env` and `plain` are the
// settings of the two; where there is no `plain`, it is the floor that is compared with.
const AROUND = [
  { name: 'kept list of 100 rows', test: 2, env: { CACHE_ENABLED: 'true', CACHE_AUTO_PURGE: 'true' }, bar: 0.8 },
  { name: 'limiter, row by key', test: 1, plain: {}, env: { RATE_LIMITER_ENABLED: 'true', RATE_LIMITER_POINTS: '1000000000' }, bar: 0.95 },
  { name: 'metrics, row by key', test: 1, plain: {}, env: { METRICS_ENABLED: 'true' }, bar: 0.95 },
  { name: 'compression, row by key', test: 1, plain: { ASHLAR_COMPRESSION: 'false' }, env: {}, headers: { 'Accept-Encoding': 'gzip, br, zstd' }, bar: 0.95 },
  { name: 'compression not asked for, 100 rows', test: 2, plain: { ASHLAR_COMPRESSION: 'false' }, env: {}, bar: 0.95 },
  { name: 'compression by zstd, 100 rows', test: 2, plain: { ASHLAR_COMPRESSION: 'false' }, env: {}, headers: { 'Accept-Encoding': 'zstd' } },
  { name: 'compression by gzip, 100 rows', test: 2, plain: { ASHLAR_COMPRESSION: 'false' }, env: {}, headers: { 'Accept-Encoding': 'gzip' } },
];

// A role and the public, which may read everything of the blog, and a user with that role.
async function setUpAccess(url) {
  const call = async (path, body) => {
    const headers = { Authorization: `Bearer ${ADMIN.token}` };
    const answer = await request(url + path, { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text).data;
  };
  for (const isPublic of [false, true]) {
    const policy = (await call('/policies', { name: isPublic ? 'Anybody' : 'Readers' })).id;
    for (const collection of TABLE_NAMES.filter((name) => !['projects', 'notes'].includes(name))) {
      await call('/permissions', { policy, collection, action: 'read', fields: ['*'], permissions: {} });
    }
    if (isPublic) {
      await call('/access', { policy });
    } else {
      const role = (await call('/roles', { name: 'Readers' })).id;
      await call('/access', { policy, role });
      await call('/users', { ...READER, role });
    }
  }
  const login = await request(`${url}/auth/login`, { method: 'POST', body: { email: READER.email, password: READER.password } });
  return { access: JSON.parse(login.text).data.access_token };
}

// Both must say the same, else the comparison is worth nothing.
async function check(floor, ashlar, tokens) {
  const authorization = { Authorization: `Bearer ${tokens.access}` };
  for (const { name, ...paths } of CASES) {
    const expected = await request(floor.url + paths.floor);
    const answer = await request(ashlar.url + paths.ashlar, { headers: authorization });
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${answer.text}`);
    if (answer.text === expected.text) continue;
    let at = 0;
    while (answer.text[at] === expected.text[at]) ++at;
    const part = (text) => text.slice(Math.max(0, at - 80), at + 80);
    throw new Error(`${name}: the answers differ\n  floor   ${part(expected.text)}\n  ashlar  ${part(answer.text)}`);
  }
}

const digits = (number, places) => number.toFixed(places);
const columns = [
  ['case', 35], ['database', 9], ['conn', 5], ['floor/s', 9], ['Ashlar/s', 9], ['ratio', 6], ['bar', 5], ['floor us', 9], ['Ashlar us', 10],
];
const row = (cells) => cells.map((cell, i) => (i < 2 ? String(cell).padEnd(columns[i][1]) : String(cell).padStart(columns[i][1]))).join(' ');

async function measureCases(database, floor, ashlar, tokens, remarks) {
  for (const test of CASES) {
    if (test.anyDatabase && database.kind !== 'sqlite') continue;
    for (const asker of ASKERS) {
      const name = test.name + asker.name;
      if (!asker.cases.test(test.name) || !new RegExp(options.only).test(name)) continue;
      for (const connections of [1, 32]) {
        const sides = [
          { program: floor, path: test.floor },
          { program: ashlar, path: test.ashlar, headers: asker.headers(tokens) },
        ];
        const settings = { rounds: Number(options.rounds), seconds: Number(options.seconds), warmUp: 1, connections };
        const [least, own] = await compare(sides, settings);
        const ratio = own.perSecond / least.perSecond;
        const bar = asker.name === '' ? test.bar : undefined;
        console.log(row([name, database.kind, connections, digits(least.perSecond, 0), digits(own.perSecond, 0), digits(ratio, 2),
          bar ?? '', digits(least.microseconds, 0), digits(own.microseconds, 0)]));
        if (bar && ratio < bar) remarks.push(`${name} on ${database.kind}, ${connections} connections: ${digits(ratio, 2)} is below ${bar}`);
      }
    }
  }
}

async function measurePermissions(database, ashlar, readers, remarks) {
  const settings = { only: new RegExp(options.only), rounds: Number(options.rounds), seconds: Number(options.seconds) };
  const lines = [];
  await measureAccess(database, ashlar, readers, settings, (cells) => lines.push(row(cells)), remarks);
  if (lines.length === 0) return;
  const heads = ['case', 'database', 'conn', 'admin/s', 'reader/s', 'cost', 'bar', 'admin us', 'reader us'];
  console.log(`\n${row(heads)}\n${lines.join('\n')}\n`);
}

async function measureAround(database, floor, tokens, remarks) {
  for (const { name, test, env, plain, headers = {}, bar } of AROUND) {
    if (!new RegExp(options.only).test(name)) continue;
    const all = { Authorization: `Bearer ${tokens.access}`, ...headers };
    const path = CASES[test].ashlar;
    const without = plain ? await startAshlar(database, '/server/ping', {}, plain) : floor;
    const own = await startAshlar(database, '/server/ping', {}, env);
    try {
      for (const connections of [1, 32]) {
        const sides = [
          { program: without, path: plain ? path : CASES[test].floor, headers: plain ? all : {} },
          { program: own, path, headers: all },
        ];
        const settings = { rounds: Number(options.rounds), seconds: Number(options.seconds), warmUp: 1, connections };
        const [base, measured] = await compare(sides, settings);
        const ratio = measured.perSecond / base.perSecond;
        console.log(row([name, database.kind, connections, digits(base.perSecond, 0), digits(measured.perSecond, 0), digits(ratio, 2),
          bar ?? '', digits(base.microseconds, 0), digits(measured.microseconds, 0)]));
        if (bar && ratio < bar) remarks.push(`${name} on ${database.kind}, ${connections} connections: ${digits(ratio, 2)} is below ${bar}`);
      }
    } finally {
      await own.stop();
      if (plain) await without.stop();
    }
  }
}

async function measureStart(database, tokens) {
  const times = [];
  const idle = [];
  for (let i = 0; i < Number(options.starts); ++i) {
    const program = await startAshlar(database, CASES[1].ashlar, { Authorization: `Bearer ${tokens.access}` });
    times.push(program.startTime);
    idle.push(program.memory());
    await program.stop();
  }
  return { time: median(times), idle: median(idle) };
}

async function measure(kind, folder, remarks) {
  const database = await openDatabase(kind, folder);
  const running = [];
  const facts = [];
  const say = (name, value, unit, bar) => {
    facts.push(`${`${name}, ${kind}:`.padEnd(45)} ${digits(value, 1)} ${unit}${bar ? ` (bar: ${bar})` : ''}`);
    if (bar && value > bar) remarks.push(`${name} on ${kind}: ${digits(value, 1)} ${unit} is above ${bar}`);
  };
  try {
    const floor = await startFloor(database);
    running.push(floor);
    let ashlar = await startAshlar(database);
    running.push(ashlar);
    const tokens = await setUpAccess(ashlar.url);
    const readers = await setUpReaders(ashlar.url, ADMIN);
    await ashlar.stop();
    ashlar = await startAshlar(database);
    running.push(ashlar);
    await check(floor, ashlar, tokens);
    await measureCases(database, floor, ashlar, tokens, remarks);
    await measurePermissions(database, ashlar, readers, remarks);
    if (kind === 'sqlite') await measureAround(database, floor, tokens, remarks);
    if (kind === 'sqlite' && Number(options.starts) > 0) {
      const start = await measureStart(database, tokens);
      say('start until the first answer', start.time, 'ms', BARS.start);
      say('memory when idle', start.idle, 'MB', BARS.idle);
    }
    say('memory after the load', ashlar.memory(), 'MB', kind === 'sqlite' && BARS.loaded);
    say('memory at most', ashlar.memory('VmHWM'), 'MB');
    if (database.postgres) {
      const headers = { Authorization: `Bearer ${tokens.access}` };
      const statements = await database.postgres.statementsDuring(() => request(ashlar.url + CASES.find(({ name }) => name === 'three nested levels').ashlar, { headers }));
      say('statements of three nested levels', statements.length, '');
    }
  } finally {
    for (const program of running) await program.stop();
    database.postgres?.stop();
  }
  return facts;
}

requirePrograms();
const folder = mkdtempSync(join(tmpdir(), 'ashlar-bench-'));
chmodSync(folder, 0o755);
const remarks = [];
const facts = [];
try {
  console.log(row(columns.map(([name]) => name)));
  for (const kind of ['sqlite', 'postgres']) {
    if (!options.database || options.database === kind) facts.push(...(await measure(kind, folder, remarks)));
  }
  console.log('\nRequests per second, and microseconds of processor time per request (of the server alone, not of PostgreSQL).\n');
  for (const fact of facts) console.log(fact);
  console.log(remarks.length === 0 ? '\nAll bars are reached.' : `\nBelow the bars:\n  ${remarks.join('\n  ')}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
