/** What the first click and the first search need, made before them. */

import type { Report } from "../../model/graph";
import { prepareSearch } from "../../model/search";
import { whenIdle } from "../idle";

/** Reads the stages' links and lines, and makes the index of the search, a little at a time while
 * the page has nothing better to do. Gives back how to stop. */
export function warm(report: Report): () => void {
  return whenIdle(prepare(report));
}

function* prepare(report: Report): Generator<void> {
  const stages = [...report.stages.keys()].filter((stage) => report.stages[stage].nodeCount > 0);
  for (const stage of stages) {
    yield;
    report.linesOf(stage, [0]);
  }
  for (const from of stages) {
    for (const to of stages) {
      yield;
      report.counterparts(from, [0], to);
    }
  }
  yield* prepareSearch(report);
}
