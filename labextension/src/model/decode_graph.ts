import type { StageGraph } from "../generated/payload";
import { type Columns, columnsOf } from "./columns";
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
import { makeOverlay } from "./overlay";
import { type Pairs, Params } from "./params";
import { Tables } from "./tables";

const NO_CALLS: readonly Call[] = [];
const NO_NODES: readonly NodeId[] = [];

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
  #unusualIds: Map<ValueId, number> | undefined;
  #after: Map<NodeId, NodeId[]> | undefined;
  #overlays: readonly Overlay[] | undefined;
  readonly #sizes = new Map<NodeId, number>();

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
    this.regionCount = data.regions.id.length;
    this.entry = data.entry;
  }

  get #strings(): readonly string[] {
    return this.#tables.strings;
  }

  get #c(): Columns {
    this.#columns ??= columnsOf(this.#data);
    return this.#columns;
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
    const stem = this.#strings[this.#c.stem[node]];
    const number = this.#c.number[node];
    return number < 0 ? stem : `${stem}/${number}`;
  }

  nodeByKey(key: string): NodeId {
    const usual = /^(.*)\/(0|[1-9]\d*)$/s.exec(key);
    const stem = this.#strings.indexOf(usual ? usual[1] : key);
    const number = usual ? Number(usual[2]) : -1;
    const { stem: stems, number: numbers } = this.#c;
    for (let node = 0; stem >= 0 && node < this.nodeCount; node++) {
      if (stems[node] === stem && numbers[node] === number) return node;
    }
    return -1;
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

  effects(node: NodeId): readonly string[] {
    return this.#tables.path(this.#c.effects[node]);
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
    const name = this.#strings[this.#c.valueName[value]];
    const serial = this.#c.serial[value];
    return serial < 0 ? name : `${name}.${serial}`;
  }

  valueKey(value: ValueId): string {
    if (this.#unusualIds === undefined) {
      this.#unusualIds = new Map();
      const pairs = this.#data.values.ids;
      for (let at = 0; at < pairs.length; at += 2) this.#unusualIds.set(pairs[at], pairs[at + 1]);
    }
    const unusual = this.#unusualIds.get(value);
    if (unusual !== undefined) return this.#strings[unusual];
    const { maker, firstOutput, firstValue } = this.#c;
    if (maker[value] >= 0) {
      return `${this.nodeKey(maker[value])}:${value - firstOutput[maker[value]]}`;
    }
    const literal = value - firstValue[this.regionCount];
    if (literal < 0) {
      const region = this.#regionOfInput(value);
      return `${this.regionKey(region)}<${value - firstValue[region]}`;
    }
    const { owner: owners, number } = this.#data.values;
    const owner = owners[literal];
    if (owner === null) return this.#strings[number[literal]];
    const stem = owner < 0 ? this.regionKey(-1 - owner) : this.nodeKey(owner);
    return `${stem}=${number[literal]}`;
  }

  role(value: ValueId): string {
    return this.#strings[this.#c.role[value]];
  }

  literal(value: ValueId): string {
    return this.#strings[this.#c.literal[value]];
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
    return this.#strings[this.#c.regionId[region]];
  }

  regionName(region: RegionId): string {
    return this.#strings[this.#c.regionName[region]];
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
    const end = this.#c.firstValue[region + 1];
    return Int32Array.from(this.#data.regions.outputs[region], (back) => end - back);
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
      const back = this.#data.regions.outputs[region][value - firstOutput[node]];
      return firstValue[region + 1] - back;
    }
    if (value >= firstValue[this.regionCount]) return -1;
    const region = this.#regionOfInput(value);
    if (callerStart[region + 1] !== callerStart[region] + 1) return -1;
    const caller = callers[callerStart[region]];
    return this.isGroup(caller) ? this.inputs(caller)[value - firstValue[region]] : -1;
  }

  /** The last region whose values begin at or before this one. */
  #regionOfInput(value: ValueId): RegionId {
    const { firstValue } = this.#c;
    let low = 0;
    let high = this.regionCount;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (firstValue[middle] <= value) low = middle;
      else high = middle;
    }
    return low;
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
