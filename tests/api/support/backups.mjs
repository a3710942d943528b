// What tests of backups share: a project whose backups are looked at, and writers whose rows keep an invariant.
import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase } from './databases.mjs';
import { temporaryFolder } from './keeper.mjs';
import { admin, ashlar, startServer } from './server.mjs';

/** Settings with folders of their own for uploads and for temporary files. */
export async function placesOf() {
  const [uploads, temporary] = [await temporaryFolder(), await temporaryFolder()];
  return {
    uploads,
    temporary,
    env: { STORAGE_LOCAL_ROOT: uploads, TEMP_PATH: temporary },
    backups: () => readdir(join(uploads, 'ashlar-backups')).catch(() => []),
    path: (name) => join(uploads, 'ashlar-backups', name),
  };
}

/** Runs `ashlar backup ...`, which must do well: what it prints. */
export async function backup(args, options) {
  const result = await ashlar(['backup', ...args], options);
  assert.equal(result.status, 0, result.stderr);
  return result.stdout.trim();
}

/** The same where it must fail: what it complains of. */
export async function refused(args, options) {
  const result = await ashlar(['backup', ...args], options);
  assert.equal(result.status, 1, result.stdout);
  assert.equal(result.stdout, '');
  return result.stderr;
}

/** A database that is set up, without a server on it. */
export async function installed(kind, env) {
  const database = await createDatabase(kind);
  await ashlar(['bootstrap'], { database, env, check: true });
  return database;
}

/** A script in place of a program: the PATH that leads to it. `body` is shell; "$@" are its arguments. */
export async function instead(program, body) {
  const folder = await temporaryFolder();
  const path = join(folder, program);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return `${folder}:${process.env.PATH}`;
}

const transfers = {
  collection: 'transfers',
  schema: {},
  meta: {},
  fields: [
    { field: 'pair', type: 'integer', schema: { is_nullable: false }, meta: {} },
    { field: 'amount', type: 'integer', schema: { is_nullable: false }, meta: {} },
    { field: 'note', type: 'text', schema: {}, meta: {} },
  ],
};

/**
 * Clients who write two rows in one transaction, over and over, whose amounts add up to nothing: { acknowledged, sent,
 * reached(count), end() }.
 */
export async function startWriters(server, count) {
  const made = await server.post('/collections', transfers);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const acknowledged = new Map(); // pair -> note
  let sent = 0;
  let goOn = true;
  let wake = () => {};
  async function write() {
    while (goOn) {
      const pair = ++sent;
      const note = `transfer ${pair} ${'ä"\\\n'.repeat(pair % 5)}`;
      const answer = await server.post('/items/transfers', [{ pair, amount: pair, note }, { pair, amount: -pair, note }]);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      acknowledged.set(pair, note);
      wake();
    }
  }
  const writers = Array.from({ length: count }, write);
  return {
    acknowledged,
    sent: () => sent,
    async reached(goal) {
      while (acknowledged.size < goal) await new Promise((resolve) => (wake = resolve));
    },
    async end() {
      goOn = false;
      await Promise.all(writers);
    },
  };
}

/** All pairs of a server: Map of pair -> note. Each must be whole. */
export async function wholePairs(server) {
  const { status, body } = await server.get('/items/transfers?limit=-1&sort=id');
  assert.equal(status, 200, JSON.stringify(body));
  const pairs = new Map();
  for (const row of body.data) pairs.set(row.pair, [...(pairs.get(row.pair) ?? []), row]);
  for (const [pair, rows] of pairs) {
    assert.deepEqual(rows.map((row) => row.amount).sort((a, b) => a - b), [-pair, pair], `pair ${pair}`);
    assert.equal(rows[0].note, rows[1].note);
  }
  return new Map([...pairs].map(([pair, rows]) => [pair, rows[0].note]));
}

export { admin, startServer };
