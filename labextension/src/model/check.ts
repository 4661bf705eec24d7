import type { ReportPayload } from "../generated/payload";
import { checkStage } from "./check_stage";
import {
  differences,
  inRange,
  int,
  ints,
  isObject,
  LARGEST,
  list,
  object,
  type Row,
  text,
  texts,
} from "./check_values";
import { checkFinding } from "./findings";
import { targets } from "./lineage";
import { damaged, PayloadError, tooNew } from "./payload_error";
import { checkTab, checkTable } from "./tabs";

export const FORMAT = "jaxlab.report";
export const VERSION = 1;
const MOST_STAGES = 100;
const MOST_KINDS = 256;

/** Whether a newer jaxlab made it, in a form that this viewer doesn't know. */
export function isNewer(made: unknown): boolean {
  if (!isObject(made) || made.format !== FORMAT) return false;
  return typeof made.version === "number" && made.version > VERSION;
}

/** What was inflated, if it is a report that this viewer can show; else a PayloadError. */
export function checkPayload(raw: unknown): ReportPayload {
  if (!isObject(raw) || raw.format !== FORMAT) {
    throw new PayloadError("This is no report of jaxlab.");
  }
  if (raw.version !== VERSION) {
    if (isNewer(raw)) throw tooNew();
    throw new PayloadError("An older jaxlab made this report: run its cell again to see it.");
  }
  text(raw.made_by, "made_by");
  text(raw.title, "title");
  texts(raw.headline, "headline");
  texts(raw.notes, "notes");
  rows(raw.sources, "sources", checkSource);
  const stages = list(raw.stages, "stages");
  if (stages.length > MOST_STAGES) throw damaged(`it has ${stages.length} stages`);
  const nodeCounts = stages.map((stage, at) => checkStage(stage, `stages[${at}]`));
  rows(raw.findings, "findings", (row, name) => checkFinding(row, name, nodeCounts));
  rows(raw.links, "links", (row, name) => checkLinks(row, name, nodeCounts));
  rows(raw.tables, "tables", (row, name) => checkTable(row, name, nodeCounts));
  rows(raw.tabs, "tabs", (row, name) => checkTab(row, name, nodeCounts));
  rows(raw.ladder, "ladder", (row, name) => {
    text(row.text, `${name}.text`);
    if (row.stage !== null) int(row.stage, `${name}.stage`, 0, stages.length);
  });
  int(raw.first, "first", 0, Math.max(1, stages.length));
  if (raw.depth !== null) int(raw.depth, "depth", 0, LARGEST);
  return raw as unknown as ReportPayload;
}

function rows(value: unknown, name: string, check: (row: Row, name: string) => void): void {
  for (const [at, row] of list(value, name).entries()) {
    check(object(row, `${name}[${at}]`), `${name}[${at}]`);
  }
}

function checkSource(row: Row, name: string): void {
  for (const key of ["file", "text", "title", "cell_id"]) text(row[key], `${name}.${key}`);
  int(row.line_offset, `${name}.line_offset`, -LARGEST, LARGEST);
}

function checkLinks(row: Row, name: string, nodeCounts: readonly number[]): void {
  const before = nodeCounts[int(row.before, `${name}.before`, 0, nodeCounts.length)];
  const after = nodeCounts[int(row.after, `${name}.after`, 0, nodeCounts.length)];
  const kinds = list(row.kinds, `${name}.kinds`);
  if (kinds.length > MOST_KINDS) throw damaged(`${name} has ${kinds.length} kinds`);
  for (const each of kinds) checkKind(object(each, `${name}.kinds`), name, before, after);
  const fates = texts(row.fates, `${name}.fates`);
  const gone = ints(row.gone, `${name}.gone`, -LARGEST, LARGEST);
  if (gone.length % 2) throw damaged(`${name}.gone holds no pairs`);
  differences(
    gone.filter((_, at) => at % 2 === 0),
    `${name}.gone`,
    0,
    before,
  );
  ints(
    gone.filter((_, at) => at % 2 === 1),
    `${name}.gone`,
    0,
    fates.length,
  );
  text(row.note, `${name}.note`);
}

function checkKind(row: Row, name: string, before: number, after: number): void {
  text(row.kind, `${name}.kind`);
  const { length } = differences(row.from, `${name}.from`, 0, before);
  const counts = ints(row.counts, `${name}.counts`, 1, LARGEST, length);
  const to = ints(row.to, `${name}.to`, -LARGEST, LARGEST);
  if (counts.reduce((sum, count) => sum + count, 0) !== to.length) {
    throw damaged(`${name}.counts don't add up`);
  }
  inRange(targets(counts, to), `${name}.to`, 0, after);
}
