/** What an output stores of a report. In a notebook's file the data stands once: where the output
 * has HTML too, in the page that the HTML holds. */

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { MIME_TYPE } from "../mime_type";

/** The page is escaped, and no text of a user's has a bare quotation mark before it. */
const DATA = /srcdoc="[^"]*?id=&quot;jaxlab-data&quot;&gt;([\w+/=]+)&lt;/;

/** What is stored, with its data if there is any. */
export function storedIn({ data }: IRenderMime.IMimeModel): unknown {
  const stored = data[MIME_TYPE];
  if (typeof stored !== "object" || stored === null || "data" in stored) return stored;
  const found = htmlIn(data)?.match(DATA);
  return found ? { ...stored, data: found[1] } : stored;
}

/** A notebook's file has texts as lists of lines, too. */
export function htmlIn(data: IRenderMime.IMimeModel["data"]): string | null {
  const html = data["text/html"];
  if (Array.isArray(html)) return html.join("");
  return typeof html === "string" ? html : null;
}
