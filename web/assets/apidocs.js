// The page of the API: shows /openapi.json to people, and lets them try what only reads.
import { announce, h } from './dom.js';
import { trouble } from './trouble.js';

const VERBS = ['get', 'post', 'put', 'patch', 'delete'];

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** Follows a `$ref` inside the document. @param {any} node @param {any} api @returns {any} */
function resolve(node, api) {
  let found = node;
  for (let depth = 0; depth < 8 && typeof found?.$ref === 'string'; depth++) {
    found = found.$ref
      .replace(/^#\//, '')
      .split('/')
      .reduce((at, key) => at?.[key.replace(/~1/g, '/').replace(/~0/g, '~')], api);
  }
  return found ?? {};
}

/** @param {any} schema @param {any} api @returns {string} a type in a few words */
function typeText(schema, api) {
  const known = resolve(schema, api);
  if (Array.isArray(known.enum)) {
    return known.enum.map((value) => JSON.stringify(value)).join(' | ');
  }
  const alternatives = known.oneOf ?? known.anyOf;
  if (alternatives) return alternatives.map((one) => typeText(one, api)).join(' or ');
  if (known.type === 'array') return `list of ${typeText(known.items ?? {}, api)}`;
  const type = [known.type ?? 'any'].flat().join(' or ');
  const { minimum, maximum } = known;
  if (minimum === undefined && maximum === undefined) return type;
  return `${type}, ${minimum ?? '…'} to ${maximum ?? '…'}`;
}

/** @param {string[]} heads @param {string[][]} rows */
function table(heads, rows) {
  const cells = (tag, values) => h('tr', {}, ...values.map((value) => h(tag, {}, value)));
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': heads[0] },
    h(
      'table',
      {},
      h('thead', {}, cells('th', heads)),
      h('tbody', {}, ...rows.map((row) => cells('td', row))),
    ),
  );
}

/** @param {any} media a media type object @param {any} api @returns {any} its example, if any */
function exampleOf(media, api) {
  if (!media) return undefined;
  if (media.example !== undefined) return media.example;
  const first = Object.values(media.examples ?? {})[0];
  if (first) return resolve(first, api).value;
  return resolve(media.schema, api).example;
}

/** @param {any} content @returns {any} */
const jsonOf = (content) => content?.['application/json'];

/** @param {any} value @returns {HTMLElement} */
function code(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return h('pre', { tabindex: '0' }, text);
}

/** @param {any[]} parameters @param {any} api */
function parameterTable(parameters, api) {
  const rows = parameters.map((one) => [
    one.name,
    one.in,
    typeText(one.schema ?? {}, api) + (one.required ? ', required' : ''),
    one.description ?? '',
  ]);
  return [h('h4', {}, 'Parameters'), table(['Name', 'In', 'Type', 'What'], rows)];
}

/** @param {any} body @param {any} api */
function bodyPart(body, api) {
  const media = jsonOf(body.content);
  const schema = resolve(media?.schema, api);
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    typeText(property, api) + (required.includes(name) ? ', required' : ''),
    resolve(property, api).description ?? '',
  ]);
  const example = exampleOf(media, api);
  return [
    h('h4', {}, 'Request body (JSON)'),
    body.description && h('p', {}, body.description),
    rows.length > 0 && table(['Field', 'Type', 'What'], rows),
    example !== undefined && code(example),
  ];
}

/** @param {any} responses @param {any} api */
function responsePart(responses, api) {
  const entries = Object.entries(responses).map(([status, one]) => [status, resolve(one, api)]);
  const examples = entries
    .map(([status, one]) => [status, exampleOf(jsonOf(one.content), api)])
    .filter(([, example]) => example !== undefined);
  return [
    h('h4', {}, 'Answers'),
    table(['Status', 'What'], entries.map(([status, one]) => [status, one.description ?? ''])),
    ...examples.flatMap(([status, example]) => [
      h('h4', {}, `Example of ${status}`),
      code(example),
    ]),
  ];
}

/** @param {string} path @param {Map<string, HTMLInputElement>} inputs @param {any[]} parameters */
function addressFrom(path, inputs, parameters) {
  const query = new URLSearchParams();
  let address = path;
  for (const { name, in: place } of parameters) {
    const value = inputs.get(name)?.value.trim() ?? '';
    if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === 'query' && value) query.append(name, value);
  }
  const text = query.toString();
  return text ? `${address}?${text}` : address;
}

