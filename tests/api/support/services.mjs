// Servers that stand beside the program in tests: Redis, and nginx before several processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { run } from './databases.mjs';
import { temporaryFolder } from './keeper.mjs';

export async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

// The kernel ends it with this process, however that ends.
const start = (command) => spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: 'ignore' });

const listens = (port) =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(socket.destroy() && true));
    socket.on('error', () => resolve(false));
  });

/** Redis: { url, stop(), start() }; it keeps its port, but nothing else. */
export async function startRedis() {
  const folder = await temporaryFolder();
  const port = await freePort();
  let child;
  let exited;
  const redis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      child = start(['redis-server', '--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder]);
      exited = once(child, 'close');
      while ((await run('redis-cli', ['-p', String(port), 'ping'], { check: false })).status !== 0);
    },
    stop() {
      child.kill();
      return exited;
    },
  };
  await redis.start();
  return redis;
}

/** nginx before the servers of those ports, one after the other: { url, port, stop() }. */
export async function startNginx(ports) {
  const folder = await temporaryFolder();
  const port = await freePort();
  for (const name of ['body', 'proxy']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'nginx.conf'), `
    daemon off; pid ${folder}/pid; error_log ${folder}/errors; worker_processes 1;
    ${process.getuid() === 0 ? 'user root;' : ''}
    events { worker_connections 512; }
    http {
      access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/proxy; uwsgi_temp_path ${folder}/proxy; scgi_temp_path ${folder}/proxy;
      upstream replicas { ${ports.map((each) => `server 127.0.0.1:${each} max_fails=1 fail_timeout=1s;`).join(' ')} keepalive 16; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
        }
      }
    }`);
  const child = start(['nginx', '-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'errors')]);
  const exited = once(child, 'close');
  while (!(await listens(port)));
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop() {
      child.kill();
      return exited;
    },
  };
}
