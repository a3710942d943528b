// A small disk that can be filled: a file system in memory, in a mount namespace of its own, so that nothing is mounted for
// anybody else, and nothing is left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../api/support/keeper.mjs';

const isRoot = process.getuid() === 0;

/**
 * { folder, command(words), path(name), fill(), free(), stop() }: `command` gives the command that runs another one where
 * the disk is mounted at `folder`; `path` is where everybody else finds its files.
 */
export async function startDisk(megabytes) {
  const folder = join(await temporaryFolder(), 'disk');
  mkdirSync(folder);
  const own = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const script = `mount -t tmpfs -o size=${megabytes}m,mode=777 tmpfs ${folder} && echo mounted && exec sleep infinity`;
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...own, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const mounted = await Promise.race([once(holder.stdout, 'data').then(() => true), once(holder, 'exit').then(() => false)]);
  if (!mounted) throw new Error('a file system in memory could not be mounted');
  const path = (name = '') => join(`/proc/${holder.pid}/root${folder}`, name);
  const filler = path('filler');
  return {
    folder,
    path,
    command: (words) => ['nsenter', '--target', String(holder.pid), '--mount', ...(isRoot ? [] : ['--user', '--preserve-credentials']), ...words],
    room: () => {
      const { bavail, bsize } = statfsSync(path());
      return bavail * bsize;
    },
    // Leaves no block.
    fill() {
      const file = openSync(filler, 'a');
      const piece = Buffer.alloc(64 * 1024);
      try {
        for (;;) writeSync(file, piece);
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => unlinkSync(filler),
    stop: () => holder.kill('SIGKILL'),
  };
}
