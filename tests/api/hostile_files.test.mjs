// Files that mean harm: pictures that lie about their size, are cut off, or are something else; forms without an end;
// addresses inside of the network.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import zlib from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { broken, gif, pdf, svg, tiff, webp, withExif } from './support/broken.mjs';
import { connect } from './support/client.mjs';
import { download, form, noise, png, upload } from './support/forms.mjs';
import { admin, startServer } from './support/server.mjs';

// Seconds of processor time so far: what somebody's file takes from everybody else.
const secondsOf = (server) => {
  const [, user, system] = /^.*\) \S (?:\S+ ){10}(\d+) (\d+)/.exec(readFileSync(`/proc/${server.pid}/stat`, 'utf8'));
  return (Number(user) + Number(system)) / 100;
};
const isSanitized = Object.keys(process.env).some((name) => name.endsWith('SAN_OPTIONS'));

const memoryOf = (server) => {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
};

describe('Hostile pictures', () => {
  let server;
  before(async () => {
    server = await startServer({ env: { ASSETS_TRANSFORM_TIMEOUT: '3000ms' } });
    server.token = admin.token;
    await upload(server, { name: 'warm.png', type: 'image/png', bytes: png(10, 10) });
  });
  // In a build with sanitizers, leaks are told at the end, by the status.
  after(async () => {
    const ended = await server?.stop();
    assert.deepEqual(ended, { status: 0, signal: null });
    assert.doesNotMatch(server.log(), /Sanitizer|runtime error:/);
  });

  const good = png(300, 200);
  const jpegHead = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
  const pictures = {
    'a bomb that says what it is': ['image/png', png(1, 1, { claims: [30000, 30000], pixels: Buffer.alloc(50_000_000) })],
    'a bomb that lies': ['image/png', png(1, 1, { claims: [5000, 5000], pixels: Buffer.alloc(10) })],
    'a huge claim': ['image/png', png(1, 1, { claims: [0x7fffffff, 0x7fffffff] })],
    'no size at all': ['image/png', png(1, 1, { claims: [0, 0] })],
    'a cut off one': ['image/png', good.subarray(0, good.length / 2)],
    'a head alone': ['image/png', good.subarray(0, 33)],
    'a JPEG that ends': ['image/jpeg', jpegHead],
    'a JPEG of noise': ['image/jpeg', Buffer.concat([jpegHead, noise(5000)])],
    'a million frames': ['image/gif', gif(1_000_000)],
    'a million frames called something else': ['image/png', gif(1_000_000)],
    'two hundred thousand pages': ['image/tiff', tiff(200_000)],
    'two hundred thousand frames': ['image/webp', webp(200_000)],
    'a million segments': ['image/jpeg', Buffer.concat([jpegHead, Buffer.alloc(6_000_000, Buffer.from('ffed00047878', 'hex'))])],
    'texts without an end': ['image/png', png(20, 20, { texts: Array(60).fill(Buffer.alloc(50_000_000, 'A')) })],
    'a drawing of entities': ['image/jpeg', svg],
    'a page called a picture': ['image/webp', Buffer.from('<script>alert(1)</script>')],
    'a drawing called a picture': ['image/png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"><image href="file:///etc/passwd"/></svg>')],
    'a PDF called a picture': ['image/png', Buffer.from('%PDF-1.4\n%%EOF\n')],
    'a PostScript called a picture': ['image/tiff', Buffer.from('%!PS\n(/etc/passwd) run\n')],
    'an endless TIFF': ['image/tiff', Buffer.concat([Buffer.from('49492a0008000000ffff', 'hex'), noise(4000), Buffer.from('08000000', 'hex')])],
    'an empty one': ['image/avif', Buffer.alloc(0)],
    'a WebP of noise': ['image/webp', Buffer.concat([Buffer.from('RIFF\xff\xff\xff\x7fWEBPVP8 ', 'latin1'), noise(3000)])],
    'an AVIF of noise': ['image/avif', Buffer.concat([Buffer.from('0000001c6674797061766966000000006d6966316176696600000000', 'hex'), noise(3000)])],
  };
  for (const [what, [type, bytes]] of Object.entries(pictures)) {
    test(`${what} is kept as it is and made into nothing`, async () => {
      const begin = secondsOf(server);
      const file = await upload(server, { name: 'x', type, bytes });
      assert.equal(Number(file.filesize), bytes.length);
      assert.ok((await download(server, `/assets/${file.id}`)).bytes.equals(bytes));
      // Its record may be made to say a size: then it is really tried.
      await server.patch(`/files/${file.id}`, { width: 100, height: 100 });
      for (const parameters of ['width=20', 'format=webp', 'transforms=[["grayscale"],["blur",3]]&format=png']) {
        const answer = await download(server, `/assets/${file.id}?${parameters}`);
        const isServedAsItIs = type === 'image/gif' && answer.status === 200;
        assert.ok(isServedAsItIs || answer.status === 400 || answer.status === 503 || answer.status === 200, `${answer.status}`);
        assert.notEqual(answer.status, 500);
      }
      const seconds = secondsOf(server) - begin;
      assert.ok(seconds < (isSanitized ? 60 : 10), `${seconds} s of processor time`);
    });
  }

  // Every format, broken in every way, under its own name and under that of one that is transformed. More of them, and
  // other ones, with ASHLAR_BROKEN_FILES=400 (of each) and ASHLAR_BROKEN_SEED.
  describe('that are broken anywhere', () => {
    const count = Number(process.env.ASHLAR_BROKEN_FILES ?? 42);
    const seed = Number(process.env.ASHLAR_BROKEN_SEED ?? 1);
    let made;
    before(async () => {
      const source = await upload(server, { name: 'g.png', type: 'image/png', bytes: good });
      made = async (format) => (await download(server, `/assets/${source.id}?width=24&height=16&format=${format}`)).bytes;
    });
    const sources = {
      jpeg: async () => withExif(await made('jpg')),
      png: async () => png(20, 20),
      webp: () => made('webp'),
      gif: async () => gif(3),
      'webp of frames': async () => webp(3),
      tiff: async () => tiff(2),
      'tiff of libvips': () => made('tiff'),
      avif: () => made('avif'),
      heif: async () => Buffer.from(String((await made('avif')).toString('latin1')).replace('ftypavif', 'ftypheic'), 'latin1'),
      'svg+xml': async () => svg,
      pdf: async () => pdf,
    };
    const typeOf = (name) => (name === 'pdf' ? 'application/pdf' : `image/${name.split(' ')[0]}`);
    for (const [name, source] of Object.entries(sources)) {
      test(`${name} does not bring the server down`, async () => {
        const parts = broken(await source(), count, seed).map((bytes, i) => [`f${i}`, { name: `${i}.bin`, type: i % 3 ? typeOf(name) : 'image/png', bytes }]);
        const { body, headers } = form(parts);
        const answer = await server.post('/files?fields=id,width,height&limit=-1', body, { headers });
        assert.equal(answer.status, 200);
        // Where nothing could be read, the record says a size all the same: then it is really tried.
        const unread = answer.body.data.filter(({ width }) => !width).map(({ id }) => id);
        if (unread.length) assert.equal((await server.patch('/files', { keys: unread, data: { width: 30, height: 30 } })).status, 200);
        for (const [i, { id }] of answer.body.data.entries()) {
          const parameters = ['width=8&format=png', 'format=webp', 'height=9&format=jpg&transforms=[["rotate",90],["blur",2]]'][i % 3];
          const { status } = await download(server, `/assets/${id}?${parameters}`);
          assert.ok([200, 400, 503].includes(status), `${i} of seed ${seed}: ${status}`);
        }
        assert.equal((await server.get('/server/ping')).body, 'pong');
      });
    }
  });

  test('and none of it took much memory', () => {
    const limit = isSanitized ? 3000 : 700;
    assert.ok(memoryOf(server) < limit, `${memoryOf(server)} MB`);
  });

  test('impossible wishes are refused', async () => {
    const file = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(100, 100) });
    for (const parameters of [
      'width=999999&height=999999', 'width=99999999999999999999', 'transforms=[["extract",{"left":90,"top":0,"width":50,"height":5}]]',
      'transforms=[["extend",{"left":100000000,"right":1}]]', 'transforms=[["resize",{"width":1e9}]]', 'transforms=[["blur",1e9]]',
      'transforms=[["convolve",{"width":3,"height":3,"kernel":[1]}]]', 'transforms=[[["x"]]]', 'transforms=[["rotate",{}]]', 'quality=-1', 'fit=',
      `transforms=${encodeURIComponent('['.repeat(500))}`, 'transforms=[["recomb",[[1]]]]', 'transforms=[["extractChannel",4]]',
    ]) {
      const answer = await download(server, `/assets/${file.id}?${parameters}`);
      assert.ok(answer.status === 400 || (parameters === 'fit=' && answer.status === 200), `${parameters}: ${answer.status}`);
    }
  });

  test('what many ask for at once is the same for all', async () => {
    const file = await upload(server, { name: 'n.png', type: 'image/png', bytes: png(1000, 800) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => download(server, `/assets/${file.id}?width=333&format=webp`)));
    for (const answer of answers) assert.ok(answer.status === 200 && answer.bytes.equals(answers[0].bytes));
  });
});

