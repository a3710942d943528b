// The data of the benchmarks: a blog, the same at every run. Written as SQL for the command line clients of SQLite and
// PostgreSQL, beside the tables of the system that `ashlar bootstrap` made.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const SEED = 20240517;
const COUNTS = {
  authors: 5_000, articles: 50_000, comments: 200_000, tags: 500, heroes: 2_000, paragraphs: 8_000, pages: 2_000,
  projects: 200, notes: 20_000,
};
const TAGS_PER_ARTICLE = 3;
const BLOCKS_PER_PAGE = 5;  // a hero and paragraphs
const DAY = 86_400_000;
const EPOCH = Date.UTC(2020, 0, 1);

// Types as the system makes its columns. `key` is the primary key, `to` a foreign key, which gets an index.
const TABLES = {
  authors: { id: 'key', name: 'string', email: 'string', biography: 'text', born: 'date', active: 'boolean' },
  articles: {
    id: 'key', title: 'string', slug: 'string', status: 'string', body: 'text', views: 'integer', rating: 'float',
    featured: 'boolean', published_on: 'date', created_at: 'timestamp', author: { to: 'authors' },
  },
  comments: {
    id: 'key', article: { to: 'articles' }, name: 'string', body: 'text', approved: 'boolean', created_at: 'timestamp',
  },
  tags: { id: 'key', name: 'string' },
  article_tags: { id: 'key', article: { to: 'articles' }, tag: { to: 'tags' } },
  heroes: { id: 'key', heading: 'string', text: 'text' },
  paragraphs: { id: 'key', body: 'text', wide: 'boolean' },
  pages: { id: 'key', title: 'string' },
  page_blocks: { id: 'key', page: { to: 'pages' }, collection: 'string', item: 'string' },
  projects: { id: 'key', name: 'string', owner: 'owner' },
  notes: { id: 'key', title: 'string', text: 'text', kind: 'integer', owner: 'owner', project: { to: 'projects' } },
};

// The keys of users to whom rows belong.
export const ownerOf = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const OWNERS = 100;

const DIALECTS = {
  sqlite: {
    types: {
      key: 'integer not null primary key autoincrement', owner: 'char(36)', string: 'varchar(255)', text: 'text', integer: 'integer',
      float: 'float', boolean: 'boolean', date: 'date', timestamp: 'datetime',
    },
    boolean: (value) => (value ? '1' : '0'),
    date: (moment) => String(moment),
    timestamp: (moment) => String(moment),
  },
  postgres: {
    types: {
      key: 'serial primary key', owner: 'uuid', string: 'varchar(255)', text: 'text', integer: 'integer', float: 'real',
      boolean: 'boolean', date: 'date', timestamp: 'timestamptz',
    },
    boolean: (value) => (value ? 'true' : 'false'),
    date: (moment) => `'${new Date(moment).toISOString().slice(0, 10)}'`,
    timestamp: (moment) => `'${new Date(moment).toISOString()}'`,
  },
};

// mulberry32: a number from 0 to below 1.
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = `time stone river house garden window letter morning silver "quoted" path\\to bread music märchen façade 東京
 winter paper light bridge market forest island engine harbour mountain question answer story picture corner`
  .split(/\s+/).filter(Boolean);

function* rowsOf(table) {
  const random = randomFrom(SEED + Object.keys(TABLES).indexOf(table));
  const whole = (limit) => Math.floor(random() * limit);
  const words = (count) => Array.from({ length: count }, () => WORDS[whole(WORDS.length)]).join(' ');
  const paragraphs = (count, length) => Array.from({ length: count }, () => words(length)).join('\n');
  const one = {
    authors: (id) => [id, words(2), `author${id}@example.com`, random() < 0.2 ? null : paragraphs(1, 20),
      EPOCH - whole(20_000) * DAY, random() < 0.9],
    articles: (id) => [id, words(6), `article-${id}`, random() < 0.8 ? 'published' : 'draft', paragraphs(2, 25),
      whole(100_000), whole(21) / 4, random() < 0.1, random() < 0.2 ? null : EPOCH + whole(1500) * DAY,
      EPOCH + whole(1500 * 86_400) * 1000, 1 + whole(COUNTS.authors)],
    comments: (id) => [id, 1 + whole(COUNTS.articles), words(2), paragraphs(1, 12), random() < 0.9,
      EPOCH + whole(1500 * 86_400) * 1000],
    tags: (id) => [id, `${words(1)} ${id}`],
    heroes: (id) => [id, words(5), paragraphs(1, 15)],
    paragraphs: (id) => [id, paragraphs(2, 20), random() < 0.3],
    pages: (id) => [id, words(4)],
    projects: (id) => [id, words(2), ownerOf(id % OWNERS)],
    notes: (id) => [id, words(4), paragraphs(1, 20), whole(100), ownerOf(whole(OWNERS)), 1 + whole(COUNTS.projects)],
  };
  let id = 0;
  if (table === 'article_tags') {
    for (let article = 1; article <= COUNTS.articles; ++article) {
      for (let i = 0; i < TAGS_PER_ARTICLE; ++i) yield [++id, article, 1 + whole(COUNTS.tags)];
    }
    return;
  }
  if (table === 'page_blocks') {
    for (let page = 1; page <= COUNTS.pages; ++page) {
      yield [++id, page, 'heroes', String(1 + whole(COUNTS.heroes))];
      for (let i = 1; i < BLOCKS_PER_PAGE; ++i) yield [++id, page, 'paragraphs', String(1 + whole(COUNTS.paragraphs))];
    }
    return;
  }
  while (id < COUNTS[table]) yield one[table](++id);
}

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const names = (list) => list.map((name) => `"${name}"`).join(', ');

