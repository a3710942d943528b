// Backups with files, in services, on schedules: what is kept, and who may see it.
import assert from 'node:assert/strict';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { backup, installed, placesOf, refused } from './support/backups.mjs';
import { createDatabase, execute, run } from './support/databases.mjs';
import { download, noise, png, upload } from './support/forms.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { admin, ashlar, startServer } from './support/server.mjs';
import { startS3 } from './support/storages.mjs';

const listed = async (options) => JSON.parse(await backup(['list', '--json'], options));

const contents = [
  { name: 'small.txt', type: 'text/plain', bytes: 'hello' },
  { name: 'empty', type: 'application/x-nothing', bytes: '' },
  { name: 'large.bin', type: 'application/octet-stream', bytes: noise(17 * 1024 * 1024 + 321) },
  { name: 'picture.png', type: 'image/png', bytes: png(60, 30) },
];

async function uploadAll(server) {
  const files = [];
  for (const file of contents) files.push(await upload(server, file));
  files.push(await upload(server, { name: 'ü.txt', type: 'text/plain', bytes: 'deep' }, { filename_disk: `a folder/${'long-'.repeat(30)}ü "x".txt` }));
  // A derivative, which needs no place in a backup.
  await download(server, `/assets/${files[3].id}?width=10`, { token: admin.token });
  return files;
}

async function assertSame(server, files) {
  for (const [place, file] of files.entries()) {
    const answer = await download(server, `/assets/${file.id}`, { token: admin.token });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type').split(';')[0], file.type);
    assert.ok(answer.bytes.equals(Buffer.from(contents[place]?.bytes ?? 'deep')), file.filename_download);
  }
}

describe('Files', () => {
  for (const kind of ['local', 's3']) {
    test(`come back with a backup, in ${kind}`, async (context) => {
      const places = await placesOf();
      const [from, to] = kind === 's3' ? [await startS3(), await startS3()] : [await placesOf(), await placesOf()];
      if (kind === 's3') context.after(() => [from, to].map((service) => service.stop()));
      const names = kind === 's3' ? 'cloud' : 'local';
      const place = (service) => ({ ...places.env, ...service.env, STORAGE_LOCATIONS: `${names},backups`, STORAGE_BACKUPS_DRIVER: 'local', STORAGE_BACKUPS_ROOT: join(places.uploads, 'kept'), ASHLAR_BACKUP_STORAGE: 'backups' });
      const server = await startServer({ env: place(from) });
      const files = await uploadAll(server);
      const name = await backup(['create', '--files'], { database: server.database, env: place(from) });
      await server.stop();
      assert.equal((await listed({ database: server.database, env: place(from) }))[0].files, true);
      const inside = await run('tar', ['--zstd', '-tf', join(places.uploads, 'kept/ashlar-backups', name)]);
      const members = inside.stdout.split('\n').filter((each) => each.startsWith('files/'));
      assert.equal(members.length, files.length, members.join('\n'));

      const database = await createDatabase('sqlite3');
      await backup(['restore', name], { database, env: place(to) });
      const restored = await startServer({ database, env: place(to), bootstrap: false });
      context.after(() => restored.stop());
      await assertSame(restored, files);
    });
  }

  test('of a location that is not set up are refused before anything is done', async () => {
    const places = await placesOf();
    const database = await installed('sqlite3', places.env);
    const name = await backup(['create', '--files'], { database, env: places.env });
    const other = await createDatabase('sqlite3');
    const env = { ...places.env, STORAGE_LOCATIONS: 'elsewhere', STORAGE_ELSEWHERE_DRIVER: 'local', STORAGE_ELSEWHERE_ROOT: places.uploads };
    assert.match(await refused(['restore', name], { database: other, env }), /location local, which is not set up/);
    await backup(['restore', '--without-files', name], { database: other, env });
  });
});

describe('Backups in a service', () => {
  test('are made, listed, verified, restored and removed there, beside the files and not in them', async (context) => {
    const service = await startS3();
    context.after(() => service.stop());
    const env = { ...service.env, TEMP_PATH: await temporaryFolder(), ASHLAR_BACKUP_KEEP: '2', ASHLAR_BACKUP_KEY: 'a long passphrase for backups' };
    const server = await startServer({ env });
    const { database } = server;
    const files = await uploadAll(server);
    await server.stop();
    const names = [];
    for (const _ of [1, 2, 3]) names.push(await backup(['create', '--files'], { database, env }));
    const entries = await listed({ database, env });
    assert.deepEqual(entries.map((entry) => entry.name), [names[2], names[1]]);
    assert.match(await backup(['verify', 'latest'], { database, env }), new RegExp(`${files.length} files`));
    const other = await createDatabase('sqlite3');
    await backup(['restore', 'latest'], { database: other, env });
    const again = await startServer({ database: other, env, bootstrap: false });
    context.after(() => again.stop());
    await assertSame(again, files);
  });

  test('have no name before they are whole', async (context) => {
    let refusing = true;
    const service = await startS3({
      before(request, response) {
        if (!refusing || !(request.method === 'POST' && /[?&]uploadId=/.test(request.url))) return false;
        request.resume();
        response.writeHead(403, { 'content-type': 'application/xml' });
        response.end('<Error><Code>AccessDenied</Code></Error>');
        return true;
      },
    });
    context.after(() => service.stop());
    const env = { ...service.env, TEMP_PATH: await temporaryFolder() };
    const server = await startServer({ env });
    const { database } = server;
    await upload(server, { name: 'x.bin', type: 'application/octet-stream', bytes: noise(5 * 1024 * 1024) });
    refusing = false;
    await upload(server, { name: 'y.bin', type: 'application/octet-stream', bytes: noise(9 * 1024 * 1024) });
    refusing = true;
    await server.stop();
    assert.match(await refused(['create', '--files'], { database, env }), /AccessDenied/);
    refusing = false;
    assert.deepEqual(await listed({ database, env }), []);
    assert.deepEqual(await readdir(env.TEMP_PATH), []);
  });
});