describe('Forms and uploads that break off', () => {
  let server;
  before(async () => {
    server = await startServer({ env: { FILES_MAX_UPLOAD_SIZE: '1mb' } });
    server.token = admin.token;
  });
  after(() => server?.stop());

  test('leave neither a record nor bytes', async () => {
    const connection = await connect(server.port);
    connection.send(
      `POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${admin.token}\r\nContent-Type: multipart/form-data; boundary=X\r\nContent-Length: 100000\r\n\r\n` +
        '--X\r\nContent-Disposition: form-data; name="f"; filename="half.txt"\r\nContent-Type: text/plain\r\n\r\nhalf of it',
    );
    for (;;) if ((await server.get('/files')).body.data.length === 1) break; // the record is there while bytes come
    connection.close();
    for (;;) if ((await server.get('/files')).body.data.length === 0) break;
  });

  test('are told to be malformed', async () => {
    for (const body of ['', 'nothing', '--X', '--X\r\n', '--X\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nno end']) {
      const answer = await server.post('/files', body, { headers: { 'content-type': 'multipart/form-data; boundary=X' } });
      assert.equal(answer.status, 400, body);
    }
    assert.equal((await server.post('/files', 'x', { headers: { 'content-type': 'multipart/form-data' } })).status, 400);
    assert.deepEqual((await server.get('/files')).body.data, []);
  });

  test('are refused where they are too large, and the connection stays usable', async () => {
    const { body, headers } = form([['file', { name: 'x', type: 'text/plain', bytes: noise(3_000_000) }]]);
    const answer = await server.post('/files', body, { headers });
    assert.equal(answer.status, 413);
    assert.deepEqual((await server.get('/files')).body.data, []);
  });
});

