/** The search bar: what is typed is searched for in all stages, and completed where it can be. */

import { searchAll, suggest } from "../../model/search";
import { visible } from "../../model/visible";
import type { MakePane } from "../contracts";
import { h } from "../dom";
import { icon } from "../shell/icons";
import { freshId } from "./page";
import { countText, labelsOf, stepHit } from "./search-hits";
import { makeSuggestions } from "./suggestions";

export { stepHit } from "./search-hits";

export const makeSearchBar: MakePane = (store) => {
  const id = freshId("search");
  const labels = labelsOf(store);
  let timer = 0;
  let asked = 0; // answers to an older question are dropped
  let answered: string | null = null;

  const input = h("input", {
    type: "text",
    id,
    role: "combobox",
    aria: {
      label: "Search all stages",
      autocomplete: "list",
      expanded: false,
      controls: `${id}-list`,
      describedby: `${id}-error`,
    },
    on: { input: typed, keydown: pressed, blur: () => suggestions.close() },
  });
  input.placeholder = "dot_general shape:f32[*,768] in:block_3";
  input.spellcheck = false;
  input.autocomplete = "off";
  input.setAttribute("autocapitalize", "off");
  const suggestions = makeSuggestions(input, `${id}-list`, (text) => {
    input.value = text;
    search();
    offer();
  });
  const counted = h("span", { class: "jl-search-count", role: "status" });
  const wrong = h("div", { class: "jl-search-error", id: `${id}-error`, role: "alert" });
  const element = h(
    "div",
    { class: "jl-search", role: "search" },
    h("div", { class: "jl-search-box" }, input, suggestions.element),
    counted,
    step("Previous hit", -1),
    step("Next hit", 1),
    wrong,
  );

  function step(name: string, direction: 1 | -1): HTMLElement {
    const made = h("button", {
      class: `jl-button jl-icon-button ${direction > 0 ? "jl-down" : "jl-up"}`,
      title: name,
      aria: { label: name },
      on: { click: () => stepHit(store, direction) },
    });
    made.append(icon("chevron"));
    return made;
  }

  function typed(): void {
    clearTimeout(timer);
    timer = window.setTimeout(search); // keys that come at once are one
    offer();
  }

  function offer(): void {
    suggestions.show(suggest(store.report, input.value));
  }

  async function search(): Promise<void> {
    clearTimeout(timer);
    const query = input.value;
    asked += 1;
    const mine = asked;
    const found = await searchAll(store.report, query);
    if (mine !== asked) return;
    answered = query;
    wrong.textContent = found.error;
    input.setAttribute("aria-invalid", String(found.error !== ""));
    store.set({ search: { query, at: -1 }, hits: found.hits });
    paint();
  }

  function pressed(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (suggestions.press(event)) return;
    if (event.key === "Enter") void go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && input.value !== "") {
      input.value = "";
      void search();
    } else return; // Escape in an empty bar is the panel's: it leaves
    event.preventDefault();
    event.stopPropagation();
  }

  /** To the next hit of what is typed now, though it wasn't searched for yet. */
  async function go(direction: 1 | -1): Promise<void> {
    suggestions.close();
    if (answered !== input.value) await search();
    stepHit(store, direction);
  }

  function paint(): void {
    const { query } = store.state.search;
    counted.textContent = query && !wrong.textContent ? countText(store.state, labels) : "";
  }

  const stop = store.on(["search", "hits", "stage"], () => {
    const { query } = store.state.search;
    if (query !== answered && query !== input.value) {
      input.value = visible(query, 1000);
      void search();
    }
    paint();
  });
  if (store.state.search.query) {
    input.value = store.state.search.query;
    void search();
  }
  paint();

  return {
    element,
    focus() {
      input.focus();
      input.select();
    },
    dispose() {
      clearTimeout(timer);
      asked += 1;
      stop();
    },
  };
};
