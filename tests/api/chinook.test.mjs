// An existing database that knows nothing of Ashlar: every row of the Chinook sample comes out of the API as the
// database's own client prints it, and its foreign keys can be followed in both directions.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadChinook, quote, select, tables } from './support/chinook.mjs';
import { query } from './support/client.mjs';
import { databaseKinds } from './support/databases.mjs';
import { startServer } from './support/server.mjs';

const rowsOfAll = 15_607; // in the eleven tables together
const rowsOfPlaylistTracks = 8_715;

// Names are written in capitals on SQLite and MySQL, in lower case with underscores on PostgreSQL.
const nameOn = (kind) => (name) =>
  kind === 'pg' ? name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase() : name;

for (const kind of databaseKinds) {
  describe(`Chinook on ${kind}`, () => {
    const name = nameOn(kind);
    const [Artist, ArtistId, Name, Album, AlbumId, Title, Track, TrackId, Genre, GenreId, PlaylistTrack] =
      ['Artist', 'ArtistId', 'Name', 'Album', 'AlbumId', 'Title', 'Track', 'TrackId', 'Genre', 'GenreId', 'PlaylistTrack'].map(name);
    let database, server, found;
    const q = (identifier) => quote(database, identifier);

    before(async () => {
      database = await loadChinook(kind);
      found = await tables(database);
      server = await startServer({ database });
    });
    after(() => server?.stop());

    async function read(collection, parameters) {
      const { status, body } = await server.get(`/items/${collection}${query(parameters)}`);
      assert.equal(status, 200, JSON.stringify(body));
      return body.data;
    }

    test('every row of every table comes out as the client prints it', async () => {
      assert.equal(Object.keys(found).length, 11);
      let count = 0;
      for (const [table, types] of Object.entries(found)) {
        if (table === PlaylistTrack) continue;
        const key = Object.keys(types)[0];
        const rows = await select(database, `select * from ${q(table)} order by ${q(key)};`, types);
        assert.deepEqual(await read(table, { limit: '-1', sort: key }), rows, table);
        count += rows.length;
      }
      assert.equal(count, rowsOfAll - rowsOfPlaylistTracks);
    });

    test('a row by its key is the same as in the list', async () => {
      for (const [table, types] of Object.entries(found)) {
        if (table === PlaylistTrack) continue;
        const key = Object.keys(types)[0];
        const [row] = await select(database, `select * from ${q(table)} order by ${q(key)} desc limit 1;`, types);
        const { status, body } = await server.get(`/items/${table}/${row[key]}`);
        assert.equal(status, 200);
        assert.deepEqual(body.data, row);
      }
    });

    test('a table whose primary key has two columns is no collection', async () => {
      for (const path of [`/items/${PlaylistTrack}`, `/items/${PlaylistTrack}/1`, `/fields/${PlaylistTrack}`]) {
        const { status, body } = await server.get(path);
        assert.equal(status, 403, path);
        assert.equal(body.errors[0].extensions.code, 'FORBIDDEN');
      }
      const written = await server.post(`/items/${PlaylistTrack}`, { [name('PlaylistId')]: 1, [TrackId]: 1 });
      assert.equal(written.status, 403);
      const [{ n }] = await select(database, `select count(*) as n from ${q(PlaylistTrack)};`, { n: 'int' });
      assert.equal(n, rowsOfPlaylistTracks);
    });

    test('foreign keys are many-to-one relations as they are', async () => {
      const rows = await select(database, `select t.${q(Name)} as track, a.${q(Title)} as album, r.${q(Name)} as artist
        from ${q(Track)} t join ${q(Album)} a on a.${q(AlbumId)} = t.${q(AlbumId)} join ${q(Artist)} r on r.${q(ArtistId)} = a.${q(ArtistId)}
        order by t.${q(TrackId)};`);
      const items = await read(Track, { limit: '-1', sort: TrackId, fields: `${Name},${AlbumId}.${Title},${AlbumId}.${ArtistId}.${Name}` });
      assert.equal(items.length, 3503);
      assert.deepEqual(items, rows.map(({ track, album, artist }) => ({ [Name]: track, [AlbumId]: { [Title]: album, [ArtistId]: { [Name]: artist } } })));
    });

    test('filters, counts and groups agree with the client', async () => {
      const [{ n }] = await select(database, `select count(*) as n from ${q(Track)} t join ${q(Genre)} g on g.${q(GenreId)} = t.${q(GenreId)}
        where g.${q(Name)} = 'Jazz' and t.${q(name('Milliseconds'))} > 200000;`, { n: 'int' });
      const filter = { _and: [{ [GenreId]: { [Name]: { _eq: 'Jazz' } } }, { [name('Milliseconds')]: { _gt: 200000 } }] };
      assert.ok(n > 0);
      assert.equal((await read(Track, { limit: '-1', fields: TrackId, filter })).length, n);

      const groups = await select(database, `select ${q(GenreId)}, count(*) as n from ${q(Track)} group by ${q(GenreId)} order by ${q(GenreId)};`,
        { [GenreId]: 'int', n: 'int' });
      const items = await read(Track, { 'aggregate[count]': '*', 'groupBy[]': GenreId, sort: GenreId });
      assert.deepEqual(items.map((item) => ({ [GenreId]: item[GenreId], n: Number(item.count) })), groups);
    });

    test('lists of the other direction, once they have a name, agree with a join', async () => {
      for (const [many, field, one, alias] of [[Album, ArtistId, Artist, 'albums'], [Track, AlbumId, Album, 'tracks']]) {
        const made = await server.post(`/fields/${one}`, { field: alias, type: 'alias', meta: { special: ['o2m'] } });
        assert.equal(made.status, 200, JSON.stringify(made.body));
        const named = await server.patch(`/relations/${many}/${field}`, { meta: { one_field: alias } });
        assert.equal(named.status, 200, JSON.stringify(named.body));
        assert.equal(named.body.data.meta.one_field, alias);
        assert.equal(named.body.data.schema.foreign_key_table, one);
      }

      const rows = await select(database, `select r.${q(ArtistId)} as artist_key, r.${q(Name)} as artist, a.${q(AlbumId)} as album_key, a.${q(Title)} as album,
          t.${q(TrackId)} as track_key, t.${q(Name)} as track
        from ${q(Artist)} r left join ${q(Album)} a on a.${q(ArtistId)} = r.${q(ArtistId)} left join ${q(Track)} t on t.${q(AlbumId)} = a.${q(AlbumId)}
        order by r.${q(ArtistId)}, a.${q(AlbumId)}, t.${q(TrackId)};`, { artist_key: 'int', album_key: 'int', track_key: 'int' });
      const artists = new Map();
      const albums = new Map();
      for (const row of rows) {
        if (!artists.has(row.artist_key)) artists.set(row.artist_key, { [ArtistId]: row.artist_key, [Name]: row.artist, albums: [] });
        if (row.album_key === null) continue;
        if (!albums.has(row.album_key)) {
          const album = { [AlbumId]: row.album_key, [Title]: row.album, tracks: [] };
          albums.set(row.album_key, album);
          artists.get(row.artist_key).albums.push(album);
        }
        if (row.track_key !== null) albums.get(row.album_key).tracks.push({ [TrackId]: row.track_key, [Name]: row.track });
      }
      assert.equal(artists.size, 275);
      assert.equal(albums.size, 347);

      const items = await read(Artist, {
        limit: '-1',
        sort: ArtistId,
        fields: [ArtistId, Name, `albums.${AlbumId}`, `albums.${Title}`, `albums.tracks.${TrackId}`, `albums.tracks.${Name}`].join(','),
        deep: { albums: { _limit: -1, _sort: AlbumId, tracks: { _limit: -1, _sort: TrackId } } },
      });
      assert.deepEqual(items, [...artists.values()]);
    });
  });
}
