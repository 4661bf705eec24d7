/** The whole picture at zoom 1, in one theme, as SVG or as a PNG. */

import type { Item } from "../../model/level";
import type { Theme } from "../contracts";
import type { Heat } from "../heat";
import { type Fonts, palettes } from "../palette";
import { draw, type Frame } from "./draw";
import type { Scene } from "./flatten";
import type { Marks } from "./marks";
import type { Measure } from "./measure";
import { canvasPen } from "./painter_canvas";
import { svgPen } from "./painter_svg";
import { margin } from "./sizes";

export interface Picture {
  readonly scene: Scene;
  readonly marks: Marks;
  readonly measure: Measure;
  readonly fonts: Fonts;
  readonly heat: (item: Item) => Heat | null;
}

/** Browsers refuse larger canvases. */
const mostPixels = 64e6;
const longest = 16_000;

function frameOf(picture: Picture, theme: Theme, zoom: number): Frame {
  const { scene } = picture;
  return {
    ...picture,
    palette: palettes[theme],
    view: {
      x: -margin,
      y: -margin,
      zoom,
      width: Math.ceil((scene.width + 2 * margin) * zoom),
      height: Math.ceil((scene.height + 2 * margin) * zoom),
    },
    arriving: null,
  };
}

export function toSVG(picture: Picture, theme: Theme): string {
  const frame = frameOf(picture, theme, 1);
  const pen = svgPen(picture.fonts.ui);
  draw(pen, frame);
  return pen.finish(frame.view.width, frame.view.height);
}

/** At `scale`, or as large as a canvas may be. */
export async function toPNG(picture: Picture, theme: Theme, scale: number): Promise<Blob> {
  const { width, height } = frameOf(picture, theme, 1).view;
  const most = Math.min(
    Math.sqrt(mostPixels / (width * height)),
    longest / Math.max(width, height),
  );
  const ratio = Math.min(scale, most);
  const canvas = document.createElement("canvas");
  canvas.width = Math.floor(width * ratio);
  canvas.height = Math.floor(height * ratio);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser gives no canvas to draw the PNG on.");
  // Below 1 the picture is drawn with less detail, as on the screen.
  const zoom = Math.min(1, ratio);
  context.scale(ratio / zoom, ratio / zoom);
  draw(canvasPen(context, picture.fonts.ui), frameOf(picture, theme, zoom));
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error(`The picture of ${canvas.width} by ${canvas.height} px is too large.`));
    }, "image/png");
  });
}
