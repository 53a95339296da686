// The first page: what is read most.
import { popular } from './api.js';
import { emptyShelf, shelf } from './cards.js';
import { h } from './dom.js';
import { plural } from './text.js';
import { fill } from './trouble.js';

const POPULAR = 24;

/** @type {import('./main.js').Page} */
export async function homePage({ main, words, signal, title }) {
  title('');
  const place = h('div', {});
  main.replaceChildren(
    h(
      'section',
      { class: 'measure', 'aria-labelledby': 'popular' },
      h('h2', { id: 'popular', class: 'section-title' }, `Popular ${plural(words.item)}`),
      place,
    ),
  );
  await fill({
    place,
    waiting: emptyShelf(POPULAR),
    signal,
    fetchIt: () => popular(POPULAR, signal),
    show: (books) =>
      books.length > 0
        ? shelf(books)
        : h('p', { class: 'empty' }, `There are no ${plural(words.item)} here yet.`),
  });
}
