// Asks the server. Every failure becomes one ApiError with a sentence a reader can act on.

const DEADLINE_MS = 10000;

/**
 * @typedef {{id: number, isbn?: string, title: string, author?: string, year?: number,
 *   image_url?: string, average_rating?: number, rating_count?: number, language?: string,
 *   publisher?: string, tags?: string[]|string, match?: Array<[number, number]>, score?: number,
 *   source?: string, because?: Array<{id: number, title: string, weight: number}>}} Book
 * @typedef {{title: string, id: number|null}} Liked a title, with its number where it was chosen
 * @typedef {{book?: Book, books?: Book[], recommendations?: Book[], suggestions?: Book[],
 *   fallback?: string|null, exhausted?: boolean}} Answer
 */

export class ApiError extends Error {
  /**
   * @param {string} sentence
   * @param {{status?: number, code?: string, requestId?: string}} [details]
   */
  constructor(sentence, { status = 0, code = '', requestId = '' } = {}) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }

  /** Asking again can help: the network, a time-out, an overloaded or broken server. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * @param {AbortSignal|undefined} outer
 * @returns {{signal: AbortSignal, done: () => void, late: () => boolean}}
 */
function deadline(outer) {
  const controller = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, DEADLINE_MS);
  const follow = () => controller.abort();
  if (outer) {
    if (outer.aborted) follow();
    else outer.addEventListener('abort', follow, { once: true });
  }
  const done = () => {
    clearTimeout(timer);
    if (outer) outer.removeEventListener('abort', follow);
  };
  return { signal: controller.signal, done, late: () => isLate };
}

/** @param {Response} response @param {any} body @returns {ApiError} */
function refusal(response, body) {
  const details = {
    status: response.status,
    code: body?.code,
    requestId: body?.request_id || response.headers.get('X-Request-Id') || '',
  };
  if (typeof body?.error === 'string' && body.error) return new ApiError(body.error, details);
  if (response.status === 404) return new ApiError('There is nothing at this address.', details);
  if (response.status === 429 || response.status === 503) {
    return new ApiError('The server is busy just now. Please try again in a moment.', details);
  }
  return new ApiError('Something went wrong on the server. Please try again.', details);
}

/** @param {boolean} isLate @returns {ApiError} */
function unreachable(isLate) {
  if (isLate) return new ApiError('The server took too long to answer. Please try again.');
  if (navigator.onLine === false) {
    return new ApiError('You seem to be offline. Check the connection and try again.');
  }
  return new ApiError('The server could not be reached. Please try again.');
}

/** @param {string} path @param {RequestInit} options @returns {Promise<any>} */
async function ask(path, options) {
  const limit = deadline(options.signal ?? undefined);
  try {
    const response = await fetch(path, {
      ...options,
      signal: limit.signal,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...options.headers },
    });
    const text = await response.text();
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      body = null;
    }
    if (!response.ok || body === null || typeof body !== 'object') throw refusal(response, body);
    return body;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // The caller gave up: it knows, and shows nothing.
    if (options.signal?.aborted) throw error;
    throw unreachable(limit.late());
  } finally {
    limit.done();
  }
}

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
function get(path, signal) {
  return ask(path, { signal });
}

/** @param {any} reply @returns {Book[]} the list of books in it, by whatever name */
function books(reply) {
  const list = reply.recommendations ?? reply.similar ?? reply.books ?? [];
  return Array.isArray(list) ? list : [];
}

/**
 * Books chosen by number are asked for by number: two books may share a title.
 * @param {Liked[]} liked @returns {object}
 */
function question(liked) {
  if (liked.every((one) => one.id !== null)) return { books: liked.map(({ id }) => ({ id })) };
  if (liked.length === 1) return { title: liked[0].title };
  return { titles: liked.map(({ title }) => title) };
}

/**
 * @param {Liked[]} liked @param {number} k @param {AbortSignal} [signal] @returns {Promise<Answer>}
 */
export function recommend(liked, k, signal) {
  return ask('/recommend', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...question(liked), k, explain: true }),
    signal,
  });
}

/** @param {string} typed @param {AbortSignal} [signal] @returns {Promise<Book[]>} */
export async function suggest(typed, signal) {
  const reply = await get(`/suggest?q=${encodeURIComponent(typed)}&n=7`, signal);
  return Array.isArray(reply.suggestions) ? reply.suggestions : [];
}

/** @param {number} id @param {AbortSignal} [signal] @returns {Promise<Book>} */
export async function book(id, signal) {
  const reply = await get(`/books/${id}`, signal);
  return reply.book ?? reply;
}

/** @param {number} id @param {number} k @param {AbortSignal} [signal] @returns {Promise<Book[]>} */
export async function similar(id, k, signal) {
  return books(await get(`/books/${id}/similar?k=${k}`, signal));
}

/** @param {number} k @param {AbortSignal} [signal] @returns {Promise<Book[]>} */
export async function popular(k, signal) {
  return books(await get(`/popular?k=${k}`, signal));
}

/**
 * The words of this site; a server that does not say means books.
 * @returns {Promise<{item: string, creator: string, reader: string, note: string}>}
 */
export async function nouns() {
  const words = { item: 'book', creator: 'author', reader: 'reader', note: '' };
  try {
    const reply = await get('/site.json');
    for (const key of Object.keys(words)) {
      if (typeof reply[key] === 'string' && reply[key].trim()) words[key] = reply[key].trim();
    }
  } catch {
    // Only words: the page works without.
  }
  return words;
}
