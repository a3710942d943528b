// The reference server, as it was installed from npm into REFERENCE_HOME: only run, as any user of it would.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../api/support/databases.mjs';
import { temporaryFolder } from '../api/support/keeper.mjs';
import { environment, serve } from '../api/support/server.mjs';

const home = process.env.REFERENCE_HOME;
if (!home) throw new Error('REFERENCE_HOME must name the folder in which `npm install directus@11.17.4` was run');
const program = join(home, 'node_modules/.bin/directus');

const settings = { NODE_ENV: 'production', TELEMETRY: 'false', PRESSURE_LIMITER_ENABLED: 'false', LOG_LEVEL: 'info', LOG_STYLE: 'raw' };

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs a command of the reference to its end. */
export async function reference(args, { database }) {
  return run(program, args, { env: environment(database, settings), cwd: await temporaryFolder() });
}

/** Starts the reference on the database as it is; gives what `serve` gives. */
export async function startReference({ database }) {
  const port = String(await freePort());
  return serve([program, 'start'], {
    env: environment(database, { ...settings, PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` }),
    cwd: await temporaryFolder(),
    ready: /Server started at http:\/\/127\.0\.0\.1:(\d+)/,
  });
}
