// Suggestions while typing: the ARIA combobox pattern (list popup, focus stays in the input).
import { suggest } from './api.js';
import { byline } from './cards.js';
import { clothOf } from './cover.js';
import { announce, h, marked } from './dom.js';
import { counted, rangesInUtf16, sentence } from './text.js';

const PAUSE_MS = 70; // shorter than the gap between two keys of a quick typist

/** @param {import('./api.js').Book} book @param {number} i @returns {HTMLElement} */
function option(book, i) {
  const ranges = rangesInUtf16(book.title, book.match ?? []);
  const line = byline(book);
  return h(
    'li',
    { role: 'option', id: `suggestion-${i}`, 'aria-selected': 'false' },
    h('span', { class: `spine ${clothOf(book)}`, 'aria-hidden': 'true' }),
    h(
      'span',
      { class: 'option-text' },
      h('span', { class: 'option-title' }, marked(book.title, ranges)),
      line && h('span', { class: 'option-line' }, line),
    ),
  );
}

export class Combobox {
  /**
   * @param {{input: HTMLInputElement, list: HTMLElement, hint: HTMLElement,
   *   choose: (book: import('./api.js').Book) => void}} parts
   */
  constructor({ input, list, hint, choose }) {
    this.input = input;
    this.list = list;
    this.hint = hint;
    this.choose = choose;
    this.books = [];
    this.active = -1;
    this.asked = null; // the question under way: an AbortController
    this.timer = 0;
    input.addEventListener('input', () => this.typed());
    input.addEventListener('keydown', (event) => this.key(event));
    input.addEventListener('blur', () => this.close());
    input.addEventListener('focus', () => {
      if (this.input.value.trim() && this.books.length > 0) this.open();
    });
    // Keeps the focus in the input, so that the click arrives before the list is gone.
    list.addEventListener('pointerdown', (event) => event.preventDefault());
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => this.clicked(event));
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** Forgets what is under way and what is shown. */
  reset() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.asked = null;
    this.books = [];
    this.hint.textContent = '';
    this.close();
  }

  typed() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.asked = null;
    if (!this.input.value.trim()) {
      this.reset();
      return;
    }
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  async look() {
    const typed = this.input.value.trim();
    const asked = new AbortController();
    this.asked = asked;
    try {
      const books = await suggest(typed, asked.signal);
      // An answer to what is no longer typed is never shown.
      if (this.asked !== asked || this.input.value.trim() !== typed) return;
      this.show(books);
    } catch (error) {
      if (this.asked !== asked || asked.signal.aborted) return;
      this.books = [];
      this.close();
      this.hint.textContent = `No suggestions: ${sentence(error.message)}`;
    }
  }

  /** @param {import('./api.js').Book[]} books */
  show(books) {
    this.books = books;
    this.hint.textContent = '';
    this.list.replaceChildren(...books.map(option));
    if (books.length === 0) {
      this.close();
      announce('No suggestions.');
      return;
    }
    this.open();
    announce(`${counted(books.length, 'suggestion')}. Up and down arrows choose.`);
  }

  open() {
    if (document.activeElement !== this.input) return;
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.activate(-1);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.activate(-1);
  }

  /** @param {number} i the option that Enter takes; -1 none */
  activate(i) {
    const options = this.list.children;
    options[this.active]?.setAttribute('aria-selected', 'false');
    this.active = i;
    if (i < 0) {
      this.input.removeAttribute('aria-activedescendant');
      return;
    }
    options[i].setAttribute('aria-selected', 'true');
    options[i].scrollIntoView({ block: 'nearest' });
    this.input.setAttribute('aria-activedescendant', options[i].id);
  }

  /** @param {number} step from no option, up leads to the last one; past an end, to none */
  move(step) {
    if (!this.isOpen) {
      if (this.books.length === 0) return;
      this.open();
    }
    const places = this.books.length + 1;
    this.activate(((this.active + 1 + step + places) % places) - 1);
  }

  /** @param {number} i */
  take(i) {
    const book = this.books[i];
    this.reset();
    if (book) this.choose(book);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const isChoosing = this.isOpen && this.active >= 0;
    const actions = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Home: isChoosing && (() => this.activate(0)),
      End: isChoosing && (() => this.activate(this.books.length - 1)),
      Enter: isChoosing && (() => this.take(this.active)),
      Escape: () => this.escape(),
      Tab: this.isOpen && (() => this.close()),
    };
    const action = actions[event.key];
    if (!action) return;
    // Tab moves on as ever.
    if (event.key !== 'Tab') event.preventDefault();
    action();
  }

  escape() {
    if (this.isOpen) {
      this.close();
      return;
    }
    this.input.value = '';
    this.reset();
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const chosen = event.target instanceof Element ? event.target.closest('[role=option]') : null;
    if (chosen) this.take([...this.list.children].indexOf(chosen));
  }
}