/** @param {string} address @param {HTMLElement} output */
async function send(address, output) {
  output.textContent = '…';
  const started = performance.now();
  try {
    const response = await fetch(address, { credentials: 'same-origin' });
    const text = await response.text();
    const ms = (performance.now() - started).toFixed(1);
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // Not JSON: as it came.
    }
    const status = `${response.status} ${response.statusText} in ${ms} ms`;
    output.textContent = `GET ${address}\n${status}\n\n${shown}`;
    announce(`Answer ${response.status}.`);
  } catch {
    output.textContent = `GET ${address}\nThe server could not be reached.`;
  }
}

/** @param {any} parameter @param {string} id @param {any} api */
function input(parameter, id, api) {
  const schema = resolve(parameter.schema, api);
  const needed = parameter.required ? schema.default : undefined;
  const value = parameter.example ?? schema.example ?? needed;
  return h('input', {
    id,
    type: 'text',
    autocomplete: 'off',
    required: parameter.required === true,
    value: value ?? '',
    placeholder: schema.default ?? null,
  });
}

/** @param {string} path @param {any[]} parameters @param {string} anchor @param {any} api */
function tryIt(path, parameters, anchor, api) {
  const usable = parameters.filter(({ in: place }) => place === 'path' || place === 'query');
  const inputs = new Map();
  const fields = usable.map((parameter) => {
    const id = `${anchor}-${parameter.name}`;
    const field = input(parameter, id, api);
    inputs.set(parameter.name, field);
    return h('div', {}, h('label', { for: id }, parameter.name), field);
  });
  const output = h('pre', { tabindex: '0', 'aria-label': 'Answer', hidden: true });
  const submit = (event) => {
    event.preventDefault();
    output.hidden = false;
    send(addressFrom(path, inputs, usable), output);
  };
  return [
    h('h4', {}, 'Try it'),
    h(
      'form',
      { class: 'try', submit },
      ...fields,
      h('button', { class: 'button', type: 'submit' }, 'Send'),
    ),
    output,
  ];
}

/** @param {string} verb */
const verbMark = (verb) => h('span', { class: `verb ${verb}` }, verb.toUpperCase());

/** @param {{path: string, verb: string, operation: any, shared: any[], anchor: string}} route */
function routeCard({ path, verb, operation, shared, anchor }, api) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map((one) => resolve(one, api));
  const parts = [
    h('h3', {}, verbMark(verb), h('span', {}, path)),
    operation.summary && h('p', {}, operation.summary),
    operation.description && h('p', {}, operation.description),
    ...(parameters.length > 0 ? parameterTable(parameters, api) : []),
    ...(operation.requestBody ? bodyPart(resolve(operation.requestBody, api), api) : []),
    ...responsePart(operation.responses ?? {}, api),
    ...(verb === 'get' ? tryIt(path, parameters, anchor, api) : []),
  ];
  return h('section', { class: 'route', id: anchor, 'aria-label': `${verb} ${path}` }, ...parts);
}

/** @param {any} api @returns {Map<string, any[]>} routes by their first tag */
function grouped(api) {
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths ?? {})) {
    for (const verb of VERBS.filter((name) => item[name])) {
      const operation = item[verb];
      const group = operation.tags?.[0] ?? 'Routes';
      const anchor = `${verb}${path.replace(/[^A-Za-z0-9]+/g, '-')}`;
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push({ path, verb, operation, shared: item.parameters ?? [], anchor });
    }
  }
  return groups;
}

/** @param {any} api */
function show(api) {
  const version = api.info?.version && `Version ${api.info.version}.`;
  byId('about').textContent = [api.info?.description, version].filter(Boolean).join(' ');
  for (const [group, routes] of grouped(api)) {
    const links = routes.map(({ verb, path, anchor }) =>
      h('a', { href: `#${anchor}` }, verbMark(verb), path),
    );
    byId('contents').append(h('h2', {}, group), ...links);
    const cards = routes.map((route) => routeCard(route, api));
    byId('routes').append(h('div', { class: 'route-group' }, h('h2', {}, group), ...cards));
  }
  // The address may name a route that only now exists.
  if (location.hash) byId(location.hash.slice(1))?.scrollIntoView();
}

async function load() {
  byId('routes').replaceChildren();
  byId('routes').setAttribute('aria-busy', 'true');
  try {
    const response = await fetch('/openapi.json');
    if (!response.ok) throw new Error('The description of the API could not be fetched.');
    show(await response.json());
  } catch (error) {
    byId('routes').replaceChildren(trouble(error, load));
  }
  byId('routes').removeAttribute('aria-busy');
}

load();
