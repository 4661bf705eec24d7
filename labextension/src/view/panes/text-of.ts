/** The texts of stages, each made once. */

import type { Graph, NodeId, ValueId } from "../../model/graph";
import { makeText, type TextDoc } from "../../model/text";

const texts = new WeakMap<Graph, TextDoc>();

export function textOf(graph: Graph): TextDoc {
  let text = texts.get(graph);
  if (!text) {
    text = makeText(graph);
    texts.set(graph, text);
  }
  return text;
}

/** What a value is called on the line of a node that makes or reads it; "" where it isn't. */
export function nameInText(graph: Graph, node: NodeId, value: ValueId): string {
  const text = textOf(graph);
  const line = text.lineOf(node);
  if (line < 0) return "";
  const behind = graph.behind(value);
  return text.line(line).tokens.find((token) => token.value === behind)?.text ?? "";
}
