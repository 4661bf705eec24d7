import assert from "node:assert/strict";
import { test } from "node:test";
import { type Acts, KEYS, press } from "../src/view/shell/keys";

// Node has no DOM: what `press` asks of one.
class FakeElement {
  constructor(
    private readonly selector: string,
    readonly type = "",
  ) {}
  matches(selectors: string): boolean {
    return selectors.split(", ").includes(this.selector);
  }
}
class FakeInput extends FakeElement {}
Object.assign(globalThis, { HTMLElement: FakeElement, HTMLInputElement: FakeInput });

function pressed(key: string, more: Partial<KeyboardEvent> = {}, target = new FakeElement("div")) {
  const done: string[] = [];
  const acts = new Proxy(
    {},
    { get: (_, act: string) => (n?: number) => done.push(act + (n ?? "")) },
  );
  const event = {
    key,
    code: "",
    composedPath: () => [target],
    ...more,
  } as unknown as KeyboardEvent;
  const taken = press(event, acts as Acts);
  assert.equal(taken, done.length > 0);
  return done[0] ?? null;
}

test("no key means two things", () => {
  const all = KEYS.flatMap(([, bindings]) => bindings.flatMap(({ keys }) => keys));
  assert.equal(new Set(all).size, all.length);
});

test("keys do what the table says", () => {
  assert.equal(pressed("/"), "search");
  assert.equal(pressed("F", { shiftKey: true }), "full");
  assert.equal(pressed("2"), "stage1");
  assert.equal(pressed("F3", { shiftKey: true }), "previous");
  assert.equal(pressed("ArrowLeft", { altKey: true }), "back");
  assert.equal(pressed("ArrowLeft"), null);
});

test("what the browser and the pane take stays theirs", () => {
  assert.equal(pressed("f", { ctrlKey: true }), null);
  assert.equal(pressed("r", { metaKey: true }), null);
  assert.equal(pressed("f", { defaultPrevented: true }), null);
  assert.equal(pressed("g", { isComposing: true }), null);
  assert.equal(pressed("Tab"), null);
});

test("letters typed into a field are text", () => {
  const field = new FakeInput("input", "text");
  assert.equal(pressed("g", {}, field), null);
  assert.equal(pressed("n", {}, field), null);
  assert.equal(pressed("1", {}, field), null);
  assert.equal(pressed("F3", {}, field), "next");
  assert.equal(pressed("Escape", {}, field), "escape");
  assert.equal(pressed("g", {}, new FakeInput("input", "radio")), "graph");
});

test("letters of other scripts count by their place", () => {
  assert.equal(pressed("п", { code: "KeyG" }), "graph");
  assert.equal(pressed("А", { code: "KeyF", shiftKey: true }), "full");
});
