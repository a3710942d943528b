// Starting the programs that are measured, and looking at what they use.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';

export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// One request over a connection of its own. Gives nothing where nobody listens yet.
export function request(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers: { ...headers, ...(body && { 'content-type': 'application/json' }) }, agent: false },
      (response) => {
        const pieces = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(pieces).toString() }));
      });
    sent.on('error', (error) => (error.code === 'ECONNREFUSED' ? resolve(undefined) : reject(error)));
    sent.end(body && JSON.stringify(body));
  });
}

export class Program {
  #process;

  // Runs until the first answer at `probe`, a path; `startTime` says how many milliseconds that took.
  static async start(file, parameters, { environment = {}, port, probe, headers }) {
    const program = new Program();
    program.url = `http://127.0.0.1:${port}`;
    const since = performance.now();
    program.#process = spawn(file, parameters, { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });
    for (;;) {
      const answer = await request(program.url + probe, { headers });
      if (answer?.status === 200) break;
      if (program.#process.exitCode !== null) throw new Error(`${file} ended at once`);
      if (performance.now() - since > 20_000) throw new Error(`${file} does not answer: ${answer?.status} ${answer?.text}`);
      await pause(1);
    }
    program.startTime = performance.now() - since;
    return program;
  }

  // Seconds of processor time so far, all threads together.
  processorTime() {
    const tasks = `/proc/${this.#process.pid}/task`;
    let nanoseconds = 0;
    for (const task of readdirSync(tasks)) nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
    return nanoseconds / 1e9;
  }

  // Megabytes: `VmRSS` now, `VmHWM` at most so far.
  memory(name = 'VmRSS') {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) / 1024;
  }

  async stop() {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

// Runs a program to its end.
export async function runOnce(file, parameters, environment = {}) {
  const child = spawn(file, parameters, { env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${file} ${parameters.join(' ')} failed (${code})`);
}
