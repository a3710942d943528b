// The two programs that are compared, on a database with the data set. ASHLAR_BINARY and FLOOR_BINARY name them; else they
// are those that were built for release.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillPostgres, fillSqlite } from './dataset.mjs';
import { startPostgres } from './postgres.mjs';
import { freePort, Program, runOnce } from './programs.mjs';

const build = resolve(dirname(fileURLToPath(import.meta.url)), '../build/release');
const ASHLAR = process.env.ASHLAR_BINARY ?? join(build, 'ashlar');
const FLOOR = process.env.FLOOR_BINARY ?? join(build, 'bench/floor');
export const ADMIN = { email: 'admin@example.com', password: 'benchmark', token: 'benchmark-administrator' };

export function requirePrograms() {
  for (const program of [ASHLAR, FLOOR]) {
    if (!existsSync(program)) {
      console.error(`${program} is missing: run make bench, or set ASHLAR_BINARY and FLOOR_BINARY.`);
      process.exit(2);
    }
  }
}

export async function openDatabase(kind, folder) {
  const postgres = kind === 'postgres' ? await startPostgres(join(folder, 'postgresql')) : undefined;
  const filename = join(folder, 'blog.db');
  const environment = {
    ...(postgres?.variables ?? { DB_CLIENT: 'sqlite3', DB_FILENAME: filename }),
    STORAGE_LOCAL_ROOT: join(folder, 'uploads'), HOST: '127.0.0.1', PUBLIC_URL: 'http://127.0.0.1', SECRET: 'benchmark'.repeat(4), LOG_LEVEL: 'error', ACCESS_TOKEN_TTL: '1d',
    ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, ADMIN_TOKEN: ADMIN.token,
  };
  await runOnce(ASHLAR, ['bootstrap'], environment);
  await (postgres ? fillPostgres(postgres.url) : fillSqlite(filename));
  return { kind, postgres, environment, source: postgres?.url ?? filename };
}

export async function startAshlar(database, probe = '/server/ping', headers = {}, env = {}) {
  const port = await freePort();
  return Program.start(ASHLAR, ['start'], { environment: { ...database.environment, ...env, PORT: String(port) }, port, probe, headers });
}

export async function startFloor(database) {
  const port = await freePort();
  return Program.start(FLOOR, [database.kind, database.source, String(port)], { port, probe: '/empty' });
}
