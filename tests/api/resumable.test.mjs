// Resumable uploads with the client that people use: over a killed server, in the hands of others, given up.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { connect } from './support/client.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { startRedis } from './support/services.mjs';
import { admin, startServer } from './support/server.mjs';
import { download, noise } from './support/forms.mjs';

const tus = createRequire(import.meta.url)('tus-js-client');
const env = { TUS_ENABLED: 'true', TUS_CHUNK_SIZE: '1mb' };
const version = { 'tus-resumable': '1.0.0' };
const bytes = noise(12 * 1024 * 1024);

for (const kind of ['sqlite3', 'pg']) {
  test(`An upload goes on after the server was killed in its midst, on ${kind}`, async () => {
    // The same folder for both servers.
    const own = { ...env, STORAGE_LOCAL_ROOT: await temporaryFolder() };
    let server = await startServer({ database: kind, env: own });
    const { database } = server;
    let killed;
    let upload;
    const start = (options) =>
      new Promise((resolve, reject) => {
        upload = new tus.Upload(bytes, {
          metadata: { filename_download: 'large.bin', type: 'application/octet-stream' },
          headers: { authorization: `Bearer ${admin.token}` },
          retryDelays: null,
          onError: reject,
          onSuccess: resolve,
          ...options,
        });
        upload.start();
      });
    try {
      const broken = start({
        endpoint: `${server.url}/files/tus`,
        onProgress(sent) {
          if (sent > bytes.length / 3) killed ??= server.kill();
        },
        chunkSize: 2 * 1024 * 1024,
        uploadUrl: await makeUpload(server),
      });
      await assert.rejects(broken);
      await killed;
      const path = new URL(upload.url).pathname;
      server = await startServer({ database, env: own, bootstrap: false });
      server.token = admin.token;
      const state = await server.request('HEAD', path, { headers: version });
      assert.equal(state.status, 200);
      const kept = Number(state.headers['upload-offset']);
      assert.ok(kept > 0 && kept < bytes.length, `${kept}`);
      await start({ uploadUrl: server.url + path });
      const files = (await server.get('/files')).body.data;
      assert.equal(files.length, 1);
      assert.equal(Number(files[0].filesize), bytes.length);
      assert.ok((await download(server, `/assets/${files[0].id}`)).bytes.equals(bytes));
      assert.deepEqual(await readdir(own.STORAGE_LOCAL_ROOT), [files[0].filename_disk]);
    } finally {
      await server.stop();
    }
  });
}

async function makeUpload(server) {
  const name = Buffer.from('large.bin').toString('base64');
  const made = await server.post('/files/tus', undefined, {
    headers: { ...version, 'upload-length': String(bytes.length), 'upload-metadata': `filename_download ${name}` },
  });
  assert.equal(made.status, 201);
  return server.url + new URL(made.headers.location).pathname;
}

test('An upload that replaces a file, and one that is given up', async () => {
  const server = await startServer({ env: { ...env, TUS_UPLOAD_EXPIRATION: '1s', TUS_CLEANUP_SCHEDULE: '* * * * * *' } });
  server.token = admin.token;
  const encode = (text) => Buffer.from(text).toString('base64');
  const create = (metadata) =>
    server.post('/files/tus', undefined, {
      headers: { ...version, 'upload-length': '5', 'upload-metadata': Object.entries(metadata).map(([key, value]) => `${key} ${encode(value)}`).join(',') },
    });
  const send = (made, text, offset = 0) =>
    server.patch(new URL(made.headers.location).pathname, text, {
      headers: { ...version, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    });
  try {
    const first = await send(await create({ filename_download: 'a.txt', type: 'text/plain' }), 'first');
    const id = first.headers['directus-file-id'];
    const second = await send(await create({ filename_download: 'b.txt', type: 'text/plain', id }), 'other');
    assert.equal(second.headers['directus-file-id'], id);
    assert.equal(String((await download(server, `/assets/${id}`)).bytes), 'other');
    assert.equal((await server.get('/files')).body.data.length, 1);

    const abandoned = await create({ filename_download: 'c.txt' });
    await send(abandoned, 'ab');
    assert.equal((await server.get('/files')).body.data.length, 1);
    const path = new URL(abandoned.headers.location).pathname;
    for (;;) if ((await server.request('HEAD', path, { headers: version })).status === 404) break;
    assert.equal((await server.get(`/files?filter={"tus_id":{"_nnull":true}}`)).body.data.length, 0);
  } finally {
    await server.stop();
  }
});

// A client that believes its first connection to be dead begins anew, and a balancer sends it to another process.
for (const [what, redis] of [['that lock by Redis', true], ['without locks for all of them', false]]) {
  test(`Two processes ${what} work on the same upload, and no byte of it is wrong`, async () => {
    const shared = redis ? await startRedis() : undefined;
    const own = { ...env, STORAGE_LOCAL_ROOT: await temporaryFolder(), ...(shared && { REDIS: shared.url }) };
    const first = await startServer({ database: 'pg', env: own });
    const other = await startServer({ database: first.database, env: own, bootstrap: false });
    other.token = admin.token;
    const path = new URL(await makeUpload(first)).pathname;
    const slow = await connect(first.port);
    let over = false;
    try {
      slow.send(
        `PATCH ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n` +
          `Content-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      );
      const answered = slow.answer('PATCH').finally(() => (over = true));
      const pieces = async () => {
        for (let at = 0; !over && at < bytes.length / 2; at += 40_000) {
          await slow.sendIfPossible(bytes.subarray(at, at + 40_000));
          await new Promise(setImmediate);
        }
      };
      const sending = pieces();
      const state = () => other.request('HEAD', path, { headers: version });
      const send = async (offset) =>
        other.patch(path, bytes.subarray(offset), {
          headers: { ...version, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
        });
      let last;
      for (let i = 0; i < 20 && last?.status !== 204; ++i) last = await send(Number((await state()).headers['upload-offset']));
      assert.equal(last.status, 204);
      slow.close();
      await Promise.all([sending, answered]);
      const id = last.headers['directus-file-id'];
      assert.ok((await download(other, `/assets/${id}`)).bytes.equals(bytes));
      const record = (await other.get(`/files/${id}`)).body.data;
      // What the slower one still writes is taken away again.
      for (;;) if ((await readdir(own.STORAGE_LOCAL_ROOT)).every((name) => !name.startsWith('tus_') && !name.startsWith('.'))) break;
      assert.deepEqual(await readdir(own.STORAGE_LOCAL_ROOT), [record.filename_disk]);
    } finally {
      slow.close();
      await Promise.all([first.stop(), other.stop()]);
      await shared?.stop();
    }
  });
}
