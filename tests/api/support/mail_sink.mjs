// A mail server for tests, which keeps what it is sent, taken apart by a parser that is not ours.
import { once } from 'node:events';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/**
 * Gives { port, env, mails, next(address), connections(), refuse(status), close() }: `env` are the settings that lead the
 * server to it, `next` waits for a mail to that address that was not given before. `options` are those of smtp-server;
 * by default it wants no TLS and no login.
 */
export async function startMailSink(options = {}) {
  const mails = [];
  const waiting = [];
  let connections = 0;
  let refusal;

  const deliver = () => {
    for (const wait of [...waiting]) {
      const mail = mails.find((each) => !each.taken && each.to.includes(wait.address));
      if (!mail) continue;
      mail.taken = true;
      waiting.splice(waiting.indexOf(wait), 1);
      wait.resolve(mail);
    }
  };

  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    authOptional: true,
    logger: false,
    onConnect(session, done) {
      connections += 1;
      done();
    },
    onMailFrom(address, session, done) {
      if (!refusal) return done();
      const error = new Error('refused');
      error.responseCode = refusal;
      return done(error);
    },
    onData(stream, session, done) {
      simpleParser(stream).then((parsed) => {
        mails.push({
          from: session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          parsed,
          subject: parsed.subject,
          text: parsed.text,
          html: parsed.html,
          link: /https?:\/\/\S+/.exec(parsed.text ?? '')?.[0],
        });
        done();
        deliver();
      }, done);
    },
    ...options,
  });
  server.on('error', () => {}); // of single connections
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address();

  return {
    port,
    env: { EMAIL_TRANSPORT: 'smtp', EMAIL_SMTP_HOST: '127.0.0.1', EMAIL_SMTP_PORT: String(port), EMAIL_FROM: 'no-reply@ashlar.example' },
    mails,
    next: (address) => new Promise((resolve) => {
      waiting.push({ address, resolve });
      deliver();
    }),
    connections: () => connections,
    refuse: (status) => (refusal = status),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The token in a mail's link. */
export const tokenOf = (mail) => new URL(mail.link).searchParams.get('token');
