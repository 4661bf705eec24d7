/** Checks one stage of a payload: after this, every place in it is within its list, its regions
 * don't call themselves, and nothing in it is nested so deeply that recursion would fail. */

import { checkOrder, DEEPEST } from "./check_calls";
import {
  differences,
  int,
  ints,
  isObject,
  LARGE,
  LARGEST,
  list,
  object,
  oneOf,
  type Row,
  text,
  texts,
} from "./check_values";
import { damaged } from "./payload_error";

const LARGEST_TUPLE = 100_000;

/** Gives the number of nodes. */
export function checkStage(value: unknown, name: string): number {
  const stage = object(value, name);
  oneOf(stage.stage, `${name}.stage`, ["jaxpr", "stablehlo", "hlo"]);
  for (const key of ["label", "note", "name"]) text(stage[key], `${name}.${key}`);
  const strings = texts(stage.strings, `${name}.strings`).length;
  const paths = nested(stage.paths, `${name}.paths`, strings);
  const types = checkTypes(object(stage.types, `${name}.types`), `${name}.types`, strings);
  const constants = list(stage.constants, `${name}.constants`);
  for (const constant of constants) checkConstant(constant, `${name}.constants`, 0);
  const params = checkParams(stage.params, `${name}.params`, strings, constants.length);
  int(stage.facts, `${name}.facts`, 0, params);
  const frames = checkFrames(object(stage.frames, `${name}.frames`), `${name}.frames`, strings);
  const stacks = nested(stage.stacks, `${name}.stacks`, frames);
  const families = ints(stage.families, `${name}.families`, 0, strings);
  if (families.length % 2) throw damaged(`${name}.families holds no pairs`);
  checkFamilies(families, stage.strings as string[], `${name}.families`);

  const regions = object(stage.regions, `${name}.regions`);
  const regionCount = ints(regions.name, `${name}.regions.name`, 0, strings).length;
  int(stage.entry, `${name}.entry`, 0, regionCount);
  const nodes = object(stage.nodes, `${name}.nodes`);
  const nodeCount = ints(nodes.op, `${name}.nodes.op`, 0, strings).length;
  const column = (key: string, high: number) =>
    ints(nodes[key], `${name}.nodes.${key}`, 0, high, nodeCount);
  ints(nodes.number, `${name}.nodes.number`, -LARGE, LARGE, nodeCount);
  for (const key of ["titles", "ids"])
    pairs(nodes[key], `${name}.nodes.${key}`, nodeCount, strings);
  pairs(regions.ids, `${name}.regions.ids`, regionCount, strings);
  ints(regions.serial, `${name}.regions.serial`, -LARGE, LARGE);
  column("params", params);
  for (const key of ["scopes", "transforms"]) column(key, paths);
  if (list(nodes.tags, `${name}.nodes.tags`).length) column("tags", paths);
  sparse(nodes.trips, `${name}.nodes.trips`, nodeCount, LARGEST);
  sparse(nodes.effects, `${name}.nodes.effects`, nodeCount, paths);
  column("stack", stacks);
  column("kin", LARGEST);
  column("plumbing", 5);
  column("inputs", LARGEST);
  column("outputs", LARGEST);

  const values = object(stage.values, `${name}.values`);
  const valueCount = ints(values.type, `${name}.values.type`, 0, types).length;
  checkValues(values, `${name}.values`, valueCount, strings);
  checkOrder(stage, name, { nodeCount, regionCount, valueCount, strings });
  for (const [at, counter] of list(stage.counters, `${name}.counters`).entries()) {
    checkCounter(object(counter, `${name}.counters[${at}]`), `${name}.counters[${at}]`, nodeCount);
  }
  for (const [at, overlay] of list(stage.overlays, `${name}.overlays`).entries()) {
    checkOverlay(overlay, `${name}.overlays[${at}]`, nodeCount);
  }
  return nodeCount;
}

/** A list of lists of places; gives its length. */
function nested(value: unknown, name: string, high: number): number {
  const found = list(value, name);
  for (const row of found) ints(row, name, 0, high);
  return found.length;
}

