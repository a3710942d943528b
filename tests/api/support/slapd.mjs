// A directory server of its own (OpenLDAP's slapd) in a temporary folder, filled from LDIF.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { run } from './databases.mjs';
import { temporaryFolder } from './keeper.mjs';

const program = '/usr/sbin/slapd'; // not in the path of ordinary users
const running = [];
after(() => Promise.all(running.map((stop) => stop())));

export const directory = { base: 'dc=example,dc=com', admin: 'cn=reader,dc=example,dc=com', password: 'reader-secret' };

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// A certificate for 127.0.0.1 that vouches for itself.
async function makeCertificate(folder) {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']);
  return { key, certificate };
}

/** Starts slapd with these entries; gives { url, tlsUrl, certificate, modify(ldif), stop() }. */
export async function startSlapd(ldif) {
  const folder = await temporaryFolder();
  const { key, certificate } = await makeCertificate(folder);
  mkdirSync(join(folder, 'data'));
  const config = join(folder, 'slapd.conf');
  writeFileSync(config, `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9.1 NAME 'activeAccount' SUP top AUXILIARY MAY userAccountControl )
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
allow bind_anon_cred bind_anon_dn
database mdb
suffix "${directory.base}"
rootdn "${directory.admin}"
rootpw ${directory.password}
directory ${folder}/data
maxsize 10485760
access to attrs=userPassword by anonymous auth by * none
access to * by * read
`);
  const entries = join(folder, 'entries.ldif');
  writeFileSync(entries, ldif);
  await run('/usr/sbin/slapadd', ['-f', config, '-l', entries]);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const [url, tlsUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://127.0.0.1:${tlsPort}`];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, '-d', '0', '-f', config, '-h', `${url}/ ${tlsUrl}/`], { stdio: 'ignore' });
  const exited = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  running.push(stop);
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const up = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
    if (up) break;
    if (child.exitCode !== null) throw new Error('slapd did not start');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const modify = (change) => run('ldapmodify', ['-x', '-H', url, '-D', directory.admin, '-w', directory.password], { input: change });
  return { url, tlsUrl, certificate: readFileSync(certificate, 'utf8'), modify, stop };
}
