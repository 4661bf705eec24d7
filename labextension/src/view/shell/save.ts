/** Files for the reader: the picture as SVG or PNG, the report as a page. */

/** Hand a file to the browser. */
export function download(content: Blob | string, name: string, type: string): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A name for a file that every system takes. */
export function fileName(title: string, stage: string, ending: string): string {
  const words = `${title} ${stage}`.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  return `${words.slice(0, 60) || "report"}.${ending}`;
}
