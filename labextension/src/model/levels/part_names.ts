/** Parts that do the same are told apart by what they do it to: the parameter that each reads. */

import type { Graph, ValueId } from "../graph";
import { inputName } from "./ports";

/** For each part, the path of its input without what all have in common: `blocks[0].attn.key` of
 * `state.params['blocks'][0]['attn']['key']`. Null where inputs don't tell parts apart. */
export function partNames(
  graph: Graph,
  reads: readonly (readonly ValueId[])[],
): readonly string[] | null {
  if (reads.length < 2) return null;
  const paths: string[][] = [];
  for (const values of reads) {
    const named = values.find((value) => isArgument(graph, value));
    if (named === undefined) return null;
    paths.push(inputName(graph, named).split(/(?=[.[])/));
  }
  if (new Set(paths.map((path) => path.join(""))).size < paths.length) return null;
  let shared = 0;
  while (paths.every((path) => path.length > shared + 1 && path[shared] === paths[0][shared])) {
    shared++;
  }
  return paths.map((path) => plain(path.slice(shared).join("")));
}

function isArgument(graph: Graph, value: ValueId): boolean {
  const behind = graph.behind(value);
  const maker = graph.maker(behind);
  return (maker < 0 || graph.op(maker) === "parameter") && inputName(graph, value) !== "";
}

/** `blocks[0].attn` of `['blocks'][0]['attn']`. */
const plain = (path: string): string =>
  path.replace(/\[['"]([A-Za-z_]\w*)['"]\]/g, ".$1").replace(/^\./, "");
