// A PostgreSQL server of its own for the benchmarks, in a temporary folder, on a free port.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './programs.mjs';

const VERSIONS = '/usr/lib/postgresql';

function programs() {
  const newest = readdirSync(VERSIONS).sort((a, b) => Number(a) - Number(b)).pop();
  return join(VERSIONS, newest, 'bin');
}

// PostgreSQL refuses to run as root.
function run(program, parameters) {
  const isRoot = process.getuid() === 0;
  const [file, list] = isRoot ? ['runuser', ['-u', 'postgres', '--', program, ...parameters]] : [program, parameters];
  return execFileSync(file, list, { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
}

export async function startPostgres(folder) {
  mkdirSync(folder);
  if (process.getuid() === 0) {
    const numbers = execFileSync('id', ['-u', 'postgres']).toString() + execFileSync('id', ['-g', 'postgres']).toString();
    chownSync(folder, ...numbers.trim().split('\n').map(Number));
  }
  const data = join(folder, 'data');
  const log = join(folder, 'log');
  const bin = programs();
  const port = await freePort();
  run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync']);
  const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories='${folder}' -c fsync=off`;
  run(join(bin, 'pg_ctl'), ['-D', data, '-l', log, '-w', '-t', '60', '-o', options, 'start']);
  const url = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`;
  return {
    url,
    variables: {
      DB_CLIENT: 'pg', DB_HOST: '127.0.0.1', DB_PORT: String(port), DB_DATABASE: 'postgres', DB_USER: 'postgres',
      DB_PASSWORD: 'postgres',
    },

    // The statements that are run while `work` runs.
    async statementsDuring(work) {
      const set = (value) => {
        execFileSync('psql', ['-q', '-X', url, '-c', `alter system set log_statement = '${value}'`, '-c', 'select pg_reload_conf()'],
          { stdio: ['ignore', 'ignore', 'inherit'] });
        return new Promise((resolve) => setTimeout(resolve, 500));
      };
      await set('all');
      const before = readFileSync(log, 'utf8').length;
      await work();
      const lines = readFileSync(log, 'utf8').slice(before).split('\n');
      await set('none');
      return lines.filter((line) => /LOG: {2}(execute|statement)/.test(line)).map((line) => line.replace(/^.*?LOG: {2}/, ''));
    },

    stop() {
      run(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
