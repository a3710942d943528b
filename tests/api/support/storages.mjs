// Storage services that tests start for themselves, each on a free port with its data in a folder of its own. S3 and
// Azure are independent programs; Google's, Supabase's and Cloudinary's protocols are spoken by doubles of our own, which
// know no more than what the drivers use.
import { createHmac, createVerify, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import { temporaryFolder } from './keeper.mjs';

const require = createRequire(import.meta.url);

const bytesOf = async (stream) => {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/**
 * S3 (s3rver), its objects in `folder`. `before(request, response)` may answer instead of it: it gives true then.
 * `kept()` names the objects that it has, and the uploads in parts that were neither ended nor given up (s3rver itself
 * keeps those for ever).
 */
export async function startS3({ before } = {}) {
  const S3rver = require('s3rver');
  const folder = await temporaryFolder();
  const service = new S3rver({ directory: folder, silent: true, configureBuckets: [{ name: 'files' }] });
  await service.configureBuckets();
  const handle = service.callback();
  const uploads = new Set();
  const server = http.createServer((request, response) => {
    if (before?.(request, response)) return;
    const [, upload] = /[?&]uploadId=([^&]+)/.exec(request.url) ?? [];
    if (upload && request.method === 'PUT') uploads.add(upload);
    if (upload && request.method !== 'PUT') uploads.delete(upload);
    handle(request, response);
  });
  const port = await listen(server);
  return {
    folder,
    env: {
      STORAGE_LOCATIONS: 'cloud',
      STORAGE_CLOUD_DRIVER: 's3',
      STORAGE_CLOUD_KEY: 'S3RVER',
      STORAGE_CLOUD_SECRET: 'S3RVER',
      STORAGE_CLOUD_BUCKET: 'files',
      STORAGE_CLOUD_REGION: 'us-east-1',
      STORAGE_CLOUD_ROOT: 'below/here',
      STORAGE_CLOUD_ENDPOINT: `http://127.0.0.1:${port}`,
      STORAGE_CLOUD_FORCE_PATH_STYLE: 'true',
    },
    async kept() {
      const entries = await readdir(`${folder}/files`, { recursive: true, withFileTypes: true });
      return [...uploads, ...entries.map(({ name }) => name).filter((name) => name.endsWith('_object'))];
    },
    stop: () => server.close(),
  };
}

async function createContainer(endpoint, key) {
  const date = new Date().toUTCString();
  const text = `PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:${date}\nx-ms-version:2021-08-06\n/devstoreaccount1/devstoreaccount1/files\nrestype:container`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  const answer = await fetch(`${endpoint}/files?restype=container`, {
    method: 'PUT',
    headers: { 'x-ms-date': date, 'x-ms-version': '2021-08-06', authorization: `SharedKey devstoreaccount1:${signature}` },
  });
  if (answer.status !== 201) throw new Error(`no container: ${answer.status} ${await answer.text()}`);
}

/** Azure Blob Storage (azurite), with a container `files`. */
export async function startAzure() {
  const { default: BlobServer } = require('azurite/dist/src/blob/BlobServer.js');
  const { default: BlobConfiguration } = require('azurite/dist/src/blob/BlobConfiguration.js');
  const folder = await temporaryFolder();
  const stores = [{ locationId: 'Default', locationPath: `${folder}/blobs`, maxConcurrency: 10 }];
  const configuration = new BlobConfiguration(
    '127.0.0.1', 0, 5, `${folder}/blobs.json`, `${folder}/extents.json`, stores, false, undefined, false, undefined, false, true,
  );
  const server = new BlobServer(configuration);
  await server.start();
  const endpoint = `${server.getHttpServerAddress()}/devstoreaccount1`;
  const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
  await createContainer(endpoint, key);
  return {
    env: {
      STORAGE_LOCATIONS: 'cloud',
      STORAGE_CLOUD_DRIVER: 'azure',
      STORAGE_CLOUD_CONTAINER_NAME: 'files',
      STORAGE_CLOUD_ACCOUNT_NAME: 'devstoreaccount1',
      STORAGE_CLOUD_ACCOUNT_KEY: key,
      STORAGE_CLOUD_ENDPOINT: endpoint,
    },
    stop: () => server.close(),
  };
}

/**
 * A double of Google Cloud Storage's JSON API: media and resumable uploads, ranges, rewriting, pages of lists. With
 * `account` it wants tokens, which it gives for assertions signed by `account.key`; each is good for `life()` seconds,
 * and `tokens` counts them.
 */
export async function startGcs({ account = false, life = () => 3600 } = {}) {
  const objects = new Map(); // key -> bytes
  const sessions = new Map(); // id -> { key, bytes }
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let tokens = 0;
  const isSigned = (assertion, url) => {
    const [head, claims, signature] = assertion.split('.');
    const part = (text) => JSON.parse(Buffer.from(text, 'base64url'));
    const now = Date.now() / 1000;
    const { iss, aud, iat, exp, scope } = part(claims);
    return part(head).alg === 'RS256' && createVerify('sha256').update(`${head}.${claims}`).verify(keys.publicKey, signature, 'base64url') &&
      iss === 'files@project.example' && aud === url && /devstorage/.test(scope) && iat <= now && now < exp && exp <= iat + 3600;
  };
  const json = (response, status, value) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const object = (key) => ({ name: key, size: String(objects.get(key).length), updated: '2026-01-01T00:00:00.000Z' });
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    const body = await bytesOf(request);
    if (pathname === '/token') {
      const fields = new URLSearchParams(String(body));
      const isGranted = fields.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' && isSigned(fields.get('assertion'), `http://${request.headers.host}/token`);
      if (!isGranted) return json(response, 400, { error: 'invalid_grant' });
      tokens += 1;
      return json(response, 200, { access_token: `token-${tokens}`, expires_in: life(), token_type: 'Bearer' });
    }
    if (account && !/^Bearer token-\d+$/.test(request.headers.authorization)) return json(response, 401, {});
    if (pathname === '/upload/storage/v1/b/files/o' && request.method === 'POST') {
      const key = searchParams.get('name');
      if (searchParams.get('uploadType') === 'media') {
        objects.set(key, body);
        return json(response, 200, object(key));
      }
      const id = String(sessions.size + 1);
      sessions.set(id, { key, bytes: [] });
      response.writeHead(200, { location: `http://${request.headers.host}/session/${id}` });
      return response.end();
    }
    const [, id] = /^\/session\/(\d+)$/.exec(pathname) ?? [];
    if (id && request.method === 'PUT') {
      const session = sessions.get(id);
      session.bytes.push(body);
      if (request.headers['content-range'].endsWith('/*')) {
        response.writeHead(308);
        return response.end();
      }
      objects.set(session.key, Buffer.concat(session.bytes));
      return json(response, 200, object(session.key));
    }
    if (id) return sessions.delete(id), json(response, 499, {});
    if (pathname === '/storage/v1/b/files/o') {
      const keys = [...objects.keys()].filter((key) => key.startsWith(searchParams.get('prefix') ?? '')).sort();
      const start = Number(searchParams.get('pageToken') ?? 0);
      const more = start + 2 < keys.length ? { nextPageToken: String(start + 2) } : {};
      return json(response, 200, { items: keys.slice(start, start + 2).map(object), ...more });
    }
    const [, from, to] = /^\/storage\/v1\/b\/files\/o\/([^/]+)(?:\/rewriteTo\/b\/files\/o\/([^/]+))?$/.exec(pathname) ?? [];
    const key = from && decodeURIComponent(from);
    if (!key || !objects.has(key)) return json(response, 404, { error: { code: 404 } });
    if (to) {
      objects.set(decodeURIComponent(to), objects.get(key));
      return json(response, 200, { done: true });
    }
    if (request.method === 'DELETE') {
      objects.delete(key);
      response.writeHead(204);
      return response.end();
    }
    if (searchParams.get('alt') !== 'media') return json(response, 200, object(key));
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const bytes = first === undefined ? objects.get(key) : objects.get(key).subarray(Number(first), last ? Number(last) + 1 : undefined);
    response.writeHead(first === undefined ? 200 : 206, { 'content-length': bytes.length });
    response.end(bytes);
  });
  const port = await listen(server);
  return {
    env: {
      STORAGE_LOCATIONS: 'cloud',
      STORAGE_CLOUD_DRIVER: 'gcs',
      STORAGE_CLOUD_BUCKET: 'files',
      STORAGE_CLOUD_ROOT: 'root',
      STORAGE_CLOUD_API_ENDPOINT: `http://127.0.0.1:${port}`,
    },
    account: {
      client_email: 'files@project.example',
      private_key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `http://127.0.0.1:${port}/token`,
    },
    tokens: () => tokens,
    kept: () => [...objects.keys(), ...sessions.keys()],
    stop: () => server.close(),
  };
}

