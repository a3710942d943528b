// How reading grows with the number of rows: time per returned row from 10 to 100,000 rows, and the memory that a
// million rows take, as JSON and as an exported CSV file. On SQLite and PostgreSQL; called by `make bench`; alone:
//
//   node bench/growth.mjs [--rows 1000000]
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPostgres } from './postgres.mjs';
import { freePort, Program, runOnce } from './programs.mjs';
import { median } from './wrk.mjs';

const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const ASHLAR = process.env.ASHLAR_BINARY ?? resolve(dirname(fileURLToPath(import.meta.url)), '../build/release/ashlar');
const TOKEN = 'benchmark-administrator';
const SIZES = [10, 100, 1_000, 10_000, 100_000];
const ROUNDS = 5;

const table = (numbers) => `create table rows_of_numbers (id integer primary key, name varchar(255), amount integer, note text);
insert into rows_of_numbers select n, 'name ' || n, n % 1000, 'a note of some length, so that rows are like others, ' || n from ${numbers};
insert into directus_collections ("collection") values ('rows_of_numbers');\n`;

async function open(kind, folder) {
  const postgres = kind === 'postgres' ? await startPostgres(join(folder, 'postgresql')) : undefined;
  const filename = join(folder, 'growth.db');
  const environment = {
    ...(postgres?.variables ?? { DB_CLIENT: 'sqlite3', DB_FILENAME: filename }),
    HOST: '127.0.0.1', PUBLIC_URL: 'http://127.0.0.1', SECRET: 'benchmark'.repeat(4), LOG_LEVEL: 'error',
    ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'benchmark', ADMIN_TOKEN: TOKEN,
  };
  await runOnce(ASHLAR, ['bootstrap'], environment);
  if (postgres) {
    const sql = table(`generate_series(1, ${options.rows}) n`);
    execFileSync('psql', ['-q', '-X', '-v', 'ON_ERROR_STOP=1', postgres.url], { input: `${sql}vacuum analyze;\n` });
  } else {
    const numbers = `(with recursive series(n) as (select 1 union all select n + 1 from series where n < ${options.rows}) select n from series)`;
    execFileSync('sqlite3', ['-bail', filename], { input: table(numbers) });
  }
  return { environment, postgres };
}

// Reads and forgets the answer; milliseconds and bytes.
function read(url) {
  const since = performance.now();
  return new Promise((resolve, reject) => {
    http.get(url, { headers: { Authorization: `Bearer ${TOKEN}` } }, (response) => {
      let bytes = 0;
      response.on('data', (piece) => (bytes += piece.length));
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ time: performance.now() - since, bytes });
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}

async function measure(kind, folder) {
  const { environment, postgres } = await open(kind, folder);
  const port = await freePort();
  const start = () => Program.start(ASHLAR, ['start'], { environment: { ...environment, PORT: String(port) }, port, probe: '/server/ping' });
  let ashlar = await start();
  try {
    for (const size of SIZES) {
      const times = [];
      for (let round = 0; round < ROUNDS; ++round) times.push((await read(`${ashlar.url}/items/rows_of_numbers?limit=${size}`)).time);
      console.log(`${kind.padEnd(9)} ${String(size).padStart(7)} rows ${((median(times) / size) * 1000).toFixed(2).padStart(9)} us per row`);
    }
    for (const format of ['json', 'csv']) {
      await ashlar.stop();
      ashlar = await start();
      const before = ashlar.memory();
      const { time, bytes } = await read(`${ashlar.url}/items/rows_of_numbers?limit=-1${format === 'json' ? '' : `&export=${format}`}`);
      console.log(`${kind.padEnd(9)} ${options.rows} rows as ${format}: ${(time / 1000).toFixed(1)} s, ${(bytes / 1e6).toFixed(0)} MB sent, memory ` +
        `${before.toFixed(0)} MB before, ${ashlar.memory('VmHWM').toFixed(0)} MB at most`);
    }
  } finally {
    await ashlar.stop();
    postgres?.stop();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'ashlar-growth-'));
chmodSync(folder, 0o755);
try {
  for (const kind of ['sqlite', 'postgres']) await measure(kind, folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
