import { baseline, type Pen, type TextStyle } from "./pen";

/** Writes SVG: plain paths and texts, no `<defs>`, nothing that needs a style sheet. */
export function svgPen(font: string): Pen & { finish(width: number, height: number): string } {
  const parts: string[] = [];
  let path: string[] = [];
  let opacity = "";
  const shape = (attributes: string) => {
    if (path.length > 0) parts.push(`<path d="${path.join("")}" ${attributes}${opacity}/>`);
  };
  return {
    begin() {
      path = [];
    },
    moveTo: (x, y) => void path.push(`M${px(x)} ${px(y)}`),
    lineTo: (x, y) => void path.push(`L${px(x)} ${px(y)}`),
    quadTo: (cx, cy, x, y) => void path.push(`Q${px(cx)} ${px(cy)} ${px(x)} ${px(y)}`),
    close: () => void path.push("Z"),
    rect: (x, y, width, height) =>
      void path.push(`M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}Z`),
    round(x, y, width, height, radius) {
      const r = Math.min(radius, width / 2, height / 2);
      const arc = (dx: number, dy: number) => `a${px(r)} ${px(r)} 0 0 1 ${px(dx)} ${px(dy)}`;
      const across = width - 2 * r;
      const down = height - 2 * r;
      path.push(
        `M${px(x + r)} ${px(y)}h${px(across)}${arc(r, r)}v${px(down)}${arc(-r, r)}`,
        `h${px(-across)}${arc(-r, -r)}v${px(-down)}${arc(r, -r)}Z`,
      );
    },
    fill: (color) => shape(`fill="${escaped(color)}"`),
    stroke(color, width, dash) {
      const dashes = dash && dash.length > 0 ? ` stroke-dasharray="${dash.join(" ")}"` : "";
      shape(`fill="none" stroke="${escaped(color)}" stroke-width="${px(width)}"${dashes}`);
    },
    text(text: string, x: number, y: number, style: TextStyle) {
      const anchor = { left: "start", center: "middle", right: "end" }[style.align ?? "left"];
      const place = `x="${px(x)}" y="${px(y + style.size * baseline)}" text-anchor="${anchor}"`;
      const halo = style.halo
        ? ` stroke="${escaped(style.halo)}" stroke-width="3" paint-order="stroke"`
        : "";
      parts.push(
        `<text ${place} font-size="${px(style.size)}" font-weight="${style.weight}" ` +
          `fill="${escaped(style.color)}"${halo}${opacity}>${escaped(text)}</text>`,
      );
    },
    alpha(share) {
      opacity = share === 1 ? "" : ` opacity="${px(share)}"`;
    },
    finish(width, height) {
      const size = `width="${px(width)}" height="${px(height)}"`;
      const box = `viewBox="0 0 ${px(width)} ${px(height)}"`;
      return (
        `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${box} ` +
        `font-family="${escaped(font)}" stroke-linecap="round" stroke-linejoin="round" ` +
        `xml:space="preserve">\n${parts.join("\n")}\n</svg>\n`
      );
    },
  };
}

/** Two decimals at most. */
const px = (number: number): string => String(Math.round(number * 100) / 100);

const names: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (found) => names[found]);
