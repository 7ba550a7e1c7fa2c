/**
 * PBKDF2 with HMAC-SHA-256 in plain JavaScript, for host pages on http, where browsers hide `crypto.subtle`.
 *
 * Sources: FIPS 180-4 (SHA-256), RFC 2104 (HMAC), RFC 8018 (PBKDF2).
 */

const K = new Int32Array(64);
const INITIAL = new Int32Array(8);
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  // The constants are the first 32 bits of the fractions of the primes' cube and square roots.
  if (found < 8) INITIAL[found] = (Math.sqrt(n) % 1) * 2 ** 32;
  K[found++] = (Math.cbrt(n) % 1) * 2 ** 32;
}

const W = new Int32Array(64);

/** Work one block of 16 words into the state. */
function compress(state, block) {
  W.set(block);
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, index) => (state[index] += value));
  return state;
}

/** Hash a message that follows `before` bytes already in the state. */
function finish(state, message, before) {
  const padded = new Uint8Array(((message.length + 72) >> 6) << 6);
  padded.set(message);
  padded[message.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, (message.length + before) * 8);
  for (let at = 0; at < padded.length; at += 64) {
    compress(state, Int32Array.from({length: 16}, (_, index) => view.getInt32(at + index * 4)));
  }
  return state;
}

function bytesOf(state) {
  const view = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => view.setInt32(index * 4, word));
  return new Uint8Array(view.buffer);
}

/**
 * Return `length` bytes (at most 32: one block, which is all that a proof asks for).
 * @param {Uint8Array} password
 * @param {Uint8Array} salt
 * @param {number} cost rounds
 * @param {number} length
 */
export async function derive(password, salt, cost, length) {
  const key = new Uint8Array(64);
  key.set(password.length > 64 ? bytesOf(finish(INITIAL.slice(), password, 0)) : password);
  const start = (mask) => {
    const view = new DataView(key.map((byte) => byte ^ mask).buffer);
    return compress(INITIAL.slice(), Int32Array.from({length: 16}, (_, index) => view.getInt32(index * 4)));
  };
  const inner = start(0x36);
  const outer = start(0x5c);

  let state = finish(inner.slice(), Uint8Array.of(...salt, 0, 0, 0, 1), 64);
  state = finish(outer.slice(), bytesOf(state), 64);
  const result = state.slice();
  // From the second round on each message is one hash: 8 words, then the padding that never changes.
  const block = new Int32Array(16);
  block[8] = 1 << 31;
  block[15] = (64 + 32) * 8;
  for (let round = 1; round < cost; round++) {
    block.set(state);
    const middle = compress(inner.slice(), block);
    block.set(middle);
    state = compress(outer.slice(), block);
    for (let i = 0; i < 8; i++) result[i] ^= state[i];
  }
  await new Promise((resolve) => setTimeout(resolve));
  return bytesOf(result).slice(0, length);
}
