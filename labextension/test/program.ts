/** Makes small programs for tests: `program("jaxpr")`, then regions, inputs and ops by hand. */

import {
  type ArrayType,
  type Call,
  type Constant,
  type Family,
  type Frame,
  type Graph,
  type NodeId,
  Plumbing,
  type RegionId,
  type ValueId,
} from "../src/model/graph";

export interface MadeValue {
  readonly type: string;
  readonly name: string;
  readonly role: string;
  readonly literal: string;
  /** What a port of a group stands for. */
  behind: MadeValue | null;
  id: ValueId;
}

export interface NodeOptions {
  readonly params?: Readonly<Record<string, Constant>>;
  readonly transforms?: readonly string[];
  readonly trips?: number;
  readonly effects?: readonly string[];
  readonly frames?: readonly string[];
  readonly kin?: number;
  readonly plumbing?: number;
  readonly after?: readonly MadeNode[];
}

export interface MadeNode {
  readonly op: string;
  readonly inputs: readonly MadeValue[];
  readonly outputs: readonly MadeValue[];
  readonly calls: { readonly role: string; readonly region: MadeRegion }[];
  readonly options: NodeOptions;
  key: string;
  id: NodeId;
}

const made = (type: string, role: string, name = "", literal = ""): MadeValue => ({
  type,
  name,
  role,
  literal,
  behind: null,
  id: -1,
});

export const literal = (text: string, type = "f32[]"): MadeValue => made(type, "literal", "", text);

/** A region being written; each method gives back what was made. */
export class MadeRegion {
  readonly inputs: MadeValue[] = [];
  readonly nodes: MadeNode[] = [];
  outputs: MadeValue[] = [];
  id = -1;

  constructor(
    readonly key: string,
    readonly name = key,
  ) {}

  input(type: string, name = "", role = "argument"): MadeValue {
    const value = made(type, role, name);
    this.inputs.push(value);
    return value;
  }

  /** A node with one result of this type, or several; none for "". */
  node(
    op: string,
    inputs: readonly MadeValue[],
    types: string | readonly string[] = "f32[8]",
    options: NodeOptions = {},
  ): MadeNode {
    const list = typeof types === "string" ? (types === "" ? [] : [types]) : types;
    const node: MadeNode = {
      op,
      inputs,
      outputs: list.map((type) => made(type, "result")),
      calls: [],
      options,
      key: `${this.key}/${this.nodes.length}`,
      id: -1,
    };
    this.nodes.push(node);
    return node;
  }

  /** The result of a node with one. */
  op(
    op: string,
    inputs: readonly MadeValue[],
    type = "f32[8]",
    options: NodeOptions = {},
  ): MadeValue {
    return this.node(op, inputs, type, options).outputs[0];
  }

  /** A call whose body is written by `write`. */
  call(
    op: string,
    inputs: readonly MadeValue[],
    write: (body: MadeRegion, inputs: MadeValue[]) => readonly MadeValue[],
    options: NodeOptions & { readonly role?: string; readonly name?: string } = {},
  ): MadeNode {
    const role = options.role ?? "jaxpr";
    const body = new MadeRegion(`${this.key}/${this.nodes.length}.${role}`, options.name ?? "f");
    const inner = inputs.map((value) => body.input(value.type, value.name));
    body.outputs = [...write(body, inner)];
    const node = this.node(
      op,
      inputs,
      body.outputs.map((value) => value.type),
      options,
    );
    node.calls.push({ role, region: body });
    return node;
  }

  /** A group of a scope; its ports stand for what goes in and out. */
  scope(
    scope: string,
    inputs: readonly MadeValue[],
    write: (body: MadeRegion, inputs: MadeValue[]) => readonly MadeValue[],
    options: NodeOptions & { readonly direction?: string; readonly part?: string } = {},
  ): MadeValue[] {
    const { direction = "forward", part } = options;
    const mark = (direction === "forward" ? "" : ` ${direction}`) + (part ? ` (${part})` : "");
    const key = `${this.key}/[${scope}${mark}]`;
    const body = new MadeRegion(key, scope);
    const ports = inputs.map((value) => {
      const port = body.input(value.type, value.name);
      port.behind = value;
      return port;
    });
    body.outputs = [...write(body, ports)];
    const node = this.node(
      "scope",
      inputs,
      body.outputs.map((value) => value.type),
      { ...options, params: { scope, direction, ...options.params } },
    );
    node.key = key;
    node.calls.push({ role: "scope", region: body });
    node.outputs.forEach((value, at) => {
      value.behind = body.outputs[at];
    });
    return [...node.outputs];
  }
}

