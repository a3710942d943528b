// The load: actors that ask one thing after the other, each of things that are its own, so that it knows what they must be.
import { setTimeout as pause } from 'node:timers/promises';
import { form, noise, png } from '../api/support/forms.mjs';
import { absent, digest, Ledger, outcome } from './ledger.mjs';

const field = (name, type = 'integer', schema = {}) => ({ field: name, type, schema, meta: {} });
const below = (number) => Math.floor(Math.random() * number);
const anyOf = (list) => list[below(list.length)];
const users = Array.from({ length: 4 }, (_, index) => ({ email: `user${index}@example.com`, password: 'a-password-of-tests' }));
const importedRows = 50;
const batchSize = 10;
const mostFiles = 20; // of an actor

async function must(answer) {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body?.data;
}

/** Makes the collections, users and pictures; gives the pictures' ids. */
export async function prepare({ request }) {
  const post = (path, body, headers) => must(request('POST', path, { body, headers }));
  await post('/collections', { collection: 'rows', schema: {}, meta: {}, fields: [field('tag', 'string', { is_unique: true }), field('value'), { field: 'parts', type: 'alias', meta: { special: ['o2m'] } }] });
  await post('/collections', { collection: 'parts', schema: {}, meta: {}, fields: [field('tag', 'string'), field('row')] });
  await post('/relations', { collection: 'parts', field: 'row', related_collection: 'rows', meta: { one_field: 'parts' }, schema: { on_delete: 'CASCADE' } });
  await post('/collections', { collection: 'imported', schema: {}, meta: {}, fields: [field('tag', 'string'), field('number')] });
  await post('/collections', { collection: 'still', schema: {}, meta: {}, fields: [field('text', 'string')] });
  await post('/items/still', Array.from({ length: 100 }, (_, index) => ({ text: `text ${index}` })));
  for (const user of users) await post('/users', user);
  const pictures = [];
  for (const storage of ['local', 'cloud']) {
    const pixels = noise(300 * (400 * 3 + 1)).map((byte, index) => (index % 1201 === 0 ? 0 : byte));
    const { body, headers } = form([['storage', storage], ['title', `picture in ${storage}`], ['file', { name: 'p.png', type: 'image/png', bytes: png(400, 300, { pixels }) }]]);
    pictures.push((await post('/files', body, headers)).id);
  }
  return pictures;
}

/**
 * { run(actors, isOver), rows, files, fields, imports, batches, wrong, hits }: `run` keeps that many actors at work; the
 * ledgers hold what was acknowledged; `wrong` lists answers that were not what they had to be.
 */
