// Backups: taken while clients write, read back row by row on every database; damaged ones; encrypted ones; opened by hand.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createDecipheriv, createHash, createHmac, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { backup, installed, instead, placesOf, refused, startWriters, wholePairs } from './support/backups.mjs';
import { createDatabase, databaseKinds, execute, run } from './support/databases.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { admin, ashlar, binary, environment, startServer } from './support/server.mjs';

const key = 'a long passphrase for backups';

for (const kind of databaseKinds) {
  describe(`A backup of ${kind}, taken while clients write`, () => {
    let places;
    let database;
    let name;
    let complaint;
    let acknowledgedBefore;
    let sentBefore;

    before(async () => {
      places = await placesOf();
      const server = await startServer({ database: kind, env: places.env });
      database = server.database;
      const writers = await startWriters(server, 4);
      await writers.reached(60);
      acknowledgedBefore = new Map(writers.acknowledged);
      name = await backup(['create'], { database, env: places.env });
      sentBefore = writers.sent();
      await writers.reached(writers.acknowledged.size + 30);
      await writers.end();
      complaint = await refused(['restore', '--force', name], { database, env: places.env });
      await server.stop();
    });

    // What was acknowledged before it began is there, what was sent after it had ended is not, and nothing is halved.
    async function hasThatMoment(database) {
      const server = await startServer({ database, env: places.env, bootstrap: false });
      try {
        const pairs = await wholePairs(server);
        for (const [pair, note] of acknowledgedBefore) assert.equal(pairs.get(pair), note, `pair ${pair} is lost`);
        for (const pair of pairs.keys()) assert.ok(pair <= sentBefore, `pair ${pair} is of later`);
        const next = await server.post('/items/transfers', { pair: 0, amount: 0 });
        assert.equal(next.status, 200, JSON.stringify(next.body));
      } finally {
        await server.stop();
      }
    }

    test('has a name that tells its time, and nothing lies about', async () => {
      assert.match(name, /^\d{8}T\d{6}Z\.tar\.zst$/);
      assert.deepEqual(await places.backups(), [name]);
      assert.deepEqual(await readdir(places.temporary), []);
    });

    test('is not restored under a server that runs', () => assert.match(complaint, /in use|a server uses/));

    test('is listed', async () => {
      const [entry] = JSON.parse(await backup(['list', '--json'], { database, env: places.env }));
      assert.equal(entry.name, name);
      assert.equal(entry.database.client, kind);
      assert.deepEqual([entry.files, entry.encrypted, entry.readable], [false, false, true]);
      assert.equal(entry.size, (await stat(places.path(name))).size);
      assert.match(await backup(['list'], { database, env: places.env }), new RegExp(`${name} .* ${kind} `));
    });

    test('is found whole', async () => {
      assert.match(await backup(['verify', 'latest'], { database, env: places.env }), /is whole/);
    });

    test('is restored over what is there only if that is meant', async () => {
      const message = await refused(['restore', name], { database, env: places.env });
      assert.match(message, /not empty: \d+ tables with \d+ rows .*--force/);
      await backup(['restore', '--force', name], { database, env: places.env });
      await hasThatMoment(database);
    });

    test('is restored into an empty database', async () => {
      const other = await createDatabase(kind);
      await backup(['restore', name.slice(0, 16)], { database: other, env: places.env });
      await hasThatMoment(other);
    });
  });
}

