/** The acknowledgement: the person's proof of what was filed, when, and by when it must be answered (Ley 1437, art. 61). */
import {html, nothing} from '../../../static/kit/kit.js';
import {bytes} from '../../../static/kit/sizes.js';

/** @param {import('./pqr.js').PqrElement} host */
export function receipt(host, filed) {
  const {radicado, code, subject, kind_title: kind, count, files, failed_files: failed, missing, text} = filed;
  const t = (key, values) => host.t(`receipt.${key}`, values);
  return html`<article class="stack" id="receipt">
    <div class="note good stack">
      <h2 tabindex="-1">${t('title')}</h2>
      <dl class="facts">
        <dt>${t('entity')}</dt><dd>${host.site.name}</dd>
        <dt>${t('radicado')}</dt><dd class="number">${radicado}</dd>
        <dt>${t('code')}</dt><dd class="number">${code}</dd>
        <dt>${t('kind')}</dt><dd>${kind}</dd>
        <dt>${t('subject')}</dt><dd>${subject}</dd>
        <dt>${t('received')}</dt><dd>${text.received}</dd>
        <dt>${t('radicated')}</dt><dd>${text.radicated}</dd>
        <dt>${t('due')}</dt><dd><b>${text.due}</b></dd>
      </dl>
      <p>${text.next}</p>
      <p>${t('keep')}</p>
    </div>
    ${failed?.length ? html`<div class="note warn"><h3>${t('failed')}</h3>
      <ul>${failed.map(({name, reason}) => html`<li>${name}: ${reason}</li>`)}</ul><p>${t('failed_help')}</p></div>` : nothing}
    ${missing?.length ? html`<div class="note"><h3>${t('missing')}</h3><ul>${missing.map((one) => html`<li>${one.text}</li>`)}</ul></div>` : nothing}
    <details><summary>${t('count')}</summary>
      <ol class="count">${count.map((line) => html`<li>${line}</li>`)}</ol></details>
    ${files?.length ? html`<details open><summary>${t('files', {n: files.length})}</summary>
      <ul>${files.map((file) => html`<li>${file.name} · ${bytes(file.size_bytes)}<br><span class="quiet hash">SHA-256 ${file.sha256}</span></li>`)}</ul></details>` : nothing}
    <div class="row unprinted">
      <button type="button" @click=${() => copy(host, `${t('radicado')}: ${radicado}\n${t('code')}: ${code}\n${t('due')}: ${text.due}`)}>${t('copy')}</button>
      <button type="button" @click=${() => print(host, radicado)}>${t('print')}</button>
      <button type="button" @click=${() => host.follow(filed)}>${t('follow')}</button>
      <button type="button" class="link" @click=${() => host.another()}>${t('another')}</button>
    </div>
  </article>`;
}

/** Copy a text; a host page on http has no clipboard, so there the old way serves. */
async function copy(host, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = document.createElement('textarea');
    box.value = text;
    host.renderRoot.querySelector('.root').append(box);
    box.select();
    document.execCommand('copy');
    box.remove();
  }
  host.announce(host.t('receipt.copied'));
}

/** Print the acknowledgement alone and not the host's page around it. */
function print(host, radicado) {
  const paper = window.open('', '_blank', 'width=800,height=900');
  if (!paper) return window.print();
  const look = new paper.CSSStyleSheet();
  look.replaceSync('body{font:12pt sans-serif;margin:2cm}dt{color:#555}dd{margin:0 0 8pt}.number{font-size:16pt;font-weight:700}.unprinted{display:none}.hash{font-size:9pt;word-break:break-all}.count,summary{list-style:none}.count{padding:0}summary{font-weight:700;margin-block:12pt 6pt}li{break-inside:avoid}');
  paper.document.adoptedStyleSheets = [look];
  paper.document.title = radicado;
  const sheet = paper.document.importNode(host.renderRoot.querySelector('#receipt'), true);
  sheet.querySelectorAll('details').forEach((part) => (part.open = true));
  paper.document.body.append(sheet);
  return paper.print();
}
