/**
 * A stored, numbered conversation that stays connected: nothing lost, nothing doubled, in order.
 *
 *     const line = connect({
 *       url: 'wss://v.example.gov.co/api/tenjo/chat/7/socket',
 *       poll: 'https://…/poll', post: 'https://…/messages',   // where sockets are blocked; leave out for never
 *       token: async (renew) => '…',   // asked before each attempt; `renew` after a refused one
 *       since: 0,                      // the last `seq` that the page has
 *       on(message) {},                // each numbered message once and in order; acks, errors and events as they come
 *       state(name, code) {},          // connecting, open, polling, waiting, offline, refused, closed
 *       signal,                        // the element's abort signal: everything ends with it
 *     });
 *     line.send({ kind: 'say', id, body });   // kept and sent again until acknowledged: the server knows it by its id
 *     line.send({ kind: 'typing' });          // no id: sent now or never
 *     line.close();
 *
 * On the socket: we say `hello {token, since}`; the server replays what is above `since` as messages with a `seq`, then
 * says `joined {seq}`, then goes on live. It says `beat` now and then, `ack {id, seq}`, `error {code, ref, retry_s?}`,
 * and `reset` when our cursor is not of its store. One message is under way at a time, so a refused one is not
 * overtaken. It closes with 1012 to restart, 4401 for a bad token, another 44xx to stay away.
 *
 * Polling: `GET poll?after=seq&wait=25` gives `{rows: [message]}`; `POST post` with the message gives its ack, or
 * `{error: {code}}`. Both carry the token in `X-Ventanilla-Token`, and no cookie.
 *
 * @typedef {{kind: string, id?: string, seq?: number, [field: string]: unknown}} Message
 * @param {{url: string, poll?: string, post?: string, token: (renew: boolean) => string | Promise<string>,
 *   since?: number, on: (message: Message) => void, state?: (name: string, code?: number) => void,
 *   signal?: AbortSignal}} options
 * @returns {{send: (message: Message) => void, close: () => void}}
 */