describe('A restore that fails', () => {
  const marks = async (database) =>
    (await execute(database, "select count(*) from directus_users where last_page = '/mark';")).stdout;
  const mark = (database) => execute(database, "update directus_users set last_page = '/mark';");

  test('leaves PostgreSQL as it was', async () => {
    const { env } = await placesOf();
    const database = await installed('pg', env);
    const name = await backup(['create'], { database, env });
    await mark(database);
    const PATH = await instead('pg_restore', `case "$*" in *--list*|*/dev/null*) exec /usr/bin/pg_restore "$@";; esac
      /usr/bin/pg_restore "$@" | head -c 30000; exit 1`);
    assert.match(await refused(['restore', '--force', name], { database, env: { ...env, PATH } }), /pg_restore failed/);
    assert.match(await marks(database), /1/);
  });

  test('brings back what was in MariaDB', async () => {
    const { env } = await placesOf();
    const database = await installed('mysql', env);
    const PATH = await instead('mariadb-dump', `for word in "$@"; do case "$word" in --result-file=*) file=\${word#*=};; esac; done
      /usr/bin/mariadb-dump "$@" && sed -i '$i this is no SQL;' "$file"`);
    const name = await backup(['create'], { database, env: { ...env, PATH } });
    await mark(database);
    assert.match(await refused(['restore', '--force', name], { database, env }), /this is no SQL/);
    assert.match(await marks(database), /1/);
  });
});

