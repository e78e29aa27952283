import { duration, el } from './dom.js';
import { embeddingChart } from './embedding-chart.js';

/**
 * @typedef {import('../../store/document-state.js').DocumentState} DocumentState
 * @typedef {import('../../store/document-state.js').StageState} StageState
 */

/** What each stage is for, in a few words. */
const PURPOSE = { extract: 'language, sentences', analyze: 'keywords, pace', summarize: 'key points', embed: 'vector' };
const STATUS = { queued: 'Queued', processing: 'In progress', completed: 'Completed', failed: 'Failed' };

/**
 * The whole card for a state; drawn anew at each change, as changes are few.
 * @param {DocumentState} state
 */
export function documentCard(state) {
  const { results } = state;
  const headingId = `document-${state.id}`;
  return el(
    'article.card',
    { 'data-status': state.status, 'aria-labelledby': headingId },
    el(
      'header',
      {},
      el('h3', { id: headingId }, state.title),
      el('span.badge', { 'data-status': state.status }, STATUS[state.status]),
    ),
    el('ol.stages', { 'aria-label': 'Stages' }, ...state.stages.map(stageItem)),
    ...state.stages.filter(({ error }) => error).map(errorLine),
    results.extract && facts(results),
    results.analyze &&
      part('Keywords', el('ul.chips', {}, ...results.analyze.keywords.map(({ term }) => el('li', {}, term)))),
    results.summarize &&
      part('Summary', el('p.summary', {}, results.summarize.summary || 'Nothing to say.'), results.summarize.model),
    results.embed &&
      part(
        'Embedding',
        embeddingChart(results.embed.vector),
        `${results.embed.model}, ${results.embed.dimensions} dimensions`,
      ),
    el('footer', {}, el('a', { href: `documents/${state.id}` }, 'JSON'), el('code', {}, state.id)),
  );
}

/** @param {string} id */
export function missingCard(id) {
  return el(
    'article.card.missing',
    {},
    el('p', {}, 'This document has expired.'),
    el('footer', {}, el('code', {}, id)),
  );
}

/** @param {StageState} stage */
function stageItem(stage) {
  const { name, status, attempts, startedAt, completedAt, error } = stage;
  const isRetrying = status === 'processing' && error !== undefined;
  const took = startedAt && completedAt ? duration(Date.parse(completedAt) - Date.parse(startedAt)) : undefined;
  const note = isRetrying ? 'retrying' : (took ?? (status === 'queued' ? PURPOSE[name] : STATUS[status].toLowerCase()));
  return el(
    'li',
    { 'data-status': isRetrying ? 'retrying' : status, 'aria-current': status === 'processing' ? 'step' : undefined },
    el('span.dot', { 'aria-hidden': true }),
    el('span.name', {}, name),
    el('span.note', {}, note),
    attempts > 1 && el('span.attempts', { title: 'Runs that were started' }, `${attempts} attempts`),
  );
}

/** @param {StageState} stage */
function errorLine({ name, error, status }) {
  const lead = status === 'failed' ? `${name} failed: ` : `${name} will be tried again: `;
  return el('p.error', { 'data-status': status }, el('strong', {}, lead), error ?? '');
}

/** @param {DocumentState['results']} results */
function facts({ extract, analyze }) {
  if (!extract) return undefined;
  const number = new Intl.NumberFormat();
  const { language, words, sentences, paragraphs } = extract;
  const entries = [
    ['Language', language.name + (language.isReliable ? '' : ' (a guess)')],
    ['Words', number.format(words)],
    ['Sentences', number.format(sentences)],
    ['Paragraphs', number.format(paragraphs)],
    ['Reading time', analyze ? duration(analyze.reading.readingSeconds * 1_000) : '…'],
    ['Words per sentence', analyze ? number.format(analyze.reading.averageSentenceWords) : '…'],
  ];
  return el(
    'dl.facts',
    {},
    ...entries.map(([name, value]) => el('div', {}, el('dt', {}, name ?? ''), el('dd', {}, value ?? ''))),
  );
}

/**
 * @param {string} heading
 * @param {Node} content
 * @param {string} [source]
 */
function part(heading, content, source) {
  return el('section.part', {}, el('h4', {}, heading, source !== undefined && el('small', {}, source)), content);
}
