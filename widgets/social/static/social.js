/**
 * `<ventanilla-social>`: the entity's official profiles, as links that say where they lead.
 *
 * @attr open theme plain      see the kit's element
 * @slot - the fallback: a link to the page that works without script
 * @csspart link               one profile
 */
import {VentanillaElement, html, register} from '../../../static/kit/kit.js';

export class SocialElement extends VentanillaElement {
  static widget = 'social';

  // Render

  view() {
    const {profiles = [], posts = []} = this.options;
    return html`<div class="stack">
      ${this.heading()}
      ${profiles.length ? html`<ul class="profiles">${profiles.map((profile) => this.profile(profile))}</ul>` : html`<p>${this.t('empty')}</p>`}
      ${posts.length ? html`<h3 class="latest" id="latest">${this.t('latest')}</h3>
        <ul class="posts" aria-labelledby="latest">${posts.map((post) => this.post(post))}</ul>` : ''}
    </div>`;
  }

  post({title, url, name, when}) {
    return html`<li><a part="link" href=${url} rel="noopener noreferrer">${title}</a><br><small>${name}, ${when}</small></li>`;
  }

  profile({network, name, handle, url}) {
    // Nothing of the network's is fetched: its mark is its initial.
    return html`<li><a part="link" href=${url} rel="noopener noreferrer">
      <span class="mark" aria-hidden="true">${network === 'x' ? '𝕏' : name[0]}</span>
      <span><strong>${name}</strong><br>${handle}<span class="unseen">${this.t('away')}</span></span>
    </a></li>`;
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(SocialElement, resources);
