// A mixed load on two processes, with every fault in turn: PostgreSQL, Redis and S3 away, a full disk, SIGTERM and a new
// start. Nothing that was acknowledged is lost, nothing is done by half, nothing fails but what a fault touches and while it
// lasts, and what the processes use comes back to what it was. SOAK_SECONDS says for how long (600), SOAK_ACTORS with how
// many clients (10).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { restartPostgresql } from '../api/support/keeper.mjs';
import { binary } from '../api/support/server.mjs';
import { startCluster } from './cluster.mjs';
import { makeLoad, prepare } from './load.mjs';
import { Record } from './record.mjs';
import { databaseConnections, median, usage } from './samples.mjs';
import { fieldsInDatabase, folderObjects, halves, importsInDatabase, rowsInDatabase, s3Objects, storedFiles } from './truth.mjs';

const seconds = Number(process.env.SOAK_SECONDS ?? 600);
const actors = Number(process.env.SOAK_ACTORS ?? 10);
const code = readFileSync(binary); // not as text: with a sanitizer it is longer than a string may be
const sanitizer = ['asan', 'tsan'].find((name) => code.includes(`__${name}_init`));
const recovery = sanitizer ? 10_000 : 5_000; // milliseconds after a fault in which what it touched may still fail
const sampleEvery = 5_000;
let start = performance.now(); // of the load, once it has begun
const elapsed = () => ((performance.now() - start) / 1000).toFixed(0).padStart(4);
const say = (text) => console.log(`# ${elapsed()} s  ${text}`);

// How processes ended that were stopped: { status, signal, log }.
const ended = [];

// How long a fault lasts, in seconds.
const faultSeconds = Math.max(2, Math.round(Math.min(8, seconds / 30)));

// Each: { allows(failure): what it may make fail, run(cluster) }.
const faults = {
  'PostgreSQL crashes': { allows: () => true, run: () => restartPostgresql('immediate', faultSeconds) },
  'Redis is away': {
    allows: () => false,
    async run({ redis }) {
      await redis.stop();
      await pause(faultSeconds * 1000);
      await redis.start();
    },
  },
  'S3 refuses': {
    allows: ({ kind, status }) => kind.endsWith('cloud') && status >= 500,
    async run({ s3State }) {
      for (const way of ['error', 'cut']) {
        s3State.refuse = way;
        await pause(faultSeconds * 500);
      }
      s3State.refuse = undefined;
    },
  },
  'the disk is full': {
    // Pictures in a size that was not asked for before are kept, too.
    allows: ({ kind, status }) => ['upload to local', 'picture from local'].includes(kind) && status >= 500,
    async run({ disk }) {
      for (const end = performance.now() + faultSeconds * 1000; performance.now() < end; await pause(20)) disk.fill();
      disk.free();
    },
  },
  'SIGTERM': {
    // Connections are refused until the new process listens; whatever it had taken is answered.
    allows: ({ server, status }) => server === 'one' && status === 0,
    async run({ servers: [one] }) {
      ended.push({ ...(await one.stop()), log: one.log() });
      await one.start();
    },
  },
  'PostgreSQL restarts': { allows: () => true, run: () => restartPostgresql('fast') },
};