describe('A backup', () => {
  let places;
  let database;
  let plain;
  let encrypted;
  const secret = 'a-very-recognizable-address@example.com';

  before(async () => {
    places = await placesOf();
    database = await installed('sqlite3', places.env);
    await execute(database, `update directus_users set location = '${secret}'; create table noise as select randomblob(400000) as bytes;`);
    plain = await backup(['create'], { database, env: places.env });
    encrypted = await backup(['create'], { database, env: { ...places.env, ASHLAR_BACKUP_KEY: key } });
  });

  async function complaintOf(name, change, env = {}) {
    const other = await placesOf();
    await backup(['create'], { database, env: other.env });
    const path = other.path(name);
    await copyFile(places.path(name), path);
    await change(path);
    return refused(['verify', name], { database, env: { ...other.env, ...env } });
  }
  const flip = (at) => async (path) => {
    const bytes = await readFile(path);
    bytes[Math.floor(at * (bytes.length - 1))] ^= 1;
    await writeFile(path, bytes);
  };
  const cut = (count) => async (path) => truncate(path, (await stat(path)).size - count);

  for (const at of [0, 0.001, 0.3, 0.7, 0.999, 1]) {
    test(`in which a bit was flipped at ${at} is found out`, async () => {
      assert.match(await complaintOf(plain, flip(at)), /damaged/);
      assert.match(await complaintOf(encrypted, flip(at), { ASHLAR_BACKUP_KEY: key }), /damaged/);
    });
  }

  for (const count of [1, 40, 5000]) {
    test(`that lacks its last ${count} bytes is found out`, async () => {
      assert.match(await complaintOf(plain, cut(count)), /cut off/);
      assert.match(await complaintOf(encrypted, cut(count), { ASHLAR_BACKUP_KEY: key }), /cut off/);
    });
  }

  test('of which chunks were swapped, or the end taken for the whole, is found out', async () => {
    const swap = async (path) => {
      const bytes = await readFile(path);
      let start = 0;
      for (const _ of [1, 2, 3]) start = bytes.indexOf('\n', start) + 1;
      assert.ok(bytes.length > start + 2 * 65552);
      const first = Buffer.from(bytes.subarray(start, start + 65552));
      bytes.copyWithin(start, start + 65552, start + 2 * 65552);
      first.copy(bytes, start + 65552);
      await writeFile(path, bytes);
    };
    assert.match(await complaintOf(encrypted, swap, { ASHLAR_BACKUP_KEY: key }), /damaged/);
  });

  test('that is encrypted needs its key, tells nothing, and comes back with it', async () => {
    assert.match(await refused(['verify', encrypted], { database, env: places.env }), /set ASHLAR_BACKUP_KEY/);
    const wrong = { ...places.env, ASHLAR_BACKUP_KEY: 'another long passphrase' };
    const complaint = await refused(['verify', encrypted], { database, env: wrong });
    assert.match(complaint, /the key does not fit/);
    assert.ok(!complaint.includes(wrong.ASHLAR_BACKUP_KEY));
    assert.ok(!(await readFile(places.path(encrypted))).includes(secret));
    const [entry] = JSON.parse(await backup(['list', '--json'], { database, env: places.env }));
    assert.deepEqual([entry.name, entry.encrypted, entry.database.client], [encrypted, true, 'sqlite3']);
    const other = await createDatabase('sqlite3');
    await backup(['restore', encrypted], { database: other, env: { ...places.env, ASHLAR_BACKUP_KEY: key } });
    assert.match((await execute(other, 'select location from directus_users;')).stdout, new RegExp(secret));
  });

  test('is opened by hand with tar, sha256sum and sqlite3', async () => {
    const folder = await temporaryFolder();
    await run('tar', ['--zstd', '-xf', places.path(plain), '-C', folder]);
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder });
    const { stdout } = await run('sqlite3', ['-batch', join(folder, 'database/data.sqlite')], { input: 'pragma integrity_check; select location from directus_users;' });
    assert.match(stdout, new RegExp(`ok\\n${secret}`));
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json')));
    assert.equal(manifest.rows.directus_users, 1);
    assert.deepEqual((await readdir(folder)).sort(), ['SHA256SUMS', 'about.json', 'database', 'manifest.json']);
  });

  test('is encrypted as the guide says', async () => {
    const bytes = await readFile(places.path(encrypted));
    const lines = [];
    let at = 0;
    for (const _ of [1, 2, 3]) {
      const end = bytes.indexOf('\n', at) + 1;
      lines.push(bytes.subarray(at, end));
      at = end;
    }
    const { n: N, r, p, salt, chunk } = JSON.parse(lines[1]);
    const keys = scryptSync(key, Buffer.from(salt, 'base64'), 64, { N, r, p, maxmem: 256 * N * r });
    const mac = createHmac('sha256', keys.subarray(32)).update(lines[0]).update(lines[1]).digest('base64');
    assert.equal(String(lines[2]), `${mac}\n`);
    const pieces = [];
    for (let number = 0; at < bytes.length; ++number) {
      const sealed = bytes.subarray(at, at + chunk + 16);
      at += sealed.length;
      const nonce = Buffer.alloc(12);
      nonce.writeUInt32BE(number, 7);
      nonce[11] = at === bytes.length ? 1 : 0;
      const cipher = createDecipheriv('aes-256-gcm', keys.subarray(0, 32), nonce).setAuthTag(sealed.subarray(-16));
      pieces.push(cipher.update(sealed.subarray(0, -16)), cipher.final());
    }
    const exported = join(await temporaryFolder(), 'plain.tar.zst');
    await backup(['export', encrypted, exported], { database, env: { ...places.env, ASHLAR_BACKUP_KEY: key } });
    assert.ok(Buffer.concat(pieces).equals(await readFile(exported)));
    const names = await run('tar', ['--zstd', '-tf', exported]);
    assert.match(names.stdout, /^about\.json\ndatabase\/data\.sqlite\nSHA256SUMS\nmanifest\.json\n$/);
    // The last 40 bytes: a frame that zstd skips, with the digest of what is before it.
    const whole = await readFile(exported);
    assert.ok(createHash('sha256').update(whole.subarray(0, -40)).digest().equals(whole.subarray(-32)));
  });

  test('of another kind of database is refused', async () => {
    const other = await createDatabase('pg');
    const complaint = await refused(['restore', plain], { database: other, env: places.env });
    assert.match(complaint, /of the kind sqlite3, and DB_CLIENT is pg/);
  });

  test('is not made of settings that are wrong, and the words for that give no secret away', async () => {
    const short = 'short-secret';
    for (const [args, env, words] of [
      [['create', 'more'], {}, /usage: ashlar backup create/],
      [['verify'], {}, /usage: ashlar backup verify/],
      [['restore', '20000101T000000Z'], {}, /no backup 20000101T000000Z .* local/],
      [['create', '--nonsense'], {}, /unknown option --nonsense/],
      [['create'], { ASHLAR_BACKUP_STORAGE: 'nowhere' }, /ASHLAR_BACKUP_STORAGE: nowhere is none of STORAGE_LOCATIONS/],
      [['create'], { ASHLAR_BACKUP_KEY: short }, /ASHLAR_BACKUP_KEY: expected at least 16 characters/],
      [['create'], { ASHLAR_BACKUP_KEEP: '0' }, /ASHLAR_BACKUP_KEEP/],
      [['create'], { ASHLAR_BACKUP_SCHEDULE: 'every day' }, /ASHLAR_BACKUP_SCHEDULE/],
      [['create'], { ASHLAR_BACKUP_RETENTION: 'long' }, /ASHLAR_BACKUP_RETENTION/],
    ]) {
      const complaint = await refused(args, { database, env: { ...places.env, ...env } });
      assert.match(complaint, words);
      assert.ok(!complaint.includes(short));
    }
  });
});

