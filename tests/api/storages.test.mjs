// Files in every kind of storage: uploads small and in parts, ranges, derivatives, replacing, renaming, deleting, resumed
// uploads; and storages that refuse.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { admin, startServer } from './support/server.mjs';
import { download, noise, png, upload, form } from './support/forms.mjs';
import { startAzure, startCloudinary, startGcs, startS3, startSupabase } from './support/storages.mjs';

const local = async () => ({ env: {}, stop() {} });
const large = noise(18 * 1024 * 1024 + 123);

for (const [kind, start] of Object.entries({
  local, s3: startS3, azure: startAzure, gcs: startGcs, supabase: startSupabase, cloudinary: startCloudinary,
})) {
  describe(`Files in ${kind}`, () => {
    let storage;
    let server;
    before(async () => {
      storage = await start();
      server = await startServer({ env: { ...storage.env, TUS_ENABLED: 'true', TUS_CHUNK_SIZE: '6mb' } });
      server.token = admin.token;
    });
    after(async () => {
      await server?.stop();
      await storage?.stop();
    });

    test('come back as they were sent', async () => {
      const file = await upload(server, { name: 'ä b.txt', type: 'text/plain', bytes: 'hello' });
      assert.equal(Number(file.filesize), 5);
      const answer = await download(server, `/assets/${file.id}`);
      assert.equal(String(answer.bytes), 'hello');
      assert.equal(answer.headers.get('content-length'), '5');
      const empty = await upload(server, { name: 'empty', type: 'text/plain', bytes: '' });
      assert.equal((await download(server, `/assets/${empty.id}`)).bytes.length, 0);
    });

    test('may be larger than a part, and read in ranges', async () => {
      const file = await upload(server, { name: 'large.bin', type: 'application/octet-stream', bytes: large });
      const whole = await download(server, `/assets/${file.id}`);
      assert.ok(whole.bytes.equals(large));
      const part = await download(server, `/assets/${file.id}`, { headers: { range: 'bytes=9000000-9000099' } });
      assert.equal(part.status, 206);
      assert.ok(part.bytes.equals(large.subarray(9_000_000, 9_000_100)));
    });

    test('have derivatives that go with them', async () => {
      const file = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(40, 20) });
      assert.deepEqual([file.width, file.height], [40, 20]);
      for (const _ of [1, 2]) {
        const small = await download(server, `/assets/${file.id}?width=10&format=webp`);
        assert.equal(small.headers.get('content-type'), 'image/webp');
        assert.equal(String(small.bytes.subarray(8, 12)), 'WEBP');
      }
      assert.equal((await server.del(`/files/${file.id}`)).status, 204);
      assert.equal((await download(server, `/assets/${file.id}`)).status, 403);
    });

    test('are replaced and renamed', async () => {
      const file = await upload(server, { name: 'a.txt', type: 'text/plain', bytes: 'one' }, { filename_disk: 'shop/a.txt' });
      const { body, headers } = form([['file', { name: 'b.txt', type: 'text/plain', bytes: 'two!' }]]);
      const replaced = await server.patch(`/files/${file.id}`, body, { headers });
      assert.equal(Number(replaced.body.data.filesize), 4);
      assert.equal(String((await download(server, `/assets/${file.id}`)).bytes), 'two!');
      await server.patch(`/files/${file.id}`, { filename_disk: 'other place/c.txt' });
      assert.equal(String((await download(server, `/assets/${file.id}`)).bytes), 'two!');
    });

    test('are put together from what is sent in parts', async () => {
      const bytes = large.subarray(0, 13 * 1024 * 1024);
      const headers = { 'tus-resumable': '1.0.0' };
      const made = await server.post('/files/tus', undefined, {
        headers: { ...headers, 'upload-length': String(bytes.length), 'upload-metadata': `filename_download ${Buffer.from('t.bin').toString('base64')}` },
      });
      assert.equal(made.status, 201);
      const path = new URL(made.headers.location).pathname;
      let offset = 0;
      let id;
      while (offset < bytes.length) {
        const piece = bytes.subarray(offset, offset + 7 * 1024 * 1024);
        const sent = await server.patch(path, piece, {
          headers: { ...headers, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
        });
        assert.equal(sent.status, 204, JSON.stringify(sent.body));
        offset = Number(sent.headers['upload-offset']);
        id = sent.headers['directus-file-id'];
      }
      assert.ok((await download(server, `/assets/${id}`)).bytes.equals(bytes));
    });

    test('are told of in the health of the server', async () => {
      const health = await server.get('/server/health');
      const name = Object.keys(health.body.checks).find((check) => check.startsWith('storage:'));
      assert.notEqual(health.body.checks[name][0].status, 'error');
    });
  });
}

describe('A storage that refuses', () => {
  for (const [what, refuses] of Object.entries({
    'every write': (request) => request.method !== 'GET' && request.method !== 'HEAD',
    'the second part': (request) => /partNumber=2/.test(request.url),
    'the end of an upload in parts': (request) => request.method === 'POST' && /[?&]uploadId=/.test(request.url),
  })) {
    test(`${what} is told, and nothing is left`, async () => {
      let refusing = true;
      const storage = await startS3({
        before(request, response) {
          if (!refusing || !refuses(request)) return false;
          request.resume();
          response.writeHead(403, { 'content-type': 'application/xml' });
          response.end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
          return true;
        },
      });
      const server = await startServer({ env: storage.env });
      try {
        const { body, headers } = form([['file', { name: 'x.bin', type: 'application/octet-stream', bytes: large }]]);
        const answer = await server.post('/files', body, { headers });
        assert.equal(answer.status, 503);
        assert.equal(answer.body.errors[0].extensions.code, 'SERVICE_UNAVAILABLE');
        assert.deepEqual((await server.get('/files')).body.data, []);
        refusing = false;
        server.token = admin.token;
        const again = await upload(server, { name: 'x.bin', type: 'application/octet-stream', bytes: large });
        assert.ok((await download(server, `/assets/${again.id}`)).bytes.equals(large));
      } finally {
        await server.stop();
        await storage.stop();
      }
    });
  }
});
