// What the load goes to: two processes on one PostgreSQL, one Redis, one S3 and one small disk.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createDatabase } from '../api/support/databases.mjs';
import { temporaryFolder } from '../api/support/keeper.mjs';
import { makeClient } from '../api/support/client.mjs';
import { admin, ashlar, binary, environment, serve } from '../api/support/server.mjs';
import { freePort, startRedis } from '../api/support/services.mjs';
import { startS3 } from '../api/support/storages.mjs';
import { startDisk } from './disk.mjs';

const diskMegabytes = 256;
const logs = fileURLToPath(new URL('../../build/soak/', import.meta.url));

// Requests go to where the server is, whichever process it is just now.
function makeServer(name, port, start) {
  const client = makeClient(`http://127.0.0.1:${port}`, admin.token);
  let process;
  const earlier = []; // logs of processes that have ended
  const server = {
    name,
    request: client.request,
    pid: () => process.pid,
    async start() {
      process = await start();
    },
    // Gives how the process ended.
    async stop() {
      const result = await process.stop();
      earlier.push(process.log());
      return result;
    },
    hasEnded: () => process.exited,
    log: () => [...earlier, process.log()].join('\n'),
    keepLog() {
      mkdirSync(logs, { recursive: true });
      writeFileSync(`${logs}${name}.log`, server.log());
    },
    disconnect: client.disconnect,
  };
  return server;
}

export async function startCluster() {
  const database = await createDatabase('pg');
  const redis = await startRedis();
  const s3State = { refuse: undefined }; // 'error', or 'cut'
  const s3 = await startS3({
    before(request, response) {
      if (s3State.refuse === 'cut') request.socket.destroy();
      if (s3State.refuse === 'error') response.writeHead(503, { 'content-type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>');
      return s3State.refuse !== undefined;
    },
  });
  const disk = await startDisk(diskMegabytes);
  const env = {
    ...s3.env,
    STORAGE_LOCATIONS: 'local,cloud', STORAGE_LOCAL_DRIVER: 'local', STORAGE_LOCAL_ROOT: disk.folder,
    REDIS: redis.url, CACHE_ENABLED: 'true', CACHE_STORE: 'redis', CACHE_AUTO_PURGE: 'true', CACHE_STATUS_HEADER: 'x-cache',
    RATE_LIMITER_ENABLED: 'true', RATE_LIMITER_STORE: 'redis', RATE_LIMITER_POINTS: '1000000', RATE_LIMITER_DURATION: '3600',
    METRICS_ENABLED: 'true', LOG_LEVEL: 'info', SERVER_SHUTDOWN_TIMEOUT: '20000', SERVER_KEEP_ALIVE_TIMEOUT: '60000', MAX_PAYLOAD_SIZE: '20mb',
    // A machine under this load, and with sanitizers, is slow: that is no reason to refuse.
    PRESSURE_LIMITER_MAX_EVENT_LOOP_DELAY: '60000', PRESSURE_LIMITER_MAX_EVENT_LOOP_UTILIZATION: '0',
  };
  await ashlar(['bootstrap'], { database, env, check: true });
  const servers = [];
  for (const name of ['one', 'two']) {
    const port = await freePort();
    const start = async () => serve(disk.command([binary, 'start']), {
      env: environment(database, { ...env, PORT: String(port) }),
      cwd: await temporaryFolder(),
      ready: /serves at http:\/\/127\.0\.0\.1:(\d+)/,
    });
    const server = makeServer(name, port, start);
    await server.start();
    servers.push(server);
  }
  return { database, redis, s3, s3State, disk, servers };
}
