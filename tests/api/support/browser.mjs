// What stands between people and the server: a front that is known before the server runs, and browsers, one that only
// follows redirects and keeps cookies, and a real one.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { after } from 'node:test';

// Ended after the last test of the file.
const opened = [];
after(() => Promise.all(opened.map((end) => end())));

/** Listens at a free port of 127.0.0.1 until the tests are over; gives the server. */
export async function listenWith(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

/** The same for a function that answers requests; gives the address. */
export async function listen(handler) {
  const server = await listenWith(http.createServer(handler));
  return `http://127.0.0.1:${server.address().port}`;
}

/** A reverse proxy: { url, to(target) }. Its address can be told to other servers before the target runs. */
export async function makeFront() {
  let target;
  const url = await listen((request, response) => {
    const forward = http.request(target + request.url, { method: request.method, headers: request.headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    forward.on('error', () => response.destroy());
    request.pipe(forward);
  });
  return { url, to: (address) => (target = address) };
}

const isRedirect = (status) => status >= 300 && status < 400 && status !== 304;

/** A browser that keeps cookies by host and port, and knows no scripts. */
export function makeBrowser() {
  const jars = new Map();
  const jar = (url) => jars.get(url.host) ?? jars.set(url.host, new Map()).get(url.host);

  // One request, without following: { status, headers, text, url }.
  async function send(address, { form, headers = {} } = {}) {
    const url = new URL(address);
    const cookies = [...jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form && String(new URLSearchParams(form));
    const request = http.request(url, {
      method: form ? 'POST' : 'GET',
      agent: false,
      headers: { ...(cookies && { cookie: cookies }), ...(form && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }), ...headers },
    });
    request.end(body);
    const [answer] = await once(request, 'response');
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    for (const cookie of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(cookie)) jar(url).delete(name);
      else jar(url).set(name, value);
    }
    return { status: answer.statusCode, headers: answer.headers, text: String(Buffer.concat(pieces)), url };
  }

  // Follows redirects until there is a page, or an address for which `stop` is true: then { url } is that address.
  async function go(address, { stop = () => false, ...options } = {}) {
    let answer = await send(address, options);
    while (isRedirect(answer.status)) {
      const next = new URL(answer.headers.location, answer.url);
      if (stop(next)) return { ...answer, url: next };
      answer = await send(next);
    }
    return answer;
  }

  return { send, go, cookies: (address) => jar(new URL(address)) };
}

/** A new window of Chromium; closed after the tests. */
export async function openChromium() {
  const { chromium } = await import('playwright-core');
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium']).toString().trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
  opened.push(() => browser.close());
  return browser;
}
