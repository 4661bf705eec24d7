/** What a report says beside its stages: tabs of charts and tables, which point into its graphs. */

import type {
  CurveChart,
  FlameChart,
  ReportTab,
  ReportTable,
  RooflineChart,
  TimelineChart,
} from "../generated/payload";
import {
  differences,
  int,
  ints,
  LARGE,
  LARGEST,
  list,
  object,
  oneOf,
  type Row,
  text,
  texts,
} from "./check_values";
import { sums } from "./columns";
import type { NodeId } from "./graph";
import { damaged } from "./payload_error";

/** What the entries of a chart or the rows of a table are about. */
export interface Pointed {
  /** Place in the report's stages, -1 for none. */
  readonly stage: number;
  /** The node of each entry, -1 for none. */
  nodeOf(at: number): NodeId;
}

export interface Table extends Pointed {
  readonly title: string;
  readonly columns: readonly string[];
  /** Of each column's numbers; may be empty. */
  readonly units: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** The line of source that a row is about. */
  lineOf(row: number): { readonly file: string; readonly line: number } | null;
}

interface Titled extends Pointed {
  readonly title: string;
}

/** Boxes inside boxes, as wide as what they took. */
export interface Flame extends Titled {
  readonly kind: "flame";
  readonly unit: string;
  readonly source: string;
  readonly names: readonly string[];
  /** The box around each, always an earlier one; -1 at the top. */
  readonly parents: readonly number[];
  /** With all inside; NaN where it isn't known. */
  readonly values: readonly number[];
}

/** What happened when, in lanes; seconds. */
export interface Timeline extends Titled {
  readonly kind: "timeline";
  readonly lanes: readonly string[];
  readonly lane: readonly number[];
  readonly names: readonly string[];
  readonly starts: readonly number[];
  readonly seconds: readonly number[];
}

export interface Roof {
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
  readonly source: string;
}

/** FLOP per byte against FLOP/s, and how long each took. */
export interface Roofline extends Titled {
  readonly kind: "roofline";
  readonly roofs: readonly Roof[];
  readonly names: readonly string[];
  readonly intensities: readonly number[];
  readonly speeds: readonly number[];
  readonly seconds: readonly number[];
}

/** A quantity along the steps of a program. */
export interface Curve extends Titled {
  readonly kind: "curve";
  readonly unit: string;
  readonly source: string;
  readonly steps: string;
  readonly values: readonly number[];
}

export type Chart = Flame | Timeline | Roofline | Curve;