export function connect({ url, poll, post, token, since = 0, on, state = () => {}, signal }) {
  /** @type {Message[]} */
  const queue = [];
  const life = new AbortController();
  const ended = life.signal;
  /** @type {WebSocket | null} joined, so it may be written to */
  let live = null;
  let polling = '';
  let flying = false;
  let wake = () => {};
  let drop = () => {};
  let heard = 0;

  const later = (act, ms) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  };
  // Also ended by the network coming back, the tab coming to the front, and the end of it all.
  const pause = (ms) => new Promise((resolve) => {
    if (ended.aborted) return resolve();
    const stop = later(() => wake(), ms);
    wake = () => { stop(); resolve(); };
  });
  const finish = () => {
    if (ended.aborted) return;
    life.abort();
    wake();
    state('closed');
  };

  const settle = (id) => {
    if (flying && queue[0]?.id === id) {
      queue.shift();
      flying = false;
      pump();
    }
  };

  /** @param {Message} message */
  const take = (message) => {
    const { kind, seq } = message;
    if (kind === 'beat') return;
    if (kind === 'reset') since = 0;
    if (kind === 'error' && message.code === 'too-fast' && message.ref) {
      later(() => { flying = false; pump(); }, 1000 * message.retry_s);
      return;
    }
    if (kind !== 'ack' && kind !== 'joined' && seq) {
      if (seq <= since) return;
      since = seq;
    }
    on(message);
    if (kind === 'ack') settle(message.id);
    if (kind === 'error' && message.ref) settle(message.ref);
  };

  const pump = () => {
    if (flying || !queue.length || ended.aborted) return;
    if (live) {
      flying = true;
      live.send(JSON.stringify(queue[0]));
    } else if (polling) {
      flying = true;
      send(queue[0]);
    }
  };

  const ask = async (address, options = {}) => {
    const stopper = new AbortController();
    const stop = () => stopper.abort();
    if (!options.method) drop = stop;
    const forget = later(stop, 40000);
    ended.addEventListener('abort', stop);
    try {
      const answer = await fetch(address, {
        ...options, credentials: 'omit', cache: 'no-store', signal: stopper.signal,
        headers: { 'Content-Type': 'application/json', 'X-Ventanilla-Token': polling },
      });
      return [answer.status, await answer.json()];
    } finally {
      forget();
      ended.removeEventListener('abort', stop);
    }
  };

  const send = async (message) => {
    let status = 0;
    let body;
    try { [status, body] = await ask(post, { method: 'POST', body: JSON.stringify(message) }); } catch { /* as 0 */ }
    if (status === 200 || status === 201) take({ ...body, kind: 'ack', id: message.id });
    else if (status >= 400 && status < 500 && status !== 401 && status !== 409 && status !== 429) {
      take({ kind: 'error', ref: message.id, ...body.error });
    } else later(() => { flying = false; pump(); }, 2000);
  };

  /** Resolves when the socket is over: [whether it had joined, close code]. */
  const bySocket = (key) => new Promise((resolve) => {
    let joined = false;
    let ws;
    try { ws = new WebSocket(url); } catch { return resolve([false, 1006]); }
    // A dead network closes nothing by itself: do not wait for the goodbye.
    const over = (code) => {
      clearInterval(watch);
      drop = () => {};
      ended.removeEventListener('abort', leave);
      if (live === ws) live = null;
      ws.onmessage = ws.onclose = ws.onopen = null;
      ws.close();
      resolve([joined, code]);
    };
    const leave = () => over(1000);
    drop = () => over(1006);
    heard = Date.now();
    const watch = setInterval(() => Date.now() - heard > (joined ? 65000 : 10000) && over(1006), 1000);
    ended.addEventListener('abort', leave);
    ws.onopen = () => ws.send(JSON.stringify({ kind: 'hello', token: key, since }));
    ws.onclose = (event) => over(event.code);
    ws.onmessage = (event) => {
      heard = Date.now();
      const message = JSON.parse(event.data);
      take(message);
      if (message.kind === 'joined') {
        joined = true;
        live = ws;
        flying = false;
        state('open');
        pump();
      }
    };
  });

  /** Resolves when polling failed, or when it is time to try a socket again. */
  const byPolling = async (key, spell) => {
    const until = Date.now() + spell;
    let worked = false;
    polling = key;
    flying = false;
    try {
      while (Date.now() < until && !ended.aborted) {
        // The first asks without waiting, to know whether this way is open.
        const [status, { rows }] = await ask(`${poll}?after=${since}&wait=${worked ? 25 : 0}`);
        if (status !== 200) return [worked, status === 401 ? 4401 : 1006];
        rows.forEach(take);
        if (!worked) state('polling');
        worked = true;
        pump();
      }
    } catch { /* the network: as any other failure */ } finally { polling = ''; }
    return [worked, 1006];
  };

  const run = async () => {
    let misses = 0;
    let tries = 0;
    let refused = 0;
    let spell = 20000;
    while (!ended.aborted) {
      if (navigator.onLine === false) {
        state('offline');
        await pause(30000);
      }
      if (ended.aborted) return;
      state('connecting');
      let worked = false;
      let code = 1006;
      try {
        const key = await token(refused > 0);
        const polls = poll && misses > 1;
        [worked, code] = await (polls ? byPolling(key, spell) : bySocket(key));
        // Two sockets in a row that came to nothing: something between us lets none through.
        misses = polls ? 1 : worked ? 0 : misses + 1;
        // Perhaps it was only a restart: sockets are tried again soon, then ever more rarely.
        spell = polls ? Math.min(2 * spell, 300000) : worked ? 20000 : spell;
      } catch { /* no token: wait and ask again */ }
      if (ended.aborted) return;
      if (worked) tries = refused = 0;
      if (code > 4399 && code < 4500 && (code !== 4401 || refused++)) {
        state('refused', code);
        life.abort();
        return;
      }
      const least = code === 1008 || code === 1013 ? 10000 : 0;
      // A restart sends everybody away in the same moment: they come back spread over two seconds.
      const ms = code === 1012 ? 2000 * Math.random() : Math.min(30000, 500 * 2 ** tries++) * (0.5 + Math.random() / 2);
      if (ms > 1000) state('waiting');
      await pause(Math.max(least, ms));
    }
  };

  document.addEventListener('visibilitychange', () => document.hidden || wake(), { signal: ended });
  // A socket of the network that was before is dead and does not know it.
  addEventListener('online', () => { drop(); wake(); }, { signal: ended });
  if (signal?.aborted) life.abort();
  signal?.addEventListener('abort', finish, { signal: ended });
  run();

  return {
    send(message) {
      if (message.id) {
        queue.push(message);
        pump();
      } else if (live) live.send(JSON.stringify(message));
    },
    close: finish,
  };
}