describe(`${seconds} seconds of load with faults`, () => {
  let cluster, load, judged;
  const record = new Record();
  const samples = []; // { second, one, two, connections }

  before(async () => {
    cluster = await startCluster();
  });
  after(async () => {
    for (const server of cluster?.servers ?? []) server.keepLog();
    for (const server of cluster?.servers ?? []) await server.stop().catch(() => {});
    cluster?.disk.stop();
    cluster?.s3.stop();
    await cluster?.redis.stop();
  });

  async function sample() {
    const [one, two] = cluster.servers.map((server) => usage(server.pid()));
    const connections = await databaseConnections(cluster.database).catch(() => undefined);
    samples.push({ second: (performance.now() - start) / 1000, one, two, connections });
    return samples.at(-1);
  }

  // The faults take turns; between two of them everything must be well. The last fifth is quiet.
  async function followTimetable(begin) {
    const rounds = seconds >= 300 ? 2 : 1;
    const turns = Array.from({ length: rounds }, () => Object.entries(faults)).flat();
    const first = 0.1, last = 0.8;
    for (const [index, [name, fault]] of turns.entries()) {
      const due = begin + seconds * 1000 * (first + ((last - first) * index) / turns.length);
      await pause(Math.max(0, due - performance.now()));
      say(`${name}...`);
      const end = record.begin(name, fault.allows);
      await fault.run(cluster);
      end();
      say(`${name}: over`);
    }
  }

  test('goes on', async () => {
    const pictures = await prepare(cluster.servers[0]);
    load = makeLoad({ servers: cluster.servers, record, pictures });
    load.begin = start = performance.now();
    const begin = start;
    let isOver = false;
    const done = load.run(actors, () => isOver);
    const timetable = followTimetable(begin);
    timetable.catch(() => {});
    for (const end = begin + seconds * 1000; performance.now() < end;) {
      const { one, two, connections } = await sample();
      say(`memory ${one?.rss} ${two?.rss} MB, files ${one?.files} ${two?.files}, threads ${one?.threads} ${two?.threads}, connections ${connections}, failures ${record.failures.length}, wrong ${load.wrong.length}`);
      await pause(Math.min(sampleEvery, Math.max(0, end - performance.now())));
    }
    isOver = true;
    await done;
    await timetable;
    judged = record.judge(recovery);
    say(`requests: ${record.summary().join(', ')}; kept answers given: ${load.hits}`);
    say(`failed within the faults: ${JSON.stringify(judged.inside)}; the last after the end of the fault (ms): ${JSON.stringify(judged.worst)}`);
    say(`failed outside: ${judged.outside.length}`);
  });

  test('fails only where a fault is, and while it lasts', () => {
    assert.deepEqual(judged.outside.slice(0, 20).map(({ kind, server, begin, status, text }) => `${Math.round((begin - start) / 1000)} s, ${kind} at ${server}: ${status} ${text}`), []);
  });

  test('answers nothing wrong', () => assert.deepEqual(load.wrong.slice(0, 20), []));

  test('lost nothing that was acknowledged, and has nothing by half', async () => {
    const { database, servers } = cluster;
    const wrong = load.rows.differences(await rowsInDatabase(database));
    for (const server of servers) {
      const { body } = await server.request('GET', '/items/rows?fields=tag,value,parts.tag&limit=-1&deep[parts][_limit]=-1');
      wrong.push(...load.rows.differences(new Map(body.data.map(({ tag, value, parts }) => [tag, `${value} with ${parts.length} parts`]))).map((text) => `${server.name}: ${text}`));
      const present = new Set(body.data.map(({ tag }) => tag));
      const torn = load.batches.filter((tags) => new Set(tags.map((tag) => present.has(tag))).size > 1);
      wrong.push(...torn.map((tags) => `a part of the batch of ${tags[0]}`));
    }
    wrong.push(...load.imports.differences(await importsInDatabase(database)), ...load.fields.differences(await fieldsInDatabase(database)));
    say(`acknowledged or open: ${load.rows.size} rows, ${load.files.size} files, ${load.imports.size} imports, ${load.fields.size} fields`);
    assert.deepEqual(wrong.slice(0, 20), []);
    assert.deepEqual(await halves(database), {});
  });

  test('has all bytes of all files, and no others', async () => {
    const objects = { local: folderObjects(cluster.disk.path()), cloud: s3Objects(cluster.s3.folder, cluster.s3.env.STORAGE_CLOUD_ROOT) };
    const look = async () => {
      const { byTitle, wrong } = await storedFiles(cluster.database, objects);
      return [...wrong, ...load.files.differences(new Map([...byTitle].filter(([title]) => title.startsWith('file '))))];
    };
    // What could not be removed during a fault is removed later.
    let wrong;
    for (const end = performance.now() + 90_000; (wrong = await look()).length > 0 && performance.now() < end;) await pause(1000);
    assert.deepEqual(wrong.slice(0, 20), []);
  });

  test('gives back what it used', async () => {
    const warm = samples.filter(({ second, two }) => two && second > seconds * 0.1 && second < seconds * 0.35);
    const late = samples.filter(({ second, two }) => two && second > seconds * 0.8);
    const memory = (of) => median(of.map(({ two }) => two.rss));
    const peak = Math.max(...samples.map(({ two }) => two?.rss ?? 0));
    say(`memory of the process that was never restarted: ${samples[0].two.rss} MB at first, ${memory(warm)} MB warm, ${memory(late)} MB at the end, at most ${peak} MB`);
    // A sanitizer keeps what was freed.
    if (!sanitizer) assert.ok(memory(late) < memory(warm) * 1.3 + 30, `${memory(warm)} MB grew to ${memory(late)} MB`);
    for (const server of cluster.servers) server.disconnect();
    // Streams' threads and spare connections go after a while.
    const end = performance.now() + 60_000;
    const enough = ({ one, two, connections }) => Math.max(one.files, two.files) <= 60 && Math.max(one.threads, two.threads) <= 60 && connections <= 30;
    let last;
    while (!enough((last = await sample())) && performance.now() < end) await pause(1000);
    say(`at rest: ${JSON.stringify(last)}`);
    assert.ok(enough(last), JSON.stringify(last));
  });

  test('ends well', async () => {
    for (const server of cluster.servers) ended.push({ ...(await server.stop()), log: server.log() });
    for (const { status, signal, log } of ended) {
      assert.deepEqual({ status, signal }, { status: 0, signal: null }, log.slice(-5000));
      const bad = log.split('\n').filter((line) => /runtime error|Sanitizer|terminate called|no answer could be made/.test(line));
      assert.deepEqual(bad.slice(0, 5), []);
    }
  });
});
