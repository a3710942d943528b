// Logins: whether their time tells if a user exists, how many there are per second, and how much they slow down reads.
//
//   node bench/logins.mjs [--tries 40] [--clients 16] [--seconds 5]
//
// Everything lies in a temporary folder and is gone afterwards. ASHLAR_BINARY names another program than that of
// build/release.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort, Program, request, runOnce } from './programs.mjs';
import { load, median } from './wrk.mjs';

const { values } = parseArgs({
  options: { tries: { type: 'string', default: '40' }, clients: { type: 'string', default: '16' }, seconds: { type: 'string', default: '5' } },
});
const [tries, clients, seconds] = [values.tries, values.clients, values.seconds].map(Number);
const binary = process.env.ASHLAR_BINARY ?? resolve(dirname(fileURLToPath(import.meta.url)), '../build/release/ashlar');
const admin = { email: 'admin@example.com', password: 'benchmark', token: 'benchmark-administrator' };
const headers = { authorization: `Bearer ${admin.token}` };
const folder = mkdtempSync(join(tmpdir(), 'ashlar-logins-'));

const environment = (port, more) => ({
  DB_CLIENT: 'sqlite3', DB_FILENAME: join(folder, 'data.db'), HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`,
  SECRET: 'a-secret-for-benchmarks-that-is-long', ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password, ADMIN_TOKEN: admin.token,
  LOG_LEVEL: 'error', EMAIL_VERIFY_SETUP: 'false', ...more,
});

async function start(more) {
  const port = await freePort();
  return Program.start(binary, ['start'], { environment: environment(port, more), port, probe: '/server/ping' });
}

async function login(program, email, password) {
  const [since, before] = [performance.now(), program.processorTime()];
  const { status } = await request(`${program.url}/auth/login`, { method: 'POST', body: { email, password } });
  return { status, time: performance.now() - since, work: (program.processorTime() - before) * 1000 };
}

// The medians of three kinds of login, which take turns.
async function compareTimes(program, label) {
  const kinds = { 'right password': [admin.email, admin.password], 'wrong password': [admin.email, 'wrong'], 'unknown user': ['nobody@example.com', 'wrong'] };
  const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let i = 0; i < tries; ++i) {
    // Whoever comes first may find the machine in another state: each does by turns.
    const turn = Object.entries(kinds);
    for (const [kind, [email, password]] of [...turn.slice(i % 3), ...turn.slice(0, i % 3)]) times[kind].push(await login(program, email, password));
  }
  console.log(`${label}:`);
  for (const [what, of] of [['time', 'time'], ['processor time', 'work']]) {
    const medians = Object.fromEntries(Object.entries(times).map(([kind, list]) => [kind, median(list.map((each) => each[of]))]));
    const [wrong, unknown] = [medians['wrong password'], medians['unknown user']];
    const difference = ((Math.abs(wrong - unknown) / wrong) * 100).toFixed(2);
    console.log(`  ${what}: ${Object.entries(medians).map(([kind, time]) => `${kind} ${time.toFixed(1)} ms`).join(', ')}`);
    console.log(`    a known and an unknown user differ by ${difference} %`);
  }
}

// Logs in again and again, with so many at the same time, until told to stop; gives how often it was done.
function keepLoggingIn(program) {
  let [count, stopped] = [0, false];
  const one = async () => {
    while (!stopped) {
      const { status } = await login(program, admin.email, admin.password);
      if (status !== 200) throw new Error(`a login was answered with ${status}`);
      ++count;
    }
  };
  const all = Promise.all(Array.from({ length: clients }, one));
  return { count: () => count, stop: () => { stopped = true; return all; } };
}

async function measureLogins(program) {
  const logins = keepLoggingIn(program);
  const before = program.processorTime();
  await new Promise((done) => setTimeout(done, seconds * 1000));
  const [count, used] = [logins.count(), program.processorTime() - before];
  await logins.stop();
  console.log(`${clients} clients log in ${(count / seconds).toFixed(1)} times per second, ${((used / count) * 1000).toFixed(1)} ms of processor time each; ${program.memory('VmHWM').toFixed(0)} MB at most`);
}

async function measureReads(program) {
  await request(`${program.url}/collections`, { method: 'POST', headers, body: { collection: 'notes', schema: {}, meta: {}, fields: [{ field: 'text', type: 'string', schema: {}, meta: {} }] } });
  await request(`${program.url}/items/notes`, { method: 'POST', headers, body: Array.from({ length: 100 }, (_, i) => ({ text: `note ${i}` })) });
  const read = () => load(program, '/items/notes?limit=25', { connections: 4, seconds, headers });
  await read();
  const alone = await read();
  const logins = keepLoggingIn(program);
  const [count, before] = [logins.count(), program.processorTime()];
  const together = await read();
  const [done, used] = [logins.count() - count, program.processorTime() - before];
  await logins.stop();
  const ofReads = (together.perSecond * seconds * alone.microseconds) / 1e6;
  console.log(`reads: ${alone.perSecond.toFixed(0)} per second alone, ${together.perSecond.toFixed(0)} while ${clients} clients log in: ${(100 - (together.perSecond / alone.perSecond) * 100).toFixed(1)} % fewer`);
  console.log(`  the logins take about ${(100 - (ofReads / used) * 100).toFixed(1)} % of the processor time that the server uses, and are done ${(done / seconds).toFixed(1)} times per second`);
}

try {
  await runOnce(binary, ['bootstrap'], environment(0));
  const plain = await start({});
  await compareTimes(plain, 'with the usual stall time');
  await plain.stop();
  const bare = await start({ LOGIN_STALL_TIME: '0' });
  await compareTimes(bare, 'without a stall time');
  await measureLogins(bare);
  await measureReads(bare);
  await bare.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
