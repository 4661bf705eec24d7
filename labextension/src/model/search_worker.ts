/** Regular expressions of the reader's own can take forever, so they run in a worker, which is
 * ended when it takes too long. */

const LIMIT = 200; // ms for an answer
const MOST_TABLES = 100;
const PATIENCE = 3000; // ms to begin, and to take the texts

/** Why a regular expression gave no answer: a sentence for the reader. */
export class RegexError extends Error {
  override readonly name = "RegexError";
}

// A text and not a function: bundlers may add calls of their helpers to functions.
const SOURCE = `
const tables = new Map();
onmessage = ({ data: { table, texts, pattern } }) => {
  if (texts) {
    tables.set(table, texts);
    postMessage(null);
    return;
  }
  const expression = new RegExp(pattern, "iu");
  postMessage(Uint8Array.from(tables.get(table), (text) => (expression.test(text) ? 1 : 0)));
};
postMessage(null);
`;

interface Running {
  readonly worker: Worker;
  /** Texts that it has, and the number that it knows them by. */
  readonly tables: Map<readonly string[], number>;
}

let running: Running | null = null;
let queue: Promise<unknown> = Promise.resolve();

/** Which of these texts the pattern finds, 1 or 0 for each. One question at a time. */
export function matchInWorker(texts: readonly string[], pattern: string): Promise<Uint8Array> {
  const answer = queue.then(() => ask(texts, pattern));
  queue = answer.catch(() => null); // whoever asked is told; the next question doesn't mind
  return answer;
}

async function ask(texts: readonly string[], pattern: string): Promise<Uint8Array> {
  if (running !== null && running.tables.size > MOST_TABLES) stop(); // reports that are gone
  running ??= { worker: await start(), tables: new Map() };
  const { worker, tables } = running;
  let table = tables.get(texts);
  if (table === undefined) {
    table = tables.size;
    worker.postMessage({ table, texts });
    if ((await answerOf(worker, PATIENCE)) === null) tables.set(texts, table);
  }
  worker.postMessage({ table, pattern });
  const found = await answerOf(worker, LIMIT);
  if (found instanceof Uint8Array) return found;
  stop();
  throw new RegexError("This regular expression takes too long: make it simpler.");
}

function stop(): void {
  running?.worker.terminate();
  running = null;
}

/** A worker that has said that it runs: where it is forbidden, some browsers throw, some only
 * tell. */
async function start(): Promise<Worker> {
  const forbidden = "Regular expressions can't be used here: this page forbids workers.";
  const url = URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" }));
  let worker: Worker;
  try {
    worker = new Worker(url);
  } catch {
    URL.revokeObjectURL(url);
    throw new RegexError(forbidden);
  }
  const begun = await answerOf(worker, PATIENCE);
  URL.revokeObjectURL(url);
  if (begun === null) return worker;
  worker.terminate();
  throw new RegexError(forbidden);
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
