// Forms as browsers send them, and pictures for them.
import zlib from 'node:zlib';

/** { body, headers } of a form: [name, text] or [name, { name, type, bytes }] each. */
export function form(parts) {
  const boundary = 'form-boundary-of-the-tests';
  const pieces = [];
  for (const [name, value] of parts) {
    const isFile = typeof value !== 'string';
    const head = isFile ? `; filename="${value.name}"\r\ncontent-type: ${value.type}` : '';
    pieces.push(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${head}\r\n\r\n`, isFile ? value.bytes : value, '\r\n');
  }
  pieces.push(`--${boundary}--\r\n`);
  return {
    body: Buffer.concat(pieces.map((piece) => Buffer.from(piece))),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

/** Uploads one file; gives its record. */
export async function upload(server, file, fields = {}) {
  const { body, headers } = form([...Object.entries(fields), ['file', file]]);
  const answer = await server.post('/files', body, { headers });
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

/** The bytes of an answer, whatever its type: { status, headers, bytes }. */
export async function download(server, path, { token = server.token, headers = {} } = {}) {
  const answer = await fetch(server.url + path, { headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) } });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(zlib.crc32 ? zlib.crc32(body) : crc32(body), body.length + 4);
  return out;
};
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; ++i) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** A PNG of one colour. With `claims` it says another size than its pixels have; `texts` are packed into it. */
export function png(width, height, { claims = [width, height], pixels, texts = [] } = {}) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(claims[0], 0);
  head.writeUInt32BE(claims[1], 4);
  head.set([8, 2, 0, 0, 0], 8);
  const data = pixels ?? Buffer.alloc((width * 3 + 1) * height, 0);
  const packed = new Map();
  for (const text of texts) if (!packed.has(text)) packed.set(text, chunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), zlib.deflateSync(text)])));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), ...texts.map((text) => packed.get(text)), chunk('IDAT', zlib.deflateSync(data)), chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Bytes without a pattern, the same for the same seed. */
export function noise(size, seed = 1) {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let i = 0; i + 4 <= size; i += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(state, i);
  }
  return bytes;
}
