/** A stage's columns as typed arrays, with differences added up and the ways back indexed. */

import type { StageGraph } from "../generated/payload";

export interface Columns {
  readonly op: Int32Array;
  readonly params: Int32Array;
  readonly scopes: Int32Array;
  readonly transforms: Int32Array;
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
  /** Region r gives back outputs[outputStart[r]] ... outputs[outputStart[r + 1] - 1]. */
  readonly outputStart: Int32Array;
  readonly outputs: Int32Array;
  /** Region r is called by callers[callerStart[r]] ... */
  readonly callerStart: Int32Array;
  readonly callers: Int32Array;
  readonly valueType: Int32Array;
  readonly maker: Int32Array;
  /** Of values that are defined nowhere: what reads each first, a node or -1 less a region. */
  readonly reader: Int32Array;
  /** As which operand. */
  readonly readAs: Int32Array;
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

/** Follows ways to values, in the order that they were written in; see `operands` in the schema. */
export class Follower {
  /** The next of the values that are defined nowhere; at first, how many are defined. */
  following: number;

  constructor(defined: number) {
    this.following = defined;
  }

  /** The value that a way from a place leads to. */
  value(start: number, way: number): number {
    if (way === 0) return this.following++;
    return way > 0 ? start - way : start - way - 1;
  }
}

/** Reads a checked stage. */
export function columnsOf(stage: StageGraph): Columns {
  const { nodes, regions, values } = stage;
  const nodeCount = nodes.op.length;
  const outputCount = new Int32Array(nodes.outputs);
  const firstNode = starts(regions.nodes);
  const regionInputs = new Int32Array(regions.inputs);
  const firstValue = new Int32Array(regionInputs.length + 1);
  const firstOutput = new Int32Array(nodeCount);
  const regionOf = new Int32Array(nodeCount);
  const maker = new Int32Array(values.type.length).fill(-1);
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
  return {
    op: new Int32Array(nodes.op),
    params: new Int32Array(nodes.params),
    scopes: new Int32Array(nodes.scopes),
    transforms: new Int32Array(nodes.transforms),
    stack: new Int32Array(nodes.stack),
    kin: new Int32Array(nodes.kin),
    plumbing: new Uint8Array(nodes.plumbing),
    firstOutput,
    outputCount,
    regionOf,
    ...callColumns(nodes.calls, nodeCount, regionInputs.length),
    ...edgeColumns(stage, firstOutput, firstValue),
    firstNode,
    firstValue,
    regionInputs,
    valueType: new Int32Array(values.type),
    maker,
  };
}

/** The region that a value is an input of: the last whose values begin at or before it. */
export function regionOfInput({ firstValue }: Columns, value: number): number {
  let low = 0;
  let high = firstValue.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (firstValue[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}

type EdgeColumns = Pick<
  Columns,
  | ("inputStart" | "operands" | "userStart" | "users")
  | ("outputStart" | "outputs" | "reader" | "readAs")
>;

function edgeColumns(
  { nodes, regions, values }: StageGraph,
  firstOutput: Int32Array,
  firstValue: Int32Array,
): EdgeColumns {
  const valueCount = values.type.length;
  const defined = firstValue[firstValue.length - 1];
  const follower = new Follower(defined);
  const reader = new Int32Array(valueCount - defined);
  const readAs = new Int32Array(valueCount - defined);
  const follow = (start: number, way: number, by: number, number: number): number => {
    const value = follower.value(start, way);
    if (way === 0) {
      reader[value - defined] = by;
      readAs[value - defined] = number;
    }
    return value;
  };
  const inputStart = starts(nodes.inputs);
  const operands = new Int32Array(nodes.operands.length);
  const readers = new Int32Array(operands.length);
  for (let node = 0; node < firstOutput.length; node++) {
    const first = inputStart[node];
    for (let at = first; at < inputStart[node + 1]; at++) {
      operands[at] = follow(firstOutput[node], nodes.operands[at], node, at - first);
      readers[at] = node;
    }
  }
  const outputs = regions.outputs.flatMap((ways, region) =>
    ways.map((way, at) => follow(firstValue[region + 1], way, -1 - region, at)),
  );
  const { start: userStart, places: users } = grouped(operands, valueCount);
  for (let at = 0; at < users.length; at++) users[at] = readers[users[at]];
  return {
    inputStart,
    operands,
    outputStart: starts(regions.outputs.map((ways) => ways.length)),
    outputs: Int32Array.from(outputs),
    reader,
    readAs,
    userStart,
    users,
  };
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
