/** What a box is, in a few lines, beside the pointer. */

import type { Graph, Overlay } from "../../model/graph";
import { Form, type Item, type LevelEdge } from "../../model/level";
import { quantity, share } from "../../model/quantity";
import { visible } from "../../model/visible";
import { heatOf, unknownText } from "../heat";
import type { Fonts, Palette } from "../palette";

const delay = 250;

export interface Tooltip {
  readonly element: HTMLElement;
  /** Shows the lines after a moment; the first is the title. */
  show(lines: readonly string[], x: number, y: number): void;
  hide(): void;
  dress(palette: Palette, fonts: Fonts): void;
}

export function makeTooltip(around: HTMLElement): Tooltip {
  const element = document.createElement("div");
  element.setAttribute("role", "tooltip");
  Object.assign(element.style, {
    position: "absolute",
    display: "none",
    maxWidth: "320px",
    padding: "6px 8px",
    borderRadius: "4px",
    pointerEvents: "none",
    overflowWrap: "anywhere",
    zIndex: "2",
  });
  let timer = 0;
  const hide = () => {
    clearTimeout(timer);
    element.style.display = "none";
  };
  return {
    element,
    hide,
    show(lines, x, y) {
      hide();
      timer = window.setTimeout(() => {
        element.replaceChildren(
          ...lines.map((text, place) => {
            const line = document.createElement("div");
            line.textContent = text;
            if (place === 0) line.style.fontWeight = "600";
            return line;
          }),
        );
        element.style.display = "block";
        const { offsetWidth: w, offsetHeight: h } = element;
        const left = Math.min(x + 14, around.clientWidth - w - 4);
        const below = y + 18 + h < around.clientHeight;
        element.style.left = `${Math.max(4, left)}px`;
        element.style.top = `${Math.max(4, below ? y + 18 : y - h - 10)}px`;
      }, delay);
    },
    dress(palette, fonts) {
      Object.assign(element.style, {
        background: palette.node,
        color: palette.text,
        border: `1px solid ${palette.border}`,
        font: `12px/1.4 ${fonts.ui}`,
      });
    },
  };
}

const words: readonly (readonly [number, string])[] = [
  [Form.donated, "donated: its buffer is used again"],
  [Form.captured, "captured constant: part of the program"],
  [Form.effect, "has an effect"],
  [Form.collective, "collective: talks to other devices"],
  [Form.unknown, "an op that isn't known here"],
];

export function tellBox(graph: Graph, item: Item, overlay: Overlay | null): string[] {
  const lines = [visible(item.title, 200)];
  if (item.subtitle !== "") lines.push(visible(item.subtitle, 200));
  if (item.nodes.length === 1 && item.lead >= 0) lines.push(...tellResults(graph, item.lead));
  for (const value of item.values.slice(0, 3)) lines.push(tellValue(graph, value));
  for (const [form, text] of words) if (item.forms & form) lines.push(text);
  lines.push(...tellChips(item));
  if (overlay !== null && item.nodes.length > 0) lines.push(tellHeat(overlay, item));
  if (item.inside.length > 0) lines.push("Double-click or Enter opens and closes it.");
  return [...new Set(lines.filter((line) => line !== ""))];
}

function tellChips({ chips }: Item): string[] {
  const reads = chips.filter(({ kind }) => kind !== "edges").map(({ text }) => visible(text));
  const edges = chips.reduce((sum, chip) => sum + chip.edges.length, 0);
  const lines: string[] = [];
  if (reads.length > 0) lines.push(`also reads ${listed(reads, 6)}`);
  if (edges > 0)
    lines.push(`${edges} more edge${edges > 1 ? "s" : ""}, drawn while it is selected`);
  return lines;
}

function tellResults(graph: Graph, node: number): string[] {
  const first = graph.firstOutput(node);
  const count = graph.lastOutput(node) - first;
  const lines = Array.from({ length: Math.min(3, count) }, (_, at) => tellValue(graph, first + at));
  if (count > 3) lines.push(`and ${count - 3} more results`);
  return lines;
}

function tellValue(graph: Graph, value: number): string {
  const bytes = graph.bytes(value);
  const size = Number.isFinite(bytes) ? quantity(bytes, "B") : "";
  return [visible(graph.valueName(value)), visible(graph.typeText(value)), size]
    .filter((text) => text !== "")
    .join(" · ");
}

function tellHeat(overlay: Overlay, item: Item): string {
  const heat = heatOf(overlay, item.nodes);
  const name = visible(overlay.name);
  if (heat.kind === "unknown") return `${name}: ${unknownText(overlay)}`;
  const amount = quantity(heat.value, overlay.unit);
  const part = heat.kind === "zero" ? "" : `, ${share(heat.value, overlay.total)}`;
  return `${name}: ${amount}${part} (${visible(overlay.source)})`;
}

export function tellEdge(edge: LevelEdge): string[] {
  const lines = [visible(edge.label, 200)];
  if (edge.kind === "again") lines.push("carried into the next iteration");
  if (edge.kind === "back") lines.push("closes a cycle between groups");
  if (edge.kind === "effect") lines.push("order of effects");
  if (edge.kind === "control") lines.push("control dependency");
  return lines.filter((line) => line !== "");
}

const listed = (texts: readonly string[], most: number): string =>
  texts.length <= most
    ? texts.join(", ")
    : `${texts.slice(0, most).join(", ")} and ${texts.length - most} more`;
