/** The panel's keys: one table, which the help shows too. */

/** What a key or a menu's entry can do. */
export type Act =
  | "search"
  | "next"
  | "previous"
  | "graph"
  | "text"
  | "table"
  | "source"
  | "outline"
  | "details"
  | "fit"
  | "bigger"
  | "smaller"
  | "actual"
  | "expand"
  | "collapse"
  | "plumbing"
  | "back"
  | "forward"
  | "split"
  | "full"
  | "help"
  | "escape";

export type Acts = Readonly<Record<Act, () => void>> & { readonly stage: (tab: number) => void };

interface Binding {
  readonly keys: readonly string[];
  /** null: the picture does it, while it has the focus. */
  readonly act: Act | null;
  readonly text: string;
  /** Works while one types in a field too. */
  readonly typing?: true;
}

export const KEYS: readonly (readonly [string, readonly Binding[]])[] = [
  [
    "Find",
    [
      { keys: ["/"], act: "search", text: "Search" },
      { keys: ["n", "F3"], act: "next", text: "Next hit", typing: true },
      { keys: ["N", "Shift+F3"], act: "previous", text: "Previous hit", typing: true },
      { keys: ["Alt+ArrowLeft"], act: "back", text: "Selection before" },
      { keys: ["Alt+ArrowRight"], act: "forward", text: "Selection after" },
    ],
  ],
  [
    "See",
    [
      { keys: ["g"], act: "graph", text: "Graph" },
      { keys: ["t"], act: "text", text: "Text" },
      { keys: ["b"], act: "table", text: "Table" },
      { keys: ["s"], act: "source", text: "Source" },
      { keys: ["o"], act: "outline", text: "Outline" },
      { keys: ["d"], act: "details", text: "Details of the selection" },
      { keys: ["x"], act: "split", text: "Second stage beside it" },
      { keys: ["F"], act: "full", text: "Full screen" },
    ],
  ],
  [
    "Graph",
    [
      { keys: ["Arrows"], act: null, text: "Walk from box to box; with Shift: pan" },
      { keys: ["Enter"], act: null, text: "Open or close a box" },
      { keys: ["[", "]"], act: null, text: "Follow an operand, a user" },
      { keys: ["f"], act: "fit", text: "Fit all of it" },
      { keys: ["+", "="], act: "bigger", text: "Zoom in" },
      { keys: ["-"], act: "smaller", text: "Zoom out" },
      { keys: ["0"], act: "actual", text: "Zoom to 100 %" },
      { keys: ["e"], act: "expand", text: "Open all" },
      { keys: ["c"], act: "collapse", text: "Close all" },
      { keys: ["h"], act: "plumbing", text: "Show or hide plumbing" },
    ],
  ],
  [
    "Charts",
    [
      { keys: ["w s", "a d"], act: null, text: "Zoom and pan a timeline" },
      { keys: ["Space"], act: null, text: "Select; Enter looks inside, or shows it in the graph" },
    ],
  ],
  [
    "Panel",
    [
      { keys: ["?"], act: "help", text: "These keys" },
      { keys: ["Escape"], act: "escape", text: "One step back, at last out", typing: true },
    ],
  ],
];

const BINDINGS = new Map(
  KEYS.flatMap(([, bindings]) => bindings.flatMap((b) => b.keys.map((key) => [key, b] as const))),
);

/** Do what a key pressed in the panel is for; true if it was for something. */
export function press(event: KeyboardEvent, acts: Acts): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return false;
  const key = nameOf(event);
  const typing = isTyping(event);
  if (/^[1-9]$/.test(key)) {
    if (typing) return false;
    acts.stage(Number(key) - 1);
    return true;
  }
  const binding = BINDINGS.get(key);
  if (!binding?.act || (typing && !(binding.typing && key.length > 1))) return false;
  acts[binding.act]();
  return true;
}

/** `Alt+ArrowLeft`, `F`, `?`. Letters of other scripts count as those on the same keys. */
function nameOf(event: KeyboardEvent): string {
  if (event.key.length > 1) {
    return `${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}${event.key}`;
  }
  const letter = /^[ -~]$/.test(event.key) ? "" : (/^Key([A-Z])$/.exec(event.code)?.[1] ?? "");
  const key = letter ? (event.shiftKey ? letter : letter.toLowerCase()) : event.key;
  return event.altKey ? `Alt+${key}` : key;
}

/** Whether a field takes the key. Events of a shadow root are retargeted: look at their path. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return (
    target instanceof HTMLElement &&
    (target.matches("textarea, select") ||
      (target instanceof HTMLInputElement && !/^(checkbox|radio|button)$/.test(target.type)))
  );
}

/** A key as people read it. */
export function keyText(key: string): string {
  return key.replace("ArrowLeft", "←").replace("ArrowRight", "→").replace("Escape", "Esc");
}
