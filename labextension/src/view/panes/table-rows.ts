/** The rows of the table of costs: each operation, or sums by op or by line; sorted. No DOM. */

import type { NodeId, Report } from "../../model/graph";
import { resultText } from "../../model/levels/titles";
import { visible } from "../../model/visible";
import { titleOf } from "./describe";
import { type Cell, leafCosts } from "./leaf-costs";

export type By = "operation" | "op" | "line";

export interface TableRow {
  readonly key: string;
  readonly title: string;
  /** What it gives: `f32[8,1024,768]`. */
  readonly type: string;
  readonly where: string;
  readonly nodes: readonly NodeId[];
  /** By the place of the overlay. */
  readonly cells: readonly Cell[];
  /** True where some of the nodes have no value, so that the sum is the least that it may be. */
  readonly partial: readonly boolean[];
}

/** A column and its direction; column -2 is the title, -1 the line. */
export interface Sorting {
  readonly column: number;
  readonly down: boolean;
}

/** Gives the rows by node, op or line; what they rest on is worked out once. */
export function makeTableRows(report: Report, stage: number): (by: By) => readonly TableRow[] {
  const graph = report.stages[stage];
  const costs = leafCosts(graph);
  const cells = costs.nodes.map(costs.cells);
  const lines = costs.nodes.map((node) => lineOf(report, stage, node));
  const made = new Map<By, readonly TableRow[]>();

  function make(by: By): readonly TableRow[] {
    if (by === "operation") {
      return costs.nodes.map((node, at) => ({
        key: graph.nodeKey(node),
        title: titleOf(graph, node),
        type: visible(resultText(graph, node)),
        where: lines[at],
        nodes: [node],
        cells: cells[at],
        partial: cells[at].map(() => false),
      }));
    }
    const groups = new Map<string, number[]>();
    costs.nodes.forEach((node, at) => {
      const key = by === "op" ? graph.op(node) : lines[at];
      const members = groups.get(key);
      if (members) members.push(at);
      else groups.set(key, [at]);
    });
    return [...groups].map(([key, members]) => sumRow(key, members, by));
  }

  function sumRow(key: string, members: readonly number[], by: By): TableRow {
    const places = new Set(members.map((at) => lines[at]));
    return {
      key,
      title: by === "op" ? visible(key) : key || "no line known",
      type: "",
      where: by === "line" ? "" : places.size === 1 ? lines[members[0]] : `${places.size} lines`,
      nodes: members.map((at) => costs.nodes[at]),
      cells: graph.overlays.map((_, at) => sum(members.map((member) => cells[member][at]))),
      partial: graph.overlays.map((_, at) => members.some((m) => cells[m][at] === undefined)),
    };
  }

  return (by) => {
    let rows = made.get(by);
    if (!rows) {
      rows = make(by);
      made.set(by, rows);
    }
    return rows;
  };
}

/** Labels aren't added up; where nothing is known the sum isn't either. */
function sum(cells: readonly Cell[]): Cell {
  let total: number | undefined;
  for (const cell of cells) if (typeof cell === "number") total = (total ?? 0) + cell;
  return total;
}

/** "cell [3]:15", "" where no line is known. */
function lineOf(report: Report, stage: number, node: NodeId): string {
  const [spot] = report.linesOf(stage, [node]);
  if (spot) return `${visible(report.sources[spot.source].title)}:${spot.line}`;
  const [frame] = report.stages[stage].frames(node);
  return frame ? `${visible(frame.file.replace(/^.*[\\/]/, ""))}:${frame.line}` : "";
}

/** What isn't known comes last in either direction; equals stay in the order of the program. */
export function sortRows(rows: readonly TableRow[], { column, down }: Sorting): TableRow[] {
  const sign = down ? -1 : 1;
  const cell = (row: TableRow): Cell =>
    column === -2 ? row.title : column === -1 ? row.where || undefined : row.cells[column];
  return [...rows].sort((one, other) => {
    const a = cell(one);
    const b = cell(other);
    if (a === undefined || b === undefined) {
      return Number(a === undefined) - Number(b === undefined);
    }
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * order.compare(String(a), String(b));
  });
}

const order = new Intl.Collator("en", { numeric: true });
