/** Follow a survey by mail: asked for under what was answered, or where it is not open. Loaded when somebody wants it. */
import {html} from '../../../../static/kit/kit.js';
import {FollowForm} from '../../../../static/kit/follow.js';

/** @param {import('../survey.js').SurveyElement} host */
export function follow(host) {
  const t = (key) => host.t(`follow.${key}`);
  host.results = new FollowForm(host, {
    path: 'survey/follows',
    body: {survey: host.survey.key},
    words: t,
    title: t('title'),
    leave: () => {
      host.results = undefined;
      host.focusOn('h2');
    },
  });
}