function* tableSql(table, dialect) {
  const columns = Object.entries(TABLES[table]);
  const own = columns.map(([name, type]) => `"${name}" ${dialect.types[type] ?? 'integer'}`);
  const keys = columns.filter(([, type]) => type.to).map(([name, type]) =>
    `constraint "${table}_${name}_foreign" foreign key ("${name}") references "${type.to}" ("id") on delete set null`);
  yield `create table "${table}" (${[...own, ...keys].join(', ')});\n`;

  const print = columns.map(([, type]) => dialect[type] ?? ((value) => (typeof value === 'string' ? quoted(value) : String(value))));
  const head = `insert into "${table}" (${names(columns.map(([name]) => name))}) values\n`;
  const batch = [];
  for (const row of rowsOf(table)) {
    batch.push(`(${row.map((value, i) => (value === null ? 'null' : print[i](value))).join(',')})`);
    if (batch.length < 500) continue;
    yield `${head}${batch.join(',\n')};\n`;
    batch.length = 0;
  }
  if (batch.length > 0) yield `${head}${batch.join(',\n')};\n`;
  for (const [name, type] of columns) {
    if (type.to) yield `create index "${table}_${name}_foreign" on "${table}" ("${name}");\n`;
    if (type === 'owner') yield `create index "${table}_${name}_index" on "${table}" ("${name}");\n`;
  }
}

// How the system shows the tables: lists of what points to a row, and what SQLite has no types for.
function* metaSql() {
  for (const table of Object.keys(TABLES)) yield `insert into directus_collections ("collection") values ('${table}');\n`;
  const fields = [['authors', 'articles', 'o2m'], ['articles', 'comments', 'o2m'], ['articles', 'tags', 'm2m'],
    ['pages', 'blocks', 'm2a']];
  for (const [table, columns] of Object.entries(TABLES)) {
    for (const [name, type] of Object.entries(columns)) {
      if (type === 'timestamp' || type === 'boolean') fields.push([table, name, `cast-${type}`]);
    }
  }
  for (const field of fields) {
    yield `insert into directus_fields ("collection", "field", "special") values (${field.map(quoted).join(', ')});\n`;
  }
  const relations = [['articles', 'author', 'authors', 'articles', null], ['comments', 'article', 'articles', 'comments', null],
    ['article_tags', 'article', 'articles', 'tags', 'tag'], ['article_tags', 'tag', 'tags', null, 'article'],
    ['notes', 'project', 'projects', null, null]];
  for (const relation of relations) {
    const values = relation.map((value) => (value === null ? 'null' : quoted(value))).join(', ');
    yield `insert into directus_relations ("many_collection", "many_field", "one_collection", "one_field", "junction_field") values (${values});\n`;
  }
  yield `insert into directus_relations ("many_collection", "many_field", "one_collection", "one_field", "junction_field",
    "one_collection_field", "one_allowed_collections") values ('page_blocks', 'page', 'pages', 'blocks', 'item', null, null),
    ('page_blocks', 'item', null, null, 'page', 'collection', 'heroes,paragraphs');\n`;
}

function* sql(dialect) {
  yield 'begin;\n';
  for (const table of Object.keys(TABLES)) yield* tableSql(table, dialect);
  yield* metaSql();
  yield 'commit;\n';
}

async function feed(program, parameters, texts) {
  const client = spawn(program, parameters, { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(client, 'exit');
  for (const text of texts) if (!client.stdin.write(text)) await Promise.race([once(client.stdin, 'drain'), ended]);
  client.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`${program} failed (${code})`);
}

export async function fillSqlite(filename) {
  await feed('sqlite3', ['-bail', filename], [...sql(DIALECTS.sqlite), 'analyze;\n']);
}

// `url` is a connection string.
export async function fillPostgres(url) {
  await feed('psql', ['-q', '-X', '-v', 'ON_ERROR_STOP=1', url], sql(DIALECTS.postgres));
  // Keys were given; those that the database makes come behind them.
  const sequences = Object.keys(TABLES).map((table) => `select setval('${table}_id_seq', max(id)) from ${table};\n`);
  await feed('psql', ['-q', '-X', '-v', 'ON_ERROR_STOP=1', url], [...sequences, 'vacuum analyze;\n']);
}

// The plain columns of a table, as Ashlar's `fields` and the floor list them.
export const columnsOf = (table) => Object.keys(TABLES[table]);
export const TABLE_NAMES = Object.keys(TABLES);
