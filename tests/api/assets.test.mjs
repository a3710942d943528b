// Files that are asked for again and again are answered from memory: what changes must show at the next request.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { download, form, png, upload } from './support/forms.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { admin, startServer } from './support/server.mjs';

// Asks until the answer is surely one from memory.
async function warm(server, path, options) {
  let answer;
  for (let i = 0; i < 3; ++i) answer = await download(server, path, options);
  return answer;
}

const replace = async (server, id, name, bytes, type = 'text/plain') => {
  const { body, headers } = form([['file', { name, type, bytes }]]);
  const answer = await server.patch(`/files/${id}`, body, { headers });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
};

describe('A file that was just asked for', () => {
  let server;
  let root;
  let policy;
  before(async () => {
    root = await temporaryFolder();
    server = await startServer({ env: { STORAGE_LOCAL_ROOT: root } });
    server.token = admin.token;
    policy = (await server.get('/policies?fields=id,name')).body.data.find(({ name }) => /public/i.test(name)).id;
  });
  after(() => server?.stop());

  test('is the new one after it was replaced, and its pictures are made anew', async () => {
    const file = await upload(server, { name: 'a.txt', type: 'text/plain', bytes: 'one' });
    assert.equal(String((await warm(server, `/assets/${file.id}`)).bytes), 'one');
    for (const text of ['two', 'three', 'four!']) {
      await replace(server, file.id, 'a.txt', text);
      assert.equal(String((await download(server, `/assets/${file.id}`)).bytes), text);
    }
    const picture = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(40, 20) });
    const before = await warm(server, `/assets/${picture.id}?width=10`);
    await replace(server, picture.id, 'p.png', png(40, 40), 'image/png');
    const later = await download(server, `/assets/${picture.id}?width=10`);
    assert.deepEqual([before, later].map(({ bytes }) => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]), [[10, 5], [10, 10]]);
  });

  test('is gone after it was deleted, through the program or behind its back', async () => {
    for (const end of [(file) => server.del(`/files/${file.id}`), (file) => rm(`${root}/${file.filename_disk}`)]) {
      const file = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(40, 20) });
      for (const path of [`/assets/${file.id}`, `/assets/${file.id}?width=10`]) assert.equal((await warm(server, path)).status, 200);
      await end(file);
      assert.equal((await download(server, `/assets/${file.id}`)).status, 403);
    }
  });

  test('has the headers of its record as it is', async () => {
    const file = await upload(server, { name: 'a.txt', type: 'text/plain', bytes: 'text' });
    const disposition = async (path) => (await warm(server, path)).headers.get('content-disposition');
    assert.equal(await disposition(`/assets/${file.id}`), 'inline; filename="a.txt"');
    assert.equal(await disposition(`/assets/${file.id}?download`), 'attachment; filename="a.txt"');
    assert.equal(await disposition(`/assets/${file.id}/other.txt`), 'inline; filename="other.txt"');
    await server.patch(`/files/${file.id}`, { filename_download: 'b.txt', type: 'text/html' });
    const answer = await download(server, `/assets/${file.id}`);
    assert.equal(answer.headers.get('content-disposition'), 'inline; filename="b.txt"');
    assert.equal(answer.headers.get('content-type'), 'text/html');
    const part = await download(server, `/assets/${file.id}`, { headers: { range: 'bytes=1-2' } });
    assert.deepEqual([part.status, String(part.bytes)], [206, 'ex']);
    assert.equal((await download(server, `/assets/${file.id}`, { headers: { range: 'bytes=9-' } })).status, 416);
    const head = await server.request('HEAD', `/assets/${file.id}`);
    assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '4', undefined]);
  });

  test('comes in the format that each client knows', async () => {
    const file = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(40, 20) });
    for (const accept of ['image/webp', 'image/avif,image/webp', '*/*', 'image/webp']) {
      const answer = await warm(server, `/assets/${file.id}?width=10&format=auto`, { headers: { accept } });
      const expected = accept.startsWith('image/avif') ? 'image/avif' : accept === 'image/webp' ? 'image/webp' : 'image/png';
      assert.equal(answer.headers.get('content-type'), expected);
    }
  });

  test('is shown to whom it may be shown, at every moment', async () => {
    const file = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(40, 20) });
    const path = `/assets/${file.id}?width=10`;
    const asPublic = () => warm(server, path, { token: null });
    assert.equal((await warm(server, path)).status, 200);
    assert.equal((await asPublic()).status, 403);
    const permission = async (fields, permissions = {}) =>
      (await server.post('/permissions', { policy, collection: 'directus_files', action: 'read', fields, permissions })).body.data.id;
    const all = await permission(['*']);
    const shown = await asPublic();
    assert.deepEqual([shown.status, shown.headers.get('cache-control').split(',')[0]], [200, 'public']);
    assert.ok(shown.headers.get('etag'));
    assert.equal((await warm(server, path)).headers.get('cache-control').split(',')[0], 'private');
    await server.patch(`/permissions/${all}`, { fields: ['id'] });
    const hidden = await asPublic();
    assert.deepEqual([hidden.status, hidden.headers.get('etag')], [200, null]);
    assert.equal(hidden.headers.get('content-disposition'), `inline; filename="${file.id}"`);
    await server.patch(`/permissions/${all}`, { permissions: { title: { _eq: 'open' } } });
    assert.equal((await asPublic()).status, 403);
    await server.patch(`/files/${file.id}`, { title: 'open' });
    assert.equal((await asPublic()).status, 200);
    await server.del(`/permissions/${all}`);
    assert.equal((await asPublic()).status, 403);
    await server.patch('/settings', { project_logo: file.id });
    assert.equal((await asPublic()).status, 200);
    await server.patch('/settings', { project_logo: null });
    assert.equal((await asPublic()).status, 403);
    assert.equal((await download(server, path, { token: 'nobody' })).status, 401);
  });

  test('is transformed as the settings allow it', async () => {
    const file = await upload(server, { name: 'p.png', type: 'image/png', bytes: png(40, 20) });
    const presets = (width) => server.patch('/settings', { storage_asset_presets: [{ key: 'mine', width, fit: 'inside', transforms: [] }] });
    await presets(10);
    const widthOf = async (path) => (await warm(server, path)).bytes.readUInt32BE(16);
    assert.equal(await widthOf(`/assets/${file.id}?key=mine`), 10);
    await presets(20);
    assert.equal(await widthOf(`/assets/${file.id}?key=mine`), 20);
    assert.equal((await warm(server, `/assets/${file.id}?width=10`)).status, 200);
    await server.patch('/settings', { storage_asset_transform: 'presets' });
    assert.equal((await warm(server, `/assets/${file.id}?width=10`)).status, 400);
    await server.patch('/settings', { storage_asset_transform: 'all' });
    assert.equal((await warm(server, `/assets/${file.id}?width=10`)).status, 200);
  });
});

test('What one process changes, the others on its PostgreSQL are told of', async () => {
  const env = { STORAGE_LOCAL_ROOT: await temporaryFolder() };
  const one = await startServer({ database: 'pg', env });
  const other = await startServer({ database: one.database, bootstrap: false, env });
  for (const server of [one, other]) server.token = admin.token;
  try {
    const file = await upload(one, { name: 'a.txt', type: 'text/plain', bytes: 'first' });
    for (let i = 0; i < 10; ++i) {
      assert.equal((await warm(other, `/assets/${file.id}`)).status, 200);
      await replace(one, file.id, `${i}.txt`, `text ${i}`);
      const disposition = async () => (await download(other, `/assets/${file.id}`)).headers.get('content-disposition');
      while ((await disposition()) !== `inline; filename="${i}.txt"`); // the message comes a moment later at most
      assert.equal(String((await download(other, `/assets/${file.id}`)).bytes), `text ${i}`);
    }
    await one.del(`/files/${file.id}`);
    assert.equal((await download(other, `/assets/${file.id}`)).status, 403);
  } finally {
    await one.stop();
    await other.stop();
  }
});
