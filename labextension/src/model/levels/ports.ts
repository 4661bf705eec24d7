/** Where values come into a level and leave it: pills at the root, ports on the border of what is
 * opened, chips where there are too many. */

import type { Graph, RegionId, ValueId } from "../graph";
import { type Chip, Form } from "../level";
import { byKey } from "./lists";
import { bytesOf, constantText, typeText, valuesText } from "./titles";
import type { Read } from "./units";

/** So many pills or ports on one border; more are merged. */
const MOST = 8;
/** Inputs that are pills of their own; of more, those of an argument are one pill. */
const MOST_APART = 4;
/** An input read by more boxes than this is a chip on each of them. */
const MOST_READERS = 3;

/** Where a value of an opened level comes from in the level around it. */
export interface Source {
  readonly place: number;
  readonly title: string;
  /** As the level around has it. */
  readonly values: readonly ValueId[];
}

/** A value that leaves an opened level. */
export interface Leaving {
  readonly value: ValueId;
  /** As the level around has it; -1 if nobody sees it there. */
  readonly outer: ValueId;
  readonly targets: readonly { readonly place: number; readonly title: string }[];
}

/** What an opened level knows of the level around it. */
export interface Around {
  /** Of a value that is read inside; null where no edge of the level around is for it. */
  source(value: ValueId): Source | null;
  readonly leaves: readonly Leaving[];
  /** A body's own names say more than where its values come from. */
  readonly body: boolean;
  /** What leaves, in a body's own words; "": say who reads it. */
  readonly names: readonly string[];
  /** A word for what leaves that nobody outside reads. */
  readonly purpose: string;
  /** Inputs that are a loop's variables. */
  readonly carried: ReadonlySet<ValueId>;
  readonly donated: ReadonlySet<ValueId>;
}

/** Values that come from outside, and the boxes that read them. */
export type Readers = ReadonlyMap<ValueId, readonly Reader[]>;

export interface Reader {
  /** The place of the box among boxes. */
  readonly box: number;
  readonly read: Read;
}

export interface Port {
  readonly title: string;
  readonly subtitle: string;
  readonly forms: number;
  readonly values: readonly ValueId[];
  /** The same values in the level around. */
  readonly outer: readonly ValueId[];
}

export interface Inflow {
  readonly ports: readonly Port[];
  /** Values that are chips on their readers. */
  readonly chipped: ReadonlySet<ValueId>;
}

/** What is a pill at the root. */
export function pillsOf(graph: Graph, readers: Readers, donated: ReadonlySet<ValueId>): Inflow {
  const values = [...readers.keys()];
  const few = values.length <= MOST_APART;
  const groups = few
    ? values.map((value) => [value])
    : [...byKey(values, (value) => argumentOf(graph, value)).values()];
  const ports: Port[] = [];
  const chipped = new Set<ValueId>();
  for (const group of groups) {
    const boxes = new Set(
      group.flatMap((value) => (readers.get(value) ?? []).map(({ box }) => box)),
    );
    if (boxes.size > MOST_READERS || groups.length > MOST) {
      for (const value of group) chipped.add(value);
      continue;
    }
    const one = group.length === 1;
    ports.push({
      title: one ? inputName(graph, group[0]) : argumentOf(graph, group[0]),
      subtitle: valuesText(graph, group),
      forms: Form.input | formsOf(graph, group, donated),
      values: group,
      outer: [],
    });
  }
  return { ports, chipped };
}

