/**
 * @typedef {import('nestjs-redis-streams').TaskInfo} TaskInfo
 * @typedef {object} Listener
 * @property {(task: TaskInfo) => void} onState
 * @property {(text: string) => void} onText
 * @property {() => void} onRestart  what was told so far is void
 * @property {(task: TaskInfo) => void} onEnd
 * @property {() => void} onGone  the server knows no such task of ours
 */

const RETRY_MS = 2_000;

/**
 * Follows an answer from its beginning. A lost connection the browser makes anew, and goes on where it was.
 * @param {string} taskId
 * @param {Listener} listener
 * @param {string} [from]  the event to go on after
 */
export function followAnswer(taskId, listener, from) {
  let last = from;
  const source = new EventSource(`chat/${taskId}/stream${last ? `?from=${last}` : ''}`);
  /**
   * @param {string} type
   * @param {(data: any) => void} take
   */
  const on = (type, take) =>
    source.addEventListener(type, ({ data, lastEventId }) => {
      last = lastEventId;
      take(JSON.parse(data));
    });
  on('state', ({ task }) => listener.onState(task));
  on('chunk', ({ value }) => listener.onText(value));
  on('restart', listener.onRestart);
  on('end', ({ task }) => {
    source.close();
    listener.onEnd(task);
  });
  source.addEventListener('error', () => {
    // It gives up after an answer that is no event stream, and when the page is left.
    if (source.readyState === EventSource.CLOSED) void whyClosed();
  });
  const whyClosed = async () => {
    const response = await fetch(`chat/${taskId}`).catch(() => undefined);
    if (response?.status === 404) listener.onGone();
    else setTimeout(() => followAnswer(taskId, listener, last), RETRY_MS);
  };
}
