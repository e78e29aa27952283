const SVG = 'http://www.w3.org/2000/svg';
const BARS = 256;
const HEIGHT = 64;

/**
 * Draws a vector as bars around a middle line; of a long one neighbouring dimensions share a bar.
 * @param {readonly number[]} vector
 */
export function embeddingChart(vector) {
  const bars = toBars(vector);
  const largest = Math.max(...bars.map(Math.abs), Number.MIN_VALUE);
  const chart = document.createElementNS(SVG, 'svg');
  chart.setAttribute('viewBox', `0 0 ${bars.length} ${HEIGHT}`);
  chart.setAttribute('preserveAspectRatio', 'none');
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', `The embedding's ${vector.length} dimensions as bars`);
  chart.classList.add('embedding');
  chart.append(
    path('positive', bars, (value) => value > 0, largest),
    path('negative', bars, (value) => value < 0, largest),
  );
  return chart;
}

/**
 * @param {string} name
 * @param {readonly number[]} bars
 * @param {(value: number) => boolean} isShown
 * @param {number} largest
 */
function path(name, bars, isShown, largest) {
  const middle = HEIGHT / 2;
  const lines = bars.map((value, x) => {
    return isShown(value) ? `M${x + 0.5} ${middle}V${(middle - (value / largest) * (middle - 2)).toFixed(2)}` : '';
  });
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('d', lines.join(''));
  element.classList.add(name);
  return element;
}

/** @param {readonly number[]} vector */
function toBars(vector) {
  if (vector.length <= BARS) return [...vector];
  return Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * vector.length) / BARS);
    const share = vector.slice(from, Math.floor(((bar + 1) * vector.length) / BARS));
    return share.reduce((sum, value) => sum + value, 0) / share.length;
  });
}
