// @ts-nocheck -- these run inside the page, where the DOM's types hold; the tests' own would get in each other's way
// oxlint-disable unicorn/consistent-function-scoping -- see below

/** Each function goes into the page as text: it may use nothing from outside itself. */

/** @param {boolean} isHidden  which a headless browser is never by itself */
export function pretendHidden(isHidden) {
  Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** @returns {string[]} texts below 12 px, or with less contrast than WCAG AA asks for: 4.5, for large ones 3 */
export function faintTexts() {
  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  };
  const over = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];
  const background = (element) => {
    if (!element) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, background(element.parentElement));
  };
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (text, behind) => {
    const [dark, light] = [luminance(over(text, behind)), luminance(behind)].toSorted((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const hasText = ({ childNodes }) =>
    [...childNodes].some(({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && textContent.trim());
  return [...document.body.querySelectorAll('*')]
    .filter(
      (element) => hasText(element) && element.checkVisibility() && !element.closest('.visually-hidden, :disabled'),
    )
    .flatMap((element) => {
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const found = contrast(parse(color), background(element));
      const size = Number.parseFloat(fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
      if (found >= (isLarge ? 3 : 4.5) && size >= 12) return [];
      return [`${element.className}: '${element.textContent}' has ${found.toFixed(2)} at ${fontSize}`];
    });
}

/** @returns {string[]} what can be touched and is smaller than 44 px either way */
export function smallTargets() {
  return [...document.querySelectorAll('a, button, .button, input:not([type=file]), textarea')].flatMap((element) => {
    const { width, height } = element.getBoundingClientRect();
    if (!element.checkVisibility()) return [];
    return width >= 44 && height >= 44 ? [] : [`${element.textContent} is ${width} by ${height} px`];
  });
}

/** @returns {string[]} labels that lie on each other or stick out of their part of the page */
export function collisions() {
  const labels = '.name, .note, .attempts, dt, dd, th, td, .badge, h1, h2, h3, h4, strong, .host, .doing';
  const boxOf = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect();
  };
  const areApart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 2 || b.bottom <= a.top + 2;
  return [...document.querySelectorAll('.card, .composer, .operations, .top')].flatMap((part) => {
    const texts = [...part.querySelectorAll(labels)]
      .filter(
        (element) =>
          element.checkVisibility() && element.textContent.trim() && !element.querySelector('.visually-hidden'),
      )
      .map((element) => ({ element, box: boxOf(element) }));
    const { left, right } = part.getBoundingClientRect();
    const outside = texts.filter(({ box }) => box.left < left || box.right > right);
    const onEachOther = texts.flatMap((a, n) =>
      texts.slice(n + 1).flatMap((b) => {
        const isFine = a.element.contains(b.element) || areApart(a.box, b.box);
        return isFine ? [] : [`${a.element.textContent} lies on ${b.element.textContent}`];
      }),
    );
    return [...outside.map(({ element }) => `${element.textContent} sticks out`), ...onEachOther];
  });
}

/** @returns {number} how wide the page is */
export function pageWidth() {
  return document.documentElement.scrollWidth;
}

/** @returns {string | null | undefined} what has the focus is called */
export function focused() {
  return document.activeElement?.getAttribute('aria-label');
}

/** @param {Element} element */
export function colorOf(element) {
  return getComputedStyle(element).color;
}
