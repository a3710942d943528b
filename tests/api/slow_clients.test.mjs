// Clients that are slow, silent or send headers without end: each is told or cut off, holds nobody up meanwhile, and costs
// no memory that it does not deserve.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from './support/client.mjs';
import { createDatabase } from './support/databases.mjs';
import { form } from './support/forms.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { admin, ashlar, binary, environment, serve } from './support/server.mjs';

const openFiles = 256;
const env = { SERVER_HEADERS_TIMEOUT: '700', SERVER_REQUEST_TIMEOUT: '700' };
const head = `Host: localhost\r\nAuthorization: Bearer ${admin.token}\r\n`;
const megabytes = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

// Sends pieces until the server has had enough; gives its answer.
async function trickle(connection, piece, milliseconds = 40) {
  let over = false;
  const sending = (async () => {
    while (!over) {
      await connection.sendIfPossible(piece);
      await pause(milliseconds);
    }
  })();
  const answer = await connection.answer();
  over = true;
  await sending;
  return answer;
}

describe('Slow and greedy clients', () => {
  let server;
  before(async () => {
    const database = await createDatabase('sqlite3');
    await ashlar(['bootstrap'], { database, env, check: true });
    server = await serve(['prlimit', `--nofile=${openFiles}:${openFiles}`, binary, 'start'], {
      env: environment(database, env),
      cwd: await temporaryFolder(),
      ready: /serves at http:\/\/127\.0\.0\.1:(\d+)/,
    });
  });
  after(() => server?.stop());

  const many = (number) => Promise.all(Array.from({ length: number }, () => connect(server.port)));
  const expectServed = async () => assert.equal((await server.get('/users/me?fields=email')).status, 200);

  test('that take long for their headers are told so, however diligently they send', async () => {
    const connection = await connect(server.port);
    connection.send('GET /server/ping HTTP/1.1\r\n');
    assert.equal((await trickle(connection, 'X-More: 1\r\n')).status, 408);
    assert.equal(await connection.closed(), null);
  });

  test('that take long for their bodies are told so', async () => {
    const connection = await connect(server.port);
    connection.send(`POST /users HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n`);
    assert.equal((await trickle(connection, ' ')).status, 408);
    assert.equal(await connection.closed(), null);
  });

  test('that say nothing are cut off', async () => {
    const connection = await connect(server.port);
    assert.equal(await connection.closed(), null);
  });

  test('that send headers without end are refused before these fill the memory', async () => {
    const before = megabytes(server.pid);
    const connections = await many(20);
    const answers = await Promise.all(connections.map(async (connection) => {
      connection.send('GET /server/ping HTTP/1.1\r\n');
      for (let i = 0; i < 2000; ++i) void connection.sendIfPossible(`X-Header-${i}: ${'x'.repeat(1000)}\r\n`);
      return connection.answer();
    }));
    // Who goes on sending may not hear it; on a slow machine the time may be over first.
    for (const answer of answers) assert.ok(!answer || [408, 431].includes(answer.status), JSON.stringify(answer));
    assert.ok(answers.some(Boolean));
    for (const connection of connections) connection.close();
    await expectServed();
    assert.ok(megabytes(server.pid) < before + 60, `${before} MB grew to ${megabytes(server.pid)} MB`);
  });

  test('hold nobody up, even if there are many', async () => {
    const slow = await many(100);
    const over = Promise.all(slow.map((connection, index) => {
      if (index % 2) connection.send('GET /server/ping HTTP/1.1\r\nX: ');
      else connection.send(`POST /users HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`);
      return trickle(connection, ' ', 100);
    }));
    for (let i = 0; i < 20; ++i) await expectServed();
    for (const { status } of await over) assert.equal(status, 408);
  });

  test('that only connect leave files for those who work', async () => {
    await expectServed();
    const idle = await many(openFiles + 50);
    // On its connection from before: what it asks for needs further files.
    const { body, headers } = form([['file', { name: 'a.txt', type: 'text/plain', bytes: 'hello' }]]);
    for (let i = 0; i < 5; ++i) assert.equal((await server.post('/files', body, { headers })).status, 200);
    await Promise.all(idle.map((connection) => connection.closed()));
    const late = await connect(server.port);
    late.send(`GET /server/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.equal((await late.answer()).body, 'pong');
  });
});
