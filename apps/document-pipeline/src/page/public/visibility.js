/**
 * Runs `start` now, if the page is looked at, and each time that it is shown again; what `start` returns runs when the page
 * is hidden.
 * @param {() => () => void} start
 */
export function whileVisible(start) {
  /** @type {(() => void) | undefined} */
  let stop;
  const update = () => {
    if (!document.hidden) stop ??= start();
    else {
      stop?.();
      stop = undefined;
    }
  };
  document.addEventListener('visibilitychange', update);
  update();
}
