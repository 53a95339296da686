// Makes elements. Text goes in as text nodes only: nothing from data is ever parsed as markup.

/**
 * @param {string} tag
 * @param {Object<string, string|number|boolean|Function|null|undefined>} [attributes] a function is
 *   an event listener (`click`), false, null and undefined leave the attribute out
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  for (const child of children) {
    if (child || child === 0) element.append(child);
  }
  return element;
}

/**
 * @param {string} text
 * @param {Array<[number, number]>} ranges in UTF-16 units
 * @returns {DocumentFragment} the text with the ranges inside <mark>
 */
export function marked(text, ranges) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const [start, end] of ranges) {
    fragment.append(text.slice(at, start), h('mark', {}, text.slice(start, end)));
    at = end;
  }
  fragment.append(text.slice(at));
  return fragment;
}

/** Says something to people who listen to the page. @param {string} sentence */
export function announce(sentence) {
  const live = document.getElementById('live');
  if (live && live.textContent !== sentence) live.textContent = sentence;
}
