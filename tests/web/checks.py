"""Checks that run inside the page: accessibility rules and contrast, counted as WCAG 2.2 counts."""

ACCESSIBILITY = r"""
const wrong = [];
const shown = (e) => e.checkVisibility({checkOpacity: false, checkVisibilityCSS: true});
const name = (e) => (e.getAttribute('aria-label') || [...(e.labels || [])].map((l) => l.textContent).join(' ')
  || e.textContent || e.title || '').trim();
const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);

if (!document.documentElement.lang) wrong.push('no language');
if (!document.title.trim()) wrong.push('no title');
if (all('main').length !== 1) wrong.push('not one main');
if (all('h1').length !== 1) wrong.push(`${all('h1').length} h1`);
let level = 1;
for (const h of all('h1,h2,h3,h4')) {
  const own = Number(h.tagName[1]);
  if (own > level + 1) wrong.push(`h${own} after h${level}`);
  level = own;
}
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
for (const id of new Set(ids)) if (ids.filter((x) => x === id).length > 1) wrong.push(`id ${id} twice`);
for (const e of all('a[href],button,input,select,textarea')) {
  if (!name(e)) wrong.push(`no name: ${e.outerHTML.slice(0, 80)}`);
  if (e.tabIndex > 0) wrong.push('positive tabindex');
  if (e.closest('[aria-hidden=true]')) wrong.push('focusable but hidden');
}
for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) wrong.push('img without alt');
for (const attribute of ['aria-controls', 'aria-activedescendant', 'aria-describedby', 'aria-labelledby', 'for']) {
  for (const e of document.querySelectorAll(`[${attribute}]`)) {
    if (!document.getElementById(e.getAttribute(attribute))) wrong.push(`${attribute} leads nowhere`);
  }
}
for (const e of all('[role=option]')) {
  if (!e.closest('[role=listbox]')) wrong.push('option outside a listbox');
  if (!e.hasAttribute('aria-selected')) wrong.push('option without aria-selected');
}
for (const e of all('button,input,select,.button')) {
  const box = e.getBoundingClientRect();
  if (box.width < 24 || box.height < 24) wrong.push(`small target: ${name(e)} ${box.width}x${box.height}`);
}
if (document.querySelector('main [style*="url("]')) wrong.push('style with an address');
return wrong;
"""

CONTRAST = r"""
const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (e) => {
  for (; e; e = e.parentElement) {
    const c = numbers(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
  return [255, 255, 255];
};
const low = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || e.closest('.unseen,noscript,script,.waiting,[hidden]')) continue;
  if (!e.checkVisibility({checkVisibilityCSS: true}) || e.closest('.has-photo')) continue;
  const style = getComputedStyle(e);
  const [a, b] = [luminance(numbers(style.color)), luminance(ground(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  seen++;
  if (ratio < (isLarge ? 3 : 4.5)) low.push(`${ratio.toFixed(2)} ${e.className || e.tagName}: ${walker.currentNode.data.trim().slice(0, 30)}`);
}
return [seen, low];
"""

# How far the page can be scrolled sideways, and by what.
SIDEWAYS = r"""
const width = document.documentElement.clientWidth;
const wide = [...document.querySelectorAll('body *')]
  .filter((e) => e.getBoundingClientRect().right > width + 0.5 && !e.closest('.unseen,.cover,#suggestions') && e.checkVisibility())
  .map((e) => `${e.tagName}.${e.className}`);
return [document.documentElement.scrollWidth - width, wide.slice(0, 5)];
"""
