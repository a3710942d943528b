// Load by wrk, and what came of it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const THREADS = 2;

// Requests per second, and the program's processor time per request in microseconds.
export async function load(program, path, { connections, seconds, headers = {} }) {
  const threads = Math.min(THREADS, connections);
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const before = program.processorTime();
  const { stdout } = await run('wrk', [`-t${threads}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', ...lines, program.url + path]);
  const used = program.processorTime() - before;
  const number = (pattern) => Number(pattern.exec(stdout)?.[1] ?? 0);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`errors under load at ${path}:\n${stdout}`);
  return { perSecond: number(/Requests\/sec:\s+([\d.]+)/), microseconds: (used / number(/(\d+) requests in/)) * 1e6 };
}

// Alternates between the programs, so that what happens to the machine happens to both, and gives the medians.
export async function compare(sides, { rounds, seconds, warmUp, connections }) {
  const results = sides.map(() => []);
  for (const side of sides) await load(side.program, side.path, { connections, seconds: warmUp, headers: side.headers });
  for (let round = 0; round < rounds; ++round) {
    for (const [i, side] of sides.entries()) {
      results[i].push(await load(side.program, side.path, { connections, seconds, headers: side.headers }));
    }
  }
  return results.map((list) => ({
    perSecond: median(list.map((result) => result.perSecond)),
    microseconds: median(list.map((result) => result.microseconds)),
  }));
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
