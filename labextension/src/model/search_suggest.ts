import type { Report } from "./graph";
import { indexOf } from "./search_index";
import { FIELDS } from "./search_query";

const MOST = 8;

export interface Suggestion {
  /** The whole query, completed. */
  readonly text: string;
  /** What it would be: "op, 291 nodes". */
  readonly note: string;
}

interface Word {
  readonly text: string;
  readonly kind: string;
  readonly count: number;
}

const known = new WeakMap<Report, readonly Word[]>();

/** How the last word of a query might go on: ops, scopes and fields, those that begin so first. */
export function suggest(report: Report, query: string): readonly Suggestion[] {
  const [, before, minus, field = "", start] =
    /^(.*?)(-?)(?:(op|in|user):)?([^\s:]*)$/s.exec(query) ?? [];
  if (start === undefined || /\S$/.test(before)) return [];
  const wanted = start.toLowerCase();
  if (!wanted && !field) return [];
  const kind = field === "in" ? "scope" : field ? "op" : "";
  const words = kind ? wordsOf(report).filter((word) => word.kind === kind) : all(report);
  const rank = (word: Word): number => word.text.toLowerCase().indexOf(wanted);
  return words
    .filter((word) => rank(word) >= 0 && word.text !== start)
    .sort((one, other) => Math.sign(rank(one)) - Math.sign(rank(other)) || other.count - one.count)
    .slice(0, MOST)
    .map((word) => ({
      text: before + minus + written(word, field),
      note: word.count ? `${word.kind}, ${word.count.toLocaleString("en")} nodes` : word.kind,
    }));
}

function all(report: Report): readonly Word[] {
  return [
    ...wordsOf(report),
    ...FIELDS.map((field) => ({ text: `${field}:`, kind: "field", count: 0 })),
  ];
}

function written({ text, kind }: Word, field: string): string {
  const quoted = /\s/.test(text) ? `"${text}"` : text;
  if (kind === "field") return text;
  return `${field || (kind === "scope" ? "in" : "op")}:${quoted}`;
}

/** The ops and scopes of all stages, and how many nodes have them. */
export function wordsOf(report: Report): readonly Word[] {
  let words = known.get(report);
  if (words === undefined) {
    const ops = new Map<string, number>();
    const scopes = new Map<string, number>();
    for (const graph of report.stages) {
      const { texts, rows } = indexOf(graph).ops;
      for (const place of rows) add(ops, texts[place], 1);
      for (const [path, count] of pathCounts(graph)) {
        for (const scope of new Set(path)) add(scopes, scope, count);
      }
    }
    ops.delete("scope");
    words = [
      ...Array.from(ops, ([text, count]) => ({ text, kind: "op", count })),
      ...Array.from(scopes, ([text, count]) => ({ text, kind: "scope", count })),
    ];
    known.set(report, words);
  }
  return words;
}

function pathCounts(graph: Report["stages"][number]): ReadonlyMap<readonly string[], number> {
  const counts = new Map<readonly string[], number>();
  for (let node = 0; node < graph.nodeCount; node++) {
    const path = graph.scopes(node);
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}

function add(counts: Map<string, number>, text: string, count: number): void {
  counts.set(text, (counts.get(text) ?? 0) + count);
}
