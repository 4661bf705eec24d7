import { baseline, type Pen, type TextStyle } from "./pen";

const solid: number[] = [];

/** Draws on a canvas; the context's transform is the device's pixel ratio. */
export function canvasPen(context: CanvasRenderingContext2D, font: string): Pen {
  let face = "";
  context.lineCap = "round";
  context.lineJoin = "round";
  context.textBaseline = "alphabetic";
  context.globalAlpha = 1;
  return {
    begin: () => context.beginPath(),
    moveTo: (x, y) => context.moveTo(x, y),
    lineTo: (x, y) => context.lineTo(x, y),
    quadTo: (cx, cy, x, y) => context.quadraticCurveTo(cx, cy, x, y),
    close: () => context.closePath(),
    rect: (x, y, width, height) => context.rect(x, y, width, height),
    round: (x, y, width, height, radius) => context.roundRect(x, y, width, height, radius),
    fill(color) {
      context.fillStyle = color;
      context.fill();
    },
    stroke(color, width, dash) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.setLineDash((dash as number[] | undefined) ?? solid);
      context.stroke();
    },
    text(text: string, x: number, y: number, style: TextStyle) {
      const wanted = `${style.weight} ${style.size}px ${font}`;
      // Setting a font parses it, even where it is the same.
      if (wanted !== face) {
        context.font = wanted;
        face = wanted;
      }
      context.textAlign = style.align ?? "left";
      const base = y + style.size * baseline;
      if (style.halo !== undefined) {
        context.strokeStyle = style.halo;
        context.lineWidth = 3;
        context.setLineDash(solid);
        context.strokeText(text, x, base);
      }
      context.fillStyle = style.color;
      context.fillText(text, x, base);
    },
    alpha(share) {
      context.globalAlpha = share;
    },
  };
}
