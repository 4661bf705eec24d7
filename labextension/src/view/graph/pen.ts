/** What a picture is written with. Two pens draw the same description: one on a canvas, one as SVG,
 * so that what is exported is what is seen. All places are px of the view. */

export interface TextStyle {
  readonly color: string;
  readonly size: number;
  readonly weight: number;
  readonly align?: "left" | "center" | "right";
  /** A line of this colour around the letters, 3 px. */
  readonly halo?: string;
}

export interface Pen {
  /** Begin a path; what follows adds to it, until it is filled and stroked. */
  begin(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadTo(cx: number, cy: number, x: number, y: number): void;
  close(): void;
  rect(x: number, y: number, width: number, height: number): void;
  round(x: number, y: number, width: number, height: number, radius: number): void;
  fill(color: string): void;
  stroke(color: string, width: number, dash?: readonly number[]): void;
  /** `y` is the middle of the small letters' height. */
  text(text: string, x: number, y: number, style: TextStyle): void;
  /** Opacity of all that follows. */
  alpha(share: number): void;
}

/** From the middle of a line of text to its base line, as a share of the size. */
export const baseline = 0.36;
