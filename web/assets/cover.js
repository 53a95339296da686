// Covers: a drawn one for every book, and over it the real image once it has loaded.
import { h } from './dom.js';
import { stampedTitle } from './text.js';

const CLOTHS = 12; // .cloth-0 … .cloth-11 in style.css
const DESIGNS = 6; // .design-0 … .design-5

/** FNV-1a: the same book looks the same on every visit. @param {string} text @returns {number} */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** @param {import('./api.js').Book} book @returns {string} the class of its binding's colour */
export function clothOf(book) {
  return `cloth-${hash(`${book.title} ${book.author ?? ''}`) % CLOTHS}`;
}

/** @param {string} title @returns {string} long titles are set smaller */
function sizeOf(title) {
  const longest = Math.max(...title.split(/\s+/).map((word) => word.length));
  if (title.length > 60 || longest > 13) return 'small';
  return title.length > 28 || longest > 9 ? 'middle' : 'large';
}

/** @param {import('./api.js').Book} book @returns {HTMLElement} */
function drawn(book) {
  const title = stampedTitle(book.title);
  const design = (hash(book.title) >>> 8) % DESIGNS;
  return h(
    'span',
    { class: `drawn ${clothOf(book)} design-${design} set-${sizeOf(title)}` },
    h('span', { class: 'drawn-title' }, title),
    h('span', { class: 'drawn-author' }, book.author ?? ''),
  );
}

/** @param {string|undefined} address @returns {string} empty unless it is a web address */
function imageAddress(address) {
  if (!address || /\/nophoto\//.test(address)) return '';
  try {
    const url = new URL(address, location.href);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : '';
  } catch {
    return '';
  }
}

/** @param {string} source @param {HTMLElement} frame @returns {HTMLImageElement} */
function image(source, frame) {
  const element = /** @type {HTMLImageElement} */ (
    h('img', {
      alt: '',
      width: 200,
      height: 300,
      loading: 'lazy',
      decoding: 'async',
      referrerpolicy: 'no-referrer',
      class: 'photo',
    })
  );
  element.addEventListener('load', () => {
    // Shops answer with a 1x1 image where they have no cover.
    if (element.naturalWidth < 10 || element.naturalHeight < 10) element.remove();
    else frame.classList.add('has-photo');
  });
  element.addEventListener('error', () => element.remove());
  element.src = source;
  return element;
}

/**
 * Decoration: the title stands beside it as text, so that it is hidden from screen readers.
 * @param {import('./api.js').Book} book @returns {HTMLElement}
 */
export function cover(book) {
  const frame = h('span', { class: 'cover', 'aria-hidden': 'true' }, drawn(book));
  const source = imageAddress(book.image_url);
  if (source) frame.append(image(source, frame));
  return frame;
}
