// What permissions cost: lists of readers whose rules choose the rows, against the same rows for an administrator who
// asks for them by a filter. The same program answers both, by turns.
import { columnsOf, ownerOf } from './dataset.mjs';
import { request } from './programs.mjs';
import { compare } from './wrk.mjs';

const BAR = 1.3;
const mine = { owner: { _eq: '$CURRENT_USER' } };
const ofMyProjects = { project: { owner: { _eq: '$CURRENT_USER' } } };
const kinds = Array.from({ length: 9 }, (_, kind) => ({ kind: { _eq: kind } }));

// `rules`: one policy each. The first user has none, he is the administrator.
const CASES = [
  { name: 'rule on the owner', user: 1, rules: [mine] },
  { name: 'rule through a relation', user: 2, rules: [ofMyProjects] },
  { name: 'ten policies', user: 3, rules: [mine, ...kinds] },
];

export async function setUpReaders(url, admin) {
  const call = async (path, body) => {
    const answer = await request(url + path, { method: 'POST', headers: { Authorization: `Bearer ${admin.token}` }, body });
    if (answer.status !== 200) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text).data;
  };
  const login = async ({ email, password }) => (await call('/auth/login', { email, password })).access_token;
  const tokens = { admin: await login(admin) };
  for (const { name, user, rules } of CASES) {
    const role = (await call('/roles', { name })).id;
    for (const permissions of rules) {
      const policy = (await call('/policies', { name })).id;
      await call('/access', { policy, role });
      await call('/permissions', { policy, collection: 'notes', action: 'read', fields: ['*'], permissions });
    }
    const reader = { email: `reader${user}@example.com`, password: 'benchmark' };
    await call('/users', { ...reader, id: ownerOf(user), role });
    tokens[name] = await login(reader);
  }
  return tokens;
}

function questions({ name, user, rules }, tokens) {
  const path = `/items/notes?limit=100&fields=${columnsOf('notes').join(',')}`;
  const filter = JSON.stringify(rules.length === 1 ? rules[0] : { _or: rules }).replaceAll('$CURRENT_USER', ownerOf(user));
  const as = (token) => ({ Authorization: `Bearer ${token}` });
  return [
    { path: `${path}&filter=${encodeURIComponent(filter)}`, headers: as(tokens.admin) },
    { path, headers: as(tokens[name]) },
  ];
}

// Gives the lines of the table: case, connections, both throughputs, the administrator's divided by the reader's, both
// times of the processor.
export async function measureAccess(database, ashlar, tokens, { only, rounds, seconds }, print, remarks) {
  for (const test of CASES) {
    if (!only.test(test.name)) continue;
    const sides = questions(test, tokens).map((side) => ({ ...side, program: ashlar }));
    const answers = await Promise.all(sides.map(({ path, headers }) => request(ashlar.url + path, { headers })));
    if (answers[0].status !== 200 || answers[0].text !== answers[1].text) throw new Error(`${test.name}: ${answers[0].text}\n${answers[1].text}`);
    for (const connections of [1, 32]) {
      const [admin, reader] = await compare(sides, { rounds, seconds, warmUp: 1, connections });
      const cost = admin.perSecond / reader.perSecond;
      print([test.name, database.kind, connections, admin.perSecond.toFixed(0), reader.perSecond.toFixed(0), cost.toFixed(2), BAR,
        admin.microseconds.toFixed(0), reader.microseconds.toFixed(0)]);
      if (cost > BAR) remarks.push(`${test.name} on ${database.kind}, ${connections} connections: costs ${cost.toFixed(2)}, more than ${BAR}`);
    }
    if (!database.postgres) continue;
    const counts = [];
    for (const { path, headers } of sides) {
      counts.push((await database.postgres.statementsDuring(() => request(ashlar.url + path, { headers }))).length);
    }
    if (counts[0] !== counts[1]) remarks.push(`${test.name}: ${counts[1]} statements instead of ${counts[0]}`);
  }
}
