import type { StageGraph } from "../generated/payload";
import { type Columns, columnsOf, regionOfInput } from "./columns";
import type {
  ArrayType,
  Call,
  Constant,
  Family,
  Frame,
  Graph,
  NodeId,
  Overlay,
  RegionId,
  ValueId,
} from "./graph";
import { Ids } from "./ids";
import { Names } from "./names";
import { makeOverlay } from "./overlay";
import { type Pairs, Params } from "./params";
import { Tables } from "./tables";

const NO_CALLS: readonly Call[] = [];
const NO_NODES: readonly NodeId[] = [];
const NO_EFFECTS: readonly string[] = [];

/** A checked stage as a Graph. Its columns are read when they are first asked for. */
export function decodeGraph(stage: StageGraph): Graph {
  return new StageView(stage);
}

class StageView implements Graph {
  readonly stage: Graph["stage"];
  readonly label: string;
  readonly note: string;
  readonly name: string;
  readonly nodeCount: number;
  readonly valueCount: number;
  readonly regionCount: number;
  readonly entry: RegionId;
  readonly #data: StageGraph;
  readonly #tables: Tables;
  readonly #params: Params;
  #columns: Columns | undefined;
  #families: Map<number, Family> | undefined;
  #ids: Ids | undefined;
  #names: Names | undefined;
  #after: Map<NodeId, NodeId[]> | undefined;
  #overlays: readonly Overlay[] | undefined;
  readonly #sizes = new Map<NodeId, number>();
  /** Places of paths and texts, where there are any that are not the usual ones. */
  readonly #effects: ReadonlyMap<NodeId, number>;
  readonly #trips: ReadonlyMap<NodeId, number>;
  readonly #roles: ReadonlyMap<ValueId, number>;
  readonly #literals: ReadonlyMap<ValueId, number>;

  constructor(data: StageGraph) {
    this.#data = data;
    this.#tables = new Tables(data);
    this.#params = new Params(data, (region) => this.regionKey(region));
    this.stage = data.stage;
    this.label = data.label;
    this.note = data.note;
    this.name = data.name;
    this.nodeCount = data.nodes.op.length;
    this.valueCount = data.values.type.length;
    this.regionCount = data.regions.inputs.length;
    this.entry = data.entry;
    this.#effects = unpaired(data.nodes.effects);
    this.#trips = unpaired(data.nodes.trips);
    this.#roles = unpaired(data.values.roles);
    this.#literals = unpaired(data.values.literals);
  }

