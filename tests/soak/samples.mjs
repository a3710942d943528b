// What processes use while they are under load: memory, files, threads, connections to the database.
import { readdirSync, readFileSync } from 'node:fs';

const statusValue = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** { rss (MB), files, threads } of a process; undefined where it is gone. */
export function usage(pid) {
  try {
    return { rss: Math.round(statusValue(pid, 'VmRSS') / 1024), files: readdirSync(`/proc/${pid}/fd`).length, threads: statusValue(pid, 'Threads') };
  } catch {
    return undefined;
  }
}

export async function databaseConnections(database) {
  const sql = 'select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();';
  return Number((await database.client(['-At'], { input: sql })).stdout);
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
