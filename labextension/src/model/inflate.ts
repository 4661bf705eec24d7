import { PayloadError } from "./payload_error";

const LIMIT = 512 * 1024 * 1024;

/** The JSON inside `data`: gzip in base64. Stops at `limit` bytes of text. */
export async function inflate(data: string, limit = LIMIT): Promise<unknown> {
  const text = await textOf(bytesOf(data), limit);
  try {
    return JSON.parse(text);
  } catch {
    throw new PayloadError("This report is damaged: its data is no JSON.");
  }
}

function bytesOf(data: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(data);
  } catch {
    throw new PayloadError("This report is damaged: its data is not in base64.");
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

async function textOf(packed: Uint8Array<ArrayBuffer>, limit: number): Promise<string> {
  const reader = new Blob([packed])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let size = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => null);
    if (chunk === null) {
      throw new PayloadError("This report is damaged: its data is cut off or is no gzip.");
    }
    if (chunk.done) break;
    size += chunk.value.byteLength;
    if (size > limit) {
      void reader.cancel();
      throw new PayloadError(
        `This report is too large to show: it has more than ${Math.round(limit / 1e6)} MB of data.`,
      );
    }
    parts.push(decoder.decode(chunk.value, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}