const FAMILIES: Readonly<Record<string, Family>> = {
  dot_general: "contraction",
  scan: "control flow",
  jit: "control flow",
  psum: "collective",
  debug_print: "effect",
};

/** The graph of a program whose entry is this region. */
export function graphOf(
  entry: MadeRegion,
  stage: Graph["stage"] = "jaxpr",
  facts: Graph["facts"] = [],
): Graph {
  return new MadeGraph(entry, stage, facts);
}

class MadeGraph implements Graph {
  readonly label = "made";
  readonly note = "";
  readonly name = "made";
  readonly entry = 0;
  readonly overlays = [];
  private readonly regions: MadeRegion[] = [];
  private readonly nodes: MadeNode[] = [];
  private readonly values: MadeValue[] = [];
  private readonly homes: RegionId[] = [];
  private readonly firsts: { node: number; value: number }[] = [];
  private readonly makers: NodeId[] = [];
  private readonly readers: NodeId[][] = [];
  private readonly sizes = new Map<NodeId, number>();

  constructor(
    entry: MadeRegion,
    readonly stage: Graph["stage"],
    readonly facts: Graph["facts"],
  ) {
    const found = new Set<MadeRegion>([entry]);
    for (const region of found) {
      for (const node of region.nodes) for (const call of node.calls) found.add(call.region);
    }
    this.regions.push(...found);
    this.regions.forEach((region, id) => {
      region.id = id;
      this.firsts.push({ node: this.nodes.length, value: this.values.length });
      for (const value of region.inputs) this.number(value, -1);
      for (const node of region.nodes) {
        node.id = this.nodes.length;
        this.nodes.push(node);
        this.homes.push(id);
        for (const value of node.outputs) this.number(value, node.id);
      }
    });
    this.firsts.push({ node: this.nodes.length, value: this.values.length });
    for (const node of this.nodes) {
      for (const value of node.inputs) {
        if (value.id < 0 || this.values[value.id] !== value) this.number(value, -1);
        const readers = this.readers[value.id];
        if (readers.at(-1) !== node.id) readers.push(node.id);
      }
    }
    for (const region of this.regions) {
      for (const value of region.outputs) {
        if (value.id < 0 || this.values[value.id] !== value) this.number(value, -1);
      }
    }
  }

  private number(value: MadeValue, maker: NodeId): void {
    value.id = this.values.length;
    this.values.push(value);
    this.makers.push(maker);
    this.readers.push([]);
  }

  get nodeCount() {
    return this.nodes.length;
  }
  get valueCount() {
    return this.values.length;
  }
  get regionCount() {
    return this.regions.length;
  }

