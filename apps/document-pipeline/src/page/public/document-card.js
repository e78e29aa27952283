import { duration, el } from './dom.js';
import { embeddingChart } from './embedding-chart.js';

/**
 * @typedef {import('../../documents/document-state.js').DocumentState} DocumentState
 * @typedef {import('../../documents/document-state.js').StageState} StageState
 */

/** What each stage is for, in a few words. */
const PURPOSE = { extract: 'language, sentences', analyze: 'keywords, pace', summarize: 'key points', embed: 'vector' };
const STATUS = { queued: 'Queued', processing: 'In progress', completed: 'Completed', failed: 'Failed' };

/**
 * The whole card for a state; drawn anew at each change, as changes are few. What the state before did not have arrives
 * with a movement.
 * @param {DocumentState} state
 * @param {DocumentState} [before]
 */
export function documentCard(state, before) {
  const { results } = state;
  const known = before?.results ?? {};
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
    results.extract && fresh(!known.extract, facts(results)),
    results.analyze && fresh(!known.analyze, part('Keywords', chips(results.analyze.keywords))),
    results.summarize && fresh(!known.summarize, summaryPart(results.summarize)),
    results.embed && fresh(!known.embed, embeddingPart(results.embed)),
    el(
      'footer',
      {},
      el('a.button.quiet', { href: `documents/${state.id}`, 'aria-label': `JSON of ${state.title}` }, 'JSON'),
      el('code', {}, state.id),
    ),
  );
}

/** @param {StageState} stage */
function stageItem(stage) {
  const { name, status, attempts, error } = stage;
  const isRetrying = status === 'processing' && error !== undefined;
  const took = between(stage.startedAt, stage.completedAt);
  const note = isRetrying ? 'retrying' : (took ?? (status === 'queued' ? PURPOSE[name] : STATUS[status].toLowerCase()));
  return el(
    'li',
    {
      'data-status': isRetrying ? 'retrying' : status,
      'aria-current': status === 'processing' ? 'step' : undefined,
      title: trace(stage),
    },
    el('span.dot', { 'aria-hidden': true }),
    el('span.name', {}, name),
    el('span.note', {}, note),
    attempts > 1 && el('span.attempts', { title: 'Runs that were started' }, `${attempts} tries`),
  );
}

/**
 * What the queue knows of a stage's task: its id, and how long it waited for its last run.
 * @param {StageState} stage
 */
function trace({ taskId, addedAt, startedAt }) {
  if (taskId === undefined) return undefined;
  const waited = between(addedAt, startedAt);
  return `Task ${taskId}${waited ? `, ran after ${waited}` : ''}`;
}

/**
 * @param {string | undefined} from
 * @param {string | undefined} to
 */
function between(from, to) {
  return from && to ? duration(Math.max(0, Date.parse(to) - Date.parse(from))) : undefined;
}

/** @param {StageState} stage */
function errorLine({ name, error, status }) {
  const lead = status === 'failed' ? `${name} failed: ` : `${name} will be tried again: `;
  return el('p.error', { 'data-status': status }, el('strong', {}, lead), error ?? '');
}

/**
 * @param {boolean} isFresh
 * @param {HTMLElement | undefined} element
 */
function fresh(isFresh, element) {
  element?.classList.toggle('fresh', isFresh);
  return element;
}

/** @param {readonly { term: string }[]} keywords */
function chips(keywords) {
  return el('ul.chips', {}, ...keywords.map(({ term }) => el('li', {}, term)));
}

/** @param {{ summary: string, model: string }} result */
function summaryPart({ summary, model }) {
  return part('Summary', el('p.summary', {}, summary || 'Nothing to say.'), model);
}

/** @param {{ vector: readonly number[], model: string, dimensions: number }} result */
function embeddingPart({ vector, model, dimensions }) {
  return part('Embedding', embeddingChart(vector), `${model}, ${dimensions} dimensions`);
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
    ['Words per sentence', analyze ? analyze.reading.averageSentenceWords.toFixed(1) : '…'],
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