export interface Tab {
  readonly name: string;
  readonly figures: readonly string[];
  readonly notes: readonly string[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
}

// Checking.

type Counts = readonly number[];

/** Throws a PayloadError unless `row` is a tab that can be shown. */
export function checkTab(row: Row, name: string, nodeCounts: Counts): void {
  text(row.name, `${name}.name`);
  texts(row.figures, `${name}.figures`);
  texts(row.notes, `${name}.notes`);
  for (const chart of list(row.charts, `${name}.charts`)) {
    checkChart(object(chart, `${name}.charts`), `${name}.charts`, nodeCounts);
  }
  for (const table of list(row.tables, `${name}.tables`)) {
    checkTable(object(table, `${name}.tables`), `${name}.tables`, nodeCounts);
  }
}

export function checkTable(row: Row, name: string, nodeCounts: Counts): void {
  text(row.title, `${name}.title`);
  texts(row.columns, `${name}.columns`);
  texts(row.units, `${name}.units`);
  const rows = list(row.rows, `${name}.rows`);
  for (const cells of rows) {
    for (const cell of list(cells, `${name}.rows`)) {
      if (typeof cell !== "string" && typeof cell !== "number") {
        throw damaged(`${name}.rows holds what is neither text nor number`);
      }
    }
  }
  checkNodes(row, name, rows.length, nodeCounts);
  const strings = texts(row.strings, `${name}.strings`);
  for (const frame of list(row.frames, `${name}.frames`)) {
    const numbers = ints(frame, `${name}.frames`, 0, LARGEST);
    if (numbers.length) int(numbers[0], `${name}.frames`, 0, strings.length);
  }
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  flame: ["values"],
  timeline: [],
  roofline: ["intensities", "speeds", "seconds"],
  curve: ["values"],
};

function checkChart(row: Row, name: string, nodeCounts: Counts): void {
  oneOf(row.kind, `${name}.kind`, Object.keys(COLUMNS));
  const kind = row.kind as string;
  text(row.title, `${name}.title`);
  if (kind === "flame" || kind === "curve") {
    text(row.unit, `${name}.unit`);
    text(row.source, `${name}.source`);
  }
  let length: number;
  if (kind === "curve") {
    text(row.steps, `${name}.steps`);
    length = list(row.values, `${name}.values`).length;
  } else {
    const strings = texts(row.strings, `${name}.strings`);
    length = ints(row.name, `${name}.name`, 0, strings.length).length;
  }
  for (const key of COLUMNS[kind]) numbers(row[key], `${name}.${key}`, length);
  checkNodes(row, name, length, nodeCounts);
  if (kind === "flame") {
    const up = ints(row.up, `${name}.up`, 0, LARGEST, length);
    for (const [at, step] of up.entries()) int(step, `${name}.up`, 0, at + 1);
  } else if (kind === "timeline") {
    const lanes = texts(row.lanes, `${name}.lanes`);
    ints(row.lane, `${name}.lane`, 0, lanes.length, length);
    differences(row.starts, `${name}.starts`, -LARGE, LARGE, length);
    ints(row.seconds, `${name}.seconds`, 0, LARGE, length);
  } else if (kind === "roofline") {
    for (const each of list(row.roofs, `${name}.roofs`)) {
      const roof = object(each, `${name}.roofs`);
      text(roof.name, `${name}.roofs.name`);
      text(roof.source, `${name}.roofs.source`);
      numbers([roof.flops_per_second, roof.bytes_per_second], `${name}.roofs`, 2);
    }
  }
}

/** Numbers, or null for what is none. */
function numbers(value: unknown, name: string, length: number): void {
  const found = list(value, name);
  const fine = found.every((item) => item === null || typeof item === "number");
  if (!fine || found.length !== length) throw damaged(`${name} holds no ${length} numbers`);
}

function checkNodes(row: Row, name: string, length: number, nodeCounts: Counts): void {
  const stage = int(row.stage, `${name}.stage`, -1, nodeCounts.length);
  const nodes = ints(row.nodes, `${name}.nodes`, -1, nodeCounts[stage] ?? 0);
  if (nodes.length && nodes.length !== length) throw damaged(`${name}.nodes don't fit`);
}

// Reading what was checked.

export function decodeTab(tab: ReportTab): Tab {
  const { name, figures, notes } = tab;
  return {
    name,
    figures,
    notes,
    charts: tab.charts.map(decodeChart),
    tables: tab.tables.map(decodeTable),
  };
}

export function decodeTable(table: ReportTable): Table {
  const { title, columns, units, rows, frames, strings } = table;
  return {
    ...{ title, columns, units, rows },
    ...pointed(table),
    lineOf(row) {
      const frame = frames[row] ?? [];
      return frame.length > 1 ? { file: strings[frame[0]], line: frame[1] } : null;
    },
  };
}

function pointed({ stage, nodes }: { stage: number; nodes: readonly number[] }): Pointed {
  return { stage, nodeOf: (at) => nodes[at] ?? -1 };
}

const NANOSECOND = 1e-9;

function decodeChart(chart: FlameChart | TimelineChart | RooflineChart | CurveChart): Chart {
  const known = { title: chart.title, ...pointed(chart) };
  if (chart.kind === "curve") {
    const { kind, unit, source, steps } = chart;
    return { kind, unit, source, steps, values: read(chart.values), ...known };
  }
  const names = chart.name.map((place) => chart.strings[place]);
  if (chart.kind === "flame") {
    const { kind, unit, source } = chart;
    const parents = chart.up.map((up, at) => (up ? at - up : -1));
    return { kind, unit, source, names, parents, values: read(chart.values), ...known };
  }
  if (chart.kind === "timeline") {
    const { kind, lanes, lane } = chart;
    const starts = Array.from(sums(chart.starts), (start) => start * NANOSECOND);
    const seconds = chart.seconds.map((each) => each * NANOSECOND);
    return { kind, lanes, lane, names, starts, seconds, ...known };
  }
  return {
    kind: chart.kind,
    names,
    roofs: chart.roofs.map((roof) => ({
      name: roof.name,
      flops: roof.flops_per_second ?? Number.NaN,
      bytes: roof.bytes_per_second ?? Number.NaN,
      source: roof.source,
    })),
    intensities: read(chart.intensities),
    speeds: read(chart.speeds),
    seconds: read(chart.seconds),
    ...known,
  };
}

const read = (values: readonly (number | null)[]): readonly number[] =>
  values.map((value) => value ?? Number.NaN);
