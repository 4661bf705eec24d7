/** Search over all stages of a report. The language is that of `search_query.ts`; all words must
 * be found in a node:
 *
 *     dot_general shape:f32[*,768] in:block_3 -backward
 *
 * A bare word is looked for in ops, scopes, names, types and params. `shape:`, `dtype:` and types
 * are those of results; `name:` finds makers of a value and readers of an input. A link to a node,
 * `jaxpr:main/147`, is a query too, and finds it. */

import type { Graph, NodeId, Report } from "./graph";
import { type FacetName, indexOf } from "./search_index";
import { FACETS, type MatchRegex, matchTerm } from "./search_match";
import { parseQuery, type Term } from "./search_query";
import { wordsOf } from "./search_suggest";
import { matchInWorker, RegexError } from "./search_worker";

export { suggest } from "./search_suggest";

export interface Found {
  /** Nodes of each stage, in their order. */
  readonly hits: readonly (readonly NodeId[])[];
  /** One sentence where the query can't be understood or answered, else "". */
  readonly error: string;
}

export async function searchAll(
  report: Report,
  query: string,
  regex: MatchRegex = matchInWorker,
): Promise<Found> {
  const { terms, error } = parseQuery(query);
  const nothing = report.stages.map(() => []);
  if (!terms.length) return { hits: nothing, error };
  // The first search makes the index: the page lives in between.
  let pause = performance.now() + BUSY;
  for (const _ of indexSteps(report, new Set(terms.flatMap(({ field }) => FACETS[field])))) {
    if (performance.now() < pause) continue;
    await new Promise((resolve) => setTimeout(resolve));
    pause = performance.now() + BUSY;
  }
  const hits: (readonly NodeId[])[] = [];
  try {
    for (const graph of report.stages) hits.push(await searchStage(report, graph, terms, regex));
  } catch (failure) {
    if (!(failure instanceof RegexError)) throw failure;
    return { hits: nothing, error: failure.message };
  }
  return { hits, error };
}

const BUSY = 8; // ms
const AT_ONCE = 1_000; // rows: some ms

/** Makes what a search needs, step by step: before the first key, so that it is fast too. */
export function* prepareSearch(report: Report): Generator<void> {
  yield* indexSteps(report, FACETS.any);
  wordsOf(report);
}

function* indexSteps({ stages }: Report, names: Iterable<FacetName>): Generator<void> {
  for (const name of names) {
    for (const graph of stages) while (indexOf(graph).facet(name).more(AT_ONCE)) yield;
  }
}

async function searchStage(
  report: Report,
  graph: Graph,
  terms: readonly Term[],
  regex: MatchRegex,
): Promise<readonly NodeId[]> {
  const found = new Uint8Array(graph.nodeCount).fill(1);
  for (const term of terms) {
    const hits = await matchTerm(term, indexOf(graph), report, regex);
    const wanted = term.negated ? 0 : 1;
    for (let node = 0; node < found.length; node++) if (hits[node] !== wanted) found[node] = 0;
  }
  const nodes: NodeId[] = [];
  for (let node = 0; node < found.length; node++) if (found[node]) nodes.push(node);
  return nodes;
}
