// How fast Ashlar writes over HTTP, compared with the floor (floor/write.h), which runs the same statements, made
// beforehand, in one transaction; and how fast, and in what memory, it imports a file of 100 MB. Called by `make bench`;
// alone, with the programs built for release:
//
//   node bench/write.mjs [--only REGEX] [--database sqlite|postgres] [--seconds 3] [--rounds 3] [--megabytes 100]
import { chmodSync, createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ADMIN, openDatabase, requirePrograms, startAshlar, startFloor } from './setup.mjs';
import { median } from './wrk.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    database: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    megabytes: { type: 'string', default: '100' },
  },
});

const ROWS_TOGETHER = 250; // in one statement, as Ashlar has them
const isChosen = (name) => new RegExp(options.only).test(name);

// ---- the statements of a write

class Statements {
  list = [];
  constructor(kind) {
    this.kind = kind;
  }
  add(sql, values = []) {
    let number = 0;
    const numbered = this.kind === 'postgres' ? sql.replaceAll('?', () => `$${++number}`) : sql;
    this.list.push({ sql: numbered, values });
    return this.list.length - 1;
  }
  // Gives the place of each row's key.
  insert(table, rows) {
    const places = [];
    for (let start = 0; start < rows.length; start += ROWS_TOGETHER) {
      const piece = rows.slice(start, start + ROWS_TOGETHER);
      const columns = Object.keys(piece[0]);
      const one = `(${columns.map(() => '?').join(', ')})`;
      const sql = `insert into "${table}" (${columns.map((name) => `"${name}"`).join(', ')}) values ${piece.map(() => one).join(', ')} returning "id"`;
      const of = this.add(sql, piece.flatMap((row) => Object.values(row)));
      piece.forEach((_, at) => places.push({ of, at }));
    }
    return places;
  }
  // Activity and revisions of items that have these places; gives the places of the revisions.
  record(action, collection, items, delta) {
    const now = this.kind === 'postgres' ? new Date().toISOString() : Date.now();
    const shared = { user: null, timestamp: now, ip: '127.0.0.1', user_agent: null, collection };
    const activity = this.insert('directus_activity', items.map((item) => ({ action, ...shared, item, origin: null })));
    return this.insert('directus_revisions', items.map((item, i) => ({ activity: activity[i], collection, item, data: delta, delta })));
  }
  readBack(table, places) {
    if (places.length === 1) this.add(`select "id" from "${table}" where "id" = ?`, [places[0]]);
    else this.add(`select "id" from "${table}" order by "id" desc limit ${places.length}`);
  }
}

const article = (number) => ({
  title: `An article with the number ${number}`, slug: `written-${number}`, status: 'draft',
  body: 'Morning light over the harbour, a letter in the window, and nobody who would answer the question. '.repeat(3),
  views: number, rating: 2.5, featured: false, author: 17,
});
const comment = (number) => ({ name: `Reader ${number}`, body: 'A remark that is neither long nor short, about bread.', approved: true });

function creation(kind, count) {
  const items = Array.from({ length: count }, (_, i) => article(i));
  const statements = new Statements(kind);
  const places = statements.insert('articles', items);
  const { author, ...delta } = items[0];
  statements.record('create', 'articles', places, JSON.stringify(delta));
  statements.readBack('articles', places);
  return { floor: statements.list, method: 'POST', path: '/items/articles?fields=id', body: count === 1 ? items[0] : items };
}

