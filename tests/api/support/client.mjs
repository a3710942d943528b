// Requests to a server: those of ordinary clients, and raw bytes for what no client would send.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

// A server that hangs is a failure; how long something takes is no matter of these tests.
const patience = 120_000;

function parsed(bytes, type = '') {
  if (!bytes.length) return undefined;
  const text = String(bytes);
  return /json/.test(type) ? JSON.parse(text) : text;
}

/**
 * Gives get, post, patch, del, search(path, ...) and request(method, path, { body, token, headers }), each of which
 * gives { status, headers, bytes, body }. A body that is no text and no bytes is sent as JSON; a JSON answer is parsed.
 * `token` is the admin's where none is given, and null for nobody.
 */
export function makeClient(url, adminToken) {
  const agent = new http.Agent({ keepAlive: true });

  async function request(method, path, { body, token = adminToken, headers = {} } = {}) {
    const all = { ...headers };
    if (token !== null) all.authorization ??= `Bearer ${token}`;
    let bytes = body;
    if (body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)) bytes = JSON.stringify(body);
    if (body !== undefined) {
      all['content-type'] ??= 'application/json';
      all['content-length'] ??= Buffer.byteLength(bytes);
    }
    const outgoing = http.request(url + path, { method, headers: all, agent, signal: AbortSignal.timeout(patience) });
    outgoing.end(bytes);
    const [incoming] = await once(outgoing, 'response');
    const pieces = [];
    for await (const piece of incoming) pieces.push(piece);
    const answer = Buffer.concat(pieces);
    return { status: incoming.statusCode, headers: incoming.headers, bytes: answer, body: parsed(answer, incoming.headers['content-type']) };
  }

  return {
    request,
    get: (path, options) => request('GET', path, options),
    del: (path, options) => request('DELETE', path, options),
    post: (path, body, options) => request('POST', path, { ...options, body }),
    patch: (path, body, options) => request('PATCH', path, { ...options, body }),
    search: (path, body, options) => request('SEARCH', path, { ...options, body }),
    disconnect: () => agent.destroy(),
  };
}

/** The parameters of a query in an address; objects and lists become JSON. */
export function query(parameters) {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) text.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  return `?${text}`;
}

/**
 * A connection for raw bytes: send(data), and answer(), which gives the next answer { status, reason, headers, body }
 * (of a request with the given method), or null where the server has closed the connection.
 */
export async function connect(port) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  socket.setTimeout(patience, () => socket.destroy());
  let received = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    wake();
  });
  const end = () => {
    ended = true;
    wake();
  };
  socket.on('end', end);
  socket.on('close', end);
  socket.on('error', end);

  // Waits until `find` gives something of the bytes received so far; null where they end before.
  async function until(find) {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (ended) return null;
      await new Promise((resolve) => (wake = resolve));
    }
  }
  const take = (size) => {
    const taken = received.subarray(0, size);
    received = received.subarray(size);
    return taken;
  };

  async function answer(method = 'GET') {
    const headSize = await until(() => {
      const at = received.indexOf('\r\n\r\n');
      return at < 0 ? undefined : at + 4;
    });
    if (headSize === null) return null;
    const [first, ...lines] = String(take(headSize)).trimEnd().split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const size = method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0);
    await until(() => (received.length >= size ? true : undefined));
    const [, status, reason] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(first);
    return { status: Number(status), reason, headers, body: parsed(take(size), headers['content-type']) };
  }

  return {
    send: (data) => socket.write(data),
    // Sends what may be refused before all of it was read.
    sendIfPossible: (data) => new Promise((resolve) => (ended ? resolve() : socket.write(data, () => resolve()))),
    answer,
    closed: () => until(() => undefined),
    close: () => socket.destroy(),
  };
}
