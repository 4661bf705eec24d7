/** One term of a search over one stage: which nodes it finds. */

import type { Report } from "./graph";
import { type Facet, type SearchIndex, withInside } from "./search_index";
import { shapeTest, type Term } from "./search_query";

/** Which of these texts a regular expression finds: 1 or 0 for each. */
export type MatchRegex = (texts: readonly string[], pattern: string) => Promise<Uint8Array>;

/** 1 for each node that the term finds, be it negated or not. */
export async function matchTerm(
  term: Term,
  index: SearchIndex,
  report: Report,
  regex: MatchRegex,
): Promise<Uint8Array> {
  const { graph } = index;
  const found = new Uint8Array(graph.nodeCount);
  const texts = (facet: Facet, test = contains(term.text)): Promise<Uint8Array> =>
    term.isRegex ? regex(facet.texts, term.text) : Promise.resolve(where(facet.texts, test));
  const nodes = async (facet: Facet, test?: (text: string) => boolean): Promise<void> => {
    const hits = await texts(facet, test);
    for (let node = 0; node < found.length; node++) {
      if (facet.rows[node] >= 0 && hits[facet.rows[node]]) found[node] = 1;
    }
  };
  switch (term.field) {
    case "op":
      await nodes(index.ops);
      break;
    case "effect":
      await nodes(index.effects);
      break;
    case "param":
      await nodes(index.params, paramTest(term.text));
      break;
    case "in":
      await nodes(index.scopes, scopeTest(index.scopes.texts, term.text));
      return withInside(graph, found);
    case "dtype":
      ofResults(index, await texts(index.types, dtypeTest(term.text)), found);
      break;
    case "shape":
      ofResults(index, shapes(index, term.text), found);
      break;
    case "name":
      await nodes(index.callees);
      ofNames(index, await texts(index.names), found);
      break;
    case "user": {
      await nodes(index.ops);
      return readBy(index, found);
    }
    case "line":
      ofLines(report, index, term.text, found);
      break;
    case "id": {
      const [, stage, key] = /^(?:(jaxpr|stablehlo|hlo):)?(.*)$/s.exec(term.text) ?? [];
      const node = stage && stage !== graph.stage ? -1 : graph.nodeByKey(key);
      if (node >= 0) found[node] = 1;
      break;
    }
    case "any":
      for (const facet of [index.ops, index.scopes, index.params, index.callees])
        await nodes(facet);
      ofNames(index, await texts(index.names), found);
      ofResults(index, await texts(index.types), found);
      break;
  }
  return found;
}

function contains(part: string): (text: string) => boolean {
  return (text) => text.includes(part);
}

function where(texts: readonly string[], test: (text: string) => boolean): Uint8Array {
  const found = new Uint8Array(texts.length);
  for (let at = 0; at < texts.length; at++) found[at] = test(texts[at]) ? 1 : 0;
  return found;
}

/** `precision=highest`: this key, and the value has that in it; without `=`, anything. */
function paramTest(text: string): (text: string) => boolean {
  const equals = text.indexOf("=");
  if (equals < 0) return contains(text);
  const key = text.slice(0, equals + 1);
  const value = text.slice(equals + 1);
  return (params) =>
    params.split("\n").some((pair) => pair.startsWith(key) && pair.includes(value, key.length));
}

/** The scope of that name; while none has it yet, those that begin so. */
function scopeTest(paths: readonly string[], text: string): (path: string) => boolean {
  const path = `/${text.replace(/^\/|\/$/g, "")}`;
  const exact = contains(`${path}/`);
  return paths.some(exact) ? exact : contains(path);
}

function dtypeTest(dtype: string): (type: string) => boolean {
  return (type) => type === dtype || type.startsWith(`${dtype}[`);
}

/** Types by their places in the index. */
function shapes({ graph, types }: SearchIndex, text: string): Uint8Array {
  const test = shapeTest(text);
  const found = new Uint8Array(types.texts.length);
  const tried = new Uint8Array(types.texts.length);
  for (let value = 0; value < graph.valueCount; value++) {
    const place = types.rows[value];
    if (place < 0 || tried[place]) continue;
    tried[place] = 1;
    const { dtype, shape, kind } = graph.valueType(value);
    found[place] = kind === "array" && test(dtype, shape) ? 1 : 0;
  }
  return found;
}

function ofResults({ graph, types }: SearchIndex, hits: Uint8Array, found: Uint8Array): void {
  for (let node = 0; node < found.length; node++) {
    const last = graph.lastOutput(node);
    for (let value = graph.firstOutput(node); value < last && !found[node]; value++) {
      if (types.rows[value] >= 0 && hits[types.rows[value]]) found[node] = 1;
    }
  }
}

/** The makers of values with such a name, and the readers of inputs: an input is no node. */
function ofNames({ graph, names }: SearchIndex, hits: Uint8Array, found: Uint8Array): void {
  for (let value = 0; value < graph.valueCount; value++) {
    if (names.rows[value] < 0 || !hits[names.rows[value]]) continue;
    const maker = graph.maker(value);
    if (maker >= 0) found[maker] = 1;
    else for (const user of graph.users(value)) found[user] = 1;
  }
}

function readBy({ graph }: SearchIndex, readers: Uint8Array): Uint8Array {
  const found = new Uint8Array(graph.nodeCount);
  for (let node = 0; node < readers.length; node++) {
    if (!readers[node]) continue;
    for (const input of graph.inputs(node)) {
      const maker = graph.maker(graph.behind(input));
      if (maker >= 0) found[maker] = 1;
    }
  }
  return found;
}

function ofLines(report: Report, { graph }: SearchIndex, text: string, found: Uint8Array): void {
  const [, file = "", first, last = first] = /^(?:(.*):)?(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const stage = report.stages.indexOf(graph);
  for (const [at, source] of report.sources.entries()) {
    if (!`${source.file}\n${source.title}`.toLowerCase().includes(file)) continue;
    const end = Math.min(Number(last), source.text.split("\n").length);
    for (let line = Number(first); line <= end; line++) {
      for (const node of report.nodesAt(stage, at, line)) found[node] = 1;
    }
  }
}
