/** Names come from programs, and so from anybody: what can't be seen is spelled out, as
 * `jaxlab/renderers/escape.py` does it. */

const SHORT: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u001b": "\\e",
};

// What Python calls not printable: controls, formats, surrogates, private use, unassigned, and
// all separators but the space.
const UNSEEN = /[\p{C}\p{Z}]/gu;
const PRINTABLE = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]*$/u;

/** A text that is safe to show: one line, nothing invisible, at most `limit` characters.
 *
 * Control characters, line breaks, direction marks, zero-width characters and lone surrogates are
 * spelled as `\n`, `\e` or `\u202e`; a long text loses its middle. */
export function visible(text: string, limit = 80): string {
  const short = middleCut(text, limit);
  if (PRINTABLE.test(short)) return short;
  return middleCut(short.replace(UNSEEN, spelled), limit);
}

/** As much of a text, up to `limit` characters, as its two ends have. */
export function middleCut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text.length > 4 * limit ? ends(text, 2 * limit) : text);
  if (characters.length <= limit) return text;
  const head = (limit - 1) >> 1;
  const tail = limit - 1 - head;
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** Enough of both ends to cut from: a character takes at most two units. */
function ends(text: string, units: number): string {
  return text.slice(0, units) + text.slice(text.length - units);
}

function spelled(character: string): string {
  if (character === " ") return character;
  if (character in SHORT) return SHORT[character];
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
