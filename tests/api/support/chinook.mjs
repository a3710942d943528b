// The Chinook sample database (tests/data/chinook), loaded into a database of each kind, and its rows as the database's
// own client prints them, in the form in which the API gives the same values.
import { copyFileSync, readFileSync } from 'node:fs';
import { createDatabase, execute } from './databases.mjs';

const file = (name) => new URL(`../../data/chinook/${name}`, import.meta.url);

// The scripts make a database of their own name, where they would collide.
const isAboutDatabases = /^(drop database|create database|use |\\c )/i;

/** A database of the kind with all tables and rows of Chinook. */
export async function loadChinook(kind) {
  const database = await createDatabase(kind);
  if (kind === 'sqlite3') {
    copyFileSync(file('Chinook_Sqlite.sqlite'), database.file);
    return database;
  }
  const script = readFileSync(file(kind === 'pg' ? 'Chinook_PostgreSql.sql' : 'Chinook_MySql.sql'), 'utf8');
  await execute(database, script.split('\n').filter((line) => !isAboutDatabases.test(line)).join('\n'));
  return database;
}

// How a printed text of a column of that type looks in an answer.
function converter(type) {
  if (/int/.test(type)) return Number;
  if (/^(datetime|timestamp)/.test(type)) return (text) => text.replace(' ', 'T');
  return (text) => text; // numeric and decimal too: as text, with all their digits
}

const convertRows = (rows, types) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, text]) => [name, text === null ? null : converter(types[name])(text)])));

// psql --csv: what is quoted is text; what is not and reads \N is null.
function parseCsv(text) {
  const lines = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    lines.at(-1).push(quoted !== undefined ? quoted.replaceAll('""', '"') : bare === '\\N' ? null : bare);
    if (end === '\n') lines.push([]);
  }
  lines.pop();
  return lines;
}

// mariadb --batch: \t between values, \n, \t, \0 and \ itself escaped.
function parseBatch(text) {
  const escapes = { '\\n': '\n', '\\t': '\t', '\\0': '\0', '\\\\': '\\' };
  const value = (printed) => (printed === 'NULL' ? null : printed.replace(/\\[nt0\\]/g, (escape) => escapes[escape]));
  return text.split('\n').slice(0, -1).map((line) => line.split('\t').map(value));
}

function toObjects([names, ...lines]) {
  return lines.map((line) => Object.fromEntries(names.map((name, index) => [name, line[index]])));
}

async function print(database, sql) {
  switch (database.kind) {
    case 'sqlite3': {
      const { stdout } = await database.client(['-json'], { input: sql });
      return JSON.parse(stdout || '[]');
    }
    case 'pg':
      return toObjects(parseCsv((await database.client(['--csv', '-P', 'null=\\N'], { input: sql })).stdout));
    case 'mysql':
      return toObjects(parseBatch((await database.client(['--batch'], { input: sql })).stdout));
  }
}

/** The rows that a SELECT gives; `types` maps the names of its columns to the database's types. */
export async function select(database, sql, types = {}) {
  const rows = await print(database, sql);
  if (database.kind !== 'sqlite3') return convertRows(rows, types);
  // SQLite prints numbers as such and has no type for dates.
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) =>
    [name, typeof value === 'string' && /^(datetime|timestamp)/.test(types[name] ?? '') ? value.replace(' ', 'T') : value])));
}

/** The tables and their columns: { table: { column: type } }, of the database's own catalog. */
export async function tables(database) {
  const catalog = {
    sqlite3: `select m.name as "table", c.name as "column", lower(c.type) as "type" from sqlite_master m join pragma_table_info(m.name) c
              where m.type = 'table' and m.name not like 'sqlite%' order by m.name, c.cid`,
    pg: `select table_name as "table", column_name as "column", data_type as "type" from information_schema.columns
         where table_schema = 'public' order by table_name, ordinal_position`,
    mysql: `select table_name as 'table', column_name as 'column', data_type as 'type' from information_schema.columns
            where table_schema = database() order by table_name, ordinal_position`,
  }[database.kind];
  const found = {};
  for (const { table, column, type } of await print(database, catalog)) (found[table] ??= {})[column] = type;
  return found;
}

/** A name as the database's SQL wants it. */
export const quote = (database, name) => (database.kind === 'mysql' ? `\`${name}\`` : `"${name}"`);
