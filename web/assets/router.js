// The address bar: reads it, changes it without a reload, and makes the back button work.

/**
 * @typedef {{page: 'home'} | {page: 'results', liked: import('./api.js').Liked[]}
 *   | {page: 'book', id: number} | {page: 'missing'}} Route
 */

/** @param {string|undefined} text @returns {number|null} */
function numberIn(text) {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : null;
}

/** @param {URLSearchParams} query @returns {import('./api.js').Liked[]} */
function likedIn(query) {
  const ids = query.getAll('id');
  return query
    .getAll('q')
    .map((title, i) => ({ title: title.trim(), id: numberIn(ids[i]) }))
    .filter(({ title }) => title !== '')
    .slice(0, 20);
}

/** @param {Location|URL} address @returns {Route} */
export function routeOf(address) {
  const liked = likedIn(new URLSearchParams(address.search));
  const number = /^\/book\/(\d{1,15})\/?$/.exec(address.pathname);
  if (number) return { page: 'book', id: Number(number[1]) };
  if (address.pathname !== '/' && address.pathname !== '/index.html') return { page: 'missing' };
  return liked.length > 0 ? { page: 'results', liked } : { page: 'home' };
}

/** @param {import('./api.js').Liked[]} liked @returns {string} /?q=…&id=… */
export function addressOf(liked) {
  if (liked.length === 0) return '/';
  const query = new URLSearchParams();
  const withIds = liked.some(({ id }) => id !== null);
  for (const { title, id } of liked) {
    query.append('q', title);
    if (withIds) query.append('id', id === null ? '' : String(id));
  }
  return `/?${query}`;
}

/** @param {MouseEvent} event @returns {URL|null} where a plain click on a link of ours leads */
function clickedAddress(event) {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement)) return null;
  if (link.target || link.origin !== location.origin) return null;
  const url = new URL(link.href);
  if (url.hash || routeOf(url).page === 'missing') return null;
  return url;
}

let show = async (_route, _isNew) => {};
let moves = 0; // of the reader from page to page

function rememberScroll() {
  history.replaceState({ ...history.state, y: window.scrollY }, '');
}

/** @param {string} address a path of this site */
export function navigate(address) {
  moves++;
  rememberScroll();
  history.pushState({ y: 0 }, '', address);
  window.scrollTo(0, 0);
  show(routeOf(location), true);
}

/** @param {number} y where the reader was, once the page is tall enough to go there */
async function showAgain(y) {
  const move = ++moves;
  await show(routeOf(location), false);
  if (move === moves && y > 0) window.scrollTo(0, y);
}

/**
 * @param {(route: Route, isNew: boolean) => Promise<void>} render resolves once the page stands;
 *   `isNew` is false for the first page and for going back and forth
 */
export function startRouter(render) {
  show = render;
  history.scrollRestoration = 'manual';
  document.addEventListener('click', (event) => {
    const url = clickedAddress(event);
    if (!url) return;
    event.preventDefault();
    navigate(url.pathname + url.search);
  });
  window.addEventListener('popstate', (event) => showAgain(event.state?.y ?? 0));
  window.addEventListener('pagehide', rememberScroll);
  showAgain(history.state?.y ?? 0);
}
