// Requests that are wrong in every way: each is told so by a clear answer of the 400s with a code, whatever the
// database, and the server goes on as if nothing had happened.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, query } from './support/client.mjs';
import { databaseKinds } from './support/databases.mjs';
import { admin, startServer } from './support/server.mjs';

const field = (name, type, schema = {}) => ({ field: name, type, schema, meta: {} });

const collections = [
  { collection: 'authors', schema: {}, meta: {}, fields: [field('name', 'string', { is_nullable: false }), { field: 'articles', type: 'alias', meta: { special: ['o2m'] } }] },
  {
    collection: 'articles',
    schema: {},
    meta: {},
    fields: [
      field('title', 'string', { max_length: 20 }), field('views', 'integer'), field('price', 'decimal', { numeric_precision: 6, numeric_scale: 2 }),
      field('published', 'boolean'), field('born', 'date'), field('at', 'dateTime'), field('stamp', 'timestamp'), field('data', 'json'),
      field('author', 'integer'),
    ],
  },
];
const relation = { collection: 'articles', field: 'author', related_collection: 'authors', meta: { one_field: 'articles' } };

const items = '/items/articles';
const injection = 'id" from articles; drop table articles; --';
const numbers = (length) => Array.from({ length }, (_, index) => index);

// Each case: what is wrong, the request, and the codes that may be the answer. A request is [method, path, body,
// { headers, token }], or the bytes to send.
const get = (path, options) => ['GET', path, undefined, options];
const list = (parameters) => get(items + query(parameters));
const post = (body, headers) => ['POST', items, body, { headers }];
const search = (body) => ['SEARCH', items, body];
const raw = (text) => Buffer.from(text, 'latin1');
const head = (line) => `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${admin.token}\r\n`;

const payload = 400, forbidden = 403;

