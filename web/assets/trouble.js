// What stands in a list's place when it could not be fetched: a sentence and a way on.
import { h } from './dom.js';
import { sentence } from './text.js';

/**
 * @param {Error & {isPassing?: boolean, requestId?: string}} error
 * @param {() => void} retry
 * @returns {HTMLElement}
 */
export function trouble(error, retry) {
  const canRetry = error.isPassing !== false;
  return h(
    'div',
    { class: 'trouble', role: 'alert' },
    h('p', {}, sentence(error.message || 'something went wrong, please try again')),
    canRetry && h('button', { type: 'button', class: 'retry', click: retry }, 'Try again'),
    error.requestId && h('p', { class: 'request-id' }, `Request ${error.requestId}`),
  );
}

/**
 * Fills `place` with what `fetchIt` brings; shows `waiting` meanwhile and `trouble` on failure.
 * @template T
 * @param {{place: HTMLElement, waiting: Node, signal: AbortSignal, fetchIt: () => Promise<T>,
 *   show: (value: T) => Node|Node[]}} parts
 * @returns {Promise<void>}
 */
export async function fill({ place, waiting, signal, fetchIt, show }) {
  const again = () => fill({ place, waiting, signal, fetchIt, show });
  place.setAttribute('aria-busy', 'true');
  place.replaceChildren(waiting);
  try {
    const value = await fetchIt();
    if (signal.aborted) return;
    place.replaceChildren(...[show(value)].flat());
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren(trouble(error, again));
  }
  place.removeAttribute('aria-busy');
}
