/** Putting text on the clipboard, wherever the report stands. */

import type { Host } from "../contracts";

/** Copies by the host, by the page, or by a selection where the frame may do neither. */
export async function copyText(text: string, host: Host = {}): Promise<boolean> {
  if (host.copy) {
    return host.copy(text).then(
      () => true,
      () => copyBySelection(text),
    );
  }
  if (!navigator.clipboard) return copyBySelection(text);
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  );
}

/** A sandboxed frame is refused the clipboard, but its user may copy what is selected. */
function copyBySelection(text: string): boolean {
  const fill = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", fill, { capture: true, once: true });
  const done = document.execCommand("copy");
  document.removeEventListener("copy", fill, { capture: true });
  return done;
}