const cases = {
  'bodies that are no JSON object': {
    'JSON that breaks off': [post('{"title":'), payload],
    'more after the JSON': [post('{} {}'), payload],
    'other quotation marks': [post("{'title': 'x'}"), payload],
    'a number': [post('5'), payload],
    'a text': [post('"title"'), payload],
    'null': [post('null'), payload],
    'bytes that are no UTF-8': [post(raw('{"title":"\xff\xfe"}')), payload],
    'half of a surrogate pair': [post('{"title":"\\ud800"}'), payload],
    'another character set': [post(Buffer.from('{"title":"x"}', 'utf16le')), payload],
    '100000 brackets that never close': [post('['.repeat(100_000)), payload],
    '100000 brackets': [post('['.repeat(100_000) + ']'.repeat(100_000)), payload],
    '50000 objects in each other': [post('{"data":'.repeat(50_000) + '1' + '}'.repeat(50_000)), payload],
    'a list of numbers': [post([1, 2]), payload],
    'a list of lists': [post([[]]), payload],
    'a list with null': [post([null]), payload],
    'bytes that are not compressed as the header says': [post('{}', { 'content-encoding': 'gzip' }), payload],
    'an unknown compression': [post('{}', { 'content-encoding': 'rot13' }), payload],
    'another content type where a member is needed': [['POST', '/collections', '<collection/>', { headers: { 'content-type': 'text/xml' } }], payload],
    'a form where a login is needed': [['POST', '/auth/login', 'email=a&password=b', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, token: null }], payload],
  },
  'values of the wrong type': {
    'a word as integer': [post({ views: 'many' }), payload],
    'a fraction as integer': [post({ views: 1.5 }), payload],
    'an object as integer': [post({ views: { a: 1 } }), payload],
    'a number that is infinite': [post('{"views":1e400}'), payload],
    'a number of 400 digits': [post(`{"views":${'9'.repeat(400)}}`), payload],
    'a word as decimal': [post({ price: 'cheap' }), payload],
    'a word as boolean': [post({ published: 'perhaps' }), payload],
    'a word as date': [post({ born: 'tomorrow' }), payload],
    'a day that is not in the calendar': [post({ born: '2023-02-30' }), payload],
    'a word as dateTime': [post({ at: 'never' }), payload],
    'a word as timestamp': [post({ stamp: 'never' }), payload],
    'null where it is not allowed': [['POST', '/items/authors', { name: null }], payload],
    'nothing where something is required': [['POST', '/items/authors', {}], payload],
    'a key that nothing has': [post({ author: 9_999 }), payload],
    'a list as key of one': [post({ author: [1] }), payload],
    'a taken key': [post({ id: 1 }), payload],
    'a word as own key': [post({ id: 'one' }), forbidden],
    'an own key of 30 digits': [post({ id: '9'.repeat(30) }), forbidden],
    'keys that are no list': [['PATCH', items, { keys: 1, data: {} }], payload],
    'keys that are objects': [['PATCH', items, { keys: [{}], data: {} }], payload],
    'neither keys nor query': [['PATCH', items, { data: {} }], payload],
    'an item of a batch without key': [['PATCH', items, [{ title: 'x' }]], payload],
    'a login of numbers': [['POST', '/auth/login', { email: 1, password: [] }, { token: null }], payload],
  },
  'names that do not exist, or are more than names': {
    'an unknown collection': [get('/items/nothing'), forbidden],
    'SQL as collection': [get(`/items/${encodeURIComponent(injection)}`), forbidden],
    'SQL as collection to write to': [['POST', `/items/${encodeURIComponent(injection)}`, {}], forbidden],
    'SQL as key': [get(`${items}/${encodeURIComponent('1 or 1=1')}`), forbidden],
    'an unknown field': [list({ fields: 'nothing' }), forbidden],
    'SQL in fields': [list({ fields: injection }), forbidden],
    'SQL with parentheses in fields': [list({ fields: 'id) from articles; --' }), payload],
    'SQL in sort': [list({ sort: injection }), forbidden],
    'an expression in sort': [list({ sort: ['(case when 1=1 then id else title end)'] }), forbidden],
    'SQL as name in a filter': [list({ filter: { [injection]: { _eq: 1 } } }), forbidden],
    'SQL as operator': [list({ filter: { id: { '_eq" or 1=1 --': 1 } } }), payload],
    'SQL below a relation in a filter': [list({ filter: { author: { [injection]: { _eq: 1 } } } }), forbidden],
    'SQL in groupBy': [list({ 'groupBy[]': injection, aggregate: { count: '*' } }), forbidden],
    'SQL in aggregate': [list({ aggregate: { count: injection } }), forbidden],
    'SQL as aggregate function': [list({ aggregate: { 'sleep(5) --': 'id' } }), payload],
    'SQL in alias': [list({ alias: { x: injection }, fields: 'x' }), forbidden],
    'a path as alias': [list({ alias: { x: 'author.name' }, fields: 'x' }), payload],
    'SQL in a filter of deep': [list({ fields: 'author.name', deep: { author: { _filter: { [injection]: { _eq: 1 } } } } }), forbidden],
    'SQL in a sort of deep': [['GET', `/items/authors${query({ fields: 'articles.id', deep: { articles: { _sort: [injection] } } })}`], forbidden],
    'an unknown function': [list({ fields: 'pg_sleep(id)' }), payload],
    'an unknown function in a filter': [list({ filter: { 'sleep(id)': { _gt: 1 } } }), payload],
    'SQL behind a function': [list({ fields: 'year(at) from articles' }), forbidden],
    'a function of another type': [list({ filter: { 'year(title)': { _eq: 1 } } }), payload],
    'SQL as type of a field': [['POST', '/fields/articles', { field: 'refused', type: 'varchar(10); drop table articles' }], payload],
    'SQL as rule of a relation': [['POST', '/relations', { collection: 'articles', field: 'views', related_collection: 'authors', schema: { on_delete: 'CASCADE; drop table articles' } }], payload],
    'a system collection among the items': [get('/items/directus_users'), forbidden],
    'a name of a collection that is too long': [['POST', '/collections', { collection: 'x'.repeat(300), schema: {} }], payload],
    'a negative length of a column': [['POST', '/fields/articles', { field: 'refused', type: 'string', schema: { max_length: -5 } }], payload],
  },
  'parameters of the wrong form': {
    'a filter that is no JSON': [get(`${items}?filter=x`), payload],
    'a filter that is a number': [get(`${items}?filter=5`), payload],
    'an unknown operator': [list({ filter: { id: { _like: 1 } } }), payload],
    'an operator of another type': [list({ filter: { data: { _eq: 1 } } }), payload],
    'a value of another type': [list({ filter: { id: { _eq: 'abc' } } }), payload],
    'an object as value': [list({ filter: { id: { _eq: {} } } }), payload],
    'a value of 400 digits': [list({ filter: { views: { _eq: '9'.repeat(400) } } }), payload],
    '_or without a list': [list({ filter: { _or: { id: 1 } } }), payload],
    'an empty list': [list({ filter: { id: { _in: [] } } }), payload],
    'a filter of 10000 brackets': [get(`${items}?filter=${'['.repeat(10_000)}`), payload],
    'a filter of 20000 levels': [search(`{"query":{"filter":${'{"_and":['.repeat(20_000)}{}${']}'.repeat(20_000)}}}`), payload],
    'brackets 2000 deep': [get(`${items}?filter${'[a]'.repeat(2_000)}=1`), payload],
    'more conditions than a statement takes': [search({ query: { filter: { _or: numbers(70_000).map((id) => ({ id })) } } }), payload],
    'a negative limit': [get(`${items}?limit=-2`), payload],
    'a huge limit': [get(`${items}?limit=99999999999999999999`), payload],
    'a word as limit': [get(`${items}?limit=all`), payload],
    'a fraction as limit': [get(`${items}?limit=1.5`), payload],
    'a negative offset': [get(`${items}?offset=-1`), payload],
    'a huge offset': [get(`${items}?offset=1e300`), payload],
    'a negative page': [get(`${items}?page=-1`), payload],
    'a word as limit of deep': [list({ fields: 'author.name', deep: { author: { _limit: 'x' } } }), payload],
    'fields as object': [get(`${items}?fields[a]=b`), payload],
    'an empty name': [get(`${items}?fields=id,`), payload],
    'a parenthesis that never closes': [get(`${items}?fields=year(at`), payload],
    'fields 50 relations deep': [get(`${items}?fields=${'author.'.repeat(50)}id`), payload],
    'unknown meta': [get(`${items}?meta=everything`), payload],
    'an unknown export': [get(`${items}?export=exe`), payload],
    'aggregate that is no JSON': [get(`${items}?aggregate=x`), payload],
    'SEARCH with an unknown member': [search({ filter: {} }), payload],
    'SEARCH with a text as query': [search({ query: 'x' }), payload],
  },
  'bytes that are no text': {
    'no UTF-8 in the path': [get('/items/%ff%fe'), payload],
    'no UTF-8 in the path, not encoded': [raw(`${head('GET /items/\xff\xfe')}\r\n`), payload],
    'no UTF-8 in a name of the query': [get(`${items}?fields=%ff`), payload],
    'no UTF-8 in a value of the query': [get(`${items}?filter[title][_eq]=%ff%fe`), payload],
    'no UTF-8 in the query, not encoded': [raw(`${head(`GET ${items}?search=\xff`)}\r\n`), payload],
    'a NUL byte in the path': [get('/items/articles%00'), payload],
    'a NUL byte in a key': [get(`${items}/1%00`), payload],
    'a NUL byte in the path, not encoded': [raw(`${head('GET /items/a\0b')}\r\n`), payload],
    'a NUL byte in a field name': [list({ fields: 'title\0' }), forbidden],
    'a NUL byte in a sort': [list({ sort: 'title\0' }), forbidden],
    'a NUL byte in a name of a collection': [['POST', '/collections', { collection: 'a\0b', schema: {} }], payload],
    'a NUL byte in a name of a field': [['POST', '/fields/articles', { field: 'a\0b', type: 'string', schema: {} }], payload],
    'a NUL byte in a header': [raw(`${head(`GET ${items}`)}X-Name: a\0b\r\n\r\n`), payload],
    'half of a percent sign in the path': [get('/items/%zz'), payload],
  },
  'tokens': {
    'both forms at once': [get(`${items}?access_token=${admin.token}`), payload],
    'an unknown token': [get(items, { token: 'nobody' }), 401],
    'an unknown token in the query': [get(`${items}?access_token=nobody`, { token: null }), 401],
    'three empty parts': [get(items, { token: '..' }), 401],
    'parts that are no base64': [get(items, { token: 'eyJhbGciOiJIUzI1NiJ9.////.AAAA' }), 401],
    'a token without signature': [get(items, { token: 'eyJhbGciOiJub25lIn0.eyJpZCI6IjEiLCJpc3MiOiJkaXJlY3R1cyJ9.' }), [401, 403]],
    'a signature of another secret': [get(items, { token: 'eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEiLCJpc3MiOiJkaXJlY3R1cyJ9.AAAA' }), 403],
    'a refresh token that never was': [['POST', '/auth/refresh', { refresh_token: 'x', mode: 'json' }, { token: null }], 401],
    'an unknown user': [['POST', '/auth/login', { email: 'nobody@example.com', password: 'x' }, { token: null }], 401],
    'SQL as user': [['POST', '/auth/login', { email: "' or 1=1 --@example.com", password: "' or 1=1 --" }, { token: null }], [400, 401]],
  },
  'requests that are no HTTP, or too much of it': {
    'a URL of 10 MB': [raw(`GET ${items}?search=${'a'.repeat(10e6)} HTTP/1.1\r\n`), 414],
    'a body of 10 MB': [raw(`${head(`POST ${items}`)}Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n${'a'.repeat(10e6)}`), [400, 413]],
    'a chunk of 10 MB': [raw(`${head(`POST ${items}`)}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n989680\r\n${'a'.repeat(10e6)}`), [400, 413]],
    'a header of 100 kB': [raw(`${head(`GET ${items}`)}X-Name: ${'a'.repeat(100_000)}\r\n\r\n`), 431],
    'the start of TLS': [raw('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'), 400],
    'another version': [raw('GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'), 400],
    'no host': [raw(`GET ${items} HTTP/1.1\r\n\r\n`), 400],
    'a negative length': [raw(`${head(`POST ${items}`)}Content-Length: -5\r\n\r\n`), 400],
    'two ideas of the length': [raw(`${head(`POST ${items}`)}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`), 400],
    'chunks of no length': [raw(`${head(`POST ${items}`)}Transfer-Encoding: chunked\r\n\r\nzz\r\n`), 400],
    'an unknown route': [get('/nothing/here'), 404],
    'an unknown method': [['PROPFIND', items], 404],
    'PUT': [['PUT', items, {}], 404],
  },
};