/** What is a port on an opened level's top. */
export function portsOf(graph: Graph, readers: Readers, around: Around): Inflow {
  const values = [...readers.keys()];
  const chipped = new Set<ValueId>();
  const fewOfBody = around.body && values.length <= (around.carried.size > 0 ? MOST : MOST_APART);
  const sources = new Map(values.map((value) => [value, around.source(value)]));
  const groups = new Map<string, { source: Source | null; values: ValueId[] }>();
  for (const [value, source] of sources) {
    if (source === null && !fewOfBody && !around.carried.has(value)) {
      chipped.add(value);
      continue;
    }
    const carried = around.carried.has(value) ? "carry" : "";
    const argument = around.body ? argumentOf(graph, value) : "";
    const key = fewOfBody ? String(value) : `${source?.place}${carried} ${argument}`;
    const group = groups.get(key);
    if (group) group.values.push(value);
    else groups.set(key, { source, values: [value] });
  }
  const merged = mergedGroups(graph, [...groups.values()]);
  const ports = merged.map(({ source, values: group }): Port => {
    const one = group.length === 1;
    const own = !around.body ? "" : one ? graph.valueName(group[0]) : commonArgument(graph, group);
    const carried = group.every((value) => around.carried.has(value));
    return {
      title: own || source?.title || (carried ? "carry" : one ? "input" : `${group.length} inputs`),
      subtitle: valuesText(graph, group),
      forms: Form.input | formsOf(graph, group, around.donated),
      values: group,
      outer: group.flatMap((value) => sources.get(value)?.values ?? []),
    };
  });
  return { ports, chipped };
}

/** The argument that all of these are parts of; "" if they are of several. */
function commonArgument(graph: Graph, values: readonly ValueId[]): string {
  const names = new Set(values.map((value) => argumentOf(graph, value)));
  return names.size === 1 ? [...names][0] : "";
}

/** Keep the groups with most bytes, join the rest. */
function mergedGroups<T extends { source: Source | null; values: ValueId[] }>(
  graph: Graph,
  groups: readonly T[],
): readonly { source: Source | null; values: readonly ValueId[] }[] {
  if (groups.length <= MOST) return groups;
  const bytes = new Map(groups.map((group) => [group, totalBytes(graph, group.values)]));
  const kept = new Set(
    [...groups]
      .sort((a, b) => (bytes.get(b) as number) - (bytes.get(a) as number))
      .slice(0, MOST - 1),
  );
  const rest = groups.filter((group) => !kept.has(group)).flatMap((group) => group.values);
  return [...groups.filter((group) => kept.has(group)), { source: null, values: rest }];
}

function totalBytes(graph: Graph, values: readonly ValueId[]): number {
  let bytes = 0;
  for (const value of values) bytes += graph.bytes(value) || 0;
  return bytes;
}

/** Values that leave, with what they are inside, put together by who reads them outside. */
export interface Outlet {
  readonly title: string;
  readonly subtitle: string;
  /** Places in the list of what leaves. */
  readonly places: readonly number[];
  readonly outer: readonly ValueId[];
}

export function outletsOf(graph: Graph, around: Around): Outlet[] {
  const { leaves } = around;
  const few = around.body && leaves.length <= MOST;
  const groups = byKey(leaves.keys(), (place) =>
    few ? String(place) : leaves[place].targets.map((target) => target.place).join(),
  );
  let kept = [...groups.values()];
  if (kept.length > MOST) {
    kept.sort((a, b) => b.length - a.length);
    kept = [...kept.slice(0, MOST - 1), kept.slice(MOST - 1).flat()];
  }
  return kept.map((places): Outlet => {
    const titles = new Set(
      places.flatMap((place) => leaves[place].targets.map((target) => target.title)),
    );
    const values = places.map((place) => leaves[place].value);
    const [first] = titles;
    const more = titles.size > 1 ? ` +${titles.size - 1}` : "";
    return {
      title:
        (places.length === 1 && around.names[places[0]]) ||
        (first !== undefined ? `${first}${more}` : around.purpose),
      subtitle: valuesText(graph, values),
      places,
      outer: places.map((place) => leaves[place].outer).filter((value) => value >= 0),
    };
  });
}

/** What leaves by one pill or port. */
export interface Outgoing extends Port {
  /** Places in the list of what leaves. */
  readonly places: readonly number[];
  /** The only box whose results it stands for; -1: those of all. */
  readonly from: number;
}