  nodeKey = (node: NodeId) => this.nodes[node].key;
  nodeByKey = (key: string) => this.nodes.findIndex((node) => node.key === key);
  op = (node: NodeId) => this.nodes[node].op;
  family = (node: NodeId): Family =>
    this.isGroup(node) ? "group" : (FAMILIES[this.op(node)] ?? "elementwise");
  regionOf = (node: NodeId) => this.homes[node];
  inputs = (node: NodeId) => Int32Array.from(this.nodes[node].inputs, (value) => value.id);
  firstOutput(node: NodeId): ValueId {
    const before = this.nodes[node].outputs[0];
    return before ? before.id : this.lastOutput(node);
  }
  lastOutput(node: NodeId): ValueId {
    const last = this.nodes[node].outputs.at(-1);
    return last ? last.id + 1 : 0;
  }
  calls = (node: NodeId): readonly Call[] =>
    this.nodes[node].calls.map(({ role, region }) => ({ role, region: region.id }));
  isGroup = (node: NodeId) => this.op(node) === "scope";
  direction(node: NodeId): string {
    const told = this.param(node, "direction");
    if (this.isGroup(node) && typeof told === "string") return told;
    return this.transforms(node).includes("transpose") ? "backward" : "forward";
  }
  kin = (node: NodeId) => this.nodes[node].options.kin ?? 0;
  plumbing = (node: NodeId) => this.nodes[node].options.plumbing ?? Plumbing.none;
  params = (node: NodeId) => Object.entries(this.nodes[node].options.params ?? {});
  param = (node: NodeId, key: string) => this.nodes[node].options.params?.[key];
  scopes = () => [];
  transforms = (node: NodeId) => this.nodes[node].options.transforms ?? [];
  trips = (node: NodeId) => this.nodes[node].options.trips ?? null;
  effects = (node: NodeId) => this.nodes[node].options.effects ?? [];
  /** `attn:15` is a frame of the function `attn` at line 15. */
  frames = (node: NodeId): readonly Frame[] =>
    (this.nodes[node].options.frames ?? []).map((text) => {
      const [name, line] = text.split(":");
      const place = { line: Number(line), column: 1, endLine: Number(line), endColumn: 2 };
      return { file: "f.py", function: name, ...place };
    });
  after = (node: NodeId) => (this.nodes[node].options.after ?? []).map((other) => other.id);
  nodeName = () => "";
  size(node: NodeId): number {
    const known = this.sizes.get(node);
    if (known !== undefined) return known;
    let size = this.isGroup(node) ? 0 : 1;
    for (const { region } of this.nodes[node].calls) {
      for (const inner of region.nodes) size += this.size(inner.id);
    }
    this.sizes.set(node, size);
    return size;
  }

  valueType(value: ValueId): ArrayType {
    const text = this.values[value].type;
    const shape = /\[(.*)\]/.exec(text)?.[1] ?? "";
    return {
      dtype: text.split("[")[0],
      shape: shape === "" ? [] : shape.split(",").map(Number),
      kind: text === "token" ? "token" : text.startsWith("(") ? "tuple" : "array",
      weak: false,
      layout: "",
      memorySpace: "",
      sharding: "",
      elements: [],
    };
  }
  typeText = (value: ValueId) => this.values[value].type;
  bytes(value: ValueId): number {
    const { kind, shape } = this.valueType(value);
    return kind === "array" ? shape.reduce((bytes: number, size) => bytes * Number(size), 4) : NaN;
  }
  valueName = (value: ValueId) => this.values[value].name;
  valueKey(value: ValueId): string {
    const maker = this.makers[value];
    if (maker >= 0) return `${this.nodeKey(maker)}:${value - this.firstOutput(maker)}`;
    const region = this.regions.find((other) => other.inputs.includes(this.values[value]));
    return region ? `${region.key}<${region.inputs.indexOf(this.values[value])}` : `=${value}`;
  }
  role = (value: ValueId) => this.values[value].role;
  literal = (value: ValueId) => this.values[value].literal;
  maker = (value: ValueId) => this.makers[value];
  users = (value: ValueId) => this.readers[value];
  behind(value: ValueId): ValueId {
    let at = this.values[value];
    while (at.behind !== null) at = at.behind;
    return at.id;
  }

  regionKey = (region: RegionId) => this.regions[region].key;
  regionName = (region: RegionId) => this.regions[region].name;
  firstNode = (region: RegionId) => this.firsts[region].node;
  lastNode = (region: RegionId) => this.firsts[region + 1].node;
  firstInput = (region: RegionId) => this.firsts[region].value;
  lastInput = (region: RegionId) => this.firsts[region].value + this.regions[region].inputs.length;
  outputs = (region: RegionId) => Int32Array.from(this.regions[region].outputs, (v) => v.id);
  callers = (region: RegionId): readonly NodeId[] =>
    this.nodes
      .filter((node) => node.calls.some((call) => call.region.id === region))
      .map((node) => node.id);
}
