// Files in every kind of storage: uploads small and in parts, ranges, derivatives, replacing, renaming, deleting, resumed
// uploads; and storages that refuse.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { admin, startServer } from './support/server.mjs';
import { download, noise, png, upload, form } from './support/forms.mjs';
import { temporaryFolder } from './support/keeper.mjs';
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
        assert.deepEqual(await storage.kept(), []);
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

test('A storage that refuses to read is told, for a file and for a picture', async () => {
  let refusing = false;
  const storage = await startS3({
    before(request, response) {
      if (!refusing || request.method !== 'GET') return false;
      response.writeHead(503, { 'content-type': 'application/xml' });
      response.end('<Error><Code>SlowDown</Code><Message>no</Message></Error>');
      return true;
    },
  });
  const server = await startServer({ env: storage.env });
  try {
    server.token = admin.token;
    const picture = await upload(server, { name: 'x.png', type: 'image/png', bytes: png(40, 30) });
    const small = `/assets/${picture.id}?width=20`;
    assert.equal((await download(server, small)).status, 200);
    refusing = true;
    for (const path of [`/assets/${picture.id}`, small, `/assets/${picture.id}?width=10`]) {
      const answer = await server.get(path);
      assert.equal(answer.status, 503, path);
      assert.equal(answer.body.errors[0].extensions.code, 'SERVICE_UNAVAILABLE');
    }
  } finally {
    await server.stop();
    await storage.stop();
  }
});

// ---- S3 that encrypts

for (const [what, options, expected] of [
  ['with a key of its own', { SERVER_SIDE_ENCRYPTION: 'AES256', SERVER_SIDE_ENCRYPTION_KMS_KEY_ID: 'not-sent' }, ['AES256', undefined]],
  ['with a key of KMS', { SERVER_SIDE_ENCRYPTION: 'aws:kms', SERVER_SIDE_ENCRYPTION_KMS_KEY_ID: 'the/key' }, ['aws:kms', 'the/key']],
]) {
  test(`S3 is asked to encrypt all that is written, ${what}`, async () => {
    const requests = [];
    const storage = await startS3({ before: (request) => void requests.push(request) });
    const env = Object.fromEntries(Object.entries(options).map(([name, value]) => [`STORAGE_CLOUD_${name}`, value]));
    const server = await startServer({ env: { ...storage.env, ...env } });
    server.token = admin.token;
    try {
      const small = await upload(server, { name: 'a.txt', type: 'text/plain', bytes: 'small' });
      await upload(server, { name: 'large.bin', type: 'application/octet-stream', bytes: large });
      await server.patch(`/files/${small.id}`, { filename_disk: 'moved.txt' });
      assert.equal(String((await download(server, `/assets/${small.id}`)).bytes), 'small');
      const isPart = ({ url }) => /[?&]partNumber=/.test(url);
      const begins = requests.filter((request) => (request.method === 'PUT' && !isPart(request)) || (request.method === 'POST' && /\?uploads=?$/.test(request.url)));
      assert.equal(begins.length, 3); // the small one, the beginning of the large one, the copy
      for (const { headers } of begins) {
        assert.deepEqual([headers['x-amz-server-side-encryption'], headers['x-amz-server-side-encryption-aws-kms-key-id']], expected);
        assert.match(headers.authorization, /SignedHeaders=[^,]*x-amz-server-side-encryption/);
      }
      // Services refuse these headers elsewhere.
      for (const request of requests) if (!begins.includes(request)) assert.equal(request.headers['x-amz-server-side-encryption'], undefined);
    } finally {
      await server.stop();
      await storage.stop();
    }
  });
}

// ---- GCS that wants to know who asks

