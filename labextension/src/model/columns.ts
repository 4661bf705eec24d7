/** A stage's columns as typed arrays, with differences added up and the ways back indexed. */

import type { StageGraph, Values } from "../generated/payload";

export interface Columns {
  readonly op: Int32Array;
  readonly stem: Int32Array;
  readonly number: Float64Array;
  readonly params: Int32Array;
  readonly scopes: Int32Array;
  readonly transforms: Int32Array;
  readonly effects: Int32Array;
  readonly stack: Int32Array;
  readonly kin: Int32Array;
  readonly plumbing: Uint8Array;
  /** Node n reads operands[inputStart[n]] ... operands[inputStart[n + 1] - 1]. */
  readonly inputStart: Int32Array;
  readonly operands: Int32Array;
  readonly firstOutput: Int32Array;
  readonly outputCount: Int32Array;
  readonly regionOf: Int32Array;
  /** Node n's calls are callRole, callRegion[callStart[n]] ... */
  readonly callStart: Int32Array;
  readonly callRole: Int32Array;
  readonly callRegion: Int32Array;
  /** Region r's nodes are firstNode[r] <= n < firstNode[r + 1]; firstValue likewise. */
  readonly firstNode: Int32Array;
  readonly firstValue: Int32Array;
  readonly regionInputs: Int32Array;
  readonly regionId: Int32Array;
  readonly regionName: Int32Array;
  /** Region r is called by callers[callerStart[r]] ... */
  readonly callerStart: Int32Array;
  readonly callers: Int32Array;
  readonly valueType: Int32Array;
  readonly valueName: Int32Array;
  /** The number behind a value's name; -1 where it has none. */
  readonly serial: Float64Array;
  readonly role: Int32Array;
  readonly literal: Int32Array;
  readonly maker: Int32Array;
  /** Value v is read by users[userStart[v]] ..., a node that reads it twice stands there twice. */
  readonly userStart: Int32Array;
  readonly users: Int32Array;
}

/** Prefix sums: entry i is where row i starts, the last is the sum. */
export function starts(counts: ArrayLike<number>): Int32Array {
  const found = new Int32Array(counts.length + 1);
  for (let at = 0; at < counts.length; at++) found[at + 1] = found[at] + counts[at];
  return found;
}

/** Sums of differences, which may be larger than places are. */
export function sums(differences: ArrayLike<number>): Float64Array {
  const found = new Float64Array(differences.length);
  let sum = 0;
  for (let at = 0; at < differences.length; at++) found[at] = sum += differences[at];
  return found;
}

/** Places of items grouped by row, in order: `places[start[row]] ...`. */
export function grouped(
  rows: ArrayLike<number>,
  rowCount: number,
): { readonly start: Int32Array; readonly places: Int32Array } {
  const start = new Int32Array(rowCount + 1);
  for (let at = 0; at < rows.length; at++) start[rows[at] + 1]++;
  for (let row = 0; row < rowCount; row++) start[row + 1] += start[row];
  const next = start.slice();
  const places = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) places[next[rows[at]]++] = at;
  return { start, places };
}

/** Reads a checked stage. */
export function columnsOf(stage: StageGraph): Columns {
  const { nodes, regions, values } = stage;
  const nodeCount = nodes.op.length;
  const valueCount = values.type.length;
  const inputStart = starts(nodes.inputs);
  const outputCount = new Int32Array(nodes.outputs);
  const firstNode = starts(regions.nodes);
  const regionInputs = new Int32Array(regions.inputs);
  const firstValue = new Int32Array(regionInputs.length + 1);
  const firstOutput = new Int32Array(nodeCount);
  const regionOf = new Int32Array(nodeCount);
  const maker = new Int32Array(valueCount).fill(-1);
  let value = 0;
  for (let region = 0; region < regionInputs.length; region++) {
    firstValue[region] = value;
    value += regionInputs[region];
    for (let node = firstNode[region]; node < firstNode[region + 1]; node++) {
      regionOf[node] = region;
      firstOutput[node] = value;
      for (const end = value + outputCount[node]; value < end; value++) maker[value] = node;
    }
  }
  firstValue[regionInputs.length] = value;
  const operands = new Int32Array(nodes.operands);
  const readers = new Int32Array(operands.length);
  for (let node = 0; node < nodeCount; node++) {
    for (let at = inputStart[node]; at < inputStart[node + 1]; at++) {
      operands[at] = firstOutput[node] - operands[at];
      readers[at] = node;
    }
  }
  const users = grouped(operands, valueCount);
  for (let at = 0; at < users.places.length; at++) users.places[at] = readers[users.places[at]];
  return {
    op: new Int32Array(nodes.op),
    stem: new Int32Array(sums(nodes.stem)),
    number: sums(nodes.number),
    params: new Int32Array(nodes.params),
    scopes: new Int32Array(nodes.scopes),
    transforms: new Int32Array(nodes.transforms),
    effects: new Int32Array(nodes.effects),
    stack: new Int32Array(nodes.stack),
    kin: new Int32Array(nodes.kin),
    plumbing: new Uint8Array(nodes.plumbing),
    inputStart,
    operands,
    firstOutput,
    outputCount,
    regionOf,
    ...callColumns(nodes.calls, nodeCount, regionInputs.length),
    firstNode,
    firstValue,
    regionInputs,
    regionId: new Int32Array(sums(regions.id)),
    regionName: new Int32Array(sums(regions.name)),
    valueType: new Int32Array(values.type),
    valueName: new Int32Array(values.name),
    serial: serials(values),
    role: new Int32Array(values.role),
    literal: new Int32Array(values.literal),
    maker,
    userStart: users.start,
    users: users.places,
  };
}

/** Each name counts on from its last number. */
function serials({ name, serial, bare }: Values): Float64Array {
  const found = new Float64Array(name.length);
  for (const value of sums(bare)) found[value] = -1;
  const last = new Map<number, number>();
  for (let value = 0; value < name.length; value++) {
    if (found[value] < 0) continue;
    found[value] = (last.get(name[value]) ?? 0) + serial[value];
    last.set(name[value], found[value]);
  }
  return found;
}

type CallColumns = Pick<
  Columns,
  "callStart" | "callRole" | "callRegion" | "callerStart" | "callers"
>;

function callColumns(calls: number[], nodeCount: number, regionCount: number): CallColumns {
  const count = calls.length / 3;
  const node = new Int32Array(count);
  const region = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    node[at] = (at ? node[at - 1] : 0) + calls[3 * at];
    region[at] = (at ? region[at - 1] : 0) + calls[3 * at + 2];
  }
  const byNode = grouped(node, nodeCount);
  const byRegion = grouped(region, regionCount);
  return {
    callStart: byNode.start,
    callRole: byNode.places.map((at) => calls[3 * at + 1]),
    callRegion: byNode.places.map((at) => region[at]),
    callerStart: byRegion.start,
    callers: byRegion.places.map((at) => node[at]),
  };
}
