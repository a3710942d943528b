// What stands around every request: pages of other origins, compression, limits, the log.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import zlib from 'node:zlib';
import { admin, startServer } from './support/server.mjs';

const notes = { collection: 'notes', schema: {}, meta: {}, fields: [{ field: 'text', type: 'text', schema: {}, meta: {} }] };

describe('Pages of other origins (CORS)', () => {
  let server;
  before(async () => {
    server = await startServer({ env: { CORS_ENABLED: 'true', CORS_ORIGIN: 'https://shop.example.com,regex:\\.example\\.org$' } });
  });
  after(() => server.stop());

  const allowed = async (origin, path = '/server/ping') => (await server.get(path, { headers: { origin } })).headers['access-control-allow-origin'];

  test('may read answers where they are listed, by text or expression, errors too', async () => {
    assert.equal(await allowed('https://shop.example.com'), 'https://shop.example.com');
    assert.equal(await allowed('https://any.example.org'), 'https://any.example.org');
    assert.equal(await allowed('https://evil.example.com'), undefined);
    assert.equal(await allowed('https://shop.example.com', '/nothing'), 'https://shop.example.com');
  });

  test('may ask first', async () => {
    const headers = { origin: 'https://shop.example.com', 'access-control-request-method': 'PATCH' };
    const answer = await server.request('OPTIONS', '/items/notes', { headers, token: null });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['access-control-allow-methods'], 'GET,POST,PATCH,DELETE');
    assert.equal(answer.headers['access-control-max-age'], '18000');
  });
});

