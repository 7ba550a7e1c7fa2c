/** Who asks, in groups: voluntary, with a consent of its own, loaded when somebody opens it (Ley 1581 de 2012, arts. 5 and 6). */
import {html} from '../../../../static/kit/kit.js';

const QUESTIONS = {
  age: ['0-17', '18-28', '29-59', '60'],
  gender: ['woman', 'man', 'other'],
  ethnic: ['indigenous', 'black', 'raizal', 'rrom', 'none'],
  condition: ['disability', 'pregnant', 'victim', 'displaced', 'none'],
};

/** @param {import('../pqr.js').PqrElement} host */
export function questions(host) {
  const {form} = host;
  form.more = 'about.fields';
  const choices = (name) => QUESTIONS[name].map((key) => ({key, title: host.t(`about.choices.${name}.${key}`)}));
  return html`<p class="quiet">${host.t('about.help')}</p>
    ${Object.keys(QUESTIONS).map((name) => form.select(`about_${name}`, choices(name)))}
    ${form.check('characterisation_consent')}`;
}
