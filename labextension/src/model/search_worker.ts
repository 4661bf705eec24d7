/** Regular expressions of the reader's own can take forever, so they run in a worker, which is
 * ended when it takes too long. */

const LIMIT = 200;

/** Why a regular expression gave no answer: a sentence for the reader. */
export class RegexError extends Error {
  override readonly name = "RegexError";
}

// A text and not a function: bundlers may add calls of their helpers to functions.
const SOURCE = `
const tables = new Map();
onmessage = ({ data: { table, texts, pattern } }) => {
  if (texts) tables.set(table, texts);
  const expression = new RegExp(pattern, "iu");
  postMessage(Uint8Array.from(tables.get(table), (text) => (expression.test(text) ? 1 : 0)));
};
postMessage(null);
`;

/** Texts are sent once for each worker, and known by a number then. */
let running: { readonly worker: Worker; readonly sent: Map<readonly string[], number> } | null;
let queue: Promise<unknown> = Promise.resolve();

/** Which of these texts the pattern finds, 1 or 0 for each. */
export function matchInWorker(texts: readonly string[], pattern: string): Promise<Uint8Array> {
  const answer = queue.then(() => ask(texts, pattern));
  queue = answer.catch(() => null); // the next question doesn't mind
  return answer;
}

async function ask(texts: readonly string[], pattern: string): Promise<Uint8Array> {
  running ??= { worker: await start(), sent: new Map() };
  const { worker, sent } = running;
  const known = sent.get(texts);
  const table = known ?? sent.size;
  sent.set(texts, table);
  worker.postMessage({ table, pattern, texts: known === undefined ? texts : null });
  const found = await answerOf(worker, LIMIT);
  if (found instanceof Uint8Array) return found;
  stop();
  throw new RegexError("This regular expression takes too long: make it simpler.");
}

/** A worker that has said that it runs: where it is forbidden, some browsers throw, some only
 * tell. */
async function start(): Promise<Worker> {
  const url = URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" }));
  try {
    const worker = new Worker(url);
    if ((await answerOf(worker, 10 * LIMIT)) === null) return worker;
    worker.terminate();
  } catch (error) {
    if (!(error instanceof Error)) throw error; // refused: said below
  } finally {
    URL.revokeObjectURL(url);
  }
  throw new RegexError("Regular expressions can't be used here: this page forbids workers.");
}

function answerOf(worker: Worker, limit: number): Promise<Uint8Array | null | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), limit);
    const done = (answer: Uint8Array | null | undefined): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = (event) => {
      event.preventDefault();
      done(undefined);
    };
  });
}

function stop(): void {
  running?.worker.terminate();
  running = null;
}
