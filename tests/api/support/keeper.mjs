// The process beside this one that owns the temporary folder and the database servers (keeper.sh), so that nothing is
// left behind even if this process is killed. It is started with the first use and ended after the last test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('keeper.sh', import.meta.url));

let keeper;
let queue = Promise.resolve();

function start() {
  // Its own session: an interrupt of the terminal must not reach it before it has tidied up.
  const child = spawn('bash', [script], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.unref();
  return { child, lines };
}

// Sends a line and gives the answer; one after the other.
function ask(line) {
  const answer = queue.then(async () => {
    keeper ??= start();
    keeper.folder ??= (await keeper.lines.next()).value;
    if (line === undefined) return keeper.folder;
    keeper.child.stdin.write(`${line}\n`);
    const { value } = await keeper.lines.next();
    const result = JSON.parse(value ?? 'null');
    if (result === null) throw new Error(`the keeper of the test databases could not do "${line}"`);
    return result;
  });
  queue = answer.catch(() => {});
  return answer;
}

/** A new, empty folder, which is removed after the tests. */
export async function temporaryFolder() {
  return mkdtempSync(join(await ask(), 'test-'));
}

/** Starts the database server ('pg' or 'mysql') where it does not run yet; gives host, port, user and password. */
export const databaseServer = (kind) => ask(kind);

/**
 * Restarts PostgreSQL, which cuts off all its clients; gives when it answers again. `mode` is 'fast', or 'immediate' for a
 * crash; for as many whole `seconds`, nothing answers.
 */
export const restartPostgresql = (mode = 'fast', seconds = 0) => ask(`restart_pg ${mode} ${seconds}`);

after(async () => {
  await queue;
  if (!keeper) return;
  const ended = once(keeper.child, 'exit');
  keeper.child.ref();
  keeper.child.stdin.end();
  await ended;
});
