/** The way from one scene to the next: boxes glide, new ones come in. */

import type { Camera } from "./camera";
import type { Scene } from "./flatten";

export const openTime = 160;
export const fadeTime = 80;
export const glideTime = 200;

/** Above this many moving boxes the pictures are cross-faded instead. */
const mostMoving = 400;
/** Scenes of more boxes aren't compared at all: comparing them would take longer than a frame. */
const mostCompared = 6000;

export interface Tween {
  readonly scene: Scene;
  readonly fromX: Float64Array;
  readonly fromY: Float64Array;
  readonly fromW: Float64Array;
  readonly fromH: Float64Array;
  readonly arriving: Uint8Array;
}

export const easeOut = (part: number): number => 1 - (1 - part) ** 3;

/** Where each box of the next scene comes from, in its px; null where they should be cross-faded.
 * A new box comes with the box that it is in. */
export function tweenOf(old: Scene, oldCamera: Camera, next: Scene, camera: Camera): Tween | null {
  if (Math.max(old.count, next.count) > mostCompared) return null;
  const ratio = oldCamera.zoom / camera.zoom;
  const fromX = new Float64Array(next.count);
  const fromY = new Float64Array(next.count);
  const fromW = new Float64Array(next.count);
  const fromH = new Float64Array(next.count);
  const arriving = new Uint8Array(next.count);
  const before = new Map(old.items.map(({ key }, box) => [key, box]));
  let moving = 0;
  for (let box = 0; box < next.count; box++) {
    const was = before.get(next.items[box].key);
    const parent = next.parent[box];
    if (was !== undefined) {
      fromX[box] = (old.x[was] - oldCamera.x) * ratio + camera.x;
      fromY[box] = (old.y[was] - oldCamera.y) * ratio + camera.y;
      fromW[box] = old.w[was] * ratio;
      fromH[box] = old.h[was] * ratio;
    } else {
      arriving[box] = 1;
      fromX[box] = next.x[box] + (parent < 0 ? 0 : fromX[parent] - next.x[parent]);
      fromY[box] = next.y[box] + (parent < 0 ? 0 : fromY[parent] - next.y[parent]);
      fromW[box] = next.w[box];
      fromH[box] = next.h[box];
    }
    const far = Math.abs(fromX[box] - next.x[box]) + Math.abs(fromY[box] - next.y[box]);
    if (far > 0.5 && ++moving > mostMoving) return null;
  }
  return { scene: next, fromX, fromY, fromW, fromH, arriving };
}

/** The scene on its way. */
export function tweened(tween: Tween, part: number): Scene {
  const { scene } = tween;
  const mix = (from: Float64Array, to: Float64Array) =>
    from.map((start, box) => start + (to[box] - start) * part);
  return {
    ...scene,
    x: mix(tween.fromX, scene.x),
    y: mix(tween.fromY, scene.y),
    w: mix(tween.fromW, scene.w),
    h: mix(tween.fromH, scene.h),
  };
}

export const isStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
