// Books on the page: the catalogue card of a recommendation, and the shelf of standing covers.
import { cover } from './cover.js';
import { h } from './dom.js';
import { counted, listed, shortNumber, wholeNumber, yearText } from './text.js';

/** @param {{id: number}} book @returns {string} */
export function bookAddress(book) {
  return `/book/${book.id}`;
}

/** @param {import('./api.js').Book} book @returns {string} "J.R.R. Tolkien, 1937" */
export function byline(book) {
  return [book.author, yearText(book.year ?? 0)].filter(Boolean).join(', ');
}

/**
 * @param {import('./api.js').Book} book @param {string} readerNoun @returns {HTMLElement|null} the
 *   average and how many gave it; null where neither is known
 */
export function rating(book, readerNoun) {
  const average = Number(book.average_rating);
  const count = Number(book.rating_count) || 0;
  if (!(average > 0)) {
    return count > 0 ? h('p', { class: 'rating' }, `Read by ${counted(count, readerNoun)}`) : null;
  }
  return h(
    'p',
    { class: 'rating' },
    h('span', { class: 'unseen' }, 'Average rating '),
    h('strong', {}, average.toFixed(2)),
    count > 0 && h('span', {}, ` from ${counted(count, readerNoun)}`),
  );
}

/** @param {import('./api.js').Book} book @param {boolean} [showReason] @returns {HTMLElement|null} */
function reason(book, showReason) {
  if (book.source === 'popular') return h('p', { class: 'because' }, 'Popular with everyone');
  if (!showReason) return null;
  const titles = (book.because ?? []).map(({ title }) => title).filter(Boolean);
  if (titles.length === 0) return null;
  return h('p', { class: 'because' }, 'Because you liked ', h('em', {}, listed(titles)));
}

/**
 * @param {import('./api.js').Book} book
 * @param {{readerNoun: string, alsoLiked?: (book: import('./api.js').Book) => void,
 *   showReason?: boolean}} options `alsoLiked` adds a button that adds the book to the question
 * @returns {HTMLLIElement}
 */
export function card(book, { readerNoun, alsoLiked, showReason }) {
  const line = byline(book);
  return /** @type {HTMLLIElement} */ (
    h(
      'li',
      { class: 'card', 'data-id': book.id },
      cover(book),
      h(
        'div',
        { class: 'card-text' },
        h(
          'div',
          { class: 'card-head' },
          h('h3', {}, h('a', { href: bookAddress(book) }, book.title)),
          line && h('p', { class: 'byline' }, line),
        ),
        rating(book, readerNoun),
        reason(book, showReason),
        alsoLiked &&
          h(
            'button',
            { type: 'button', class: 'also', click: () => alsoLiked(book) },
            'I liked this too',
            h('span', { class: 'unseen' }, `: ${book.title}`),
          ),
      ),
    )
  );
}

/** @param {import('./api.js').Book} book @returns {HTMLElement} */
function standing(book) {
  const average = Number(book.average_rating);
  const count = Number(book.rating_count) || 0;
  const figures = [
    average > 0 && `★ ${average.toFixed(2)}`,
    count > 0 && `${shortNumber(count)} ratings`,
  ].filter(Boolean);
  const spoken =
    average > 0 && `Average rating ${average.toFixed(2)}, ${wholeNumber(count)} ratings`;
  return h(
    'li',
    { class: 'standing', 'data-id': book.id },
    h('div', { class: 'board' }, cover(book)),
    h('h3', {}, h('a', { href: bookAddress(book) }, book.title)),
    book.author && h('p', { class: 'byline' }, book.author),
    figures.length > 0 &&
      h(
        'p',
        { class: 'figures' },
        h('span', { 'aria-hidden': 'true' }, figures.join(' · ')),
        spoken && h('span', { class: 'unseen' }, spoken),
      ),
  );
}

/** @param {import('./api.js').Book[]} books @returns {HTMLElement} */
export function shelf(books) {
  return h('ul', { class: 'shelf' }, ...books.map(standing));
}

/** @param {number} n @returns {HTMLElement} a shelf's place, while it is fetched */
export function emptyShelf(n) {
  const places = Array.from({ length: n }, () =>
    h(
      'li',
      { class: 'standing' },
      h('div', { class: 'board' }, h('span', { class: 'cover waiting' })),
      h('span', { class: 'bar long waiting' }),
      h('span', { class: 'bar waiting' }),
    ),
  );
  return h('ul', { class: 'shelf', 'aria-hidden': 'true' }, ...places);
}

/** @param {number} n @returns {HTMLElement} a list's place, while it is fetched */
export function emptyCards(n) {
  const places = Array.from({ length: n }, () =>
    h(
      'li',
      { class: 'card' },
      h('span', { class: 'cover waiting' }),
      h(
        'div',
        { class: 'card-text' },
        h(
          'div',
          { class: 'card-head' },
          h('span', { class: 'bar long waiting' }),
          h('span', { class: 'bar waiting' }),
        ),
        h('span', { class: 'bar waiting' }),
      ),
    ),
  );
  return h('ol', { class: 'cards', 'aria-hidden': 'true' }, ...places);
}