function nestedCreation(kind) {
  const author = { name: 'Ann Other', email: 'ann@example.com', biography: null, active: true };
  const articles = Array.from({ length: 10 }, (_, i) => ({ ...article(i), comments: [comment(1), comment(2), comment(3)] }));
  const statements = new Statements(kind);
  const [key] = statements.insert('authors', [author]);
  const below = statements.insert('articles', articles.map(({ comments, ...own }) => ({ ...own, author: key })));
  const leaves = statements.insert('comments', articles.flatMap(({ comments }, i) => comments.map((own) => ({ ...own, article: below[i] }))));
  statements.record('create', 'comments', leaves, JSON.stringify(comment(1)));
  const { author: _, ...delta } = article(1);
  statements.record('create', 'articles', below, JSON.stringify(delta));
  statements.record('create', 'authors', [key], JSON.stringify(author));
  statements.readBack('authors', [key]);
  return {
    floor: statements.list, method: 'POST', path: '/items/authors?fields=id',
    body: { ...author, articles: articles.map(({ author: __, ...own }) => own) },
  };
}

function updateByQuery(kind) {
  const keys = Array.from({ length: 1000 }, (_, i) => i + 1);
  const statements = new Statements(kind);
  const list = kind === 'postgres' ? ['= any(?::int[])', `{${keys.join(',')}}`] : ['in (select value from json_each(?))', JSON.stringify(keys)];
  statements.add('select "id" from "articles" where "id" between ? and ? order by "id" limit 1000', [1, 1000]);
  statements.add(`update "articles" set "views" = ? where "id" ${list[0]}`, [5, list[1]]);
  statements.add(`select "id", "title", "slug", "status", "body", "views", "rating", "featured", "published_on", "created_at" from "articles" where "id" ${list[0]}`, [list[1]]);
  const { author, ...data } = article(1);
  statements.record('update', 'articles', keys.map(String), JSON.stringify({ id: 1, ...data, published_on: '2020-01-01', created_at: '2020-01-01T00:00:00.000Z' }));
  statements.add(`select "id" from "articles" where "id" ${list[0]} order by "id"`, [list[1]]);
  return {
    floor: statements.list, method: 'PATCH', path: '/items/articles?fields=id',
    body: { query: { filter: { id: { _between: [1, 1000] } }, limit: 1000 }, data: { views: 5 } },
  };
}

const CASES = [
  { name: 'create 1 item', make: (kind) => creation(kind, 1) },
  { name: 'create 100 items', make: (kind) => creation(kind, 100) },
  { name: 'create 10,000 items', make: (kind) => creation(kind, 10_000) },
  { name: 'create 41 nested items', make: nestedCreation },
  { name: 'update 1,000 items by query', make: updateByQuery },
];

// ---- measuring

const agent = new http.Agent({ keepAlive: true });

function send(url, { method, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers: { ...headers, 'content-length': body.length, 'content-type': 'application/json' }, agent }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => (answer.statusCode < 300 ? resolve(pieces) : reject(new Error(`${method} ${url}: ${answer.statusCode} ${Buffer.concat(pieces).subarray(0, 500)}`))));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

// Requests one after the other for some seconds, at least three.
async function load(side, seconds) {
  const cpu = side.program.processorTime();
  const start = performance.now();
  let count = 0;
  while (count < 3 || performance.now() - start < seconds * 1000) {
    await send(side.url, side);
    ++count;
  }
  const elapsed = (performance.now() - start) / 1000;
  return { perSecond: count / elapsed, microseconds: ((side.program.processorTime() - cpu) / count) * 1e6 };
}

const digits = (number, places) => number.toFixed(places);
const columns = [['case', 28], ['database', 9], ['floor/s', 9], ['Ashlar/s', 9], ['ratio', 6], ['floor us', 10], ['Ashlar us', 10], ['ratio', 6]];
const row = (cells) => cells.map((cell, i) => (i < 2 ? String(cell).padEnd(columns[i][1]) : String(cell).padStart(columns[i][1]))).join(' ');

