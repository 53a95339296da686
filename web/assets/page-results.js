// The answer to "what next": recommendations, or "did you mean", or why there is neither.
import { recommend } from './api.js';
import { byline, card, emptyCards } from './cards.js';
import { clothOf } from './cover.js';
import { announce, h } from './dom.js';
import { addressOf, navigate } from './router.js';
import { counted, listed, plural, shortTitle } from './text.js';
import { fill } from './trouble.js';

const PICKS = 12; // a screen or two
const PICKS_MAX = 96; // the service gives 100 at most

/**
 * @param {import('./api.js').Liked[]} liked
 * @param {import('./api.js').Book} book takes the place of the title that was not understood
 */
function meant(liked, book) {
  const chosen = { title: book.title, id: book.id };
  const at = liked.findLastIndex(({ id }) => id === null);
  navigate(addressOf(liked.map((one, i) => (i === at ? chosen : one))));
}

/** @param {import('./api.js').Book[]} books @param {import('./api.js').Liked[]} liked */
function didYouMean(books, liked) {
  announce(`No exact match. ${counted(books.length, 'near title')}.`);
  const buttons = books.map((book) =>
    h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'near', click: () => meant(liked, book) },
        h('span', { class: `spine ${clothOf(book)}`, 'aria-hidden': 'true' }),
        h(
          'span',
          { class: 'option-text' },
          h('span', { class: 'option-title' }, book.title),
          h('span', { class: 'option-line' }, byline(book)),
        ),
      ),
    ),
  );
  const unknown = liked.findLast(({ id }) => id === null)?.title;
  return [
    liked.length > 1 && h('h2', { class: 'section-title' }, 'Did you mean…'),
    unknown && h('p', { class: 'section-line' }, `Nothing here is called exactly “${unknown}”.`),
    h('ul', { class: 'nears' }, ...buttons),
  ].filter(Boolean);
}

/** @param {import('./api.js').Answer} answer @param {{item: string, reader: string}} words */
function note(answer, words) {
  if (answer.fallback === 'popular') {
    const few = `Too few ${plural(words.reader)} of this are known yet`;
    return `${few}: some of these are simply popular.`;
  }
  return '';
}

/** @param {import('./api.js').Answer} answer @returns {string} titles as the catalogue has them */
function understood(answer) {
  const books = answer.books ?? (answer.book ? [answer.book] : []);
  return listed(books.map(({ title }) => shortTitle(title)));
}

/**
 * Asks for a longer list and adds what is new at its end.
 * @param {{list: HTMLElement, liked: import('./api.js').Liked[], options: object,
 *   signal: AbortSignal}} parts
 * @returns {HTMLElement} the place of the button
 */
function more({ list, liked, options, signal }) {
  const place = h('div', { class: 'more' });
  const isFull = (answer) =>
    answer.exhausted ||
    answer.recommendations.length < list.children.length ||
    list.children.length >= PICKS_MAX;
  const button = () => h('button', { type: 'button', class: 'add', click: ask }, 'Show more');
  const add = (answer) => {
    const known = new Set([...list.children].map((one) => one.dataset.id));
    const added = answer.recommendations.filter(({ id }) => !known.has(String(id)));
    const cards = added.map((book) => card(book, options));
    list.append(...cards);
    cards[0]?.querySelector('a')?.focus();
    announce(`${added.length} more.`);
    return added.length === 0 || isFull(answer) ? [] : button();
  };
  const ask = () =>
    fill({
      place,
      waiting: h('p', { class: 'note' }, 'Looking…'),
      signal,
      fetchIt: () => recommend(liked, Math.min(list.children.length + PICKS, PICKS_MAX), signal),
      show: add,
    });
  place.append(button());
  return place;
}

/** @param {import('./api.js').Answer} answer @param {import('./api.js').Liked[]} liked */
function recommendations(answer, liked, words, signal) {
  const books = answer.recommendations ?? [];
  if (books.length === 0) {
    return h('p', { class: 'empty' }, `There is no further ${words.item} to recommend here.`);
  }
  announce(`${counted(books.length, words.item)} to read next.`);
  const options = {
    readerNoun: words.reader,
    showReason: liked.length > 1, // of one book the heading says it
    alsoLiked: (book) => navigate(addressOf([...liked, { title: book.title, id: book.id }])),
  };
  const remark = note(answer, words);
  const list = h('ol', { class: 'cards' }, ...books.map((book) => card(book, options)));
  return [
    h('h2', { class: 'unseen' }, 'Read next'),
    remark && h('p', { class: 'note' }, remark),
    list,
    answer.exhausted
      ? h('p', { class: 'note' }, 'That is everything that fits.')
      : more({ list, liked, options, signal }),
  ].filter(Boolean);
}

/** @param {import('./api.js').Liked[]} liked @param {() => void} addAnother */
function chips(liked, words, addAnother) {
  const items = liked.map((one, i) =>
    h(
      'li',
      { class: 'chip' },
      h('span', { class: 'chip-text' }, shortTitle(one.title)),
      h(
        'button',
        {
          type: 'button',
          'aria-label': `Remove ${one.title}`,
          click: () => navigate(addressOf(liked.filter((_, other) => other !== i))),
        },
        '×',
      ),
    ),
  );
  return h(
    'div',
    { class: 'chips' },
    h('ul', { 'aria-label': 'What you liked' }, ...items),
    h(
      'button',
      { type: 'button', class: 'add', click: addAnother },
      `Add another ${words.item} you liked`,
    ),
  );
}

/**
 * One title that is not known is no likes yet: the question takes the heading's place.
 * @param {HTMLElement} top @param {HTMLElement} headline
 */
function becomeQuestion(top, headline) {
  const hadFocus = top.contains(document.activeElement);
  top.replaceChildren(headline);
  if (hadFocus) headline.focus({ preventScroll: true });
}

/** @type {import('./main.js').Page} */
export async function resultsPage({ main, words, signal, title, route, addAnother, heading }) {
  const { liked } = route;
  const names = listed(liked.map((one) => shortTitle(one.title)));
  title(`If you liked ${names}`);
  const place = h('div', {});
  const namesPlace = h('em', {}, names);
  const top = h(
    'div',
    {},
    heading(h('span', {}, 'If you liked ', namesPlace)),
    chips(liked, words, addAnother),
  );
  main.replaceChildren(
    h('section', { class: 'measure', 'aria-label': 'Recommendations' }, top, place),
  );
  await fill({
    place,
    waiting: emptyCards(6),
    signal,
    fetchIt: () => recommend(liked, PICKS, signal),
    show: (answer) => {
      if (!answer.suggestions) {
        namesPlace.textContent = understood(answer) || names;
        return recommendations(answer, liked, words, signal);
      }
      if (liked.length === 1) becomeQuestion(top, heading(h('span', {}, 'Did you mean…')));
      return didYouMean(answer.suggestions, liked);
    },
  });
}
