import type { OverlayColumn } from "../generated/payload";
import { weigher } from "./attribution";
import { sums } from "./columns";
import type { Graph, NodeId, Overlay, RegionId } from "./graph";

/** A column of values beside a graph. */
export function makeOverlay(graph: Graph, column: OverlayColumn): Overlay {
  return new OverlayView(graph, column);
}

class OverlayView implements Overlay {
  readonly name: string;
  readonly unit: string;
  readonly source: string;
  readonly #graph: Graph;
  readonly #column: OverlayColumn;
  #values: (number | string | undefined)[] | undefined;
  #weightOf: ((region: RegionId) => number) | undefined;
  readonly #sums = new Map<RegionId, number | undefined>();

  constructor(graph: Graph, column: OverlayColumn) {
    this.name = column.name;
    this.unit = column.unit;
    this.source = column.source;
    this.#graph = graph;
    this.#column = column;
  }

  value(node: NodeId): number | string | undefined {
    if (this.#graph.isGroup(node)) return this.#sum(this.#graph.calls(node)[0].region);
    this.#values ??= this.#read();
    return this.#values[node];
  }

  inAll(node: NodeId): number | string | undefined {
    const value = this.value(node);
    if (typeof value !== "number") return value;
    this.#weightOf ??= weigher(this.#graph, this, { opens: () => true, branches: "all" });
    return value * this.#weightOf(this.#graph.regionOf(node));
  }

  get total(): number {
    return this.#sum(this.#graph.entry) ?? 0;
  }

  /** What is not known adds nothing; where nothing is known, the sum isn't either. */
  #sum(region: RegionId): number | undefined {
    if (!this.#sums.has(region)) {
      let sum: number | undefined;
      for (let at = this.#graph.firstNode(region); at < this.#graph.lastNode(region); at++) {
        const value = this.value(at);
        if (typeof value === "number") sum = (sum ?? 0) + value;
      }
      this.#sums.set(region, sum);
    }
    return this.#sums.get(region);
  }

  #read(): (number | string | undefined)[] {
    const { without, values } = this.#column;
    const missing = new Set(sums(without));
    let at = 0;
    return Array.from({ length: this.#graph.nodeCount }, (_, node) =>
      missing.has(node) ? undefined : cellOf(values[at++]),
    );
  }
}

type Cell = OverlayColumn["values"][number];

/** A cell's number or text; marks stand for numbers that JSON has no word for. NaN is not known. */
function cellOf(cell: Cell): number | string | undefined {
  if (typeof cell === "number" || typeof cell === "string") return cell;
  const mark = cell as { readonly int?: unknown; readonly float?: unknown } | null;
  const text = String(mark?.int ?? mark?.float);
  const number = Number(text.replace("inf", "Infinity"));
  return Number.isNaN(number) ? undefined : number;
}
