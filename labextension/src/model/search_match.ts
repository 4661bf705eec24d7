/** One term of a search over one stage: which nodes it finds. */

import type { Report } from "./graph";
import { type Facet, type FacetName, type SearchIndex, withInside } from "./search_index";
import { type Field, shapeTest, type Term } from "./search_query";

/** Which of these texts a regular expression finds: 1 or 0 for each. */
export type MatchRegex = (texts: readonly string[], pattern: string) => Promise<Uint8Array>;

const MOST_KNOWN = 16;

/** What a field is looked for in. */
export const FACETS: Readonly<Record<Field, readonly FacetName[]>> = {
  op: ["ops"],
  user: ["ops"],
  in: ["scopes"],
  effect: ["effects"],
  param: ["params"],
  name: ["callees", "names"],
  dtype: ["types"],
  shape: ["types"],
  any: ["ops", "scopes", "params", "callees", "names", "types"],
  line: [],
  id: [],
};

/** 1 for each node that the term finds, be it negated or not. What was found is remembered: a key
 * changes one term of a query, and the others are asked again. */
export async function matchTerm(
  term: Term,
  index: SearchIndex,
  report: Report,
  regex: MatchRegex,
): Promise<Uint8Array> {
  const { known } = index;
  const key = JSON.stringify([term.field, term.isRegex, term.text]);
  const found = known.get(key) ?? (await findTerm(term, index, report, regex));
  known.delete(key); // so that it is the last to go
  known.set(key, found);
  for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
  return found;
}

async function findTerm(
  { field, text, isRegex }: Term,
  index: SearchIndex,
  report: Report,
  regex: MatchRegex,
): Promise<Uint8Array> {
  const { graph } = index;
  const found = new Uint8Array(graph.nodeCount);
  for (const name of FACETS[field]) {
    const facet = index.facet(name);
    facet.mark(isRegex ? await regex(facet.texts, text) : find(index, facet, field, text), found);
  }
  switch (field) {
    case "in":
      return withInside(graph, found);
    case "user":
      return readBy(index, found);
    case "line":
      ofLines(report, index, text, found);
      break;
    case "id": {
      const [, stage, key] = /^(?:(jaxpr|stablehlo|hlo):)?(.*)$/s.exec(text) ?? [];
      const node = stage && stage !== graph.stage ? -1 : graph.nodeByKey(key);
      if (node >= 0) found[node] = 1;
    }
  }
  return found;
}

/** The texts in which a field finds what it is to find. */
function find({ graph }: SearchIndex, facet: Facet, field: Field, text: string): Uint8Array {
  if (field === "in") return scopes(facet, text);
  if (field === "dtype") {
    return where(facet, (type) => type === text || type.startsWith(`${text}[`));
  }
  if (field === "shape") {
    const test = shapeTest(text);
    return where(facet, (_, value) => {
      const { dtype, shape, kind } = graph.valueType(value);
      return kind === "array" && test(dtype, shape);
    });
  }
  const equals = text.indexOf("=") + 1;
  if (field !== "param" || !equals) return facet.find(text);
  // `precision=highest`: this key, and the value has that in it.
  const [key, value] = [text.slice(0, equals), text.slice(equals)];
  const fits = (pair: string) => pair.startsWith(key) && pair.includes(value, equals);
  return where(facet, (params) => params.split("\n").some(fits));
}

function where(facet: Facet, test: (text: string, row: number) => boolean): Uint8Array {
  return Uint8Array.from(facet.texts, (text, place) => (test(text, facet.row(place)) ? 1 : 0));
}

/** The scope of that name; while none has it yet, those that begin so. */
function scopes(facet: Facet, text: string): Uint8Array {
  const path = `/${text.replace(/^\/|\/$/g, "")}`;
  const exact = facet.find(`${path}/`);
  return exact.includes(1) ? exact : facet.find(path);
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