async function measureCase(database, floor, ashlar, test) {
  const { floor: statements, method, path, body } = test.make(database.kind);
  const sides = [
    { program: floor, url: `${floor.url}/write`, method: 'POST', headers: {}, body: Buffer.from(JSON.stringify(statements)) },
    { program: ashlar, url: ashlar.url + path, method, headers: { Authorization: `Bearer ${ADMIN.token}` }, body: Buffer.from(JSON.stringify(body)) },
  ];
  const results = sides.map(() => []);
  for (const side of sides) await load(side, 0.5);
  for (let round = 0; round < Number(options.rounds); ++round) {
    for (const [i, side] of sides.entries()) results[i].push(await load(side, Number(options.seconds)));
  }
  const [least, own] = results.map((rounds) => ({
    perSecond: median(rounds.map(({ perSecond }) => perSecond)), microseconds: median(rounds.map(({ microseconds }) => microseconds)),
  }));
  console.log(row([test.name, database.kind, digits(least.perSecond, 1), digits(own.perSecond, 1), digits(own.perSecond / least.perSecond, 2),
    digits(least.microseconds, 0), digits(own.microseconds, 0), digits(own.microseconds / least.microseconds, 2)]));
}

// ---- import

async function makeCsv(file, megabytes) {
  const out = createWriteStream(file);
  let rows = 0;
  let size = 0;
  out.write('title,slug,status,body,views,rating,featured\n');
  while (size < megabytes * 1e6) {
    const lines = [];
    for (let i = 0; i < 1000; ++i) {
      const { title, slug, status, body, views, rating, featured } = article(++rows);
      lines.push(`"${title}, ""new""",${slug},${status},"${body}",${views},${rating},${featured}\n`);
    }
    const text = lines.join('');
    size += text.length;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return rows;
}

async function measureImport(database, folder) {
  const file = join(folder, 'articles.csv');
  const rows = await makeCsv(file, Number(options.megabytes));
  const ashlar = await startAshlar(database);
  try {
    const before = ashlar.memory();
    const boundary = 'a-boundary-that-is-nowhere-in-the-file';
    const head = Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n`);
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    const start = performance.now();
    const outgoing = http.request(`${ashlar.url}/utils/import/articles`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${ADMIN.token}`, 'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': head.length + statSync(file).size + tail.length,
      },
    });
    outgoing.write(head);
    const source = createReadStream(file);
    source.pipe(outgoing, { end: false });
    source.on('end', () => outgoing.end(tail));
    const [answer] = await once(outgoing, 'response');
    const pieces = [];
    for await (const piece of answer) pieces.push(piece);
    if (answer.statusCode !== 200) throw new Error(`import: ${answer.statusCode} ${Buffer.concat(pieces)}`);
    const seconds = (performance.now() - start) / 1000;
    console.log(`import of ${options.megabytes} MB, ${database.kind}: ${rows} rows in ${digits(seconds, 1)} s, ${digits(rows / seconds, 0)} rows/s, ` +
      `${digits(before, 0)} MB of memory before, ${digits(ashlar.memory('VmHWM'), 0)} MB at most`);
  } finally {
    await ashlar.stop();
    rmSync(file);
  }
}

requirePrograms();
const folder = mkdtempSync(join(tmpdir(), 'ashlar-bench-'));
chmodSync(folder, 0o755);
try {
  console.log('Requests per second over one connection, and microseconds of processor time per request of the server alone.\n');
  console.log(row(columns.map(([name]) => name)));
  for (const kind of ['sqlite', 'postgres']) {
    if (options.database && options.database !== kind) continue;
    const place = mkdtempSync(join(folder, kind));
    chmodSync(place, 0o755);
    const database = await openDatabase(kind, place);
    database.environment.MAX_PAYLOAD_SIZE = '100mb';
    try {
      const cases = CASES.filter(({ name }) => isChosen(name));
      if (cases.length > 0) {
        const floor = await startFloor(database);
        const ashlar = await startAshlar(database);
        try {
          for (const test of cases) await measureCase(database, floor, ashlar, test);
        } finally {
          await floor.stop();
          await ashlar.stop();
        }
      }
      if (isChosen('import')) await measureImport(database, place);
    } finally {
      database.postgres?.stop();
    }
  }
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
