/** The rows of the table of costs: each operation, or sums by op or by line; sorted. No DOM. */

import type { NodeId, Report } from "../../model/graph";
import { resultText } from "../../model/levels/titles";
import { visible } from "../../model/visible";
import { titleOf } from "./describe";
import { type Cell, leafCosts } from "./leaf-costs";

export type By = "operation" | "op" | "line";

export interface TableRow {
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

/** Gives the rows by operation, op or line. Of the many that nobody looks at only what they cost is
 * worked out. */
export function makeTableRows(report: Report, stage: number): (by: By) => readonly TableRow[] {
  const graph = report.stages[stage];
  const costs = leafCosts(graph);
  const cells = costs.nodes.map(costs.cells);
  const lines = new Map<NodeId, string>();
  const made = new Map<By, readonly TableRow[]>();

  function lineOf(node: NodeId): string {
    let line = lines.get(node);
    if (line === undefined) {
      line = lineText(report, stage, node);
      lines.set(node, line);
    }
    return line;
  }

  function operationRow(node: NodeId, at: number): TableRow {
    return {
      get title() {
        return titleOf(graph, node);
      },
      get type() {
        return visible(resultText(graph, node));
      },
      get where() {
        return lineOf(node);
      },
      nodes: [node],
      cells: cells[at],
      partial: cells[at].map(() => false),
    };
  }

  function sumRows(keyOf: (node: NodeId) => string): [string, readonly number[]][] {
    const groups = new Map<string, number[]>();
    costs.nodes.forEach((node, at) => {
      const key = keyOf(node);
      const members = groups.get(key);
      if (members) members.push(at);
      else groups.set(key, [at]);
    });
    return [...groups];
  }

  function sumRow(title: string, members: readonly number[], lines: boolean): TableRow {
    const nodes = members.map((at) => costs.nodes[at]);
    return {
      title,
      type: "",
      get where() {
        const places = lines ? new Set(nodes.map(lineOf)) : new Set([""]);
        return places.size === 1 ? [...places][0] : `${places.size} lines`;
      },
      nodes,
      cells: graph.overlays.map((_, at) => sum(members.map((member) => cells[member][at]))),
      partial: graph.overlays.map((_, at) => members.some((m) => cells[m][at] === undefined)),
    };
  }

  const makers: Readonly<Record<By, () => readonly TableRow[]>> = {
    operation: () => costs.nodes.map(operationRow),
    op: () => sumRows((node) => graph.op(node)).map(([op, at]) => sumRow(visible(op), at, true)),
    line: () => sumRows(lineOf).map(([line, at]) => sumRow(line || "no line known", at, false)),
  };

  return (by) => {
    let rows = made.get(by);
    if (!rows) {
      rows = makers[by]();
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
function lineText(report: Report, stage: number, node: NodeId): string {
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
