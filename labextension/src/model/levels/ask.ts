/** What a level is made of: the question that the level around puts when a box is opened. */

import type { NodeId, RegionId, ValueId } from "../graph";
import type { Plan } from "./folding";
import type { Around } from "./ports";

export interface Ask {
  readonly key: string;
  readonly region: RegionId;
  /** Set before keys of nodes where their region is drawn in more than one place. */
  readonly prefix: string;
  readonly members: readonly NodeId[];
  /** Values that leave, as they are inside. */
  readonly outputs: ArrayLike<ValueId>;
  /** Null at the root. */
  readonly around: Around | null;
  /** From outputs (places in `outputs`) to inputs of the next turn. */
  readonly again: readonly (readonly [output: number, input: ValueId])[];
  readonly direction: string;
  /** The function or scope that all of it stands in. */
  readonly name: string;
  /** Boxes that are known already; null: find them. */
  readonly plans: readonly Plan[] | null;
  readonly stacks: boolean;
  /** Levels of pieces around it. */
  readonly pieces: number;
  /** Regions that are open around it: none is opened in itself. */
  readonly open: readonly RegionId[];
}
