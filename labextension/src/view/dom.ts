/** Making elements. Text goes in as text nodes only: programs name things as they like. */

type Child = Node | string | null | undefined | false;

export interface Props {
  /** Space-separated classes. */
  readonly class?: string;
  readonly title?: string;
  readonly id?: string;
  readonly role?: string;
  readonly type?: string;
  readonly tabIndex?: number;
  readonly hidden?: boolean;
  readonly disabled?: boolean;
  readonly aria?: Readonly<Record<string, string | number | boolean>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly on?: { readonly [E in keyof HTMLElementEventMap]?: (e: HTMLElementEventMap[E]) => void };
}

/** An element with properties and children; strings become text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (props.class) element.className = props.class;
  for (const name of ["title", "id", "role", "type"] as const) {
    const value = props[name];
    if (value !== undefined) element.setAttribute(name, value);
  }
  if (tag === "button" && props.type === undefined) element.setAttribute("type", "button");
  if (props.tabIndex !== undefined) element.tabIndex = props.tabIndex;
  if (props.hidden) element.hidden = true;
  if (props.disabled) element.toggleAttribute("disabled", true);
  for (const [name, value] of Object.entries(props.aria ?? {})) {
    element.setAttribute(`aria-${name}`, String(value));
  }
  for (const [name, value] of Object.entries(props.data ?? {})) element.dataset[name] = value;
  for (const [name, heard] of Object.entries(props.on ?? {})) {
    element.addEventListener(name, heard as EventListener);
  }
  append(element, ...children);
  return element;
}

/** Append children as `h` does. */
export function append(element: Element, ...children: readonly Child[]): void {
  for (const child of children) if (child) element.append(child);
}
