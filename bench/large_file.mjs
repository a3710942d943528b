// How much memory the server takes for one large upload and download:
//
//   node bench/large_file.mjs [MEGABYTES] [local|s3]      with ASHLAR_BINARY, or build/debug/ashlar
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { startS3 } from '../tests/api/support/storages.mjs';
import { admin, startServer } from '../tests/api/support/server.mjs';
import { noise } from '../tests/api/support/forms.mjs';

const megabytes = Number(process.argv[2] ?? 2048);
const kind = process.argv[3] ?? 'local';
const piece = noise(1 << 20);
const storage = kind === 's3' ? await startS3() : { env: {}, stop() {} };
const server = await startServer({ env: storage.env });
const memory = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
const megabytesPerSecond = (begin) => ((megabytes * 1000) / (performance.now() - begin)).toFixed(0);

const before = memory();
const head = '--X\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
const tail = '\r\n--X--\r\n';
const outgoing = http.request(`${server.url}/files`, {
  method: 'POST',
  headers: {
    authorization: `Bearer ${admin.token}`,
    'content-type': 'multipart/form-data; boundary=X',
    'content-length': head.length + megabytes * piece.length + tail.length,
  },
});
let begin = performance.now();
outgoing.write(head);
const sent = createHash('sha1');
for (let i = 0; i < megabytes; ++i) {
  sent.update(piece);
  if (!outgoing.write(piece)) await once(outgoing, 'drain');
}
outgoing.end(tail);
const [answer] = await once(outgoing, 'response');
let text = '';
for await (const some of answer) text += some;
const file = JSON.parse(text).data;
console.log(`upload of ${megabytes} MB to ${kind}: ${megabytesPerSecond(begin)} MB/s, peak memory ${before.toFixed(0)} -> ${memory().toFixed(0)} MB`);

begin = performance.now();
const received = createHash('sha1');
const download = http.get(`${server.url}/assets/${file.id}`, { headers: { authorization: `Bearer ${admin.token}` } });
const [incoming] = await once(download, 'response');
for await (const some of incoming) received.update(some);
console.log(`download: ${megabytesPerSecond(begin)} MB/s, peak memory ${memory().toFixed(0)} MB, ${sent.digest('hex') === received.digest('hex') ? 'the same bytes' : 'OTHER BYTES'}`);
await server.stop();
await storage.stop();
process.exit(0);
