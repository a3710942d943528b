// The program as its operators know it: commands and their messages, connections, and how it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { connect } from './support/client.mjs';
import { createDatabase, execute } from './support/databases.mjs';
import { admin, ashlar, startServer } from './support/server.mjs';

const notes = { collection: 'notes', schema: {}, meta: {}, fields: [{ field: 'text', type: 'string', schema: {}, meta: {} }] };

// Asks again at once, until it is so.
async function eventually(condition) {
  while (!(await condition()));
}

// Whether somebody still listens there.
async function isListening(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function makeNotes(server) {
  const { status, body } = await server.post('/collections', notes);
  assert.equal(status, 200, JSON.stringify(body));
}

describe('An end by SIGTERM', () => {
  const env = { SERVER_SHUTDOWN_TIMEOUT: '60000' };

  test('waits for a request that works in the database', async () => {
    const server = await startServer({ database: 'pg', env });
    await makeNotes(server);
    const ask = async (sql) => (await server.database.client(['-At'], { input: sql })).stdout.trim();
    const locks = (granted) => ask(`select count(*) from pg_locks where relation = 'notes'::regclass and mode <> 'AccessShareLock' and granted = ${granted};`);

    const session = new PassThrough();
    const holder = server.database.client([], { input: session });
    session.write('begin; lock table notes in share mode;\n');
    await eventually(async () => (await locks(true)) === '1');
    const answer = server.post('/items/notes', { text: 'late' });
    await eventually(async () => (await locks(false)) === '1');

    process.kill(server.pid, 'SIGTERM');
    await eventually(async () => !(await isListening(server.port)));
    session.end('commit;\n');
    await holder;
    const { status, body } = await answer;
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.data.text, 'late');
    assert.deepEqual(await server.exited, { status: 0, signal: null });
    assert.equal(await ask('select text from notes;'), 'late');
  });

  test('waits for a body on its way', async () => {
    const server = await startServer({ env });
    await makeNotes(server);
    const connection = await connect(server.port);
    const body = '{"text":"slow"}';
    connection.send(`POST /items/notes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${admin.token}\r\n`
      + `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
    assert.equal((await connection.answer()).status, 100);

    process.kill(server.pid, 'SIGTERM');
    await eventually(async () => !(await isListening(server.port)));
    connection.send(body);
    const answer = await connection.answer();
    assert.equal(answer.status, 200);
    assert.equal(answer.body.data.text, 'slow');
    assert.equal(answer.headers.connection, 'close');
    assert.deepEqual(await server.exited, { status: 0, signal: null });
  });

  test('does not wait for idle connections', async () => {
    const server = await startServer({ env });
    const connection = await connect(server.port);
    connection.send('GET /server/ping HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal((await connection.answer()).body, 'pong');
    process.kill(server.pid, 'SIGTERM');
    assert.equal(await connection.closed(), null);
    assert.deepEqual(await server.exited, { status: 0, signal: null });
  });

  test('does not wait for a request that hangs in the database for longer than it may', async () => {
    const server = await startServer({ database: 'pg', env: { SERVER_SHUTDOWN_TIMEOUT: '1' } });
    await makeNotes(server);
    const session = new PassThrough();
    const holder = server.database.client(['-At'], { input: session });
    session.write('begin; lock table notes in access exclusive mode;\n');
    const locks = async (granted) => (await server.database.client(['-At'], { input: `select count(*) from pg_locks where relation = 'notes'::regclass and granted = ${granted};` })).stdout.trim();
    await eventually(async () => (await locks(true)) === '1');
    const answer = server.get('/items/notes').catch((error) => error);
    await eventually(async () => (await locks(false)) === '1');
    process.kill(server.pid, 'SIGTERM');
    assert.deepEqual(await server.exited, { status: 0, signal: null });
    assert.match(server.log(), /1 request that did not end in time/);
    assert.ok((await answer) instanceof Error);
    session.end('commit;\n');
    await holder;
  });

  test('does not wait for longer than it may', async () => {
    const server = await startServer({ env: { SERVER_SHUTDOWN_TIMEOUT: '1' } });
    const connection = await connect(server.port);
    connection.send('POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
    assert.equal((await connection.answer()).status, 100);
    process.kill(server.pid, 'SIGTERM');
    assert.equal(await connection.closed(), null);
    assert.deepEqual(await server.exited, { status: 0, signal: null });
  });
});

describe('Connections and answers', () => {
  let server, connection;
  before(async () => {
    server = await startServer();
    await makeNotes(server);
    await server.post('/items/notes', { text: 'one' });
  });
  after(() => server?.stop());

  async function talk(text, method) {
    connection.send(text.replaceAll('\n', '\r\n'));
    return connection.answer(method);
  }
  const authorized = `Host: localhost\nAuthorization: Bearer ${admin.token}\n`;

  test('a connection takes one request after the other', async () => {
    connection = await connect(server.port);
    for (let i = 0; i < 3; ++i) {
      const answer = await talk(`GET /items/notes HTTP/1.1\n${authorized}\n`);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body, { data: [{ id: 1, text: 'one' }] });
      assert.notEqual(answer.headers.connection, 'close');
    }
    connection.close();
  });

  test('requests sent at once are answered in their order', async () => {
    connection = await connect(server.port);
    connection.send(['/server/ping', '/items/notes/1', '/nothing', '/server/ping'].map((path) => `GET ${path} HTTP/1.1\n${authorized}\n`).join('').replaceAll('\n', '\r\n'));
    const statuses = [];
    for (let i = 0; i < 4; ++i) statuses.push((await connection.answer()).status);
    assert.deepEqual(statuses, [200, 200, 404, 200]);
    connection.close();
  });

  test('Connection: close is the end of it, as is HTTP/1.0', async () => {
    for (const request of ['GET /server/ping HTTP/1.1\nHost: localhost\nConnection: close\n\n', 'GET /server/ping HTTP/1.0\n\n']) {
      connection = await connect(server.port);
      const answer = await talk(request);
      assert.equal(answer.body, 'pong');
      assert.equal(answer.headers.connection, 'close');
      assert.equal(await connection.closed(), null);
    }
  });

  test('HEAD is GET without the body', async () => {
    connection = await connect(server.port);
    for (const path of ['/items/notes', '/server/ping', '/nothing']) {
      const get = await talk(`GET ${path} HTTP/1.1\n${authorized}\n`);
      const head = await talk(`HEAD ${path} HTTP/1.1\n${authorized}\n`, 'HEAD');
      assert.equal(head.status, get.status);
      assert.deepEqual({ ...head.headers, date: '' }, { ...get.headers, date: '' });
      assert.equal(head.body, undefined);
    }
    // Had there been one, the next answer would not be readable.
    assert.equal((await talk('GET /server/ping HTTP/1.1\nHost: localhost\n\n')).body, 'pong');
    connection.close();
  });

  test('OPTIONS is answered, and the connection goes on', async () => {
    connection = await connect(server.port);
    for (const path of ['/items/notes', '/nothing', '*']) {
      const { status } = await talk(`OPTIONS ${path} HTTP/1.1\nHost: localhost\n\n`);
      assert.ok([200, 204, 404].includes(status), `${path}: ${status}`);
      assert.equal((await talk('GET /server/ping HTTP/1.1\nHost: localhost\n\n')).body, 'pong');
    }
    connection.close();
  });

  test('an unchanged answer is not sent again', async () => {
    const first = await server.get('/items/notes');
    const second = await server.get('/items/notes', { headers: { 'if-none-match': first.headers.etag } });
    assert.equal(second.status, 304);
    assert.equal(second.body, undefined);
  });

  test('an unknown route', async () => {
    const { status, headers, body } = await server.get('/no/such/route?with=query');
    assert.equal(status, 404);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(typeof body.errors[0].message, 'string');
    assert.deepEqual(body.errors.map(({ extensions }) => extensions), [{ code: 'ROUTE_NOT_FOUND', path: '/no/such/route' }]);
    assert.deepEqual(Object.keys(body), ['errors']);
  });

  test('a body that is no JSON', async () => {
    const { status, headers, body } = await server.post('/items/notes', '{"text":');
    assert.equal(status, 400);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(body.errors.length, 1);
    assert.equal(body.errors[0].extensions.code, 'INVALID_PAYLOAD');
    assert.deepEqual(Object.keys(body), ['errors']);
  });
});

describe('Commands', () => {
  test('say what is wrong with them', async () => {
    const unknown = await ashlar(['frobnicate']);
    assert.notEqual(unknown.status, 0);
    assert.match(unknown.stderr, /frobnicate.*--help/);
    const none = await ashlar([]);
    assert.notEqual(none.status, 0);
    const help = await ashlar(['--help']);
    assert.equal(help.status, 0);
    for (const command of ['start', 'bootstrap', 'ping']) assert.match(help.stdout, new RegExp(`^  ${command}\\b`, 'm'));
  });

  test('name the setting that is missing', async () => {
    for (const command of ['start', 'bootstrap']) {
      const { status, stderr } = await ashlar([command], { env: { DB_CLIENT: undefined } });
      assert.equal(status, 1);
      assert.match(stderr, /DB_CLIENT is not set.*sqlite3/);
    }
    const { status, stderr } = await ashlar(['start'], { env: { DB_CLIENT: 'oracledb' } });
    assert.equal(status, 1);
    assert.match(stderr, /DB_CLIENT/);
  });

  test('start wants a database that was set up', async () => {
    const { status, stderr } = await ashlar(['start'], { database: await createDatabase('sqlite3') });
    assert.equal(status, 1);
    assert.match(stderr, /ashlar bootstrap/);
  });

  test('start says whose port it can not have', async () => {
    const server = await startServer();
    try {
      const { status, stderr } = await ashlar(['start'], { database: server.database, env: { PORT: String(server.port) } });
      assert.equal(status, 75);
      assert.match(stderr, new RegExp(`${server.port}`));
    } finally {
      await server.stop();
    }
  });

  test('ping tells whether the server is up', async () => {
    const server = await startServer();
    const { database } = server;
    const env = { PORT: String(server.port) };
    const up = await ashlar(['ping'], { database, env });
    assert.equal(up.status, 0, up.stderr);
    await server.stop();
    const down = await ashlar(['ping'], { database, env });
    assert.equal(down.status, 1);
  });
});

for (const kind of ['sqlite3', 'pg', 'mysql']) {
  describe(`Bootstrap on ${kind}`, () => {
    let database;
    before(async () => (database = await createDatabase(kind)));

    const withoutLogin = { ADMIN_EMAIL: undefined, ADMIN_PASSWORD: undefined, ADMIN_TOKEN: undefined };
    const ask = async (sql) => {
      const options = { sqlite3: [], pg: ['-At'], mysql: ['--batch', '--skip-column-names'] }[kind];
      return (await database.client(options, { input: sql })).stdout.trim();
    };
    let login;

    test('shows a login that it made up, once', async () => {
      const first = await ashlar(['bootstrap'], { database, env: withoutLogin });
      assert.equal(first.status, 0, first.stderr);
      const [, email] = /email +(\S+)/.exec(first.stdout);
      const [, password] = /password +(\S+)/.exec(first.stdout);
      assert.ok(password.length >= 12);
      assert.equal(first.stdout.split(password).length, 2);
      assert.ok(!first.stderr.includes(password));
      login = { email, password };

      const users = await ask('select id from directus_users;');
      const again = await ashlar(['bootstrap'], { database, env: withoutLogin });
      assert.equal(again.status, 0, again.stderr);
      assert.doesNotMatch(again.stdout, /password/i);
      assert.equal(await ask('select id from directus_users;'), users);
    });

    test('leaves the admin as is, whatever the settings say later', async () => {
      const again = await ashlar(['bootstrap'], { database, env: { ADMIN_EMAIL: login.email, ADMIN_PASSWORD: 'changed later' } });
      assert.equal(again.status, 0, again.stderr);
      const server = await startServer({ database, bootstrap: false });
      try {
        assert.equal((await server.post('/auth/login', login, { token: null })).status, 200);
        assert.equal((await server.post('/auth/login', { ...login, password: 'changed later' }, { token: null })).status, 401);
        assert.equal((await server.get('/users/me')).status, 401, 'the token was not asked for');
      } finally {
        await server.stop();
      }
    });

    test('lets several do it at once', async () => {
      const other = await createDatabase(kind);
      const results = await Promise.all([1, 2, 3].map(() => ashlar(['bootstrap'], { database: other })));
      assert.deepEqual(results.map(({ status }) => status), [0, 0, 0], results.map(({ stderr }) => stderr).join('\n'));
      const server = await startServer({ database: other, bootstrap: false });
      const { body } = await server.get('/users?fields=email');
      await server.stop();
      assert.deepEqual(body.data, [{ email: admin.email }]);
    });

    test('refuses a database of a newer release, and changes nothing', async () => {
      await execute(database, "insert into directus_migrations (version, name) values ('20991231A', 'From the future');");
      const before = await ask('select count(*) from directus_migrations;');
      const { status, stderr } = await ashlar(['bootstrap'], { database });
      assert.equal(status, 1);
      assert.match(stderr, /newer.*20991231A/);
      assert.equal(await ask('select count(*) from directus_migrations;'), before);
    });
  });
}

describe('Without SECRET', () => {
  test('tokens stay valid over a restart', async () => {
    const env = { SECRET: undefined };
    let server = await startServer({ env });
    const { body } = await server.post('/auth/login', { email: admin.email, password: admin.password }, { token: null });
    const { database } = server;
    await server.stop();
    server = await startServer({ database, env, bootstrap: false });
    const me = await server.get('/users/me?fields=email', { token: body.data.access_token });
    assert.equal(me.body.data?.email, admin.email);
    assert.equal((await server.post('/auth/refresh', { refresh_token: body.data.refresh_token, mode: 'json' }, { token: null })).status, 200);
    await server.stop();
  });
});
