// The tour of README.md, as a reader would paste it into a shell.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { loadChinook } from './support/chinook.mjs';
import { run } from './support/databases.mjs';
import { startServer } from './support/server.mjs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const address = 'http://localhost:8055';

// The shell commands of a chapter.
function commands(title) {
  const chapter = readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(chapter, `README.md has no chapter "${title}"`);
  return [...chapter.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
}

// Runs them with the server's address; gives the answers, one a line.
async function answers(script, server) {
  assert.ok(script.includes(address), 'the tour does not name the address');
  const { stdout } = await run('bash', [], { input: script.replaceAll(address, server.url) });
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

describe('README.md', () => {
  const servers = [];
  after(() => Promise.all(servers.map((server) => server.stop())));

  async function start(database) {
    const server = await startServer({ database });
    servers.push(server);
    return server;
  }

  test('the tour of five minutes does what it says', async () => {
    const [authors, articles, relation, written, sorted, filtered, grouped, refused, file, ...rest] = await answers(commands('Five minutes'), await start('sqlite3'));
    assert.equal(authors.data.collection, 'authors');
    assert.equal(articles.data.collection, 'articles');
    assert.equal(relation.data.related_collection, 'authors');
    assert.deepEqual(written.data.map(({ id, title, author }) => [id, title, author]), [[1, 'Stones', 1], [2, 'Mortar', null]]);
    assert.deepEqual(sorted.data, [{ title: 'Stones', views: 120, author: { name: 'Ada' } }, { title: 'Mortar', views: 8, author: null }]);
    assert.deepEqual(filtered.data, [{ title: 'Stones' }]);
    assert.deepEqual(new Set(grouped.data.map(({ author, sum }) => `${author}: ${sum.views}`)), new Set(['1: 120', 'null: 8']));
    assert.equal(refused.errors[0].extensions.code, 'FORBIDDEN');
    assert.deepEqual(file.data, { title: 'Circle', type: 'image/svg+xml', filesize: 102 });
    assert.deepEqual(rest, []);
  });

  test('the query to an existing database does what it says', async () => {
    const login = commands('Five minutes').split('\n\n').slice(0, 2).join('\n\n');
    const [albums, ...rest] = await answers(`${login}\n${commands('An existing database')}`, await start(await loadChinook('sqlite3')));
    assert.equal(albums.data.length, 3);
    for (const album of albums.data) {
      assert.equal(typeof album.Title, 'string');
      assert.match(album.ArtistId.Name, /^A/);
    }
    assert.deepEqual(rest, []);
  });
});
