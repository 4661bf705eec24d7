/** The colours and fonts of the picture, for both themes and for forced colours. */

import type { Family } from "../model/graph";
import type { Theme } from "./contracts";

export interface Palette {
  readonly theme: Theme;
  readonly canvas: string;
  readonly group: string;
  /** A group within a group. */
  readonly inner: string;
  readonly node: string;
  readonly text: string;
  readonly second: string;
  readonly border: string;
  readonly edge: string;
  /** Selection, focus and lit edges. */
  readonly accent: string;
  /** Ground of what a line of source lights. */
  readonly lit: string;
  /** Ground of a heat bar. */
  readonly track: string;
  readonly families: Readonly<Record<Family, string>>;
  readonly warning: string;
  readonly error: string;
  /** Light to dark on light, dark to light on dark: luminance is monotone. */
  readonly heat: readonly string[];
  /** The text colour on each step. */
  readonly onHeat: readonly string[];
}

const ink = "#1c2128";
const white = "#ffffff";

export const palettes: Readonly<Record<Theme, Palette>> = {
  light: {
    theme: "light",
    canvas: white,
    group: "#f2f4f7",
    inner: "#e9edf2",
    node: white,
    text: ink,
    second: "#57606a",
    border: "#77818e",
    edge: "#77818e",
    accent: "#0b57d0",
    lit: "#e1eafc",
    track: "#dfe4ea",
    families: {
      contraction: "#0b62a4",
      elementwise: "#5f6a7a",
      "data movement": "#0f766e",
      "control flow": "#7b3fb5",
      random: "#8a5a00",
      effect: "#b42318",
      collective: "#a6305e",
      group: "#5f6a7a",
      unknown: "#5f6a7a",
    },
    warning: "#8a5a00",
    error: "#b42318",
    heat: ["#fff7d6", "#fee39a", "#fec65a", "#f99b31", "#e5701a", "#bf4a0a", "#7f2a06"],
    onHeat: [ink, ink, ink, ink, ink, white, white],
  },
  dark: {
    theme: "dark",
    canvas: "#111111",
    group: "#1b1e23",
    inner: "#24282f",
    node: "#2a2f37",
    text: "#e6e8eb",
    second: "#a7b0bb",
    border: "#7d8794",
    edge: "#6e7783",
    accent: "#8ab4f8",
    lit: "#28354d",
    track: "#3a414b",
    families: {
      contraction: "#5aa9e6",
      elementwise: "#9aa4b1",
      "data movement": "#4fbfb0",
      "control flow": "#b792e8",
      random: "#e0b04a",
      effect: "#ff8a75",
      collective: "#ef86b2",
      group: "#9aa4b1",
      unknown: "#9aa4b1",
    },
    warning: "#e0b04a",
    error: "#ff8a75",
    heat: ["#33291c", "#5a3a14", "#85500f", "#a35d0e", "#e08a2a", "#f8b95c", "#ffe7ad"],
    onHeat: [white, white, white, white, ink, ink, ink],
  },
};

export interface Fonts {
  readonly ui: string;
  readonly mono: string;
}

export const plainFonts: Fonts = {
  ui: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
  mono: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
};

/** Fonts of the host: JupyterLab's and VS Code's variables, else the system's. */
export function readFonts(element: Element): Fonts {
  const style = getComputedStyle(element);
  const first = (...names: string[]) =>
    names.map((name) => style.getPropertyValue(name).trim()).find((value) => value !== "");
  return {
    ui: first("--jp-ui-font-family", "--vscode-font-family") ?? plainFonts.ui,
    mono: first("--jp-code-font-family", "--vscode-editor-font-family") ?? plainFonts.mono,
  };
}

/** Light or dark, as the host around `element` is. What a host says comes before what it paints,
 * and what it paints before what the system prefers. */
export function readTheme(element: Element): Theme {
  const { body, documentElement: root } = element.ownerDocument;
  const said = body.dataset.jpThemeLight;
  if (said !== undefined) return said === "false" ? "dark" : "light";
  if (/\bvscode-(dark|high-contrast)(?!-light)\b/.test(body.className)) return "dark";
  if (/\bvscode-(light|high-contrast-light)\b/.test(body.className)) return "light";
  for (const theme of [root.getAttribute("theme"), root.dataset.theme, body.dataset.theme])
    if (theme === "dark" || theme === "light") return theme;
  const ground =
    colorOf(getComputedStyle(element).getPropertyValue("--jp-layout-color0")) ??
    groundBehind(element);
  if (ground !== null) return luminance(ground) < 0.4 ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** The first ground behind an element that isn't see-through. */
function groundBehind(element: Element): Rgb | null {
  for (let at: Element | null = element; at !== null; at = parentOf(at)) {
    const color = colorOf(getComputedStyle(at).backgroundColor);
    if (color !== null) return color;
  }
  return null;
}

function parentOf(element: Element): Element | null {
  if (element.parentElement !== null) return element.parentElement;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

type Rgb = readonly [number, number, number];

/** `#abc`, `#aabbcc`, `rgb(1, 2, 3)`; null for names and for what is half see-through. */
export function colorOf(text: string): Rgb | null {
  const value = text.trim().toLowerCase();
  if (value === "white") return [255, 255, 255];
  if (value === "black") return [0, 0, 0];
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/.exec(value)?.[1];
  if (hex !== undefined) {
    const wide = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
    const number = Number.parseInt(wide, 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  }
  const numbers = /^rgba?\(([^)]*)\)$/
    .exec(value)?.[1]
    ?.split(/[\s,/]+/)
    .map(Number.parseFloat);
  if (numbers === undefined || numbers.length < 3 || (numbers[3] ?? 1) < 0.5) return null;
  return [numbers[0], numbers[1], numbers[2]];
}

/** Relative luminance, 0 to 1 (WCAG 2). */
export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast of two colours, 1 to 21 (WCAG 2). */
export function contrast(one: string, other: string): number {
  const a = luminance(colorOf(one)!);
  const b = luminance(colorOf(other)!);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The palette to paint with: the theme's, or the system's colours where the user forces them. */
export function paletteFor(element: Element, theme: Theme): Palette {
  if (!matchMedia("(forced-colors: active)").matches) return palettes[theme];
  const probe = element.appendChild(element.ownerDocument.createElement("span"));
  // A canvas resolves system colours for a light page; an element in the page does not.
  const system = (name: string) => {
    probe.style.color = name;
    return getComputedStyle(probe).color;
  };
  const palette = forced(theme, system);
  probe.remove();
  return palette;
}

/** Forms carry the meaning here: one colour for lines and text, one for what is selected. */
function forced(theme: Theme, system: (name: string) => string): Palette {
  const ground = system("Canvas");
  const text = system("CanvasText");
  const families = Object.fromEntries(
    Object.keys(palettes[theme].families).map((family) => [family, text]),
  ) as Record<Family, string>;
  const steps = palettes[theme].heat.map((_, step) => (step < 4 ? ground : text));
  return {
    theme,
    canvas: ground,
    group: ground,
    inner: ground,
    node: ground,
    text,
    second: text,
    border: text,
    edge: text,
    accent: system("Highlight"),
    lit: ground,
    track: ground,
    families,
    warning: text,
    error: text,
    heat: steps,
    onHeat: steps.map((step) => (step === ground ? text : ground)),
  };
}
