import type { Report } from "./graph";
import { quantity } from "./quantity";
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
  const words = kind
    ? wordsOf(report).filter((word) => word.kind === kind)
    : [...wordsOf(report), ...FIELD_WORDS];
  return words
    .map((word) => ({ word, at: word.text.toLowerCase().indexOf(wanted) }))
    .filter(({ word, at }) => at >= 0 && word.text !== start)
    .sort((a, b) => Math.sign(a.at) - Math.sign(b.at) || b.word.count - a.word.count)
    .slice(0, MOST)
    .map(({ word }) => ({
      text: before + minus + written(word, field),
      note: word.count ? `${word.kind}, ${quantity(word.count)} nodes` : word.kind,
    }));
}

const FIELD_WORDS = FIELDS.map((field): Word => ({ text: `${field}:`, kind: "field", count: 0 }));

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
      const index = indexOf(graph);
      const [named, scoped] = [index.facet("ops"), index.facet("scopes")];
      named.texts.forEach((text, place) => {
        add(ops, text, named.count(place));
      });
      scoped.texts.forEach((_, place) => {
        const path = new Set(graph.scopes(scoped.row(place)));
        for (const scope of path) add(scopes, scope, scoped.count(place));
      });
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

function add(counts: Map<string, number>, text: string, count: number): void {
  counts.set(text, (counts.get(text) ?? 0) + count);
}
