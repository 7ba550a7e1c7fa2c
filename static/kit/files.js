/** The file field: each file leaves when it is chosen, shows how far it is, and never stops the rest when it fails. */
import {api, html, nothing} from './kit.js';
import {bytes} from './sizes.js';

const KINDS = '.pdf,.jpg,.jpeg,.png,.webp,.docx,.xlsx,.odt';

export class Files {
  /**
   * @param {import('./element.js').VentanillaElement} host
   * @param {{file_bytes: number, files: number, heic?: boolean}} [limits]
   * @param {string} [id] of its field, where the element has two
   */
  constructor(host, limits = {file_bytes: 10485760, files: 20}, id = 'files') {
    this.host = host;
    this.limits = limits;
    this.id = id;
    /** @type {{file: File, name: string, share: number, receipt?: string, reason?: string, ready?: Promise<void>, life: AbortController}[]} */
    this.items = [];
  }

  get receipts() {
    return this.items.flatMap((item) => item.receipt ?? []);
  }

  /** Those that could not be taken, to be named in the filing. */
  get failed() {
    return this.items.flatMap(({name, reason}) => (reason ? {name, reason} : []));
  }

  get sending() {
    return this.items.some((item) => !item.receipt && !item.reason);
  }

  /** What a draft holds of them: what was received waits at the server. */
  get kept() {
    return this.items.flatMap(({name, file: {size}, receipt, reason}) => (receipt || reason ? {name, size, receipt, reason} : []));
  }

  set kept(list) {
    this.items = list.map(({name, size, ...item}) => ({...item, name, share: 1, file: {name, size}, life: new AbortController()}));
    this.host.requestUpdate();
  }

  /** Wait until every file is received or has failed; `once more` for those that the network failed. */
  settled(onceMore = false) {
    if (onceMore) this.items.forEach((item) => item.again && item.reason && this.again(item));
    return Promise.all(this.items.map((item) => item.ready));
  }

  add(list) {
    for (const file of list) {
      const item = {file, name: file.name, share: 0, life: new AbortController()};
      item.reason = this.unfit(file);
      this.items.push(item);
      if (item.reason) this.tell(item);
      else item.ready = this.send(item);
    }
    this.host.requestUpdate();
  }

  unfit({size}) {
    const {file_bytes: limit, files: count} = this.limits;
    if (!size) return this.host.t('files.empty');
    if (size > limit) return this.host.t('files.large', {size: bytes(size), limit: bytes(limit)});
    return this.items.length >= count ? this.host.t('files.many', {count}) : undefined;
  }

  async send(item) {
    const stop = () => item.life.abort();
    this.host.life.signal.addEventListener('abort', stop, {once: true});
    const onProgress = (share) => {
      item.share = share;
      this.host.requestUpdate();
    };
    try {
      const {receipt} = await api.upload(item.file, {onProgress, signal: item.life.signal});
      item.receipt = receipt;
    } catch (error) {
      // The catalogue's sentence goes on after the reason.
      item.reason = (!error.system && error.message.replace(/\.$/, '')) || this.host.t('files.network');
      item.again = error.system;
    }
    this.host.life.signal.removeEventListener('abort', stop);
    this.tell(item);
  }

  tell(item) {
    const said = item.reason ? this.host.t('files.failed', item) : this.host.t('files.sent');
    this.host.announce(`${item.name}: ${said}`);
    this.host.requestUpdate();
    this.onChange?.();
  }

  again(item) {
    item.reason = undefined;
    item.ready = this.send(item);
    this.host.requestUpdate();
  }

  remove(item) {
    item.life.abort();
    this.items = this.items.filter((other) => other !== item);
    this.host.requestUpdate();
    this.onChange?.();
    this.host.focusOn(`#${this.id}`);
  }

  clear() {
    this.items.forEach((item) => item.life.abort());
    this.items = [];
  }

  dropped(event) {
    event.preventDefault();
    this.add(event.dataTransfer.files);
  }

  chosen(event) {
    this.add(event.target.files);
    event.target.value = ''; // So that a removed file can be chosen again.
  }

  view() {
    const {id, limits} = this;
    const t = (key, values) => this.host.t(`files.${key}`, values);
    // An iPhone makes a JPG of its photo by itself, unless HEIC is asked for.
    const kinds = KINDS + (limits.heic ? ',.heic,.heif' : '');
    return html`<div class="field files" @dragover=${(event) => event.preventDefault()} @drop=${this.dropped.bind(this)}>
      <span class="label" id="${id}-label">${t('label')} <span class="quiet">${this.host.t('form.optional')}</span></span>
      <p class="hint" id="${id}-hint">${t('hint', {count: limits.files, size: bytes(limits.file_bytes)})}</p>
      <input class="unseen" type="file" multiple id=${id} accept=${kinds} aria-describedby="${id}-hint" @change=${this.chosen.bind(this)}>
      <label class="button" for=${id}>${t('add')}</label>
      ${this.items.length ? html`<ul aria-labelledby="${id}-label">${this.items.map((item) => this.line(item, t))}</ul>` : nothing}
    </div>`;
  }

  line(item, t) {
    const share = Math.round(item.share * 100);
    return html`<li class=${item.reason ? 'failed' : ''}>
      <div><b>${item.name}</b> <span class="quiet">${bytes(item.file.size)}</span></div>
      ${item.reason
        ? html`<p class="error">${t('failed', item)}. ${t('stays')}</p>`
        : item.receipt
          ? html`<p class="done">${t('sent')}</p>`
          : html`<progress max="100" .value=${share} aria-label=${item.name}></progress> <span class="quiet">${t('sending', {share})}</span>`}
      <div class="row">
        ${item.again && item.reason ? html`<button type="button" class="link" @click=${() => this.again(item)}>${t('again')}</button>` : nothing}
        <button type="button" class="link" @click=${() => this.remove(item)}>${t('remove', item)}</button>
      </div>
    </li>`;
  }
}
