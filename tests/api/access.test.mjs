// Who may do what, as administrators and holders of static tokens see it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ashlar, startServer } from './support/server.mjs';

describe('Access', () => {
  let server, role, policy, user;
  const token = 'static-token-of-ann';

  async function make(path, body) {
    const answer = await server.post(path, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.data;
  }

  before(async () => {
    server = await startServer();
    await make('/collections', { collection: 'notes', schema: {}, meta: {}, fields: [{ field: 'text', type: 'string', schema: {}, meta: {} }] });
    await make('/items/notes', { text: 'hello' });
    role = await make('/roles', { name: 'Editors' });
    policy = await make('/policies', { name: 'Notes' });
    await make('/access', { role: role.id, policy: policy.id });
    await make('/permissions', { policy: policy.id, collection: 'notes', action: 'read', fields: ['text'], permissions: { text: { _nnull: true } } });
    user = await make('/users', { email: 'ann@example.com', role: role.id, token });
  });
  after(() => server.stop());

  test('is explained to administrators alone', async () => {
    const path = '/ashlar/access/explain?user=ann@example.com&collection=notes&action=read';
    const { status, body } = await server.get(path);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.data.fields, ['text']);
    assert.deepEqual(body.data.rule, { text: { _nnull: true } });
    assert.equal(body.data.sources[0].policy.name, 'Notes');
    assert.equal(body.data.sources[0].through[0].role.name, 'Editors');
    for (const other of [null, token]) assert.equal((await server.get(path, { token: other })).status, 403);
    for (const wrong of ['', '?collection=nothing', '?collection=notes&action=fly', '?collection=notes&user=nobody@example.com']) {
      assert.equal((await server.get(`/ashlar/access/explain${wrong}`)).status, 400, wrong);
    }
  });

  test('is explained on the command line', async () => {
    const { database } = server;
    const explain = async (...args) => (await ashlar(['explain', 'access', ...args], { database, check: true })).stdout;
    assert.match(await explain('--user', 'ann@example.com', '--collection', 'notes'), /\[1\] policy "Notes", through role "Editors"/);
    assert.equal(JSON.parse((await explain('--role', 'Editors', '--collection', 'notes', '--json')).trim().split('\n').pop()).access, 'partial');
    assert.match(await explain('--public', '--collection', 'notes'), /^access +none$/m);
    const { status, stderr } = await ashlar(['explain', 'access', '--collection', 'notes'], { database });
    assert.equal(status, 1);
    assert.match(stderr, /--user EMAIL, --role NAME or --public/);
  });

  test('by a static token ends with the token, the user and the policy', async () => {
    const ask = async (as = token) => (await server.get('/items/notes?fields=text', { token: as })).status;
    const change = async (path, body) => assert.equal((await server.patch(path, body)).status, 200);
    assert.equal(await ask(), 200);
    await change(`/policies/${policy.id}`, { ip_access: ['203.0.113.0/24'] });
    assert.equal(await ask(), 403);
    await change(`/policies/${policy.id}`, { ip_access: null });
    assert.equal(await ask(), 200);
    await change(`/users/${user.id}`, { token: 'another-token' });
    assert.equal(await ask(), 401);
    assert.equal(await ask('another-token'), 200);
    await change(`/users/${user.id}`, { status: 'suspended' });
    assert.equal(await ask('another-token'), 401);
    await change(`/users/${user.id}`, { status: 'active' });
    await change(`/users/${user.id}`, { role: null });
    assert.equal(await ask('another-token'), 403);
  });
});
