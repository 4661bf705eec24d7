/** Checks how a stage's regions, nodes and values hang together. */

import { differences, ints, LARGEST, list, object, type Row } from "./check_values";
import { Follower, grouped } from "./columns";
import { damaged } from "./payload_error";

/** Regions, tuples and params may be nested this deeply: far more than a program has, and few
 * enough for recursion. */
export const DEEPEST = 300;

interface Counts {
  readonly nodeCount: number;
  readonly regionCount: number;
  readonly valueCount: number;
  readonly strings: number;
}

export function checkOrder(stage: Row, name: string, counts: Counts): void {
  const { nodeCount, regionCount, valueCount } = counts;
  const regions = object(stage.regions, `${name}.regions`);
  const nodes = object(stage.nodes, `${name}.nodes`);
  const column = (key: string, high: number) =>
    ints(regions[key], `${name}.regions.${key}`, 0, high, regionCount);
  const regionInputs = column("inputs", LARGEST);
  const regionNodes = column("nodes", LARGEST);
  const inputs = nodes.inputs as readonly number[];
  const outputs = nodes.outputs as readonly number[];
  if (sum(regionNodes) !== nodeCount) throw damaged(`${name}.regions has not all nodes`);
  const operands = ints(nodes.operands, `${name}.nodes.operands`, -LARGEST, LARGEST, sum(inputs));
  const results = list(regions.outputs, `${name}.regions.outputs`);
  if (results.length !== regionCount) throw damaged(`${name}.regions.outputs is cut off`);

  const regionOf = new Int32Array(nodeCount);
  const follower = new Follower(sum(regionInputs) + sum(outputs));
  const follow = (start: number, way: number, what: string): void => {
    const value = follower.value(start, way);
    if (value < 0 || value >= valueCount) throw damaged(`${name}.${what} are out of range`);
  };
  const ends: number[] = [];
  let node = 0;
  let value = 0;
  let operand = 0;
  for (let region = 0; region < regionCount; region++) {
    value += regionInputs[region];
    for (const end = node + regionNodes[region]; node < end; node++) {
      regionOf[node] = region;
      for (const last = operand + inputs[node]; operand < last; operand++) {
        follow(value, operands[operand], "nodes.operands");
      }
      value += outputs[node];
    }
    ends.push(value);
  }
  for (const [region, end] of ends.entries()) {
    const ways = ints(results[region], `${name}.regions.outputs`, -LARGEST, LARGEST);
    for (const way of ways) follow(end, way, "regions.outputs");
  }
  if (follower.following !== valueCount) {
    throw damaged(`${name}.values has not as many entries as there are values`);
  }
  const after = ints(nodes.after, `${name}.nodes.after`, 0, nodeCount);
  if (after.length % 2) throw damaged(`${name}.nodes.after holds no pairs`);
  checkCalls(stage, name, counts, regionOf);
}

function checkCalls(stage: Row, name: string, counts: Counts, regionOf: Int32Array): void {
  const { nodeCount, regionCount, strings } = counts;
  const nodes = object(stage.nodes, `${name}.nodes`);
  const regions = object(stage.regions, `${name}.regions`);
  const calls = ints(nodes.calls, `${name}.nodes.calls`, -LARGEST + 1, LARGEST);
  if (calls.length % 3) throw damaged(`${name}.nodes.calls holds no triples`);
  const part = (which: number) => calls.filter((_, at) => at % 3 === which);
  const callers = differences(part(0), `${name}.nodes.calls`, 0, nodeCount);
  const roles = ints(part(1), `${name}.nodes.calls`, 0, strings);
  const called = differences(part(2), `${name}.nodes.calls`, 0, regionCount);
  const from = callers.map((node) => regionOf[node]);
  checkDepth(from, called, regionCount, name);
  const texts = stage.strings as readonly string[];
  const ops = nodes.op as readonly number[];
  const times = new Int32Array(regionCount);
  for (const region of called) times[region]++;
  const inputs = nodes.inputs as readonly number[];
  const outputs = nodes.outputs as readonly number[];
  const regionInputs = regions.inputs as readonly number[];
  const regionOutputs = regions.outputs as readonly (readonly number[])[];
  for (const [at, node] of callers.entries()) {
    if (texts[roles[at]] !== "scope" || texts[ops[node]] !== "scope") continue;
    const region = called[at];
    const ports =
      inputs[node] === regionInputs[region] && outputs[node] === regionOutputs[region].length;
    if (!ports || times[region] !== 1) {
      throw damaged(`${name} has a group whose ports don't fit`);
    }
  }
}

/** Region by region in an order where callers come first (Kahn, 1962): those that are left call
 * themselves. */
function checkDepth(from: Float64Array, to: Float64Array, regionCount: number, name: string): void {
  const waiting = new Int32Array(regionCount);
  for (const region of to) waiting[region]++;
  const { start, places } = grouped(from, regionCount);
  const depth = new Int32Array(regionCount);
  const ready: number[] = [];
  for (let region = 0; region < regionCount; region++) if (!waiting[region]) ready.push(region);
  for (const region of ready) {
    if (depth[region] > DEEPEST) throw damaged(`${name} has regions nested too deeply`);
    for (let at = start[region]; at < start[region + 1]; at++) {
      const inner = to[places[at]];
      depth[inner] = Math.max(depth[inner], depth[region] + 1);
      if (--waiting[inner] === 0) ready.push(inner);
    }
  }
  if (ready.length < regionCount) throw damaged(`${name} has a region that calls itself`);
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
