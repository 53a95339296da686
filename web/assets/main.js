// Starts the page: words of the site, the search form, and which page an address shows.
import { nouns } from './api.js';
import { Combobox } from './combobox.js';
import { announce, h } from './dom.js';
import { bookPage, missingPage } from './page-book.js';
import { homePage } from './page-home.js';
import { resultsPage } from './page-results.js';
import { addressOf, navigate, startRouter } from './router.js';
import { capital, plural, withArticle } from './text.js';

/**
 * @typedef {{main: HTMLElement, route: any, signal: AbortSignal,
 *   words: {item: string, creator: string, reader: string, note: string}, title: (text: string) => void,
 *   heading: (content: Node) => HTMLElement, addAnother: () => void}} PageParts
 * @typedef {(parts: PageParts) => Promise<void>} Page resolves once the page stands
 */

const NAME = 'readalike';
const pages = { home: homePage, results: resultsPage, book: bookPage, missing: missingPage };

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

const input = byId('q');
let words = { item: 'book', creator: 'author', reader: 'reader', note: '' };
let leaving = new AbortController();
let liked = []; // of the page shown
let isAdding = false; // what is searched next joins `liked`

function label() {
  byId('search-label').textContent = isAdding
    ? `Another ${words.item} you liked`
    : `${capital(withArticle(words.item))} you liked`;
  input.placeholder = `Title or ${words.creator}`;
  byId('a-book').textContent = withArticle(words.item);
  byId('foot-readers').textContent = plural(words.reader);
}

function addAnother() {
  isAdding = true;
  label();
  input.value = '';
  input.focus();
  input.scrollIntoView({ block: 'nearest' });
}

/** @param {import('./api.js').Liked} one */
function ask(one) {
  const address = addressOf(isAdding ? [...liked, one] : [one]);
  input.blur(); // a phone's keyboard would cover the answer
  navigate(address);
}

/** @param {any} route @param {boolean} isNew */
async function show(route, isNew) {
  leaving.abort();
  leaving = new AbortController();
  liked = route.page === 'results' ? route.liked : [];
  isAdding = false;
  document.body.dataset.page = route.page;
  combobox.reset();
  input.value = liked.length === 1 ? liked[0].title : '';
  label();
  const title = (text) => {
    document.title = text ? `${text} · ${NAME}` : NAME;
  };
  const heading = (content) => h('h1', { tabindex: '-1' }, content);
  const main = byId('main');
  const { signal } = leaving;
  const shown = pages[route.page]({ main, route, words, title, heading, addAnother, signal });
  // Whoever listens to the page, or goes by keys, starts at the top of what is new.
  if (isNew) (main.querySelector('h1') ?? main).focus({ preventScroll: true });
  await shown;
}

const combobox = new Combobox({
  input,
  list: byId('suggestions'),
  hint: byId('search-hint'),
  choose: (book) => ask({ title: book.title, id: book.id }),
});

input.addEventListener('focus', () => input.select());
input.addEventListener('blur', () => {
  if (input.value.trim() || !isAdding) return;
  isAdding = false;
  label();
});
byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const typed = input.value.trim();
  if (typed) ask({ title: typed, id: null });
  else {
    announce(`Type the title of ${withArticle(words.item)} first.`);
    input.focus();
  }
});

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  byId('main').focus();
});

words = await nouns();
byId('foot-note').textContent = words.note;
byId('foot-note').hidden = !words.note;
startRouter(show);
