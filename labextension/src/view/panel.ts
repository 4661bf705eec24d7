/** The panel: what hosts put into their pages. */

import type { Report } from "../model/graph";
import type { Host, State, Store, Theme } from "./contracts";
import { h } from "./dom";
import { readTheme } from "./palette";
import { followFull } from "./shell/full";
import { press } from "./shell/keys";
import { recall, remember, restore, type Snapshot, snapshot } from "./shell/memory";
import { makeShell, type Shell } from "./shell/shell";
import { type Action, makeLoading, makeMessage } from "./shell/states";
import { warm } from "./shell/warm";
import { initialState } from "./store";
import { addStyle } from "./style";

export type Content =
  | { readonly report: Report }
  | { readonly message: string; readonly action?: Action }
  | { readonly loading: true };

export interface PanelOptions {
  readonly host?: Host;
  /** What to show first, over what is remembered of this output. */
  readonly state?: Partial<State>;
  /** Without it, as the page around the panel looks. */
  readonly theme?: Theme;
}

export interface Panel {
  readonly element: HTMLElement;
  /** Of the report that is shown; null while there is none. */
  readonly store: Store | null;
  /** Show this instead. A report of the same program keeps how it was looked at, as far as the new
   * one still has what was open, and marks what changed. */
  update(content: Content): void;
  /** How the report is looked at, as JSON. */
  snapshot(): Snapshot | null;
  setTheme(theme: Theme): void;
  resize(): void;
  dispose(): void;
}

export function makePanel(
  parent: HTMLElement,
  content: Content,
  options: PanelOptions = {},
): Panel {
  return new ReportPanel(parent, content, options);
}

class ReportPanel implements Panel {
  readonly element = h("div", { class: "jaxlab", data: { lmSuppressShortcuts: "true" } });
  private readonly root = h("div", { class: "panel", role: "region", tabIndex: -1 });
  private readonly observer: ResizeObserver;
  private theme: Theme;
  private shell: Shell | null = null;
  private stops: (() => void)[] = [];
  private disposed = false;

  constructor(
    parent: HTMLElement,
    content: Content,
    private readonly options: PanelOptions,
  ) {
    const shadow = this.element.attachShadow({ mode: "open" });
    addStyle(shadow);
    shadow.append(this.root);
    parent.append(this.element);
    this.theme = options.theme ?? readTheme(parent);
    this.root.dataset.theme = this.theme;
    this.root.addEventListener("keydown", (event) => this.keydown(event));
    // Hosts have keys too: a `d` that is pressed here must not delete a cell.
    for (const type of ["keydown", "keypress", "keyup"] as const) {
      this.element.addEventListener(type, (event) => event.stopPropagation());
    }
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.element);
    this.update(content);
  }

  get store(): Store | null {
    return this.shell?.store ?? null;
  }

  update(content: Content): void {
    if (this.disposed) return;
    const focused = this.element.shadowRoot?.activeElement != null;
    this.clear();
    if ("report" in content) this.show(content.report);
    else this.say(content);
    if (focused) (this.shell ?? this.root).focus();
  }

  snapshot(): Snapshot | null {
    return this.shell && snapshot(this.shell.store.report, this.shell.store.state);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.root.dataset.theme = theme;
    this.shell?.store.set({ theme });
  }

  resize(): void {
    this.shell?.resize(this.element.clientWidth);
  }

  dispose(): void {
    this.disposed = true;
    this.clear();
    this.observer.disconnect();
    this.element.remove();
  }

  private clear(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.shell?.dispose();
    this.shell = null;
    this.root.replaceChildren();
  }

  private say(content: Exclude<Content, { report: Report }>): void {
    this.root.setAttribute("aria-label", "jaxlab");
    this.root.classList.add("plain");
    this.root.append(
      "loading" in content ? makeLoading() : makeMessage(content.message, content.action),
    );
  }

  private show(report: Report): void {
    const { host = {}, state } = this.options;
    const before = recall(report);
    const first: State = {
      ...initialState(report, this.theme),
      ...(before && restore(report, snapshot(before.report, before.state))),
      ...state,
    };
    const shell = makeShell(this.root, report, first, host);
    this.shell = shell;
    this.root.classList.remove("plain");
    this.root.append(...shell.parts);
    this.resize();
    const keys = Object.keys(first) as (keyof State)[];
    this.stops = [
      shell.store.on(keys, (now) => remember(report, now)),
      followFull(shell.store, this.element),
      warm(report),
    ];
    remember(report, shell.store.state);
    if (before && before.report !== report) this.later(() => shell.compare(before.report));
  }

  /** After the first paint. */
  private later(work: () => void): void {
    const timer = setTimeout(work, 50);
    this.stops.push(() => clearTimeout(timer));
  }

  private keydown(event: KeyboardEvent): void {
    if (!this.shell || !press(event, this.shell.acts)) return;
    event.preventDefault();
    // What had the focus may be gone now, and then keys would go to the page.
    const left = event.key === "Escape";
    if (!left && this.element.shadowRoot?.activeElement == null) this.shell.focus();
  }
}
