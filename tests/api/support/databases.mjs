// Databases for tests: an empty one of each kind, and the databases' own clients to look into it.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { databaseServer, temporaryFolder } from './keeper.mjs';

export const databaseKinds = ['sqlite3', 'pg', 'mysql'];

/**
 * Runs a program to its end. `input` is a text or a stream. Gives { status, signal, stdout, stderr }; with `check`, it
 * throws where the program failed.
 */
export function run(program, args, { input = '', env = process.env, cwd, check = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: [], stderr: [] };
    child.stdout.on('data', (data) => output.stdout.push(data));
    child.stderr.on('data', (data) => output.stderr.push(data));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const result = { status, signal, stdout: String(Buffer.concat(output.stdout)), stderr: String(Buffer.concat(output.stderr)) };
      if (check && status !== 0) reject(new Error(`${program} ${args.join(' ')} failed (${status ?? signal}):\n${result.stderr}`));
      else resolve(result);
    });
    child.stdin.on('error', () => {}); // it may end without reading everything
    if (typeof input === 'string') child.stdin.end(input);
    else input.pipe(child.stdin);
  });
}

let count = 0;

async function createSqlite() {
  const file = join(await temporaryFolder(), 'data.db');
  return {
    kind: 'sqlite3',
    file,
    env: { DB_CLIENT: 'sqlite3', DB_FILENAME: file },
    client: (args, options) => run('sqlite3', ['-batch', ...args, file], options),
  };
}

async function createOnServer(kind, makeClient) {
  const { host, port, user, password } = await databaseServer(kind);
  const name = `test_${process.pid}_${++count}`;
  const client = makeClient({ host, port, user, password });
  await client(undefined, [], { input: `create database ${name};` });
  return {
    kind,
    env: { DB_CLIENT: kind, DB_HOST: host, DB_PORT: port, DB_DATABASE: name, DB_USER: user, DB_PASSWORD: password },
    client: (args, options) => client(name, args, options),
  };
}

const psql = ({ host, port, user, password }) => (name = 'postgres', args, options) =>
  run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', name, ...args], {
    ...options,
    env: { ...process.env, PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGCLIENTENCODING: 'UTF8' },
  });

const mariadb = ({ host, port, user, password }) => (name = 'mysql', args, options) =>
  run('mariadb', ['--no-defaults', `--host=${host}`, `--port=${port}`, `--user=${user}`, '--default-character-set=utf8mb4',
    ...args, name], { ...options, env: { ...process.env, MYSQL_PWD: password } });

/**
 * An empty database of its own. `env` are the settings that lead the server to it; `client(args, { input })` runs
 * sqlite3, psql or mariadb on it.
 */
export function createDatabase(kind) {
  if (kind === 'sqlite3') return createSqlite();
  return createOnServer(kind, kind === 'pg' ? psql : mariadb);
}

/** Runs SQL statements, a text or the path of a file. */
export function execute(database, sql) {
  return database.client([], { input: sql instanceof URL ? createReadStream(sql) : sql });
}
