// Files that are broken in every place: the same ones at every run.

/** Numbers below `limit` that look random and are the same for the same seed. */
export function chances(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const kinds = [
  (bytes, chance) => {
    for (let i = chance(8); i >= 0; --i) bytes[chance(bytes.length)] ^= 1 << chance(8);
    return bytes;
  },
  (bytes, chance) => {
    for (let i = chance(4); i >= 0; --i) bytes[chance(bytes.length)] = [0, 1, 0x7f, 0x80, 0xff][chance(5)];
    return bytes;
  },
  (bytes, chance) => bytes.subarray(0, chance(bytes.length)),
  (bytes, chance) => {
    // A length, an offset, a size that is much too large.
    const at = chance(Math.max(1, bytes.length - 4));
    bytes.fill([0, 0xff, 0x7f][chance(3)], at, at + [2, 4, 8][chance(3)]);
    return bytes;
  },
  (bytes, chance) => {
    const [from, to, size] = [chance(bytes.length), chance(bytes.length), 1 + chance(64)];
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + size), bytes.subarray(to)]);
  },
  (bytes, chance) => {
    const at = chance(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + chance(64))]);
  },
  (bytes, chance) => {
    // Heads are where sizes and counts are.
    const head = Math.min(bytes.length, 64);
    for (let i = chance(3); i >= 0; --i) bytes[chance(head)] = chance(256);
    return bytes;
  },
];

/** `count` variants of the bytes, each broken in another way. */
export function broken(source, count, seed) {
  const chance = chances(seed);
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length](Buffer.from(source), chance));
}

/** A GIF with that many frames of one pixel. */
export function gif(frames, width = 1, height = 1) {
  const head = Buffer.from([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, width & 255, width >> 8, height & 255, height >> 8, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([head, ...Array(frames).fill(frame), Buffer.from([0x3b])]);
}

/** A TIFF of one grey pixel a page, with that many pages. */
export function tiff(pages) {
  const entries = (page, size) => [
    [256, 3, 1, 1], [257, 3, 1, 1], [258, 3, 1, 8], [259, 3, 1, 1], [262, 3, 1, 1], [273, 4, 1, 8 + page * size], [277, 3, 1, 1], [278, 3, 1, 1], [279, 4, 1, 1],
  ];
  const size = 2 + 2 + 9 * 12 + 4; // a pixel, then its directory
  const out = Buffer.alloc(8 + pages * size);
  out.write('II*\0', 0, 'latin1');
  out.writeUInt32LE(8 + 2, 4);
  for (let page = 0; page < pages; ++page) {
    const start = 8 + page * size;
    out.writeUInt16LE(9, start + 2);
    entries(page, size).forEach(([tag, type, count, value], i) => {
      const at = start + 4 + i * 12;
      out.writeUInt16LE(tag, at);
      out.writeUInt16LE(type, at + 2);
      out.writeUInt32LE(count, at + 4);
      out.writeUInt32LE(value, at + 8);
    });
    out.writeUInt32LE(page + 1 < pages ? start + size + 2 : 0, start + size - 4);
  }
  return out;
}

/** A WebP with that many frames of one pixel. */
export function webp(frames) {
  const chunk = (name, data) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
  };
  const pixel = chunk('VP8L', Buffer.from('2f00000010071011118888fe0700', 'hex'));
  const frame = chunk('ANMF', Buffer.concat([Buffer.alloc(12), Buffer.from([10, 0, 0, 0]), pixel]));
  const body = Buffer.concat([
    Buffer.from('WEBP'), chunk('VP8X', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0, 0])), chunk('ANIM', Buffer.alloc(6)), ...Array(frames).fill(frame),
  ]);
  return chunk('RIFF', body);
}

/** The same picture with EXIF, whose entries are what broken ones lie about. */
export function withExif(jpeg) {
  const tags = Buffer.concat([
    Buffer.from('Exif\0\0II*\0\x08\0\0\0', 'latin1'),
    Buffer.from([3, 0]),
    Buffer.from([0x0f, 1, 2, 0, 6, 0, 0, 0, 50, 0, 0, 0]), // Make, text behind
    Buffer.from([0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]), // Orientation
    Buffer.from([0x25, 0x88, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0]), // GPS, which is its own parent
    Buffer.from([8, 0, 0, 0]), // and so is the next directory
    Buffer.from('Maker\0', 'latin1'),
  ]);
  const head = Buffer.from([0xff, 0xe1, (tags.length + 2) >> 8, (tags.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, tags, jpeg.subarray(2)]);
}

export const svg = Buffer.from(
  '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><text>&b;</text>' +
    '<rect width="5" height="5" fill="red"/><image href="file:///etc/passwd"/></svg>',
);
export const pdf = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
    '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\nxref\n0 4\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n150\n%%EOF\n',
);
