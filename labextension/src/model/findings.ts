/** Findings: what transforms hide, checked and read from the payload. */

import type { FindingLine } from "../generated/payload";
import { int, ints, LARGEST, list, object, oneOf, type Row, text, texts } from "./check_values";
import type { Finding, Harm, Source } from "./graph";
import { damaged } from "./payload_error";
import type { Tab } from "./tabs";

/** What a finding may cost, the worst first. */
export const HARMS: readonly Harm[] = ["wrong result", "lost work", "slow", "surprise"];

const MOST_LINES = 1000;

export function checkFinding(row: Row, name: string, nodeCounts: readonly number[]): void {
  for (const key of ["hazard", "headline", "what", "remedy"]) text(row[key], `${name}.${key}`);
  oneOf(row.harm, `${name}.harm`, HARMS);
  oneOf(row.when, `${name}.when`, ["trace", "run", "between runs"]);
  int(row.how_often, `${name}.how_often`, 0, LARGEST);
  texts(row.evidence, `${name}.evidence`);
  const lines = list(row.lines, `${name}.lines`);
  if (lines.length > MOST_LINES) throw damaged(`${name} has ${lines.length} lines`);
  for (const [at, each] of lines.entries()) {
    const line = object(each, `${name}.lines[${at}]`);
    text(line.file, `${name}.lines.file`);
    text(line.function, `${name}.lines.function`);
    int(line.line, `${name}.lines.line`, 0, LARGEST);
  }
  const stage = int(row.stage, `${name}.stage`, -1, nodeCounts.length);
  ints(row.nodes, `${name}.nodes`, -1, nodeCounts[stage] ?? 0);
  if (row.ghost === undefined) return;
  const [node, after, ...more] = ints(row.ghost, `${name}.ghost`, 0, LARGEST);
  int(node, `${name}.ghost`, 0, nodeCounts[stage] ?? 0);
  int(after, `${name}.ghost`, 0, 2);
  if (more.length) throw damaged(`${name}.ghost is no pair`);
}

/** The tab that lists findings; a report that has some has it. */
export const SIDE_EFFECTS = "Side effects";

/** The report's tabs, with one for findings where there are some. */
export function withFindings(tabs: readonly Tab[], findings: readonly Finding[]): readonly Tab[] {
  if (findings.length === 0 || tabs.some(({ name }) => name === SIDE_EFFECTS)) return tabs;
  return [...tabs, { name: SIDE_EFFECTS, figures: [], notes: [], charts: [], tables: [] }];
}

export function decodeFinding(row: FindingLine, sources: readonly Source[]): Finding {
  return {
    hazard: row.hazard,
    harm: row.harm,
    headline: row.headline,
    what: row.what,
    remedy: row.remedy,
    when: row.when,
    howOften: row.how_often,
    evidence: row.evidence,
    lines: row.lines.map((each) => ({
      source: sources.findIndex(({ file }) => file === each.file),
      file: each.file,
      line: each.line,
      function: each.function,
    })),
    stage: row.stage,
    nodes: row.nodes.filter((node) => node >= 0),
    ghost: row.ghost ? { node: row.ghost[0], after: row.ghost[1] === 1 } : null,
  };
}
