import assert from "node:assert/strict";
import { test } from "node:test";
import type { Theme } from "../src/view/contracts";
import { colorOf, contrast, luminance, palettes } from "../src/view/palette";

const themes: readonly Theme[] = ["light", "dark"];

for (const theme of themes) {
  const palette = palettes[theme];
  const { canvas, group, inner, node } = palette;
  const grounds = { canvas, group, inner, node };

  test(`${theme}: texts have 4.5 to 1 on every ground`, () => {
    for (const [name, ground] of Object.entries(grounds)) {
      for (const text of ["text", "second"] as const)
        assert.ok(contrast(palette[text], ground) >= 4.5, `${text} on ${name}`);
    }
    assert.ok(contrast(palette.text, palette.lit) >= 4.5, "text on what a line lights");
    assert.ok(contrast(palette.second, palette.lit) >= 4.5, "second text on what a line lights");
  });

  test(`${theme}: lines, families and marks have 3 to 1 on every ground`, () => {
    const lines = {
      border: palette.border,
      accent: palette.accent,
      warning: palette.warning,
      error: palette.error,
      ...palette.families,
    };
    for (const [name, ground] of Object.entries(grounds))
      for (const [line, color] of Object.entries(lines))
        assert.ok(contrast(color, ground) >= 3, `${line} on ${name}`);
    // Edges run over the canvas and over groups, never over nodes.
    for (const ground of [canvas, group, inner])
      assert.ok(contrast(palette.edge, ground) >= 3, `edge on ${ground}`);
  });

  test(`${theme}: labels of lit edges have 4.5 to 1`, () => {
    for (const ground of [canvas, group, inner])
      assert.ok(contrast(palette.accent, ground) >= 4.5, ground);
  });

  test(`${theme}: heat is monotone in luminance, with legible text on each of seven steps`, () => {
    const steps = palette.heat.map((color) => luminance(colorOf(color)!));
    const sorted = [...steps].sort((a, b) => (theme === "light" ? b - a : a - b));
    assert.deepEqual(steps, sorted);
    assert.equal(steps.length, 7);
    for (const [step, color] of palette.heat.entries())
      assert.ok(contrast(palette.onHeat[step], color) >= 4.5, `step ${step + 1}`);
  });
}

test("colours are read as browsers write them", () => {
  assert.deepEqual(colorOf("#fff"), [255, 255, 255]);
  assert.deepEqual(colorOf(" #1C2128 "), [28, 33, 40]);
  assert.deepEqual(colorOf("rgb(1, 2, 3)"), [1, 2, 3]);
  assert.deepEqual(colorOf("rgba(1, 2, 3, 0.9)"), [1, 2, 3]);
  assert.equal(colorOf("rgba(0, 0, 0, 0)"), null);
  assert.equal(colorOf("var(--nothing)"), null);
});
