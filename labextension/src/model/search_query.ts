/** The search bar's language: words that must all be found, `field:value`, `-not`, "two words",
 * `/regular expression/`. */

export const FIELDS = [
  "op",
  "shape",
  "dtype",
  "in",
  "line",
  "param",
  "name",
  "effect",
  "user",
  "id",
] as const;

export type Field = (typeof FIELDS)[number] | "any";

export interface Term {
  readonly field: Field;
  readonly negated: boolean;
  /** In lower case; ids as they are, and of a regular expression its source. */
  readonly text: string;
  readonly isRegex: boolean;
}

export interface Query {
  readonly terms: readonly Term[];
  /** One sentence on what can't be understood, or "". */
  readonly error: string;
}

/** What "Copy link" gives; it means the same in Python. */
const LINK = /^(?:jaxpr|stablehlo|hlo):[^\s/]/;

const TERM = new RegExp(
  `(-?)(?:(${FIELDS.join("|")}):)?(?:"([^"]*)"?|/((?:[^/\\\\]|\\\\.)+)/(?=\\s|$)|(\\S+))?`,
  "gy",
);
const LONGEST = 1000;

export function parseQuery(query: string): Query {
  const terms: Term[] = [];
  if (query.length > LONGEST)
    return { terms, error: `A search has at most ${LONGEST} characters.` };
  const link = query.trim();
  if (LINK.test(link)) {
    // Names of scopes in it may have spaces.
    terms.push({ field: "id", negated: false, text: link, isRegex: false });
    return { terms, error: "" };
  }
  for (const found of matches(query)) {
    const [, minus, field, quoted, regex, plain] = found;
    const text = (quoted ?? regex ?? plain ?? "").trim();
    if (!text && field !== "effect") continue;
    const term: Term = {
      field: (field ?? "any") as Field,
      negated: minus === "-",
      text: regex !== undefined || field === "id" ? text : text.toLowerCase(),
      isRegex: regex !== undefined,
    };
    const error = wrongIn(term);
    if (error) return { terms: [], error };
    terms.push(term);
  }
  return { terms, error: "" };
}

function* matches(query: string): Iterable<RegExpExecArray> {
  let at = 0;
  while (at < query.length) {
    TERM.lastIndex = at;
    const found = /\s/.test(query[at]) ? null : TERM.exec(query);
    if (found) yield found;
    at += Math.max(1, found?.[0].length ?? 1);
  }
}

function wrongIn({ field, text, isRegex }: Term): string {
  if (isRegex) {
    if (field === "shape" || field === "line" || field === "id")
      return `${field}: takes no regular expression.`;
    try {
      new RegExp(text, "iu");
    } catch (error) {
      return `This is no regular expression: ${(error as Error).message.replace(/^.*: /, "")}.`;
    }
  }
  if (field === "line" && !/^(.*:)?\d+(-\d+)?$/.test(text)) {
    return "line: takes a number (line:14), two (line:14-20), or a file's too (line:train.py:14).";
  }
  return "";
}

/** A test for `f32[*,768]`, `[8,...]` or `8,1024`: `*` is one size, `...` any number of them. */
export function shapeTest(text: string): (dtype: string, shape: readonly unknown[]) => boolean {
  const [, dtype, inside] = /^([^[\],]*)\[(.*?)\]?$/.exec(text) ?? [null, "", text];
  const wanted = inside.split(/[,x]/).map((size) => size.trim());
  const open = text.includes("[") && !text.endsWith("]"); // it is still being typed
  if (wanted.at(-1) === "" && (open || wanted.length === 1)) wanted.pop();
  if (open) wanted.push("...");
  return (found, shape) =>
    (!dtype || fitsWild(dtype, found.toLowerCase())) &&
    fits(
      wanted,
      shape.map((size) => `${size}`.toLowerCase()),
    );
}

/** Follows all ways at once: which sizes may be the next after each part of the pattern. */
function fits(wanted: readonly string[], sizes: readonly string[]): boolean {
  let next = new Set([0]);
  for (const part of wanted) {
    const from = next;
    next = new Set();
    for (const at of from) {
      if (part === "..." || part === "…") for (let to = at; to <= sizes.length; to++) next.add(to);
      else if (at < sizes.length && (part === "*" || part === sizes[at])) next.add(at + 1);
    }
  }
  return next.has(sizes.length);
}

/** Whether a text has a pattern's parts in a row; `*` is anything. */
function fitsWild(pattern: string, text: string): boolean {
  const [first, ...parts] = pattern.split("*");
  if (!text.startsWith(first)) return false;
  if (!parts.length) return text === first;
  const last = parts.pop() ?? "";
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