describe('Backups', () => {
  test('are kept as many, and as long, as the settings say', async () => {
    const places = await placesOf();
    const database = await installed('sqlite3', places.env);
    // Also without a folder for temporary files of one's own.
    const make = (env) => backup(['create'], { database, env: { ...places.env, TEMP_PATH: undefined, ...env } });
    const first = await make({});
    await writeFile(places.path('notes.txt'), 'mine');
    const second = await make({});
    const third = await make({ ASHLAR_BACKUP_KEEP: '2' });
    assert.deepEqual((await places.backups()).sort(), [second, third, 'notes.txt']);
    assert.ok(first < second && second < third);
    await rename(places.path(second), places.path('20010101T000000Z.tar.zst'));
    const fourth = await make({ ASHLAR_BACKUP_RETENTION: '1h' });
    assert.deepEqual((await places.backups()).sort(), [third, fourth, 'notes.txt']);
    const fifth = await make({ ASHLAR_BACKUP_KEEP: '1' });
    assert.deepEqual((await places.backups()).sort(), [fifth, 'notes.txt']);
  });

  test('are reached by nobody as files', async (context) => {
    const places = await placesOf();
    const server = await startServer({ env: places.env });
    context.after(() => server.stop());
    const name = await backup(['create'], { database: server.database, env: places.env });
    for (const filename_disk of [`ashlar-backups/${name}`, `./x/../Ashlar-Backups//${name}`, 'ashlar-backups']) {
      const made = await server.post('/files', { storage: 'local', title: 'x', filename_download: 'x', filename_disk });
      assert.equal(made.status, 400, JSON.stringify(made.body));
    }
    const file = await upload(server, { name: 'x.txt', type: 'text/plain', bytes: 'x' });
    assert.equal((await server.patch(`/files/${file.id}`, { filename_disk: `ashlar-backups/${name}` })).status, 400);
    // Even where somebody writes it into the database.
    await execute(server.database, `update directus_files set filename_disk = 'ashlar-backups/${name}';`);
    const asset = await download(server, `/assets/${file.id}`, { token: admin.token });
    assert.equal(asset.status, 403);
    assert.match(await backup(['verify', name], { database: server.database, env: places.env }), /is whole/);
  });
});

describe('A schedule', () => {
  test('makes backups, encrypted and with files, and forgets the older ones', async (context) => {
    const places = await placesOf();
    const env = { ...places.env, ASHLAR_BACKUP_SCHEDULE: '* * * * * *', ASHLAR_BACKUP_KEEP: '1', ASHLAR_BACKUP_FILES: 'true', ASHLAR_BACKUP_KEY: 'a long passphrase for backups' };
    const server = await startServer({ env });
    context.after(() => server.stop());
    await server.logged(/Made the backup \d{8}T\d{6}Z\.tar\.zst\.enc[\s\S]*Made the backup/);
    assert.equal((await server.get('/server/health')).body.checks['backup:lastRun'][0].status, 'ok');
    await server.stop();
    const entries = await listed({ database: server.database, env });
    assert.deepEqual(entries.map((entry) => [entry.encrypted, entry.files]), [[true, true]]);
    assert.match(await backup(['verify', 'latest'], { database: server.database, env }), /is whole/);
  });

  test('that fails is told in the log and to admins who ask for the health, and the server goes on', async (context) => {
    const places = await placesOf();
    const folder = join(await temporaryFolder(), 'gone');
    const server = await startServer({ env: { ...places.env, ASHLAR_BACKUP_SCHEDULE: '* * * * * *', TEMP_PATH: folder } });
    context.after(() => server.stop());
    await rm(folder, { recursive: true });
    await writeFile(folder, 'not a folder');
    await server.logged(/The backup failed: the folder for temporary files/);
    const health = await server.get('/server/health');
    assert.equal(health.status, 200);
    assert.equal(health.body.status, 'warn');
    assert.match(health.body.checks['backup:lastRun'][0].output, /The last backup failed/);
  });

  for (const kind of ['pg', 'mysql']) {
    test(`of two servers on one database makes one backup each time, on ${kind}`, async (context) => {
      const places = await placesOf();
      const env = { ...places.env, ASHLAR_BACKUP_SCHEDULE: '*/4 * * * * *' };
      const first = await startServer({ database: kind, env });
      const second = await startServer({ database: first.database, env, bootstrap: false });
      context.after(() => Promise.all([first.stop(), second.stop()]));
      const made = () => (first.log() + second.log()).match(/Made the backup \S+/g) ?? [];
      while (made().length < 3) await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), first.exited, second.exited]);
      await Promise.all([first.stop(), second.stop()]);
      const turns = (await places.backups()).map((name) => Math.floor(Date.parse(name.replace(/(....)(..)(..)T(..)(..)(..)Z.*/, '$1-$2-$3T$4:$5:$6Z')) / 4000));
      assert.equal(new Set(turns).size, turns.length, turns.join());
    });
  }
});

describe('The command', () => {
  test('tells how far it is, and explains itself', async () => {
    const places = await placesOf();
    const database = await installed('sqlite3', places.env);
    const made = await ashlar(['backup', 'create'], { database, env: places.env });
    assert.match(made.stderr, /database: .* of .* \(\d+ %\)/);
    assert.match(made.stderr, /Made a backup of \d+ tables with \d+ rows/);
    const help = await ashlar(['backup', '--help']);
    for (const word of ['create', 'list', 'verify', 'restore', 'export']) assert.match(help.stdout, new RegExp(`backup ${word}`));
  });
});
