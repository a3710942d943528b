// Files against what does nothing but that, on this machine:
//
//   node bench/files.mjs [SECONDS]      with ASHLAR_BINARY, or build/release/ashlar
//
//   - derivatives per second against vipsthumbnail making the same (at least 0.8 of it),
//   - requests per second for a derivative that is there, and for a file, against nginx (at least 0.5),
//   - uploads per second against copying the same file, with its bytes brought to the disk.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = process.env.ASHLAR_BINARY ?? fileURLToPath(new URL('../build/release/ashlar', import.meta.url));
const seconds = Number(process.argv[2] ?? 8);
const folder = mkdtempSync(path.join(os.tmpdir(), 'ashlar-bench-'));
const token = 'bench-token';
const headers = { authorization: `Bearer ${token}` };
const started = [];

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const run = (command, args) => {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command}: ${done.stderr}${done.stdout}`);
  return done.stdout;
};
async function untilUp(url) {
  for (let i = 0; i < 200; ++i) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${url} does not answer`);
}
// Seconds of processor time that a program, with its children, has had.
function processorSeconds(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks / 100 + children.reduce((sum, child) => sum + processorSeconds(child), 0);
}
// Requests per second, and what one costs the server, in microseconds of processor time.
const measure = (server, url, connections = 16) => {
  const before = processorSeconds(server.pid);
  const out = run('wrk', ['-t2', `-c${connections}`, `-d${seconds}s`, '-H', `Authorization: Bearer ${token}`, url]);
  if (/Non-2xx/.test(out)) throw new Error(out);
  const requests = Number(/(\d+) requests in/.exec(out)[1]);
  return { perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]), cost: ((processorSeconds(server.pid) - before) * 1e6) / requests };
};
function compare(what, ours, theirs, least) {
  report(what, ours.perSecond, theirs.perSecond, least);
  console.log(`  processor time a request: ${ours.cost.toFixed(1)} us, to compare ${theirs.cost.toFixed(1)} us, ratio ${(theirs.cost / ours.cost).toFixed(2)}`);
}
function report(what, ours, theirs, least) {
  console.log(`${what}: ${ours.toFixed(1)}/s, to compare ${theirs.toFixed(1)}/s, ratio ${(ours / theirs).toFixed(2)} (at least ${least})`);
}

try {
  const port = await freePort();
  const env = {
    ...process.env, HOST: '127.0.0.1', PORT: String(port), DB_CLIENT: 'sqlite3', DB_FILENAME: `${folder}/data.sqlite`, SECRET: 'x'.repeat(32),
    ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'password', ADMIN_TOKEN: token, STORAGE_LOCAL_ROOT: `${folder}/uploads`, LOG_LEVEL: 'error',
    ASSETS_TRANSFORM_MAX_CONCURRENT: '100',
  };
  const boot = spawnSync(binary, ['bootstrap'], { env, cwd: folder });
  if (boot.status !== 0) throw new Error(String(boot.stderr));
  const server = spawn(binary, ['start'], { env, cwd: folder, stdio: 'ignore' });
  started.push(server);
  const url = `http://127.0.0.1:${port}`;
  await untilUp(`${url}/server/ping`);

  // A photograph: noise that is smoothed, 3000 x 2000.
  run('vips', ['gaussnoise', `${folder}/noise.v`, '3000', '2000', '--mean', '128', '--sigma', '60']);
  run('vips', ['gaussblur', `${folder}/noise.v`, `${folder}/smooth.v`, '4']);
  run('vips', ['bandjoin', `${folder}/smooth.v ${folder}/noise.v ${folder}/smooth.v`, `${folder}/bands.v`]);
  run('vips', ['cast', `${folder}/bands.v`, `${folder}/bytes.v`, 'uchar']);
  run('vips', ['copy', `${folder}/bytes.v`, `${folder}/photo.jpg[Q=90]`, '--interpretation', 'srgb']);
  const photo = readFileSync(`${folder}/photo.jpg`);
  const upload = async (bytes, name, type) => {
    const form = new FormData();
    form.append('file', new Blob([bytes], { type }), name);
    return (await (await fetch(`${url}/files`, { method: 'POST', headers, body: form })).json()).data;
  };
  const file = await upload(photo, 'photo.jpg', 'image/jpeg');

  // ---- derivatives: as many at once as there are processors, each of another size
  const count = 60;
  const workers = os.cpus().length;
  const sizes = Array.from({ length: count }, (_, i) => 300 + i);
  let begin = performance.now();
  const queue = [...sizes];
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let size = queue.pop(); size; size = queue.pop()) await (await fetch(`${url}/assets/${file.id}?width=${size}`, { headers })).arrayBuffer();
  }));
  const ours = (count * 1000) / (performance.now() - begin);
  mkdirSync(`${folder}/thumbnails`);
  begin = performance.now();
  const others = [...sizes];
  await Promise.all(Array.from({ length: workers }, async () => {
    for (let size = others.pop(); size; size = others.pop()) {
      await new Promise((resolve) => spawn('vipsthumbnail', [`${folder}/photo.jpg`, '--size', `${size}x`, '-o', `${folder}/thumbnails/${size}.jpg[Q=80,optimize_coding]`]).on('close', resolve));
    }
  }));
  report('derivatives', ours, (count * 1000) / (performance.now() - begin), 0.8);

  // ---- cached derivatives and files
  const nginxPort = await freePort();
  writeFileSync(`${folder}/nginx.conf`, `worker_processes 2; daemon off; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 1024; }
http { access_log off; sendfile on; keepalive_requests 1000000; default_type image/jpeg; client_body_temp_path ${folder}; proxy_temp_path ${folder};
fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
server { listen 127.0.0.1:${nginxPort}; root ${folder}/uploads; } }`);
  const nginx = spawn('nginx', ['-p', folder, '-c', `${folder}/nginx.conf`], { stdio: 'ignore' });
  started.push(nginx);
  await untilUp(`http://127.0.0.1:${nginxPort}/`);
  // The same for both.
  const size = sizes[0];
  const wanted = Number((await fetch(`${url}/assets/${file.id}?width=${size}`, { method: 'HEAD', headers })).headers.get('content-length'));
  const derivative = readdirSync(`${folder}/uploads`).find((name) => name.includes('__') && statSync(`${folder}/uploads/${name}`).size === wanted);
  const both = (what, ours, theirs) => compare(what, measure(server, `${url}/assets/${ours}`), measure(nginx, `http://127.0.0.1:${nginxPort}/${theirs}`), 0.5);
  both('cached derivative', `${file.id}?width=${size}`, derivative);
  both(`file of ${Math.round(photo.length / 1024)} KiB`, file.id, file.filename_disk);

  // ---- uploads
  const bytes = photo.subarray(0, 1 << 20);
  writeFileSync(`${folder}/one.bin`, bytes);
  begin = performance.now();
  for (let i = 0; i < 40; ++i) await upload(bytes, 'one.bin', 'application/octet-stream');
  const uploads = 40_000 / (performance.now() - begin);
  begin = performance.now();
  for (let i = 0; i < 40; ++i) run('dd', [`if=${folder}/one.bin`, `of=${folder}/copy${i}.bin`, 'bs=1M', 'conv=fsync']);
  report('uploads of 1 MiB', uploads, 40_000 / (performance.now() - begin), 'no limit');
} finally {
  for (const child of started) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
