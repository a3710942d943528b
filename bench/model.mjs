// How fast a large data model is: 200 collections with 20 fields each, on SQLite, PostgreSQL and MariaDB.
//
//   node bench/model.mjs [sqlite3] [pg] [mysql]
//
// The program is build/release/ashlar, or what ASHLAR_BINARY names. Prints the median of several requests, and what it
// must stay under: until the last byte has come, compressed as browsers ask for it and not unpacked here. Ends with
// status 1 where something does not.
import { fileURLToPath } from 'node:url';

process.env.ASHLAR_BINARY ??= fileURLToPath(new URL('../build/release/ashlar', import.meta.url));
const { createDatabase, databaseKinds } = await import('../tests/api/support/databases.mjs');
const { admin, startServer } = await import('../tests/api/support/server.mjs');
const { request } = await import('./programs.mjs');

const collections = 200;
const fieldsOfEach = 20;
const bars = { 'GET /fields': 50, 'GET /collections': 50, 'add a field': 200, 'start, until the first answer': 500 };

const types = ['string', 'text', 'integer', 'boolean', 'timestamp', 'json', 'uuid', 'decimal'];
const field = (number) => ({ field: `field_${number}`, type: types[number % types.length], schema: {}, meta: { interface: 'input', note: `Field ${number}` } });
const collection = (number) => ({ collection: `collection_${number}`, schema: {}, meta: { icon: 'box' }, fields: Array.from({ length: fieldsOfEach - 1 }, (_, index) => field(index)) });

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function timed(work) {
  const start = performance.now();
  const answer = await work();
  if (answer?.status !== 200) throw new Error(`${answer?.status}: ${JSON.stringify(answer?.body)}`);
  return performance.now() - start;
}

async function repeated(times, work) {
  const found = [];
  for (let number = 0; number < times; ++number) found.push(await timed(() => work(number)));
  return median(found);
}

async function measure(kind) {
  const database = await createDatabase(kind);
  let server = await startServer({ database });
  for (let from = 0; from < collections; from += 50) {
    const some = Array.from({ length: 50 }, (_, index) => collection(from + index));
    await timed(() => server.post('/collections', some));
  }
  await server.stop();

  const results = {};
  const starts = [];
  for (let number = 0; number < 3; ++number) {
    if (number > 0) await server.stop();
    starts.push(await timed(async () => {
      server = await startServer({ database, bootstrap: false });
      return server.get('/collections/collection_0');
    }));
  }
  results['start, until the first answer'] = median(starts);
  const headers = { Authorization: `Bearer ${admin.token}`, 'Accept-Encoding': 'gzip, br, zstd' };
  for (const path of ['/fields', '/collections']) results[`GET ${path}`] = await repeated(9, () => request(server.url + path, { headers }));
  results['add a field'] = await repeated(5, (number) => server.post(`/fields/collection_${number * 7}`, { field: 'one_more', type: 'string', schema: {}, meta: {} }));
  await server.stop();
  return results;
}

let missed = false;
const kinds = process.argv.slice(2);
for (const kind of kinds.length ? kinds : databaseKinds) {
  console.log(`${collections} collections with ${fieldsOfEach} fields each on ${kind}`);
  for (const [what, milliseconds] of Object.entries(await measure(kind))) {
    const isOver = milliseconds > bars[what];
    missed ||= isOver;
    console.log(`  ${what.padEnd(32)} ${milliseconds.toFixed(1).padStart(8)} ms  (bar ${bars[what]} ms)${isOver ? '  MISSED' : ''}`);
  }
}
process.exit(missed ? 1 : 0);
