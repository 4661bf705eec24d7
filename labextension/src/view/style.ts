/** The panel's style: in its shadow root, where a host's rules can't reach. */

import type { Theme } from "./contracts";
import { type Palette, palettes } from "./palette";
import { panesCss } from "./panes/styles";
import base from "./style/base.css";
import body from "./style/body.css";
import dialogs from "./style/dialogs.css";
import forced from "./style/forced.css";
import head from "./style/head.css";
import legend from "./style/legend.css";
import narrow from "./style/narrow.css";
import source from "./style/source.css";
import states from "./style/states.css";

let sheet: CSSStyleSheet | null = null;

/** A constructed sheet is no inline style, so that strict pages take it. */
export function addStyle(root: ShadowRoot): void {
  if ("adoptedStyleSheets" in root) {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(styleText());
    }
    root.adoptedStyleSheets = [sheet];
    return;
  }
  const style = document.createElement("style");
  style.textContent = styleText();
  (root as ShadowRoot).append(style);
}

function styleText(): string {
  const themes = (["light", "dark"] as const).map((theme) => variables(theme, palettes[theme]));
  const shell = [base, head, body, narrow, source, legend, states, dialogs];
  return [...themes, ...shell, panesCss, forced].join("\n");
}

function variables(theme: Theme, palette: Palette): string {
  const { canvas, group, inner, node, text, second, border, accent, lit, warning, error } = palette;
  const { heat, families } = palette;
  const colors: Record<string, string> = {
    ...{ canvas, group, node, text, border, lit, warning, error },
    group2: inner,
    text2: second,
    select: accent,
    "select-faint": `${accent}80`,
    line: `${border}52`, // between parts: no more than a hint
    hit: `${families.random}40`,
    movement: families["data movement"],
    control: families["control flow"],
  };
  for (const family of ["contraction", "elementwise", "random", "effect", "collective"] as const) {
    colors[family] = families[family];
  }
  heat.forEach((color, step) => {
    colors[`heat-${step + 1}`] = color;
  });
  const rules = Object.entries(colors).map(([name, color]) => `--jl-${name}: ${color};`);
  return `.panel[data-theme="${theme}"] { color-scheme: ${theme}; ${rules.join(" ")} }`;
}
