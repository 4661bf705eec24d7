/** What may be opened next is opened out of sight, while the page has nothing better to do: its
 * levels and their places are there then when it is asked for. */

import type { Graph } from "../../model/graph";
import type { Item } from "../../model/level";
import { whenIdle } from "../idle";
import type { Scene } from "./flatten";
import { canOpen } from "./opening";

/** With fewer members they are there at once anyhow. */
const large = 100;
const most = 12;
/** In a picture of more boxes even trying takes long. */
const mostBoxes = 2000;
/** It may take longer than a frame: not between the frames of a movement, ms. */
const free = 20;

/** `make` makes the picture with one more box open; `done` are those that it was made for. Gives
 * back how to stop. */
export function openAhead(
  scene: Scene,
  done: WeakSet<Item>,
  make: (key: string) => void,
): () => void {
  if (scene.count > mostBoxes) return () => {};
  return whenIdle(steps(scene, done, make), free);
}

function* steps(scene: Scene, done: WeakSet<Item>, make: (key: string) => void): Generator<void> {
  const { graph } = scene.levels;
  const waiting = scene.items
    .filter((item, box) => canOpen(item) && !scene.open[box] && !done.has(item))
    .map((item) => ({ item, members: membersOf(graph, item) }))
    .filter(({ members }) => members >= large)
    .sort((a, b) => b.members - a.members);
  for (const { item } of waiting.slice(0, most)) {
    yield;
    done.add(item);
    make(item.key);
  }
}

/** How many nodes stand in what opens, those in them not counted. */
function membersOf(graph: Graph, { kind, lead, nodes }: Item): number {
  if (kind !== "group" && kind !== "node") return nodes.length;
  const inside = graph.calls(lead).map(({ region }) => region);
  return inside.reduce((sum, at) => sum + graph.lastNode(at) - graph.firstNode(at), 0);
}