export function makeLoad({ servers, record, pictures }) {
  const rows = new Ledger(), files = new Ledger(), fields = new Ledger(), imports = new Ledger();
  const batches = []; // lists of tags of which all or none must be there
  const wrong = [];
  const load = { rows, files, fields, imports, batches, wrong, hits: 0, begin: performance.now() };
  let serial = 0;

  async function ask(kind, method, path, { server = anyOf(servers), ...options } = {}) {
    const begin = performance.now();
    try {
      const answer = await server.request(method, path, options);
      record.note(kind, server.name, begin, answer);
      if (answer.headers['x-cache'] === 'HIT') ++load.hits;
      return answer;
    } catch (error) {
      record.note(kind, server.name, begin, undefined, error);
      await pause(50);
      return undefined;
    }
  }
  const read = (kind, path, options) => ask(kind, 'GET', path, options);
  const expect = (condition, text) => condition || wrong.push(`${Math.round((performance.now() - load.begin) / 1000)} s: ${text}`);
  // What nobody should refuse.
  const expectDone = (kind, answer) => expect(outcome(answer) !== 'refused', `${kind}: ${answer?.status} ${answer && String(answer.bytes).slice(0, 300)}`);
  const other = (server) => servers.find((each) => each !== server) ?? server;

  function actor(number) {
    const own = []; // { id, tag, value } of rows
    const ownFiles = []; // { id, tag, digest }
    let session;

    const rowState = (value) => `${value} with 2 parts`;
    const newRow = () => {
      const tag = `row ${++serial} of ${number}`;
      return { tag, value: below(1000), parts: [{ tag: `${tag} a` }, { tag: `${tag} b` }] };
    };
    async function create() {
      const row = newRow();
      const answer = await ask('create', 'POST', '/items/rows?fields=id', { body: row });
      expectDone('create', answer);
      if (rows.write(row.tag, rowState(row.value), answer) === 'done') own.push({ ...row, id: answer.body.data.id });
    }
    async function createBatch() {
      const batch = Array.from({ length: batchSize }, newRow);
      const answer = await ask('create batch', 'POST', '/items/rows?fields=id', { body: batch });
      expectDone('create batch', answer);
      for (const { tag, value } of batch) rows.write(tag, rowState(value), answer);
      batches.push(batch.map(({ tag }) => tag));
    }
    async function update() {
      const row = anyOf(own);
      if (!row) return create();
      const value = row.value + 1;
      const server = anyOf(servers);
      const answer = await ask('update', 'PATCH', `/items/rows/${row.id}?fields=value`, { server, body: { value } });
      expectDone('update', answer);
      if (rows.write(row.tag, rowState(value), answer) !== 'done') return own.splice(own.indexOf(row), 1);
      row.value = value;
      const seen = await read('read own', `/items/rows/${row.id}?fields=value`, { server: other(server) });
      expectDone('read own', seen);
      if (seen?.status === 200) expect(seen.body.data.value === value, `row ${row.id} is ${seen.body.data.value}, not ${value}, at the other server`);
    }
    async function remove() {
      if (own.length < 5) return create();
      const [row] = own.splice(below(own.length), 1);
      const answer = await ask('delete', 'DELETE', `/items/rows/${row.id}`);
      expectDone('delete', answer);
      rows.write(row.tag, absent, answer);
    }

    // Few enough to leave room on the small disk, however fast the machine is.
    async function upload() {
      if (ownFiles.length > mostFiles) return removeFile();
      const storage = anyOf(['local', 'cloud']);
      const tag = `file ${++serial} of ${number}`;
      const size = Math.random() < 0.8 ? 100 + below(50_000) : 1_000_000 + below(2_000_000);
      const bytes = noise(size, serial);
      bytes.write(tag);
      const { body, headers } = form([['storage', storage], ['title', tag], ['file', { name: 'f.bin', type: 'application/octet-stream', bytes }]]);
      const kind = `upload to ${storage}`;
      const answer = await ask(kind, 'POST', '/files?fields=id,filesize', { body, headers });
      expectDone(kind, answer);
      const file = { tag, storage, digest: digest(bytes) };
      if (files.write(tag, file.digest, answer) === 'done') ownFiles.push({ ...file, id: answer.body.data.id });
    }
    async function fetchFile() {
      const file = anyOf(ownFiles);
      if (!file) return upload();
      const kind = `download from ${file.storage}`;
      const answer = await read(kind, `/assets/${file.id}`);
      expectDone(kind, answer);
      if (answer?.status === 200) expect(digest(answer.bytes) === file.digest, `${file.tag} has other bytes`);
    }
    async function removeFile() {
      if (ownFiles.length < 4) return upload();
      const [file] = ownFiles.splice(below(ownFiles.length), 1);
      const kind = `delete in ${file.storage}`;
      const answer = await ask(kind, 'DELETE', `/files/${file.id}`);
      expectDone(kind, answer);
      files.write(file.tag, absent, answer);
    }
    async function transform() {
      const which = below(2);
      const kind = `picture from ${['local', 'cloud'][which]}`;
      const answer = await read(kind, `/assets/${pictures[which]}?width=${20 + below(100) * 2}&format=webp`);
      expectDone(kind, answer);
      if (answer?.status === 200) expect(String(answer.bytes.subarray(8, 12)) === 'WEBP', 'a picture is none');
    }

    async function logIn() {
      const answer = await ask('login', 'POST', '/auth/login', { body: { ...anyOf(users), mode: 'json' }, token: null });
      expectDone('login', answer);
      session = answer?.status === 200 ? answer.body.data : undefined;
    }
    async function refresh() {
      if (!session) return logIn();
      const answer = await ask('refresh', 'POST', '/auth/refresh', { body: { refresh_token: session.refresh_token, mode: 'json' }, token: null });
      expectDone('refresh', answer);
      session = answer?.status === 200 ? answer.body.data : undefined;
      if (!session) return;
      const me = await read('read as user', '/users/me?fields=id', { token: session.access_token });
      expectDone('read as user', me);
    }

    async function importRows() {
      const tag = `import ${++serial}`;
      const text = `tag,number\n${Array.from({ length: importedRows }, (_, index) => `${tag},${index}\n`).join('')}`;
      const { body, headers } = form([['file', { name: 'rows.csv', type: 'text/csv', bytes: text }]]);
      const answer = await ask('import', 'POST', '/utils/import/imported', { body, headers });
      expectDone('import', answer);
      imports.write(tag, String(importedRows), answer);
    }
    async function exportRows() {
      const request = { format: anyOf(['csv', 'json', 'xml']), query: { limit: 100, fields: ['tag', 'value'] }, file: { title: `export ${++serial}` } };
      expectDone('export', await ask('export', 'POST', '/utils/export/rows', { body: request }));
      expectDone('export as answer', await read('export as answer', '/items/rows?export=csv&limit=200'));
    }

    const list = async () => expectDone('list', await read('list', '/items/rows?limit=20&sort=-id'));
    const nested = async () => expectDone('nested', await read('nested', `/items/rows?fields=tag,value,parts.tag&limit=20&filter[value][_gt]=${below(500)}&sort=id`));
    const aggregate = async () => expectDone('aggregate', await read('aggregate', '/items/rows?aggregate[count]=*&aggregate[avg]=value&filter[value][_lt]=500'));
    const cached = async () => {
      const answer = await read('cached', '/items/still?limit=50&sort=id');
      expectDone('cached', answer);
      if (answer?.status === 200) expect(answer.body.data.length === 50, 'a kept list is not whole');
    };

    const steps = [
      [14, list], [10, nested], [5, aggregate], [14, cached], [10, create], [3, createBatch], [14, update], [5, remove], [5, upload],
      [6, fetchFile], [4, removeFile], [3, transform], [1, logIn], [3, refresh], [0.5, importRows], [0.3, exportRows],
    ];
    const sum = steps.reduce((total, [weight]) => total + weight, 0);
    return () => {
      let dice = Math.random() * sum;
      return steps.find(([weight]) => (dice -= weight) < 0)[1]();
    };
  }

  // Changes the model under the others' requests.
  function modeler() {
    return async () => {
      const name = `f_${++serial}`;
      const server = anyOf(servers);
      const added = await ask('add field', 'POST', '/fields/rows', { server, body: field(name, anyOf(['integer', 'string', 'json'])) });
      expectDone('add field', added);
      if (fields.write(name, 'there', added) === 'done') {
        await pause(2000); // while Redis is away, others look once a second
        const seen = await read('read with new field', `/items/rows?fields=id,${name}&limit=3`, { server: other(server) });
        expectDone('read with new field', seen);
      }
      await pause(1000);
      if (Math.random() < 0.8) {
        const dropped = await ask('drop field', 'DELETE', `/fields/rows/${name}`);
        if (outcome(added) === 'done') expectDone('drop field', dropped);
        fields.write(name, absent, dropped);
      }
      await pause(2000);
    };
  }

  async function work(step, isOver) {
    while (!isOver()) {
      await step();
      await pause(5 + below(30));
    }
  }
  load.run = (actors, isOver) => Promise.all([work(modeler(), isOver), ...Array.from({ length: actors }, (_, number) => work(actor(number), isOver))]);
  return load;
}