/** At the root, one pill for each box that makes results; none where there are many. */
export function resultPills(
  graph: Graph,
  outputs: readonly (readonly Read[])[],
  placeOf: Int32Array,
): Outgoing[] {
  const groups = new Map<number, { values: Set<ValueId>; places: Set<number> }>();
  outputs.forEach((reads, place) => {
    for (const read of reads) {
      if (read.maker < 0) continue;
      const box = placeOf[read.maker];
      const group = groups.get(box) ?? { values: new Set(), places: new Set() };
      group.values.add(read.value);
      group.places.add(place);
      groups.set(box, group);
    }
  });
  if (groups.size > MOST) return [];
  return [...groups].map(([from, group]) => {
    const values = [...group.values];
    const one = values.length === 1;
    return {
      title: one ? "output" : `${values.length} outputs`,
      subtitle: one ? typeText(graph, values[0]) : bytesOf(graph, values),
      forms: Form.output,
      values,
      outer: [],
      places: [...group.places],
      from,
    };
  });
}

function formsOf(graph: Graph, values: readonly ValueId[], donated: ReadonlySet<ValueId>): number {
  const captured = values.every((value) => graph.role(value) === "const") ? Form.captured : 0;
  return captured | (values.every((value) => donated.has(value)) ? Form.donated : 0);
}

/** `state` of `state.params['wte']`. */
function argumentOf(graph: Graph, value: ValueId): string {
  const name = inputName(graph, value);
  return /^[^.[]+/.exec(name)?.[0] ?? name;
}

/** What an input is called where it is told in a word. */
export function inputName(graph: Graph, value: ValueId): string {
  const behind = graph.behind(value);
  const maker = graph.maker(behind);
  // HLO's parameters have names of their own; the user's is that of the input.
  const given = maker >= 0 && graph.op(maker) === "parameter" ? graph.inputs(maker)[0] : behind;
  return graph.valueName(given) || graph.valueName(value) || graph.typeText(value);
}

/** Chips of one box for inputs that aren't drawn: by name while they are few. */
export function inputChips(graph: Graph, values: readonly ValueId[]): Chip[] {
  if (values.length <= 2) {
    return values.map((value) => ({
      text: inputName(graph, value),
      kind: "input",
      values: [value],
      edges: [],
    }));
  }
  const names = new Set(values.map((value) => argumentOf(graph, value)));
  const [name] = names;
  const text = names.size === 1 && name ? `${name} ×${values.length}` : `${values.length} inputs`;
  return [{ text, kind: "input", values, edges: [] }];
}

/** Chips for constants: each number once. */
export function constantChips(graph: Graph, values: readonly ValueId[]): Chip[] {
  const found = byKey(values, (value) => constantText(graph, value));
  return [...found].map(([text, same]) => ({ text, kind: "constant", values: same, edges: [] }));
}

/** Inputs of the program whose memory it may use for results, as the facts of each stage say it:
 * `donated` [3, 4], HLO's pairs of `{0}` and `(3, {}, may-alias)`, StableHLO's result to input. */
export function donatedOf(graph: Graph, entry: RegionId): ReadonlySet<ValueId> {
  const found = new Set<ValueId>();
  const first = graph.firstInput(entry);
  const mark = (told: unknown) => {
    const place =
      typeof told === "string" ? Number(/^\((\d+)/.exec(told)?.[1] ?? Number.NaN) : told;
    if (typeof place === "number" && first + place < graph.lastInput(entry))
      found.add(first + place);
  };
  for (const [key, fact] of graph.facts) {
    if (!DONATIONS.has(key) || fact === null || typeof fact !== "object") continue;
    for (const told of Object.values(fact)) mark(Array.isArray(told) ? told[1] : told);
  }
  return found;
}

const DONATIONS = new Set(["donated", "input_output_alias", "buffer_donors"]);