  get #strings(): readonly string[] {
    return this.#tables.strings;
  }

  get #c(): Columns {
    this.#columns ??= columnsOf(this.#data);
    return this.#columns;
  }

  get #id(): Ids {
    this.#ids ??= new Ids(this.#data, this.#c);
    return this.#ids;
  }

  get #name(): Names {
    this.#names ??= new Names(this.#data, this.#c);
    return this.#names;
  }

  get facts(): Pairs {
    return this.#params.set(this.#data.facts);
  }

  get overlays(): readonly Overlay[] {
    this.#overlays ??= this.#data.overlays.map((column) => makeOverlay(this, column));
    return this.#overlays;
  }

  // Nodes.

  nodeKey(node: NodeId): string {
    return this.#id.node(node);
  }

  nodeByKey(key: string): NodeId {
    return this.#id.find(key);
  }

  op(node: NodeId): string {
    return this.#strings[this.#c.op[node]];
  }

  family(node: NodeId): Family {
    if (this.isGroup(node)) return "group";
    if (this.#families === undefined) {
      this.#families = new Map();
      const pairs = this.#data.families;
      for (let at = 0; at < pairs.length; at += 2) {
        this.#families.set(pairs[at], this.#strings[pairs[at + 1]] as Family);
      }
    }
    return this.#families.get(this.#c.op[node]) ?? "unknown";
  }

  regionOf(node: NodeId): RegionId {
    return this.#c.regionOf[node];
  }

  inputs(node: NodeId): Int32Array {
    return this.#c.operands.subarray(this.#c.inputStart[node], this.#c.inputStart[node + 1]);
  }

  firstOutput(node: NodeId): ValueId {
    return this.#c.firstOutput[node];
  }

  lastOutput(node: NodeId): ValueId {
    return this.#c.firstOutput[node] + this.#c.outputCount[node];
  }

  calls(node: NodeId): readonly Call[] {
    const { callStart, callRole, callRegion } = this.#c;
    if (callStart[node] === callStart[node + 1]) return NO_CALLS;
    const found: Call[] = [];
    for (let at = callStart[node]; at < callStart[node + 1]; at++) {
      found.push({ role: this.#strings[callRole[at]], region: callRegion[at] });
    }
    return found;
  }

  isGroup(node: NodeId): boolean {
    const { callStart, callRole } = this.#c;
    const first = callStart[node];
    return (
      callStart[node + 1] === first + 1 &&
      this.op(node) === "scope" &&
      this.#strings[callRole[first]] === "scope"
    );
  }

  direction(node: NodeId): string {
    if (this.isGroup(node)) {
      const told = this.param(node, "direction");
      return typeof told === "string" ? told : "forward";
    }
    return this.#tables.direction(this.#c.transforms[node]);
  }

  kin(node: NodeId): number {
    return this.#c.kin[node];
  }

  plumbing(node: NodeId): number {
    return this.#c.plumbing[node];
  }

  params(node: NodeId): Pairs {
    return this.#params.of(node, this.#c.params[node], this.calls(node));
  }

  param(node: NodeId, key: string): Constant | undefined {
    return this.#params.one(node, this.#c.params[node], key, this.calls(node));
  }

  scopes(node: NodeId): readonly string[] {
    return this.#tables.path(this.#c.scopes[node]);
  }

  transforms(node: NodeId): readonly string[] {
    return this.#tables.path(this.#c.transforms[node]);
  }

  trips(node: NodeId): number | null {
    return this.#trips.get(node) ?? null;
  }

  effects(node: NodeId): readonly string[] {
    const told = this.#effects.get(node);
    return told === undefined ? NO_EFFECTS : this.#tables.path(told);
  }

  frames(node: NodeId): readonly Frame[] {
    return this.#tables.stack(this.#c.stack[node]);
  }

  after(node: NodeId): readonly NodeId[] {
    if (this.#after === undefined) {
      this.#after = new Map();
      const pairs = this.#data.nodes.after;
      for (let at = 0; at < pairs.length; at += 2) {
        const found = this.#after.get(pairs[at]);
        if (found === undefined) this.#after.set(pairs[at], [pairs[at + 1]]);
        else found.push(pairs[at + 1]);
      }
    }
    return this.#after.get(node) ?? NO_NODES;
  }

  nodeName(node: NodeId): string {
    const { outputCount, firstOutput, callStart, callRegion } = this.#c;
    if (this.stage === "hlo" && !this.isGroup(node)) {
      return outputCount[node] ? this.valueName(firstOutput[node]) : "";
    }
    const told = this.param(node, "name");
    if (typeof told === "string") return told;
    const one = callStart[node + 1] === callStart[node] + 1;
    return one ? this.regionName(callRegion[callStart[node]]) : "";
  }

  size(node: NodeId): number {
    const { callStart } = this.#c;
    if (callStart[node] === callStart[node + 1]) return 1;
    let size = this.#sizes.get(node);
    if (size === undefined) {
      size = this.#countInside(node);
      this.#sizes.set(node, size);
    }
    return size;
  }

  // Values.

  valueType(value: ValueId): ArrayType {
    return this.#tables.type(this.#c.valueType[value]);
  }

  typeText(value: ValueId): string {
    return this.#tables.typeText(this.#c.valueType[value]);
  }

  bytes(value: ValueId): number {
    return this.#tables.bytes(this.#c.valueType[value]);
  }

  valueName(value: ValueId): string {
    return this.#name.value(value);
  }

  valueKey(value: ValueId): string {
    return this.#id.value(value);
  }

  role(value: ValueId): string {
    const told = this.#roles.get(value);
    if (told !== undefined) return this.#strings[told];
    if (this.#c.maker[value] >= 0) return "result";
    return value < this.#c.firstValue[this.regionCount] ? "argument" : "literal";
  }

  literal(value: ValueId): string {
    const told = this.#literals.get(value);
    return told === undefined ? "" : this.#strings[told];
  }

  maker(value: ValueId): NodeId {
    return this.#c.maker[value];
  }

  users(value: ValueId): readonly NodeId[] {
    const { userStart, users } = this.#c;
    if (userStart[value] === userStart[value + 1]) return NO_NODES;
    const found: NodeId[] = [];
    for (let at = userStart[value]; at < userStart[value + 1]; at++) {
      if (users[at] !== found.at(-1)) found.push(users[at]);
    }
    return found;
  }

  behind(value: ValueId): ValueId {
    // A port leads to another at most once per wall; the bound is for graphs that lie.
    for (let walls = 0; walls < 2 * this.regionCount; walls++) {
      const next = this.#throughWall(value);
      if (next < 0) return value;
      value = next;
    }
    return value;
  }

  // Regions.

  regionKey(region: RegionId): string {
    return this.#id.region(region);
  }

  regionName(region: RegionId): string {
    return this.#name.region(region);
  }

  firstNode(region: RegionId): NodeId {
    return this.#c.firstNode[region];
  }

  lastNode(region: RegionId): NodeId {
    return this.#c.firstNode[region + 1];
  }

  firstInput(region: RegionId): ValueId {
    return this.#c.firstValue[region];
  }

  lastInput(region: RegionId): ValueId {
    return this.#c.firstValue[region] + this.#c.regionInputs[region];
  }

  outputs(region: RegionId): Int32Array {
    return this.#c.outputs.subarray(this.#c.outputStart[region], this.#c.outputStart[region + 1]);
  }

  callers(region: RegionId): readonly NodeId[] {
    const { callerStart, callers } = this.#c;
    return Array.from(callers.subarray(callerStart[region], callerStart[region + 1]));
  }

  #throughWall(value: ValueId): ValueId {
    const { maker, firstOutput, firstValue, callStart, callRegion, callerStart, callers } = this.#c;
    const node = maker[value];
    if (node >= 0) {
      if (!this.isGroup(node)) return -1;
      const region = callRegion[callStart[node]];
      return this.outputs(region)[value - firstOutput[node]];
    }
    if (value >= firstValue[this.regionCount]) return -1;
    const region = regionOfInput(this.#c, value);
    if (callerStart[region + 1] !== callerStart[region] + 1) return -1;
    const caller = callers[callerStart[region]];
    return this.isGroup(caller) ? this.inputs(caller)[value - firstValue[region]] : -1;
  }

  #countInside(node: NodeId): number {
    const { callStart, callRegion, firstNode } = this.#c;
    const met = new Set<RegionId>();
    const open = (called: NodeId): void => {
      for (let at = callStart[called]; at < callStart[called + 1]; at++) met.add(callRegion[at]);
    };
    open(node);
    let size = 0;
    for (const region of met) {
      for (let inner = firstNode[region]; inner < firstNode[region + 1]; inner++) {
        open(inner);
        if (!this.isGroup(inner)) size++;
      }
    }
    return size;
  }
}

/** Pairs of a place, as difference, and what is there. */
function unpaired(flat: readonly number[]): Map<number, number> {
  const found = new Map<number, number>();
  let place = 0;
  for (let at = 0; at < flat.length; at += 2) {
    place += flat[at];
    found.set(place, flat[at + 1]);
  }
  return found;
}