function sendRange(request, response, bytes) {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const part = first === undefined ? bytes : bytes.subarray(Number(first), last ? Number(last) + 1 : undefined);
  response.writeHead(first === undefined ? 200 : 206, { 'content-length': part.length, 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' });
  response.end(request.method === 'HEAD' ? undefined : part);
}

const answerJson = (response, status, value) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

/** A double of Supabase Storage: what is missing is answered with 400, lists show one folder. */
export async function startSupabase() {
  const objects = new Map();
  const server = http.createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const body = await bytesOf(request);
    const json = (status, value) => answerJson(response, status, value);
    const missing = () => json(400, { statusCode: '404', error: 'not_found', message: 'Object not found' });
    if (request.headers.authorization !== 'Bearer the-role') return json(403, {});
    if (path === '/object/copy') {
      const { sourceKey, destinationKey } = JSON.parse(body);
      if (!objects.has(sourceKey)) return missing();
      if (objects.has(destinationKey)) return json(400, { statusCode: '409', error: 'Duplicate' });
      objects.set(destinationKey, objects.get(sourceKey));
      return json(200, {});
    }
    if (path === '/object/list/files') {
      const { prefix, limit, offset } = JSON.parse(body);
      const start = prefix ? `${prefix}/` : '';
      const names = new Map();
      for (const key of objects.keys()) {
        if (!key.startsWith(start)) continue;
        const [name, ...rest] = key.slice(start.length).split('/');
        names.set(name, rest.length ? null : 'an-id');
      }
      return json(200, [...names].map(([name, id]) => ({ name, id })).slice(offset, offset + limit));
    }
    if (request.method === 'DELETE' && path === '/object/files') {
      for (const key of JSON.parse(body).prefixes) objects.delete(key);
      return json(200, []);
    }
    const [, key] = /^\/object\/(?:authenticated\/)?files\/(.+)$/.exec(path) ?? [];
    if (request.method === 'POST') {
      objects.set(key, body);
      return json(200, { Key: key });
    }
    if (!objects.has(key)) return missing();
    return sendRange(request, response, objects.get(key));
  });
  const port = await listen(server);
  return {
    env: {
      STORAGE_LOCATIONS: 'cloud',
      STORAGE_CLOUD_DRIVER: 'supabase',
      STORAGE_CLOUD_BUCKET: 'files',
      STORAGE_CLOUD_SERVICE_ROLE: 'the-role',
      STORAGE_CLOUD_ENDPOINT: `http://127.0.0.1:${port}`,
      STORAGE_CLOUD_ROOT: 'some/where',
    },
    stop: () => server.close(),
  };
}