describe('The programs of databases', () => {
  for (const [kind, words] of [['pg', /pg_dump is missing: .* postgresql-client/], ['mysql', /mariadb-dump is missing: .* mariadb-client/]]) {
    test(`are asked for where they are missing, on ${kind}`, async () => {
      const { env } = await placesOf();
      const database = await installed(kind, env);
      assert.match(await refused(['create'], { database, env: { ...env, PATH: '/nowhere' } }), words);
      const doctor = await ashlar(['doctor'], { database, env: { ...env, PATH: '/nowhere' } });
      assert.match(doctor.stdout, /Backups can't be made: the program \S+ is missing/);
      const well = await ashlar(['doctor'], { database, env });
      assert.doesNotMatch(well.stdout, /Backups/);
    });
  }

  test('are told of by the doctor where they are older than the server', async () => {
    const database = await installed('pg', {});
    const PATH = await instead('pg_dump', 'echo "pg_dump (PostgreSQL) 11.4"');
    assert.match((await ashlar(['doctor'], { database, env: { PATH } })).stdout, /older than the server \(pg_dump \(PostgreSQL\) 11\.4/);
  });

  test('get passwords by a file of their own, whatever is in them', async () => {
    const { env, temporary } = await placesOf();
    const database = await installed('mysql', env);
    const password = 'a "strange" \\ #pass\'word';
    await execute(database, `create user stranger@'127.0.0.1' identified by 'a "strange" \\\\ #pass\\'word'; grant all on ${database.env.DB_DATABASE}.* to stranger@'127.0.0.1';`);
    const folder = await temporaryFolder();
    const PATH = await instead('mariadb-dump', `printf '%s\\n' "$@" > ${folder}/arguments; env > ${folder}/environment
      stat -c %a "\${1#*=}" > ${folder}/rights; exec /usr/bin/mariadb-dump "$@"`);
    const own = { ...env, PATH, DB_USER: 'stranger', DB_PASSWORD: password, ASHLAR_BACKUP_KEY: key };
    const { status, stderr, stdout } = await ashlar(['backup', 'create'], { database, env: own });
    assert.equal(status, 0, stderr);
    for (const file of ['arguments', 'environment']) {
      const text = await readFile(join(folder, file), 'utf8');
      for (const secret of [password, key, admin.password]) assert.ok(!text.includes(secret), file);
    }
    assert.equal(await readFile(join(folder, 'rights'), 'utf8'), '600\n');
    for (const secret of [password, key]) assert.ok(!(stdout + stderr).includes(secret));
    assert.deepEqual(await readdir(temporary), []);
  });

  test('end with a backup that is interrupted, which leaves nothing', async () => {
    const { env, temporary, backups } = await placesOf();
    const database = await installed('pg', env);
    const mark = join(await temporaryFolder(), 'pid');
    const PATH = await instead('pg_dump', `echo $$ > ${mark}; exec sleep 600`);
    const child = spawn(binary, ['backup', 'create'], { env: environment(database, { ...env, PATH }), stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (data) => (log += data));
    const pid = async () => Number(await readFile(mark, 'utf8').catch(() => 0));
    while (!(await pid())) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    assert.equal(status, 1, log);
    assert.match(log, /interrupted/);
    const sleeper = await pid();
    assert.throws(() => process.kill(sleeper, 0), { code: 'ESRCH' });
    assert.deepEqual([await readdir(temporary), await backups()], [[], []]);
  });
});
