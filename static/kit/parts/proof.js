/**
 * Solves a proof of work of ALTCHA v2 (PBKDF2) a slice at a time, so that the page stays smooth.
 *
 * The server asks for it only when many filings come from one network. No Worker: from another origin it is a SecurityError.
 * Source: altcha.org, proof of work v2: derive(nonce + counter as uint32, salt, cost) must begin with the prefix.
 */

const SLICE = 8; // Derivations at once: browsers run them beside the page, and the page breathes between two slices.

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** @returns {Promise<(password: Uint8Array, salt: Uint8Array, cost: number, length: number) => Promise<Uint8Array>>} */
async function deriver(hash) {
  // `crypto.subtle` does not exist on a host page served over http.
  if (!crypto.subtle) return (await window.ventanilla.load('kit.pbkdf2')).derive;
  return async (password, salt, cost, length) => {
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    return new Uint8Array(await crypto.subtle.deriveBits({name: 'PBKDF2', hash, salt, iterations: cost}, key, length * 8));
  };
}

/**
 * Return the payload to send back, in base64.
 * @param {{parameters: any, signature: string}} challenge
 */
export async function solve({parameters, signature}) {
  const {algorithm, nonce, salt, cost, keyLength = 32, keyPrefix = '00'} = parameters;
  const derive = await deriver(algorithm.split('/')[1]);
  const saltBytes = bytesOf(salt);
  const nonceBytes = bytesOf(nonce);

  const attempt = async (counter) => {
    const password = new Uint8Array(nonceBytes.length + 4);
    password.set(nonceBytes);
    new DataView(password.buffer).setUint32(nonceBytes.length, counter);
    return hexOf(await derive(password, saltBytes, cost, keyLength));
  };
  for (let start = 0; ; start += SLICE) {
    const keys = await Promise.all(Array.from({length: SLICE}, (_, index) => attempt(start + index)));
    const hit = keys.findIndex((key) => key.startsWith(keyPrefix));
    if (hit >= 0) {
      const solution = {counter: start + hit, derivedKey: keys[hit]};
      return btoa(JSON.stringify({challenge: {parameters, signature}, solution}));
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}