// These are wrong on databases that check them, and only unusual on others.
const unusual = {
  'NUL in a text': post({ title: 'a\0b' }),
  'NUL in an unknown name': post({ 'a\0b': 1 }),
  'NUL in a filter': list({ filter: { title: { _eq: 'a\0b' } } }),
  'NUL in a search': list({ search: 'a\0b' }),
  'NUL in a token': get(`${items}?access_token=a%00b`, { token: null }),
  'NUL in a login': ['POST', '/auth/login', { email: 'a\0@example.com', password: 'a\0' }, { token: null }],
  'NUL in a refresh token': ['POST', '/auth/refresh', { refresh_token: 'a\0', mode: 'json' }, { token: null }],
  'NUL in a mail address': ['POST', '/users', { email: 'a\0@example.com' }],
  'an integer beyond 32 bits': post({ views: 99_999_999_999 }),
  'an integer beyond 64 bits': post('{"views":99999999999999999999}'),
  'a filter beyond 32 bits': list({ filter: { views: { _eq: 99_999_999_999 } } }),
  'a decimal beyond its precision': post({ price: 123_456_789 }),
  'a text longer than the column': post({ title: 'x'.repeat(30) }),
  'letters that not every character set has': post({ title: '日本 😀' }),
  'a filter of such letters': list({ filter: { title: { _eq: '日本 😀' } } }),
  'broken JSON as text of a json field': post({ data: '{"a":' }),
  'a list of 70000 keys': search({ query: { filter: { id: { _in: numbers(70_000) } } } }),
  'a list of 100000 texts': search({ query: { filter: { title: { _in: numbers(100_000).map(String) } } } }),
  '100000 keys': search({ keys: numbers(100_000) }),
  '20000 conditions': search({ query: { filter: { _or: numbers(20_000).map((id) => ({ id })) } } }),
  'one field 100000 times': search({ query: { fields: Array(100_000).fill('title') } }),
  'one sort 3000 times': search({ query: { sort: Array(3_000).fill('title') } }),
  'one aggregate 3000 times': search({ query: { aggregate: { min: Array(3_000).fill('views') } } }),
  'one group 3000 times': search({ query: { groupBy: Array(3_000).fill('views') } }),
  'the greatest limit': get(`${items}?limit=9007199254740991`),
  'the greatest page': get(`${items}?limit=5&page=9007199254740991`),
  'SQL as name of an alias': list({ alias: { [injection]: 'title' }, fields: injection }),
  'a column name of SQL': ['POST', '/fields/articles', { field: 'a" int; drop table articles; --', type: 'string', schema: {} }],
  'a column name of 300 letters': ['POST', '/fields/articles', { field: 'x'.repeat(300), type: 'string', schema: {} }],
  'SQL as default value': ['POST', '/fields/articles', { field: 'extra', type: 'text', schema: { default_value: "'); drop table articles; --" } }],
  'a column longer than any': ['POST', '/fields/articles', { field: 'extra_long', type: 'string', schema: { max_length: 1e15 } }],
  'a lot of digits': ['POST', '/fields/articles', { field: 'extra_digits', type: 'decimal', schema: { numeric_precision: 99_999, numeric_scale: 99_999 } }],
};

