/** What may be opened next is opened out of sight, while the page has nothing better to do: its
 * levels and their places are there then when it is asked for. */

import type { Item } from "../../model/level";
import { whenIdle } from "../idle";
import type { Scene } from "./flatten";
import { canOpen } from "./opening";

/** Smaller ones are there at once anyhow. */
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
  const waiting = scene.items
    .filter((item, box) => item.size >= large && canOpen(item) && !scene.open[box])
    .filter((item) => !done.has(item))
    .sort((a, b) => b.size - a.size);
  for (const item of waiting.slice(0, most)) {
    yield;
    done.add(item);
    make(item.key);
  }
}
