// Text as people read it: numbers, plurals, and byte ranges of UTF-8 in JavaScript's units.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** @param {number} codePoint @returns {number} bytes of it in UTF-8 */
function utf8Length(codePoint) {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

/**
 * The server counts bytes of UTF-8, JavaScript counts UTF-16 units: a highlight of "Björk" would be
 * off by one otherwise. A boundary inside a character moves to that character's start; ranges that
 * run past the end are cut.
 * @param {string} text
 * @param {Array<[number, number]>} ranges [byteStart, byteLength], in order
 * @returns {Array<[number, number]>} [start, end) in UTF-16 units, not empty, not overlapping
 */
export function rangesInUtf16(text, ranges) {
  const unitAtByte = [];
  let unit = 0;
  for (const character of text) {
    const n = utf8Length(character.codePointAt(0));
    for (let i = 0; i < n; i++) unitAtByte.push(unit);
    unit += character.length;
  }
  unitAtByte.push(unit);
  const last = unitAtByte.length - 1;
  const result = [];
  let from = 0;
  for (const [byteStart, byteLength] of ranges) {
    const start = Math.max(from, unitAtByte[Math.min(Math.max(byteStart, 0), last)]);
    const end = unitAtByte[Math.min(Math.max(byteStart + byteLength, 0), last)];
    if (end <= start) continue;
    result.push([start, end]);
    from = end;
  }
  return result;
}

/** @param {number} n @returns {string} 4,780,653 */
export function wholeNumber(n) {
  return whole.format(n);
}

/** @param {number} n @returns {string} 4.8M */
export function shortNumber(n) {
  return short.format(n);
}

/** @param {string} noun @returns {string} the English plural: book, story, box */
export function plural(noun) {
  if (/[^aeiou]y$/i.test(noun)) return noun.slice(0, -1) + 'ies';
  return noun + (/(s|x|z|ch|sh)$/i.test(noun) ? 'es' : 's');
}

/** @param {number} n @param {string} noun @returns {string} "1 book", "2 books" */
export function counted(n, noun) {
  return `${wholeNumber(n)} ${n === 1 ? noun : plural(noun)}`;
}

/** @param {string} noun @returns {string} "a book", "an album" */
export function withArticle(noun) {
  return (/^[aeiou]/i.test(noun) ? 'an ' : 'a ') + noun;
}

/** @param {string} word @returns {string} */
export function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {string} words @returns {string} with a capital first and a full stop last */
export function sentence(words) {
  const text = capital(words.trim());
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** @param {number} year @returns {string} 1937, 750 BC; empty when unknown */
export function yearText(year) {
  if (!year) return '';
  return year < 0 ? `${-year} BC` : String(year);
}

/** @param {string[]} names @returns {string} "A", "A and B", "A, B and C" */
export function listed(names) {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/**
 * The title without its series or subtitle, for a place that is narrow.
 * @param {string} title @returns {string}
 */
export function shortTitle(title) {
  const bare = title.replace(/\s*\([^()]*#[^()]*\)\s*$/, '').trim();
  return bare || title;
}

/**
 * The title as a binder would stamp it: without series, edition and "A Novel".
 * @param {string} title @returns {string}
 */
export function stampedTitle(title) {
  const bare = title.replace(/\s+\(.*\)\s*$/, '').replace(/\s*:\s*a novel$/i, '').trim();
  return bare || title;
}
