// One book: what is known of it, and what stands beside it.
import { book as fetchBook, similar } from './api.js';
import { card, emptyCards, rating } from './cards.js';
import { cover } from './cover.js';
import { h } from './dom.js';
import { addressOf } from './router.js';
import { capital, plural, withArticle, yearText } from './text.js';
import { fill } from './trouble.js';

const SIMILAR = 12;

/** @param {import('./api.js').Book} book @returns {string[]} */
function tagsOf(book) {
  const tags = typeof book.tags === 'string' ? book.tags.split('|') : (book.tags ?? []);
  return tags.filter(Boolean).slice(0, 8);
}

/** @param {import('./api.js').Book} book @param {{creator: string}} words */
function facts(book, words) {
  const rows = [
    [capital(words.creator), book.author],
    ['Published', [yearText(book.year ?? 0), book.publisher].filter(Boolean).join(', ')],
    ['Language', book.language],
    ['ISBN', book.isbn],
    ['Kind', tagsOf(book).join(', ')],
  ].filter(([, value]) => value);
  const pairs = rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]);
  return h('dl', { class: 'facts' }, ...pairs);
}

/** @param {import('./api.js').Book} book @param {HTMLElement} headline */
function portrait(book, words, headline) {
  return h(
    'article',
    { class: 'portrait' },
    cover(book),
    h(
      'div',
      { class: 'portrait-text' },
      headline,
      book.author && h('p', { class: 'byline' }, 'by ', book.author),
      rating(book, words.reader),
      facts(book, words),
      h(
        'a',
        { class: 'button', href: addressOf([{ title: book.title, id: book.id }]) },
        'I liked it: what next?',
      ),
    ),
  );
}

function emptyPortrait() {
  return h(
    'div',
    { class: 'portrait', 'aria-hidden': 'true' },
    h('span', { class: 'cover waiting' }),
    h(
      'div',
      { class: 'portrait-text' },
      h('span', { class: 'bar tall waiting' }),
      h('span', { class: 'bar waiting' }),
      h('span', { class: 'bar long waiting' }),
    ),
  );
}

/** @param {import('./api.js').Book[]} books */
function beside(books, words) {
  if (books.length > 0) {
    const cards = books.map((other) => card(other, { readerNoun: words.reader }));
    return h('ol', { class: 'cards' }, ...cards);
  }
  const sentence = `Too few ${plural(words.reader)} of it are known to say what is similar.`;
  return h('p', { class: 'empty' }, sentence);
}

/** @type {import('./main.js').Page} */
export async function bookPage({ main, words, signal, title, route, heading }) {
  title(capital(words.item));
  const place = h('div', {});
  const similarPlace = h('div', {});
  const line = `${capital(plural(words.item))} that ${plural(words.reader)} of this one liked too`;
  main.replaceChildren(
    h('section', { class: 'measure', 'aria-label': capital(words.item) }, place),
    h(
      'section',
      { class: 'measure', 'aria-labelledby': 'similar' },
      h('h2', { id: 'similar', class: 'section-title' }, 'On the same shelf'),
      h('p', { class: 'section-line' }, line),
      similarPlace,
    ),
  );
  const portraitDone = fill({
    place,
    waiting: emptyPortrait(),
    signal,
    fetchIt: () => fetchBook(route.id, signal),
    show: (found) => {
      title(found.title);
      return portrait(found, words, heading(h('span', {}, found.title)));
    },
  });
  const similarDone = fill({
    place: similarPlace,
    waiting: emptyCards(4),
    signal,
    fetchIt: () => similar(route.id, SIMILAR, signal),
    show: (books) => beside(books, words),
  });
  await Promise.all([portraitDone, similarDone]);
}

/** @type {import('./main.js').Page} */
export async function missingPage({ main, words, title, heading }) {
  title('Not found');
  main.replaceChildren(
    h(
      'section',
      { class: 'measure' },
      heading(h('span', {}, 'There is no page here')),
      h(
        'p',
        { class: 'empty' },
        `Search for ${withArticle(words.item)} above, or go to the `,
        h('a', { href: '/' }, 'first page'),
        '.',
      ),
    ),
  );
}
