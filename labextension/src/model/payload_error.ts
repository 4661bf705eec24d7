/** A payload can't be shown. Its message is one sentence for the reader. */
export class PayloadError extends Error {
  override readonly name = "PayloadError";
}

/** What is wrong inside a payload that should have been right. */
export function damaged(what: string): PayloadError {
  return new PayloadError(`This report is damaged: ${what}.`);
}
