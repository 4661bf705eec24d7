/** A payload can't be shown. Its message is one sentence for the reader, and `remedy` a command
 * that helps, "" if there is none. */
export class PayloadError extends Error {
  override readonly name = "PayloadError";

  constructor(
    message: string,
    readonly remedy = "",
  ) {
    super(message);
  }
}

/** Only a viewer as new as the report knows its form. */
export function tooNew(): PayloadError {
  return new PayloadError(
    "A newer jaxlab made this report: update jaxlab where the Jupyter server runs to see it.",
    "pip install --upgrade jaxlab",
  );
}

/** What is wrong inside a payload that should have been right. */
export function damaged(what: string): PayloadError {
  return new PayloadError(`This report is damaged: ${what}.`);
}
