/** What layout takes and gives: sizes and edges in, places out. No DOM, no graph. */

export interface LayoutBox {
  readonly width: number;
  readonly height: number;
  /** 0 none, 1 forward, 2 backward, 3 update. */
  readonly lane: 0 | 1 | 2 | 3;
  /** Boxes of different lanes with the same row stand in one row; "" for none. */
  readonly row: string;
  /** Ports stand on the level's top or bottom edge. */
  readonly port: "in" | "out" | null;
}

export interface LayoutEdge {
  readonly from: number;
  readonly to: number;
  /** Where it leaves and arrives, px from the box's left edge; null: the middle, or spread. */
  readonly fromAt: number | null;
  readonly toAt: number | null;
  /** True for edges that must not shape the ranks: loops' carries, cycles. */
  readonly back: boolean;
  /** Line width in px: wide edges are kept short and straight. */
  readonly width: number;
}

export interface LayoutInput {
  readonly boxes: readonly LayoutBox[];
  /** Only what is drawn at rest. */
  readonly edges: readonly LayoutEdge[];
  readonly lanes: boolean;
  /** Room to fill; the level is wrapped to come near it where it would be a hairline. */
  readonly targetWidth: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Of each box, its top left corner, from the level's own. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Of each edge: x, y, x, y ... from the box it leaves to the box it enters. */
  readonly routes: readonly Float64Array[];
  /** Lanes that have boxes: their left edge and width. */
  readonly lanes: readonly {
    readonly lane: 1 | 2 | 3;
    readonly x: number;
    readonly width: number;
  }[];
}

export type LayOut = (input: LayoutInput) => Layout;
