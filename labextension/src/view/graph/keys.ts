/** What keys do while the picture has the focus; the panel has those that work from anywhere. */

import type { Direction } from "./walk";

export interface KeyActions {
  move(direction: Direction): void;
  pan(dx: number, dy: number): void;
  follow(to: "operand" | "user"): void;
  toggle(): void;
}

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

const panStep = 80;

/** True where the key means something here. Others are left to the panel. */
export function pressKey(event: KeyboardEvent, to: KeyActions): boolean {
  const { key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const direction = directions[key];
  if (direction !== undefined) {
    if (event.shiftKey) panTo(direction, to);
    else to.move(direction);
    return true;
  }
  const pressed = actions[key];
  if (pressed === undefined) return false;
  pressed(to);
  return true;
}

const actions: Readonly<Record<string, (to: KeyActions) => void>> = {
  Enter: (to) => to.toggle(),
  "[": (to) => to.follow("operand"),
  "]": (to) => to.follow("user"),
};

function panTo(direction: Direction, to: KeyActions): void {
  const dx = direction === "left" ? panStep : direction === "right" ? -panStep : 0;
  const dy = direction === "up" ? panStep : direction === "down" ? -panStep : 0;
  to.pan(dx, dy);
}
