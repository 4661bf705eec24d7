/** The canvas itself: its size in device pixels, when it is painted, and movements. */

import { between, type Camera, type Extent, viewOf } from "./camera";
import { type Drawn, draw, type Frame } from "./draw";
import type { Scene } from "./flatten";
import { easeOut, fadeTime, glideTime, isStill, openTime, type Tween, tweened } from "./motion";
import { canvasPen } from "./painter_canvas";

/** What is painted, without where from. */
export interface Look extends Omit<Frame, "view" | "arriving"> {
  readonly camera: Camera;
  readonly font: string;
}

interface Moving {
  /** Time of the first frame: laying out must not eat up the movement. */
  start: number | null;
  readonly time: number;
  readonly tween: Tween | null;
  /** The picture before, faded out over the next. */
  readonly before: HTMLCanvasElement | null;
  readonly from: Camera | null;
}

export class Screen {
  readonly canvas = document.createElement("canvas");
  size: Extent = { width: 0, height: 0 };
  private readonly context = this.canvas.getContext("2d", { alpha: false });
  private asked = 0;
  private moving: Moving | null = null;

  constructor(
    private readonly look: () => Look | null,
    private readonly painted: (drawn: Drawn) => void,
    /** Told when a picture is owed, and when it has come to rest. */
    private readonly busy: (busy: boolean) => void,
  ) {
    Object.assign(this.canvas.style, {
      position: "absolute",
      display: "block",
      width: "100%",
      height: "100%",
      outlineOffset: "-2px",
    });
  }

  /** Takes the size of the element; false where it has none, as in a hidden tab. */
  resize(element: HTMLElement): boolean {
    const { clientWidth: width, clientHeight: height } = element;
    if (width === 0 || height === 0) return false;
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    const first = this.size.width === 0;
    this.size = { width, height };
    if (first || across !== this.canvas.width || down !== this.canvas.height) {
      this.canvas.width = across;
      this.canvas.height = down;
      this.ask();
    }
    return true;
  }

  /** Paints what was asked for. When sizes are told, the frame's own time to paint has gone by: a
   * canvas that was resized is empty, and waiting for the next frame would flash. */
  paintNow(): void {
    if (this.asked === 0) return;
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    this.paint(performance.now());
  }

  /** Paints in the next frame. */
  ask(): void {
    if (this.asked !== 0) return;
    this.asked = requestAnimationFrame((now) => {
      this.asked = 0;
      this.paint(now);
    });
    this.busy(true);
  }

  /** Glides from a camera to the one that is looked from now. */
  glide(from: Camera): void {
    this.move({ start: null, time: glideTime, tween: null, before: null, from });
  }

  /** Moves from the scene before: as `tween` says, else by fading the picture that is there. */
  change(tween: Tween | null): void {
    const before = tween === null ? this.snapshot() : null;
    const time = tween === null ? fadeTime : openTime;
    this.move({ start: null, time, tween, before, from: null });
  }

  stop(): void {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    this.moving = null;
  }

  private move(moving: Moving): void {
    this.moving = isStill() ? null : moving;
    this.ask();
  }

  private snapshot(): HTMLCanvasElement {
    const copy = document.createElement("canvas");
    copy.width = this.canvas.width;
    copy.height = this.canvas.height;
    if (copy.width > 0 && copy.height > 0) copy.getContext("2d")?.drawImage(this.canvas, 0, 0);
    return copy;
  }

  private paint(now: number): void {
    const look = this.look();
    const { context, size } = this;
    if (look === null || context === null || size.width === 0) return;
    const { moving } = this;
    let part = 1;
    if (moving !== null) {
      moving.start ??= now;
      part = Math.min(1, Math.max(0, (now - moving.start) / moving.time));
    }
    const eased = easeOut(part);
    const tween = part < 1 ? (moving?.tween ?? null) : null;
    const from = moving?.from ?? null;
    const camera = from === null ? look.camera : between(from, look.camera, eased);
    const ratio = this.canvas.width / size.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scene: Scene = tween === null ? look.scene : tweened(tween, eased);
    const drawn = draw(canvasPen(context, look.font), {
      ...look,
      scene,
      view: viewOf(camera, size),
      arriving: tween === null ? null : { boxes: tween.arriving, alpha: eased },
    });
    if (moving?.before && part < 1) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = 1 - part;
      context.drawImage(moving.before, 0, 0);
      context.globalAlpha = 1;
    }
    if (part >= 1) this.moving = null;
    else this.ask();
    this.painted(drawn);
    if (this.asked === 0) this.busy(false);
  }
}