for (const kind of databaseKinds) {
  describe(`Bad input on ${kind}`, () => {
    let server, tables;

    before(async () => {
      server = await startServer({ database: kind });
      for (const [path, body] of [['/collections', collections], ['/relations', relation], [items, [{ title: 'One' }, { title: 'Two', author: { name: 'Ada' } }]]]) {
        const { status, body: answer } = await server.post(path, body);
        assert.equal(status, 200, JSON.stringify(answer));
      }
      tables = await names();
    });
    after(() => server?.stop());

    async function names() {
      return (await server.get('/collections')).body.data.map(({ collection }) => collection).sort();
    }

    async function send(request) {
      if (!Buffer.isBuffer(request)) {
        const [method, path, body, options] = request;
        return server.request(method, path, { ...options, body });
      }
      const connection = await connect(server.port);
      connection.send(request);
      try {
        return await connection.answer();
      } finally {
        connection.close();
      }
    }

    function assertClear(answer) {
      const text = JSON.stringify(answer?.body)?.slice(0, 500);
      assert.match(answer.headers['content-type'], /^application\/json/, text);
      assert.ok(Array.isArray(answer.body.errors) && answer.body.errors.length > 0, text);
      for (const error of answer.body.errors) {
        assert.ok(typeof error.message === 'string' && error.message !== '', text);
        assert.match(error.extensions.code, /^[A-Z_]+$/, text);
      }
    }

    async function assertUnharmed() {
      const answer = await server.get(`${items}?sort=id&limit=2&fields=id,title,author.name`);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body.data, [{ id: 1, title: 'One', author: null }, { id: 2, title: 'Two', author: { name: 'Ada' } }]);
      assert.deepEqual(await names(), tables);
    }

    for (const [group, members] of Object.entries(cases)) {
      test(`${group} (${Object.keys(members).length} requests)`, async () => {
        for (const [name, [request, expected]] of Object.entries(members)) {
          const answer = await send(request);
          assert.ok(answer, `${name}: no answer`);
          const text = `${name}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 500)}`;
          assert.ok([expected].flat().includes(answer.status), `${text}, expected ${expected}`);
          assertClear(answer);
        }
        await assertUnharmed();
      });
    }

    test(`what one database takes and another refuses (${Object.keys(unusual).length} requests)`, async () => {
      for (const [name, request] of Object.entries(unusual)) {
        const answer = await send(request);
        assert.ok(answer.status < 500, `${name}: ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 500)}`);
        if (answer.status >= 400) assertClear(answer);
      }
      await assertUnharmed();
    });

    test('no field was made of what was refused', async () => {
      const { status } = await server.get('/fields/articles/refused');
      assert.equal(status, 403);
    });

    test('the server ends as if nothing had been, with nothing for sanitizers to report', async () => {
      assert.deepEqual(await server.stop(), { status: 0, signal: null }, server.log().slice(-5_000));
      const failures = server.log().split('\n').filter((line) => /runtime error|Sanitizer|terminate|no answer could be made/.test(line));
      assert.deepEqual(failures, []);
    });
  });
}