/** A double of Cloudinary: checks signatures, takes uploads in chunks, keeps pictures without their extension. */
export async function startCloudinary() {
  const objects = new Map(); // kind/id -> { bytes, format }
  const chunks = new Map();
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    const path = decodeURIComponent(pathname);
    const body = await bytesOf(request);
    const json = (status, value) => answerJson(response, status, value);
    const [, listed] = /^\/v1_1\/cloud\/resources\/(\w+)\/upload$/.exec(path) ?? [];
    if (listed) {
      const start = `${listed}/${searchParams.get('prefix')}`;
      const found = [...objects].filter(([key]) => key.startsWith(start));
      return json(200, { resources: found.map(([key, { format }]) => ({ public_id: key.slice(listed.length + 1), ...(format ? { format } : {}) })) });
    }
    const [, kind, action] = /^\/v1_1\/cloud\/(\w+)\/(\w+)$/.exec(path) ?? [];
    if (!action) {
      const [, of, name] = /^\/cloud\/(\w+)\/upload\/(.+)$/.exec(path) ?? [];
      const key = `${of}/${of === 'raw' ? name : name.replace(/\.[^.]+$/, '')}`;
      return objects.has(key) ? sendRange(request, response, objects.get(key).bytes) : json(404, {});
    }
    let fields;
    let file;
    if (request.headers['content-type'].startsWith('multipart/')) {
      const form = await new Response(body, { headers: { 'content-type': request.headers['content-type'] } }).formData();
      file = Buffer.from(await form.get('file').arrayBuffer());
      form.delete('file');
      fields = Object.fromEntries(form);
    } else {
      fields = Object.fromEntries(new URLSearchParams(String(body)));
    }
    const { api_key, signature, signature_algorithm, ...rest } = fields;
    const text = Object.keys(rest).sort().map((name) => `${name}=${rest[name]}`).join('&');
    const { createHash } = await import('node:crypto');
    if (signature !== createHash('sha256').update(`${text}the-secret`).digest('hex') || api_key !== 'the-key') return json(401, {});
    const key = `${kind}/${fields.public_id ?? fields.from_public_id}`;
    if (action === 'upload') {
      const id = request.headers['x-unique-upload-id'];
      const all = Buffer.concat([chunks.get(id) ?? Buffer.alloc(0), file]);
      if (/\/-1$/.test(request.headers['content-range'] ?? '')) return chunks.set(id, all), json(200, { done: false });
      chunks.delete(id);
      objects.set(key, { bytes: all, format: kind === 'raw' ? undefined : 'png' });
      return json(200, { public_id: fields.public_id });
    }
    if (!objects.has(key)) return json(404, { error: { message: 'Resource not found' } });
    if (action === 'destroy') return objects.delete(key), json(200, { result: 'ok' });
    if (action === 'rename') {
      objects.set(`${kind}/${fields.to_public_id}`, objects.get(key));
      objects.delete(key);
      return json(200, {});
    }
    return json(200, { bytes: objects.get(key).bytes.length, created_at: '2026-01-01T00:00:00Z' });
  });
  const port = await listen(server);
  return {
    env: {
      STORAGE_LOCATIONS: 'cloud',
      STORAGE_CLOUD_DRIVER: 'cloudinary',
      STORAGE_CLOUD_CLOUD_NAME: 'cloud',
      STORAGE_CLOUD_API_KEY: 'the-key',
      STORAGE_CLOUD_API_SECRET: 'the-secret',
      STORAGE_CLOUD_ACCESS_MODE: 'public',
      STORAGE_CLOUD_ROOT: 'base',
      STORAGE_CLOUD_ENDPOINT: `http://127.0.0.1:${port}`,
    },
    stop: () => server.close(),
  };
}