describe('Imports', () => {
  let server;
  let inside;
  before(async () => {
    server = await startServer();
    inside = http.createServer((request, response) => response.end('secret'));
    inside.listen(0, '127.0.0.1');
    await once(inside, 'listening');
  });
  after(async () => {
    await server?.stop();
    inside?.close();
  });

  test('do not reach this machine, however it is called', async () => {
    const { port } = inside.address();
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '127.1', '2130706433', '0x7f000001', '[::]', '[::127.0.0.1]', '[64:ff9b::7f00:1]']) {
      const answer = await server.post('/files/import', { url: `http://${host}:${port}/x` });
      assert.equal(answer.status, 503, host);
      assert.equal(answer.body.errors[0].extensions.service, 'external-file');
    }
  });

  test('check every address again after redirects, and unpack no more than is allowed', async () => {
    const open = await startServer({ env: { IMPORT_IP_DENY_LIST: '127.0.0.2', FILES_MAX_UPLOAD_SIZE: '1mb' } });
    const outside = http.createServer((request, response) => {
      if (request.url === '/bomb') {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' });
        return response.end(zlib.gzipSync(Buffer.alloc(50_000_000)));
      }
      if (request.url === '/file') return response.end('fine');
      response.writeHead(302, { location: request.url === '/good' ? '/file' : request.url === '/scheme' ? 'file:///etc/passwd' : request.url === '/loop' ? '/loop' : `http://127.0.0.2:${outside.address().port}/file` });
      return response.end();
    });
    outside.listen(0, '0.0.0.0');
    await once(outside, 'listening');
    const url = (path) => ({ url: `http://127.0.0.1:${outside.address().port}${path}` });
    try {
      assert.equal((await open.post('/files/import', url('/good'))).status, 200);
      for (const path of ['/evil', '/scheme', '/loop']) assert.equal((await open.post('/files/import', url(path))).status, 503, path);
      assert.equal((await open.post('/files/import', url('/bomb'))).status, 413);
      assert.equal((await open.get('/files')).body.data.length, 1);
    } finally {
      await open.stop();
      outside.closeAllConnections();
      outside.close();
    }
  });
});
