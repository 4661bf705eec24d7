/** Just enough of Python's lexicon to colour a line: keywords, strings, comments, numbers. */

export interface Token {
  readonly kind: "" | "keyword" | "string" | "comment" | "number";
  readonly text: string;
}

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break case class continue def del elif else except " +
    "finally for from global if import in is lambda match nonlocal not or pass raise return try " +
    "while with yield"
  ).split(" "),
);

// Alternatives in order: comment, string's beginning, number, word, anything else.
const TOKEN =
  /(#.*)|((?:[rbfut]{1,2}(?=["']))?(?:"""|'''|"|'))|(\b\d[\w.]*)|([\p{L}_][\p{L}\p{N}_]*)|(\s+|.)/giuy;

/** Tokens of each line; strings in triple quotes run on over lines. */
export function tokenize(lines: readonly string[]): Token[][] {
  let open = ""; // the quotes that a string of an earlier line still waits for
  return lines.map((line) => {
    const tokens: Token[] = [];
    const push = (kind: Token["kind"], text: string) => {
      const last = tokens.at(-1);
      if (last?.kind === kind) tokens[tokens.length - 1] = { kind, text: last.text + text };
      else if (text) tokens.push({ kind, text });
    };
    let at = 0;
    if (open) {
      const end = endOf(line, 0, open);
      push("string", line.slice(0, end.at));
      if (!end.closed) return tokens;
      open = "";
      at = end.at;
    }
    while (at < line.length) {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(line);
      if (!found) break;
      const [text, comment, quote, number, word] = found;
      at += text.length;
      if (comment) push("comment", text);
      else if (quote) {
        const quotes = quote.replace(/^[a-z]+/i, "");
        const end = endOf(line, at, quotes);
        push("string", text + line.slice(at, end.at));
        at = end.at;
        if (!end.closed && quotes.length === 3) open = quotes;
      } else if (number) push("number", text);
      else push(word && KEYWORDS.has(word) && !isLooseWord(line, at, word) ? "keyword" : "", text);
    }
    return tokens;
  });
}

/** `match` and `case` are names unless they begin a statement. */
function isLooseWord(line: string, end: number, word: string): boolean {
  if (word !== "match" && word !== "case") return false;
  return line.slice(0, end).trim() !== word || !/:\s*(#.*)?$/.test(line);
}

function endOf(line: string, from: number, quotes: string): { at: number; closed: boolean } {
  for (let at = from; at < line.length; at++) {
    if (line[at] === "\\") at++;
    else if (line.startsWith(quotes, at)) return { at: at + quotes.length, closed: true };
  }
  return { at: line.length, closed: false };
}
