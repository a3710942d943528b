// The program under test (ASHLAR_BINARY): its commands, and the server with requests to it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { makeClient } from './client.mjs';
import { createDatabase, run } from './databases.mjs';
import { temporaryFolder } from './keeper.mjs';

export const admin = { email: 'admin@example.com', password: 'correct-horse', token: 'admin-token-for-tests' };

export const binary = process.env.ASHLAR_BINARY ?? fileURLToPath(new URL('../../../build/debug/ashlar', import.meta.url));

// Nothing of the developer's own settings must reach the program, except how sanitizers report.
const passedOn = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => ['PATH', 'HOME'].includes(name) || name.endsWith('SAN_OPTIONS')),
);

// What must stand in no log, however talkative: the values of settings that are secret, and whatever lets somebody in.
const shapes = [/eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/, /\$argon2\w*\$/];
function secretsIn(log, env) {
  const long = 10; // shorter ones stand in a log by chance
  const values = Object.entries(env).filter(([name, value]) => /SECRET|PASSWORD|TOKEN$|_KEY/.test(name) && value.length >= long);
  const found = values.filter(([, value]) => log.includes(value)).map(([name]) => name);
  return [...found, ...shapes.map((shape) => shape.exec(log)?.[0]).filter(Boolean)];
}

/** What the program gets as environment, and nothing else. A variable that is undefined in `env` is not set. */
export function environment(database, env) {
  const all = {
    ...passedOn,
    TZ: 'UTC',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'trace',
    PUBLIC_URL: 'http://127.0.0.1',
    SECRET: 'a-secret-for-tests-that-is-long-enough',
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    ADMIN_TOKEN: admin.token,
    ...database?.env,
    ...env,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/**
 * Runs a command such as `ashlar(['bootstrap'], { database, env })` to its end; gives { status, stdout, stderr }.
 * A variable that is undefined in `env` is not set.
 */
export async function ashlar(args, { database, env, check = false } = {}) {
  return run(binary, args, { env: environment(database, env), cwd: await temporaryFolder(), check });
}

/**
 * Starts a program that serves until it is stopped; `ready` finds the port in what it prints once it does, `prints` is
 * called with all of that whenever there is more.
 *
 * Gives { url, port, pid, log(), logged(pattern), stop(), kill(), exited } and the requests of client.mjs, as the admin.
 * `logged` waits until the log says it. `stop` and `kill` give { status, signal }, as the promise `exited` does, and fail
 * where the log gives a secret away, unless `logsSecrets`.
 */
export async function serve(command, { env, cwd, ready, prints, logsSecrets = false }) {
  // The kernel ends the server with this process, however that ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let started;
  const awaited = new Set();
  const isUp = new Promise((resolve) => (started = resolve));
  const collect = (data) => {
    log += data;
    prints?.(log);
    const [, port] = (started && ready.exec(log)) ?? [];
    if (port) {
      started(Number(port));
      started = undefined;
    }
    for (const each of awaited) each.look();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const patience = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const exited = once(child, 'close').then(([status, signal]) => ({ status, signal }));
  const port = await Promise.race([isUp, exited]);
  clearTimeout(patience);
  if (typeof port !== 'number') throw new Error(`${command.join(' ')} did not start:\n${log}`);

  const url = `http://127.0.0.1:${port}`;
  const client = makeClient(url, admin.token);
  const end = async (signal) => {
    client.disconnect();
    child.kill(signal);
    const result = await exited;
    const secrets = logsSecrets ? [] : secretsIn(log, env);
    if (secrets.length) throw new Error(`secrets in the log: ${secrets.join(', ')}`);
    return result;
  };
  const logged = (pattern) => new Promise((resolve, reject) => {
    const wait = {
      look: () => {
        if (!pattern.test(log)) return;
        awaited.delete(wait);
        resolve();
      },
    };
    awaited.add(wait);
    exited.then(() => reject(new Error(`the log does not say ${pattern}:\n${log}`)));
    wait.look();
  });
  return { ...client, url, port, pid: child.pid, exited, log: () => log, logged, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/**
 * Starts the server. `database` is 'sqlite3', 'pg' or 'mysql' for a new one, which is set up first, or one of
 * createDatabase, which is set up unless `bootstrap` is false; `by` is a command that starts it, with limits of its own.
 * Gives what `serve` gives, and the database.
 */
export async function startServer({ database = 'sqlite3', env, bootstrap = true, logsSecrets = false, by = [] } = {}) {
  if (typeof database === 'string') database = await createDatabase(database);
  if (bootstrap) await ashlar(['bootstrap'], { database, env, check: true });
  const server = await serve([...by, binary, 'start'], {
    env: environment(database, env),
    cwd: await temporaryFolder(),
    logsSecrets,
    ready: /serves at http:\/\/127\.0\.0\.1:(\d+)/,
  });
  return { ...server, database };
}
