/** Which questions these answers bring into view; the same tree as on the server, which decides. Loaded where a survey branches. */
import {empty} from '../empty.js';

const TESTS = {
  answered: () => true,
  is: (given, wanted) => String(given) === String(wanted),
  has: (given, wanted) => [].concat(given).map(String).includes(String(wanted)),
  at_least: (given, wanted) => Number(given) >= Number(wanted),
  at_most: (given, wanted) => Number(given) <= Number(wanted),
};

function holds(tree, answers) {
  if (!tree || !tree.op) return true;
  if (tree.op === 'all') return tree.of.every((branch) => holds(branch, answers));
  if (tree.op === 'any') return tree.of.some((branch) => holds(branch, answers));
  if (tree.op === 'not') return !tree.of.some((branch) => holds(branch, answers));
  return !empty(answers[tree.q]) && TESTS[tree.op](answers[tree.q], tree.v);
}

/**
 * Return the sections with the questions in view. An answer to a hidden question counts for nothing further down.
 * @param {{questions: {key: string, show_if?: object}[], show_if?: object}[]} sections
 * @param {Record<string, any>} answers
 */
export function shown(sections, answers) {
  const counted = {};
  const inView = (question) => {
    const visible = holds(question.show_if, counted);
    if (visible && !empty(answers[question.key])) counted[question.key] = answers[question.key];
    return visible;
  };
  // One pass, in order: a section's condition looks at what was counted before it.
  return sections.flatMap((section) => {
    const questions = holds(section.show_if, counted) ? section.questions.filter(inView) : [];
    return questions.length ? [{...section, questions}] : [];
  });
}
