/** Search over all stages of a report. The language is that of `search_query.ts`; all words must
 * be found in a node:
 *
 *     dot_general shape:f32[*,768] in:block_3 -backward
 *
 * A bare word is looked for in ops, scopes, names, types and params. `shape:`, `dtype:` and types
 * are those of results; `name:` finds makers of a value and readers of an input. A link to a node,
 * `jaxpr:main/147`, is a query too, and finds it. */

import type { NodeId, Report } from "./graph";
import { indexOf } from "./search_index";
import { type MatchRegex, matchTerm } from "./search_match";
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
  const hits: (readonly NodeId[])[] = [];
  try {
    for (const stage of report.stages.keys()) {
      hits.push(await searchStage(report, stage, terms, regex));
    }
  } catch (failure) {
    if (!(failure instanceof RegexError)) throw failure;
    return { hits: nothing, error: failure.message };
  }
  return { hits, error };
}

/** Makes what a search needs, a little at a time: before the first key, so that it is fast too.
 *
 * @param idle comes back when there is time for a little more, with false to stop. */
export async function prepareSearch(report: Report, idle: () => Promise<boolean>): Promise<void> {
  for (const graph of report.stages) {
    for (const facet of FACETS) {
      do {
        if (!(await idle())) return;
      } while (indexOf(graph).prepare(facet, AT_ONCE));
    }
  }
  if (await idle()) wordsOf(report);
}

const AT_ONCE = 1_000; // rows: some ms
const FACETS = ["ops", "scopes", "params", "callees", "names", "types"] as const;

async function searchStage(
  report: Report,
  stage: number,
  terms: readonly Term[],
  regex: MatchRegex,
): Promise<readonly NodeId[]> {
  const graph = report.stages[stage];
  await aMoment(); // the first search makes an index of each stage: the page lives in between
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

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
