// Which fold's networks serve an image: the rule of selcn/storage/shards.py, a BLAKE2b hash (RFC 7693) of its SHA-256.

const WORD = (1n << 64n) - 1n;
const START = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const ROUNDS = 12;
const ORDERS = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
// The places that a round mixes: columns, then diagonals.
const MIXED = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];
const DIGEST_SIZE = 8;
const BLOCK = 128;

function rotated(value, bits) {
  return ((value >> bits) | (value << (64n - bits))) & WORD;
}

function mix(state, [a, b, c, d], x, y) {
  state[a] = (state[a] + state[b] + x) & WORD;
  state[d] = rotated(state[d] ^ state[a], 32n);
  state[c] = (state[c] + state[d]) & WORD;
  state[b] = rotated(state[b] ^ state[c], 24n);
  state[a] = (state[a] + state[b] + y) & WORD;
  state[d] = rotated(state[d] ^ state[a], 16n);
  state[c] = (state[c] + state[d]) & WORD;
  state[b] = rotated(state[b] ^ state[c], 63n);
}

// Return the first 64 bits of the digest of a text of at most 128 ASCII characters, read as a big-endian number.
function blake2b(text) {
  const bytes = new Uint8Array(BLOCK);
  bytes.set(new TextEncoder().encode(text));
  const block = new DataView(bytes.buffer);
  const words = Array.from({ length: 16 }, (_, i) => block.getBigUint64(8 * i, true));
  const first = START[0] ^ 0x01010000n ^ BigInt(DIGEST_SIZE);
  const state = [first, ...START.slice(1), ...START];
  state[12] ^= BigInt(text.length);
  state[14] ^= WORD; // the only block is the last
  for (let round = 0; round < ROUNDS; round++) {
    const order = ORDERS[round % ORDERS.length];
    MIXED.forEach((places, i) => mix(state, places, words[order[2 * i]], words[order[2 * i + 1]]));
  }
  const digest = new DataView(new ArrayBuffer(DIGEST_SIZE));
  digest.setBigUint64(0, first ^ state[0] ^ state[8], true);
  return digest.getBigUint64(0, false);
}

// Return the fold, one of a list, whose networks serve the image of a SHA-256 (hexadecimal).
export function foldOf(sha256, folds) {
  const sorted = [...folds].sort((a, b) => a - b);
  return sorted[Number(blake2b(sha256) % BigInt(sorted.length))];
}
