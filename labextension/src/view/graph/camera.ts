/** Where one looks from: scene px at the left top corner, and the zoom. */

import type { Scene } from "./flatten";
import type { View } from "./sight";
import { margin } from "./sizes";

export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

const leastZoom = 0.05;
const mostZoom = 2;
/** Under this, text would be set smaller than it is made for. */
const legible = 0.85;
/** So much of the picture stays in sight, px. */
const keep = 64;

export const viewOf = (camera: Camera, size: Extent): View => ({ ...camera, ...size });

/** Zooms so that the point of the scene under (px, py) stays there. */
export function zoomedAbout(camera: Camera, factor: number, px: number, py: number): Camera {
  const zoom = Math.min(mostZoom, Math.max(leastZoom, camera.zoom * factor));
  const shift = 1 / camera.zoom - 1 / zoom;
  return { x: camera.x + px * shift, y: camera.y + py * shift, zoom };
}

export const panned = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x + dx / camera.zoom,
  y: camera.y + dy / camera.zoom,
});

/** The zoom at which all of it is in sight; at most 1. */
function fitZoom(scene: Scene, size: Extent): number {
  const across = size.width / (scene.width + 2 * margin);
  const down = size.height / (scene.height + 2 * margin);
  return Math.min(1, Math.max(leastZoom, Math.min(across, down)));
}

export function fitted(scene: Scene, size: Extent): Camera {
  const zoom = fitZoom(scene, size);
  const y = scene.height / 2 - size.height / zoom / 2;
  return { x: middleX(scene, size, zoom), y: Math.min(-margin, y), zoom };
}

/** 1 to 1, or all of it where that is legible; else from where the program begins. */
export function firstLook(scene: Scene, size: Extent): Camera {
  const fit = fitZoom(scene, size);
  if (fit >= legible) return { x: middleX(scene, size, fit), y: -margin, zoom: fit };
  const across = scene.width + 2 * margin <= size.width;
  return { x: across ? middleX(scene, size, 1) : entryX(scene, size), y: -margin, zoom: 1 };
}

const middleX = (scene: Scene, size: Extent, zoom: number) =>
  scene.width / 2 - size.width / zoom / 2;

/** The box that stands first is in the middle, as far as the picture goes. */
function entryX(scene: Scene, size: Extent): number {
  // Lanes begin at the left.
  if (scene.count === 0 || scene.panes[0].laid.top > 0) return -margin;
  let first = 0;
  for (let box = 1; box < scene.count; box = scene.end[box])
    if (scene.y[box] < scene.y[first]) first = box;
  const wanted = scene.x[first] + scene.w[first] / 2 - size.width / 2;
  return Math.max(-margin, Math.min(scene.width + margin - size.width, wanted));
}

/** The camera, moved back to where some of the picture is in sight. */
export function kept(camera: Camera, scene: Scene, size: Extent): Camera {
  const near = keep / camera.zoom;
  const clamp = (at: number, extent: number, whole: number) =>
    Math.min(whole - near, Math.max(near - extent / camera.zoom, at));
  return {
    x: clamp(camera.x, size.width, scene.width),
    y: clamp(camera.y, size.height, scene.height),
    zoom: camera.zoom,
  };
}

/** A part of the scene. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Moved as little as brings an area of the scene into sight; its top where it is too large. */
export function showing(camera: Camera, area: Area, size: Extent): Camera {
  const shift = (at: number, long: number, from: number, extent: number) => {
    const room = extent / camera.zoom;
    const gap = Math.min(32 / camera.zoom, Math.max(0, (room - long) / 2));
    if (at < from + gap || long > room) return at - gap;
    return at + long > from + room - gap ? at + long + gap - room : from;
  };
  return {
    x: shift(area.x, area.w, camera.x, size.width),
    y: shift(area.y, area.h, camera.y, size.height),
    zoom: camera.zoom,
  };
}

export const areaOf = (scene: Scene, box: number): Area => ({
  x: scene.x[box],
  y: scene.y[box],
  w: scene.w[box],
  h: scene.h[box],
});

export function around(scene: Scene, boxes: Iterable<number>): Area | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, scene.x[box]);
    top = Math.min(top, scene.y[box]);
    right = Math.max(right, scene.x[box] + scene.w[box]);
    bottom = Math.max(bottom, scene.y[box] + scene.h[box]);
  }
  return left === Infinity ? null : { x: left, y: top, w: right - left, h: bottom - top };
}

/** Part of the way from one camera to another. */
export function between(from: Camera, to: Camera, part: number): Camera {
  const mix = (a: number, b: number) => a + (b - a) * part;
  // Zoom is felt as a ratio.
  const zoom = from.zoom * (to.zoom / from.zoom) ** part;
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), zoom };
}
