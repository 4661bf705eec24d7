/** From where one looks at a scene, kept in the store so that it outlives the page's elements. */

import type { GraphPose, Store } from "../contracts";
import * as cameras from "./camera";
import type { Scene } from "./flatten";
import type { Screen } from "./screen";
import { look } from "./sight";

/** The camera is written into the store when it has been still for so long, ms. */
const settle = 200;

/** A box and where its left top corner is on the screen. */
export interface Anchor {
  readonly key: string;
  readonly x: number;
  readonly y: number;
}

export class Viewpoint {
  /** Null until somebody has moved it: then it looks from the beginning, whatever the size. */
  camera: cameras.Camera | null;
  private saving = 0;

  constructor(
    private readonly store: Store,
    private readonly stage: number,
    private readonly screen: Screen,
    private readonly scene: () => Scene,
    private readonly open: () => readonly string[],
  ) {
    this.camera = this.pose().camera;
  }

  pose(): GraphPose {
    return this.store.state.poses[this.stage];
  }

  here(): cameras.Camera {
    return this.camera ?? cameras.firstLook(this.scene(), this.screen.size);
  }

  set(camera: cameras.Camera): void {
    this.camera = cameras.kept(camera, this.scene(), this.screen.size);
    this.screen.ask();
    clearTimeout(this.saving);
    this.saving = window.setTimeout(() => this.save(), settle);
  }

  glideTo(camera: cameras.Camera): void {
    const from = this.here();
    this.set(camera);
    this.screen.glide(from);
  }

  pan(dx: number, dy: number): void {
    this.set(cameras.panned(this.here(), -dx, -dy));
  }

  zoom(factor: number, x: number, y: number): void {
    this.set(cameras.zoomedAbout(this.here(), factor, x, y));
  }

  show(area: cameras.Area): void {
    if (this.screen.size.width === 0) return;
    const here = this.here();
    const to = cameras.showing(here, area, this.screen.size);
    if (to.x !== here.x || to.y !== here.y) this.glideTo(to);
  }

  /** After boxes have moved: the anchor's corner stays where it is on the screen. Goes on to where
   * something is to be seen: a wide group's header may stand far from what is in it. */
  settleAt(from: cameras.Camera, anchor: Anchor | null): void {
    const scene = this.scene();
    const box = anchor === null ? -1 : scene.boxOf(anchor.key);
    const { zoom } = from;
    const to =
      anchor === null || box < 0
        ? from
        : { x: scene.x[box] - anchor.x / zoom, y: scene.y[box] - anchor.y / zoom, zoom };
    const { size } = this.screen;
    this.camera = cameras.kept(to, scene, size);
    if (size.width === 0) return;
    const end = box >= 0 && scene.open[box] ? scene.end[box] : scene.count;
    if (this.inSight().some((one) => one > box && one < end)) return;
    let first = Math.max(0, box);
    while (first < scene.count && scene.open[first]) first++;
    if (first < end) this.camera = cameras.showing(this.camera, cameras.areaOf(scene, first), size);
  }

  /** Closed boxes in sight. */
  inSight(): readonly number[] {
    return look(this.scene(), cameras.viewOf(this.here(), this.screen.size)).closed;
  }

  /** True while the store doesn't know yet. */
  get isUnsaved(): boolean {
    return this.saving !== 0;
  }

  save(): void {
    clearTimeout(this.saving);
    this.saving = 0;
    const mine = { open: this.open(), camera: this.camera };
    const poses = this.store.state.poses.map((pose, at) => (at === this.stage ? mine : pose));
    this.store.set({ poses });
  }
}