function checkTypes(types: Row, name: string, strings: number): number {
  const { length } = ints(types.dtype, `${name}.dtype`, 0, strings);
  for (const key of ["kind", "layout", "memory_space", "sharding"]) {
    ints(types[key], `${name}.${key}`, 0, strings, length);
  }
  ints(types.weak, `${name}.weak`, 0, 2, length);
  const shapes = list(types.shape, `${name}.shape`);
  const elements = list(types.elements, `${name}.elements`);
  if (shapes.length !== length || elements.length !== length) {
    throw damaged(`${name} has columns of different lengths`);
  }
  const depths: number[] = [];
  const sizes: number[] = [];
  for (let at = 0; at < length; at++) {
    for (const size of list(shapes[at], `${name}.shape`)) {
      if (typeof size !== "string") int(size, `${name}.shape`, 0, Number.MAX_SAFE_INTEGER);
    }
    // A tuple's elements stand before it, so tuples hold no tuple that holds them.
    const parts = ints(elements[at], `${name}.elements`, 0, at);
    depths[at] = parts.reduce((most, part) => Math.max(most, depths[part] + 1), 0);
    sizes[at] = parts.reduce((sum, part) => sum + sizes[part], 1);
    if (depths[at] > DEEPEST || sizes[at] > LARGEST_TUPLE) {
      throw damaged(`${name} holds a tuple too large to write`);
    }
  }
  return length;
}

function checkConstant(value: unknown, name: string, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > DEEPEST) throw damaged(`${name} holds a value nested too deeply`);
  for (const part of Object.values(value)) checkConstant(part, name, depth + 1);
}

function checkParams(value: unknown, name: string, strings: number, constants: number): number {
  const sets = list(value, name);
  for (const set of sets) {
    const flat = list(set, name);
    if (flat.length % 2) throw damaged(`${name} holds no pairs`);
    for (let at = 0; at < flat.length; at++) int(flat[at], name, 0, at % 2 ? constants : strings);
  }
  return sets.length;
}

function checkFrames(frames: Row, name: string, strings: number): number {
  const { length } = ints(frames.file, `${name}.file`, 0, strings);
  ints(frames.function, `${name}.function`, 0, strings, length);
  for (const key of ["line", "column", "end_line", "end_column"]) {
    ints(frames[key], `${name}.${key}`, 0, LARGEST, length);
  }
  return length;
}

const FAMILIES = [
  "contraction",
  "elementwise",
  "data movement",
  "control flow",
  "random",
  "effect",
  "collective",
  "group",
  "unknown",
];

function checkFamilies(pairs: readonly number[], strings: readonly string[], name: string): void {
  for (let at = 1; at < pairs.length; at += 2) oneOf(strings[pairs[at]], name, FAMILIES);
}

function checkValues(values: Row, name: string, valueCount: number, strings: number): void {
  ints(values.name, `${name}.name`, 0, strings, valueCount);
  ints(values.serial, `${name}.serial`, -LARGE, LARGE);
  for (const key of ["roles", "literals"])
    sparse(values[key], `${name}.${key}`, valueCount, strings);
  pairs(values.ids, `${name}.ids`, valueCount, strings);
}

/** Flat pairs of places. */
function pairs(value: unknown, name: string, first: number, second: number): readonly number[] {
  const flat = ints(value, name, 0, LARGEST);
  if (flat.length % 2) throw damaged(`${name} holds no pairs`);
  for (let at = 0; at < flat.length; at++) int(flat[at], name, 0, at % 2 ? second : first);
  return flat;
}

/** The same, the first of each as difference. */
function sparse(value: unknown, name: string, first: number, second: number): void {
  const flat = ints(value, name, -LARGEST, LARGEST);
  if (flat.length % 2) throw damaged(`${name} holds no pairs`);
  const part = (which: number) => flat.filter((_, at) => at % 2 === which);
  differences(part(0), name, 0, first);
  ints(part(1), name, 0, second);
}

function checkCounter(counter: Row, name: string, nodeCount: number): void {
  text(counter.key, `${name}.key`);
  const { length } = differences(counter.nodes, `${name}.nodes`, 0, nodeCount);
  differences(counter.values, `${name}.values`, -LARGE, LARGE, length);
}

function checkOverlay(value: unknown, name: string, nodeCount: number): void {
  const overlay = object(value, name);
  for (const key of ["name", "unit", "source"]) text(overlay[key], `${name}.${key}`);
  const without = new Set(differences(overlay.without, `${name}.without`, 0, nodeCount));
  const cells = list(overlay.values, `${name}.values`);
  if (cells.length + without.size !== nodeCount)
    throw damaged(`${name} has columns of different lengths`);
  for (const cell of cells) {
    const plain = typeof cell === "number" || typeof cell === "string" || cell === null;
    if (!plain && !isObject(cell)) throw damaged(`${name}.values holds what is no value`);
  }
  list(overlay.others, `${name}.others`);
}