describe('A service account of Google', () => {
  let seconds = 3600;
  let storage;
  before(async () => (storage = await startGcs({ account: true, life: () => seconds })));
  after(() => storage?.stop());
  const withServer = async (env, use) => {
    const server = await startServer({ env: { ...storage.env, ...env } });
    server.token = admin.token;
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  };
  const keyFile = async (account) => {
    const file = `${await temporaryFolder()}/key.json`;
    await writeFile(file, JSON.stringify({ type: 'service_account', ...account }));
    return { STORAGE_CLOUD_KEY_FILENAME: file };
  };
  const named = (account) => ({
    STORAGE_CLOUD_CREDENTIALS__CLIENT_EMAIL: account.client_email,
    STORAGE_CLOUD_CREDENTIALS__PRIVATE_KEY: account.private_key.replaceAll('\n', '\\n'),
    STORAGE_CLOUD_CREDENTIALS__TOKEN_URI: account.token_uri,
  });

  for (const [how, settings] of [['in a file', keyFile], ['in variables', named]]) {
    test(`${how} gets one token for many requests`, async () => {
      await withServer(await settings(storage.account), async (server) => {
        const before = storage.tokens();
        const file = await upload(server, { name: 'large.bin', type: 'application/octet-stream', bytes: large });
        assert.ok((await download(server, `/assets/${file.id}`)).bytes.equals(large));
        await Promise.all(Array.from({ length: 8 }, (_, i) => upload(server, { name: `${i}`, type: 'text/plain', bytes: 'x' })));
        assert.equal(storage.tokens() - before, 1);
      });
    });
  }

  test('gets a new token where the old one ends', async () => {
    seconds = 60;
    await withServer(await keyFile(storage.account), async (server) => {
      const before = storage.tokens();
      for (let i = 0; i < 2; ++i) await upload(server, { name: 'a', type: 'text/plain', bytes: 'x' });
      assert.ok(storage.tokens() - before >= 2);
    });
  });

  test('that is not known is told of, and nothing is left', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const key of [privateKey.export({ type: 'pkcs8', format: 'pem' }), 'no key']) {
      const kept = storage.kept();
      await withServer(await keyFile({ ...storage.account, private_key: key }), async (server) => {
        const { body, headers } = form([['file', { name: 'x', type: 'text/plain', bytes: 'x' }]]);
        const answer = await server.post('/files', body, { headers });
        assert.deepEqual([answer.status, answer.body.errors[0].extensions.code], [503, 'SERVICE_UNAVAILABLE']);
        assert.deepEqual((await server.get('/files')).body.data, []);
      });
      assert.deepEqual(storage.kept(), kept);
    }
  });
});

// ---- a disk without room: a limit on the size of files fails in the midst of a write just so

test('A full disk is told, nothing is left, and what was sent in parts is not lost', async () => {
  const env = { STORAGE_LOCAL_ROOT: await temporaryFolder(), TUS_ENABLED: 'true', TUS_CHUNK_SIZE: '2mb' };
  const kept = () => readdir(env.STORAGE_LOCAL_ROOT);
  let server = await startServer({ env, by: ['prlimit', `--fsize=${9 * 1024 * 1024}`] });
  server.token = admin.token;
  const bytes = large.subarray(0, 11 * 1024 * 1024);
  const version = { 'tus-resumable': '1.0.0' };
  try {
    const old = await upload(server, { name: 'old.bin', type: 'application/octet-stream', bytes: 'old' });
    const { body, headers } = form([['file', { name: 'x.bin', type: 'application/octet-stream', bytes: large }]]);
    for (const send of [() => server.post('/files', body, { headers }), () => server.patch(`/files/${old.id}`, body, { headers })]) {
      const answer = await send();
      assert.deepEqual([answer.status, answer.body.errors[0].extensions.code], [503, 'SERVICE_UNAVAILABLE']);
    }
    assert.deepEqual((await server.get('/files')).body.data.map(({ id }) => id), [old.id]);
    assert.equal(String((await download(server, `/assets/${old.id}`)).bytes), 'old');
    assert.deepEqual(await kept(), [old.filename_disk]);

    // Each part has room, the whole has not.
    const made = await server.post('/files/tus', undefined, {
      headers: { ...version, 'upload-length': String(bytes.length), 'upload-metadata': `filename_download ${Buffer.from('t.bin').toString('base64')}` },
    });
    const path = new URL(made.headers.location).pathname;
    const sent = await server.patch(path, bytes, { headers: { ...version, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } });
    assert.equal(sent.status, 503);
    assert.ok((await kept()).every((name) => name === old.filename_disk || name.startsWith('tus_')), `${await kept()}`);
    const { database } = server;
    await server.stop();
    server = await startServer({ database, env, bootstrap: false });
    server.token = admin.token;
    await server.request('HEAD', path, { headers: version });
    const files = (await server.get('/files')).body.data;
    const whole = files.find(({ id }) => id !== old.id);
    assert.ok((await download(server, `/assets/${whole.id}`)).bytes.equals(bytes));
    assert.deepEqual((await kept()).sort(), [old.filename_disk, whole.filename_disk].sort());
  } finally {
    await server.stop();
  }
});
