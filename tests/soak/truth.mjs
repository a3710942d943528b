// What is stored in the end, looked up in the database and in the storages, past the server.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from './ledger.mjs';

const separator = '\x1f';
async function select(database, sql) {
  const { stdout } = await database.client(['-At', '-F', separator], { input: `${sql};` });
  return stdout.split('\n').filter(Boolean).map((line) => line.split(separator));
}

export const rowsInDatabase = async (database) =>
  new Map((await select(database, 'select tag, value, (select count(*) from parts where parts.row = rows.id) from rows')).map(([tag, value, parts]) => [tag, `${value} with ${parts} parts`]));

export const importsInDatabase = async (database) => new Map(await select(database, 'select tag, count(*) from imported group by tag'));

export const fieldsInDatabase = async (database) =>
  new Map((await select(database, "select column_name from information_schema.columns where table_name = 'rows' and column_name like 'f\\_%'")).map(([name]) => [name, 'there']));

/** Counts that must be zero: things that were done by half. */
export async function halves(database) {
  const none = {
    'parts without a row': 'select count(*) from parts where "row" is null',
    'rows without activity': "select count(*) from rows where not exists (select from directus_activity where collection = 'rows' and action = 'create' and item = rows.id::text)",
    'rows without revision': "select count(*) from rows where not exists (select from directus_revisions where collection = 'rows' and item = rows.id::text)",
    'fields without a column': "select count(*) from directus_fields where collection = 'rows' and field like 'f\\_%' and not exists (select from information_schema.columns where table_name = 'rows' and column_name = field)",
    'columns without a field': "select count(*) from information_schema.columns where table_name = 'rows' and column_name like 'f\\_%' and not exists (select from directus_fields where collection = 'rows' and field = column_name)",
  };
  const found = {};
  for (const [name, sql] of Object.entries(none)) {
    const [[count]] = await select(database, sql);
    if (count !== '0') found[name] = Number(count);
  }
  return found;
}

// What the server itself writes to see whether a storage works.
const isProbe = (name) => /^directus-(health|metric)-file$/.test(name);

const namesBelow = (folder, prefix = '') =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? namesBelow(join(folder, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name]));

/**
 * The files as they are stored: { byTitle: Map of title -> digest of the bytes, wrong: texts about records without bytes and
 * bytes without a record }. `objects` gives for each location { names, bytes(name) }.
 */
export async function storedFiles(database, objects) {
  const byTitle = new Map();
  const wrong = [];
  const known = new Map(Object.keys(objects).map((location) => [location, new Set()]));
  for (const [id, title, location, name, size] of await select(database, 'select id, title, storage, filename_disk, filesize from directus_files')) {
    known.get(location).add(name.replace(/\.[^.]*$/, ''));
    let bytes;
    try {
      bytes = objects[location].bytes(name);
    } catch {
      wrong.push(`${title} (${id}) has no bytes in ${location}`);
      continue;
    }
    if (Number(size) !== bytes.length) wrong.push(`${title} (${id}) has ${bytes.length} bytes in ${location}, not ${size}`);
    byTitle.set(title, digest(bytes));
  }
  for (const [location, { names }] of Object.entries(objects)) {
    for (const name of names().filter((each) => !isProbe(each))) {
      if (!known.get(location).has(name.replace(/(__[0-9a-f]{40})?\.[^.]*$/, ''))) wrong.push(`nobody has the bytes of ${name} in ${location}`);
    }
  }
  return { byTitle, wrong };
}

export const folderObjects = (folder, ignored) => ({
  names: () => namesBelow(folder).filter((name) => name !== ignored),
  bytes: (name) => readFileSync(join(folder, name)),
});

/** The objects of s3rver below a key. */
export function s3Objects(folder, root) {
  const suffix = '._S3rver_object';
  const base = join(folder, 'files', root);
  return {
    names: () => namesBelow(base).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length)),
    bytes: (name) => readFileSync(join(base, name + suffix)),
  };
}