describe('Compression', () => {
  let server;
  const text = 'All happy families are alike. '.repeat(400);
  before(async () => {
    server = await startServer();
    await server.post('/collections', notes);
    await server.post('/items/notes', [{ text }, { text: 'short' }]);
  });
  after(() => server.stop());

  const ask = (path, encodings) => fetch(server.url + path, { headers: { authorization: `Bearer ${admin.token}`, 'accept-encoding': encodings } });

  const decoders = { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync, zstd: zlib.zstdDecompressSync };
  // As bytes: fetch would decode them by itself.
  async function raw(path, encodings) {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${admin.token}`, 'accept-encoding': encodings };
      http.get(server.url + path, { headers }, async (incoming) => {
        const pieces = [];
        for await (const piece of incoming) pieces.push(piece);
        resolve({ headers: incoming.headers, bytes: Buffer.concat(pieces) });
      }).on('error', reject);
    });
  }

  for (const [encodings, expected] of [['gzip', 'gzip'], ['gzip, deflate, br', 'br'], ['gzip;q=1, br;q=0.5', 'gzip'], ['zstd, br', 'zstd'], ['br;q=0, gzip', 'gzip']]) {
    test(`of a large answer is ${expected} for "${encodings}"`, async () => {
      const { headers, bytes } = await raw('/items/notes', encodings);
      assert.equal(headers['content-encoding'], expected);
      assert.match(headers.vary, /Accept-Encoding/);
      assert.ok(bytes.length < text.length / 5);
      if (decoders[expected]) assert.equal(JSON.parse(decoders[expected](bytes)).data[0].text, text);
    });
  }

  test('of streamed answers works as well', async () => {
    const { headers, bytes } = await raw('/items/notes?export=json&limit=-1', 'gzip');
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(JSON.parse(zlib.gunzipSync(bytes))[0].text, text);
    const all = await raw('/items/notes?limit=-1', 'br');
    assert.equal(JSON.parse(zlib.brotliDecompressSync(all.bytes)).data[0].text, text);
  });

  test('is left out for small answers, and for clients that do not ask', async () => {
    assert.equal((await raw('/items/notes/2', 'gzip')).headers['content-encoding'], undefined);
    assert.equal((await raw('/items/notes', '')).headers['content-encoding'], undefined);
    assert.equal((await raw('/items/notes', 'identity')).headers['content-encoding'], undefined);
  });

  test('does not keep a client from being told that nothing has changed', async () => {
    const first = await ask('/items/notes', 'gzip');
    const again = await fetch(server.url + '/items/notes', {
      headers: { authorization: `Bearer ${admin.token}`, 'accept-encoding': 'br', 'if-none-match': first.headers.get('etag') },
    });
    assert.equal(again.status, 304);
  });
});

describe('Limits of requests', () => {
  test('are counted for each address, and told in the refusal', async () => {
    const server = await startServer({ env: { RATE_LIMITER_ENABLED: 'true', RATE_LIMITER_POINTS: '3', RATE_LIMITER_DURATION: '3600' } });
    const from = (address) => server.get('/server/info', { token: null, headers: { 'x-forwarded-for': address } });
    for (let i = 0; i < 3; ++i) assert.equal((await from('203.0.113.1')).status, 200);
    const refused = await from('203.0.113.1');
    assert.equal(refused.status, 429);
    const [{ extensions }] = refused.body.errors;
    assert.equal(extensions.code, 'REQUESTS_EXCEEDED');
    assert.equal(extensions.limit, 3);
    assert.ok(Math.abs(Date.parse(extensions.reset) - Date.now() - 3_600_000) < 60_000);
    assert.ok(Number(refused.headers['retry-after']) > 3500);
    assert.equal((await from('203.0.113.2')).status, 200);
    await server.stop();
  });

  test('hold for all together where that is asked for', async () => {
    const env = { RATE_LIMITER_ENABLED: 'true', RATE_LIMITER_POINTS: '2', RATE_LIMITER_DURATION: '3600',
      RATE_LIMITER_GLOBAL_ENABLED: 'true', RATE_LIMITER_GLOBAL_POINTS: '3', RATE_LIMITER_GLOBAL_DURATION: '3600' };
    const server = await startServer({ env });
    const statuses = [];
    for (let i = 1; i < 5; ++i) {
      statuses.push((await server.get('/server/ping', { headers: { 'x-forwarded-for': `203.0.113.${i}` } })).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429]);
    await server.stop();
  });
});

describe('The log', () => {
  const lines = (server) => server.log().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

  test('tells of requests without their secrets, by the ids that their clients gave them', async () => {
    const server = await startServer({ env: { LOG_STYLE: 'raw', LOG_HTTP_IGNORE_PATHS: '/server/ping', LOGGER_LEVELS: 'info:INFO' } });
    await server.get('/server/ping');
    await server.get(`/items/nothing?fields=id&access_token=${admin.token}`, { token: null, headers: { 'x-request-id': 'request-7', cookie: 'secret=1' } });
    await server.stop();
    const requests = lines(server).filter(({ req }) => req);
    assert.equal(requests.length, 1);
    const [{ req, res, reqId, responseTime, severity, hostname }] = requests;
    assert.equal(req.url, '/items/nothing?fields=id&access_token=--redacted--');
    assert.equal(req.headers.cookie, '--redacted--');
    assert.equal(res.statusCode, 403);
    assert.equal(reqId, 'request-7');
    assert.equal(req.id, 'request-7');
    assert.equal(severity, 'INFO');
    assert.equal(typeof responseTime, 'number');
    assert.ok(hostname);
    assert.ok(!server.log().includes(admin.token));
  });
});

describe('Under pressure', () => {
  test('requests are refused at once, and served again when it is over', async () => {
    // A server with a single connection to a database that somebody has locked: requests pile up behind it.
    const server = await startServer({ database: 'pg', env: { DB_POOL__MAX: '3', PRESSURE_LIMITER_MAX_EVENT_LOOP_DELAY: '100', PRESSURE_LIMITER_SAMPLE_INTERVAL: '50', PRESSURE_LIMITER_RETRY_AFTER: '7' } });
    await server.post('/collections', notes);
    const lock = server.database.client([], { input: 'begin; lock table notes; select pg_sleep(2); commit;' });
    const waiting = [];
    let refused;
    while (!refused) {
      waiting.push(server.get('/items/notes'));
      const answer = await Promise.race([server.get('/server/ping'), server.get('/items/notes')]);
      if (answer.status === 503) refused = answer;
    }
    assert.equal(refused.body.errors[0].extensions.code, 'SERVICE_UNAVAILABLE');
    assert.equal(refused.headers['retry-after'], '7');
    await lock;
    await Promise.all(waiting);
    while ((await server.get('/server/ping')).status !== 200);
    assert.equal((await server.get('/items/notes')).status, 200);
    await server.stop();
  });
});
