/** What opens in a box: bodies that it calls, or the members that it stands for. */

import type { Graph, NodeId, RegionId, ValueId } from "../graph";
import { type Filters, type Inside, Lane, type LaneId, type Level } from "../level";
import type { Ask } from "./ask";
import { core } from "./boxes";
import { carriesOf, chainOf, insideTitle, outward, resultOf } from "./calls";
import { type Draft, laneOf, planOf } from "./folding";
import { put } from "./lists";
import type { Around, Leaving, Source } from "./ports";
import { isPartOfOp, scopeName } from "./titles";
import { membersOf, type Units } from "./units";

/** A body with more results has ports only for those that are read. */
const MOST_RESULTS = 8;

/** What is kept of a level once it is made. */
export interface Made {
  readonly graph: Graph;
  readonly filters: Filters;
  readonly ask: Ask;
  readonly units: Units;
  readonly laned: boolean;
  readonly laneOf: readonly LaneId[];
  /** The place of each unit's item, and of the pill or port of a value from outside. */
  readonly placeOf: Int32Array;
  readonly portPlace: ReadonlyMap<ValueId, number>;
}

export class Opening {
  constructor(
    private readonly made: Made,
    private readonly level: Level,
    private readonly open: (ask: Ask) => Level,
  ) {}

  insides(place: number, draft: Draft): Inside[] {
    if (draft.kind !== "unit") {
      return [lazily("", () => this.open(this.askMembers(place, draft)))];
    }
    const { graph, filters, ask, units } = this.made;
    const node = units.nodes[draft.units[0]];
    const speaker = core(graph, filters, node);
    const found: Inside[] = [];
    graph.calls(speaker).forEach(({ role, region }, call) => {
      if (ask.open.includes(region)) return;
      if (!filters.plumbing && isPartOfOp(graph, speaker, role, region)) return;
      const title = insideTitle(graph, speaker, call);
      found.push(lazily(title, () => this.open(this.askBody(place, node, speaker, call))));
    });
    return found;
  }

  private askMembers(place: number, draft: Draft): Ask {
    const { ask, units, laned, laneOf: lanes } = this.made;
    const item = this.level.items[place];
    const leaves = [...this.targets(place)].map(
      ([value, targets]): Leaving => ({ value, outer: value, targets }),
    );
    return {
      ...ask,
      key: item.key,
      members: this.withPlumbing(item.nodes),
      outputs: leaves.map((leaving) => leaving.value),
      around: this.around((value) => value, {
        leaves,
        names: [],
        body: false,
        purpose: "result",
        carried: new Set(),
        donated: ask.around?.donated ?? new Set(),
      }),
      again: [],
      direction: laned && laneOf(draft, lanes) === Lane.backward ? "backward" : ask.direction,
      plans: draft.parts?.map((part) => planOf(part, units)) ?? (draft.kind === "more" ? null : []),
      stacks: false,
      pieces: draft.kind === "more" ? ask.pieces + 1 : ask.pieces,
    };
  }

  /** Nodes of a part, with all plumbing that they read through: some is folded into boxes beside. */
  private withPlumbing(nodes: readonly NodeId[]): NodeId[] {
    const { graph, filters, ask, units } = this.made;
    const found = new Set(nodes);
    for (const node of found) {
      for (const value of graph.inputs(node)) {
        const maker = graph.maker(filters.scopes ? value : graph.behind(value));
        if (units.hidden.has(maker)) found.add(maker);
      }
    }
    return ask.members.filter((node) => found.has(node));
  }

  private askBody(place: number, node: NodeId, speaker: NodeId, call: number): Ask {
    const { graph, ask, filters } = this.made;
    const { role, region } = graph.calls(speaker)[call];
    const chain = chainOf(graph, node, speaker);
    const group = graph.isGroup(speaker);
    const targets = this.targets(place);
    const carries = group ? [] : carriesOf(graph, speaker, role, region);
    const carried = new Map(carries);
    const given = graph.outputs(region);
    const leaves: Leaving[] = [];
    const again: [number, ValueId][] = [];
    const names: string[] = [];
    given.forEach((value, output) => {
      const outer = resultOf(graph, chain, role, output);
      const read = outer < 0 ? [] : (targets.get(outer) ?? []);
      const input = carried.get(output);
      if (read.length === 0 && input === undefined && (group || given.length > MOST_RESULTS)) {
        return;
      }
      if (input !== undefined) again.push([leaves.length, graph.firstInput(region) + input]);
      if (!group) names.push(this.outputName(speaker, role, region, input));
      leaves.push({ value, outer, targets: read });
    });
    const shared = ask.prefix !== "" || graph.callers(region).length > 1;
    const prefix = shared ? `${ask.prefix}${graph.nodeKey(node)}>` : "";
    return {
      key: prefix + graph.regionKey(region),
      region,
      prefix,
      members: membersOf(graph, region, filters.scopes),
      outputs: leaves.map((leaving) => leaving.value),
      around: this.around((value) => outward(graph, chain, call, value), {
        leaves,
        names,
        body: !group,
        purpose: "result",
        carried: new Set(again.map(([, value]) => value)),
        donated: this.donatedInside(speaker, region),
      }),
      again,
      direction: graph.direction(group ? speaker : node),
      name: group ? scopeName(graph, speaker) : graph.regionName(region),
      plans: null,
      stacks: true,
      pieces: 0,
      open: [...ask.open, region],
    };
  }

  /** What leaves a body: the variable that it is in the next turn, else what it is for. */
  private outputName(
    node: NodeId,
    role: string,
    region: RegionId,
    input: number | undefined,
  ): string {
    const { graph } = this.made;
    const op = graph.op(node);
    if (input !== undefined) return graph.valueName(graph.firstInput(region) + input) || "carry";
    if (op === "while" && role.startsWith("cond")) return "go on?";
    return op === "scan" ? "ys" : "result";
  }

  /** Whom the values of an item go to, by value. */
  private targets(place: number): Map<ValueId, { place: number; title: string }[]> {
    const found = new Map<ValueId, { place: number; title: string }[]>();
    const { items, edges } = this.level;
    for (const edge of edges) {
      if (edge.from !== place || edge.kind === "again") continue;
      const { title, lane } = items[edge.to];
      const across = lane === Lane.backward && items[place].lane !== lane;
      const target = { place: edge.to, title: across ? `${title} backward` : title };
      for (const value of edge.values) put(found, value, target);
    }
    return found;
  }

  private around(outside: (value: ValueId) => ValueId, rest: Omit<Around, "source">): Around {
    const { units, placeOf, portPlace } = this.made;
    const { items } = this.level;
    return {
      ...rest,
      source: (value): Source | null => {
        const seen = outside(value);
        if (seen < 0) return null;
        const reads = units.sources(seen);
        for (const read of reads) {
          const place = read.maker >= 0 ? placeOf[read.maker] : portPlace.get(read.source);
          if (place !== undefined) {
            const values = reads.map((other) => other.source);
            return { place, title: items[place].title, values };
          }
        }
        return null;
      },
    };
  }

  private donatedInside(node: NodeId, region: RegionId): ReadonlySet<ValueId> {
    const { graph } = this.made;
    const donated = graph.param(node, "donated_invars");
    const found = new Set<ValueId>();
    if (!Array.isArray(donated)) return found;
    donated.forEach((given, at) => {
      if (given === true) found.add(graph.firstInput(region) + at);
    });
    return found;
  }
}

/** An inside whose level is made when it is first asked for. */
function lazily(title: string, make: () => Level): Inside {
  let level: Level | null = null;
  return {
    title,
    get level() {
      level ??= make();
      return level;
    },
  };
}
