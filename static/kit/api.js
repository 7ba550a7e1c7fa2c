/**
 * Speaks to the server for every element of the page: the token's life, the idempotency key, proof of work, retries.
 *
 * No cookie ever goes along. A submission keeps one key until it is acknowledged, so sending it again can never file it twice.
 */

const WAIT_MS = 30000; // Longer than the server's own limits: only a dead network gets here.

/** A refusal of the server, or its silence (status 0). */
export class ApiError extends Error {
  constructor(status, error = {}, retryAfterS = 0) {
    super(error.message || '');
    this.status = status;
    this.code = error.code || 'system';
    this.fields = error.fields;
    this.challenge = error.challenge;
    this.retryAfterS = retryAfterS;
  }

  /** Whether the system failed, and not the person: what was typed is kept and may be sent again under the same key. */
  get system() {
    return !this.status || this.status >= 500 || ['system', 'in-flight'].includes(this.code);
  }
}

/** 128 random bits; `crypto.randomUUID` does not exist on http hosts. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const address = (path) => `${window.ventanilla.base}api/${window.ventanilla.site}/${path}`;

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(new ApiError(0, {code: 'aborted'}))), {once: true});
  });
}

/** One exchange over XMLHttpRequest, since fetch cannot tell how much of a file has left. */
function exchange(method, path, {headers = {}, body, signal, onProgress, type = 'text', waitMs = WAIT_MS} = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (code) => () => reject(new ApiError(0, {code}));
    request.open(method, address(path));
    request.responseType = type;
    request.timeout = waitMs;
    for (const [name, value] of Object.entries(headers)) if (value) request.setRequestHeader(name, value);
    if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    request.onload = () => resolve(request);
    request.onerror = request.ontimeout = fail('system');
    request.onabort = fail('aborted');
    signal?.addEventListener('abort', () => request.abort(), {once: true});
    if (signal?.aborted) fail('aborted')();
    else request.send(body);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @returns {Promise<any>} what the server answered, or an ApiError is thrown */
async function ask(method, path, options) {
  const request = await exchange(method, path, options);
  const good = request.status >= 200 && request.status < 300;
  if (good && options?.type === 'blob') return request.response;
  const answer = parsed(good || request.responseType === 'text' ? request.response : await request.response.text());
  // A page of a proxy with status 200 is not an acknowledgement.
  if (good && answer) return answer;
  throw new ApiError(good ? 0 : request.status, answer?.error, Number(request.getResponseHeader('Retry-After')) || 0);
}

let token;

/** The form token, fetched when somebody begins and shared by the elements of the page. */
function freshToken(signal) {
  if (!token || token.until < Date.now()) {
    const answer = ask('POST', 'token', {headers: {'Content-Type': 'application/json'}, body: '{}', signal});
    const kept = {until: Date.now() + 6e4, value: answer};
    token = kept;
    answer.then(
      ({expires_s: lasts}) => (kept.until = Date.now() + (lasts - 60) * 1000),
      () => token === kept && (token = undefined),
    );
  }
  return token.value.then((answer) => answer.token);
}

/** Send with a token, and do in silence what the server asks for first: a new token, a proof of work, a moment's wait. */
async function send(path, options) {
  let proof;
  for (let turns = 8; ; turns--) {
    try {
      const headers = {
        'Accept-Language': window.ventanilla.lang,
        ...options.headers,
        'X-Ventanilla-Token': await freshToken(options.signal),
        'X-Ventanilla-Proof': proof,
      };
      return await ask('POST', path, {...options, headers});
    } catch (error) {
      if (!turns) throw error;
      if (error.code === 'token-expired') token = undefined;
      else if (error.code === 'proof-needed') proof = await (await window.ventanilla.load('kit.proof')).solve(error.challenge);
      else if (error.code === 'in-flight') await pause((error.retryAfterS || 1) * 1000, options.signal);
      else throw error;
    }
  }
}

export const api = {
  /** Fetch the token before it is needed: called when the person begins. A failure shows when something is sent. */
  begin(signal) {
    freshToken(signal).catch(() => {});
  },

  /** @param {string} path below `/api/<site>/` */
  get(path, signal) {
    return ask('GET', `${path}${path.includes('?') ? '&' : '?'}lang=${window.ventanilla.lang}`, {signal});
  },

  /**
   * @param {string} path below `/api/<site>/`
   * @param {object} body
   * @param {{key?: string, since?: number, signal?: AbortSignal, type?: 'text' | 'blob'}} [options] with a key, silence is met by
   *   sending again; `since` is the moment of a first try that failed
   */
  async post(path, body, {key, since, signal, type} = {}) {
    // How long it was kept, or NaN, which is not sent: the counter writes its own failures down (Ley 1437, art. 62).
    const headers = {'Content-Type': 'application/json', 'Idempotency-Key': key, 'X-Ventanilla-Age': Date.now() - since};
    // With a key it is sent again quietly after these, in ms, then the person is asked.
    for (const wait of [800, 2400, 0]) {
      try {
        const answer = await send(path, {headers, body: JSON.stringify(body), signal, type});
        if (key) token = undefined; // Spent with the submission that it carried.
        return answer;
      } catch (error) {
        if (!key || !error.system || error.code === 'aborted' || !wait) throw error;
        await pause(wait, signal);
      }
    }
  },

  /**
   * Send the bytes of a file and return its receipt.
   * @param {File} file
   * @param {{onProgress?: (share: number) => void, signal?: AbortSignal}} options
   */
  upload(file, {onProgress, signal}) {
    const headers = {'Content-Type': 'application/octet-stream', 'X-File-Name': encodeURIComponent(file.name)};
    return send('uploads', {headers, body: file, onProgress, signal, waitMs: 600000});
  },
};
