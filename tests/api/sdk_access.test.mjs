// The public SDK in strict TypeScript (typescript/access.ts): compiled as its users compile it, and run.
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run } from './support/databases.mjs';
import { temporaryFolder } from './support/keeper.mjs';
import { startMailSink, tokenOf } from './support/mail_sink.mjs';
import { admin, startServer } from './support/server.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

// Gives the module that the compiler makes; fails with what the compiler says.
async function compile(source) {
  const folder = await temporaryFolder();
  symlinkSync(path('../node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const options = ['--strict', '--noUncheckedIndexedAccess', '--target', 'es2022', '--lib', 'es2024,dom,dom.iterable', '--module', 'nodenext', '--typeRoots', join(folder, 'none'),
    '--skipLibCheck', '--outDir', folder];
  const { status, stdout } = await run(process.execPath, [path('../node_modules/typescript/bin/tsc'), ...options, path(source)], { check: false });
  assert.equal(status, 0, stdout);
  return import(pathToFileURL(join(folder, 'access.js')).href);
}

for (const kind of ['sqlite3', 'pg']) {
  describe(`The SDK in strict TypeScript on ${kind}`, () => {
    let sink, server, application;

    before(async () => {
      sink = await startMailSink();
      const { makeApplication } = await compile('typescript/access.ts');
      server = await startServer({ database: kind, env: { ...sink.env, LOGIN_STALL_TIME: '0', REGISTER_STALL_TIME: '0' } });
      application = makeApplication({
        url: server.url, adminToken: admin.token, password: 'a-password-of-mine', mailToken: async (address) => tokenOf(await sink.next(address)),
      });
      await application.setUp();
    });
    after(async () => {
      await server?.stop();
      await sink?.close();
    });

    for (const part of ['loginInJson', 'loginInCookieAndSession', 'twoFactor', 'invites', 'registration', 'passwords', 'shares', 'permissions']) {
      test(part, () => application[part]());
    }
  });
}
