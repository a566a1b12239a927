// node marks_test.mjs REPORT.HTML [SCREENSHOT_FOLDER]: measures every panel of a report as Vega laid it out, narrow and
// wide. Labels don't overlap, no label of a swept key is left out, and every mark that isn't cut at its frame is inside
// it. With a folder, writes each chart's picture in both themes. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const [file, screenshots] = process.argv.slice(2);
const name = basename(dirname(resolve(file)));
const url = pathToFileURL(resolve(file)).href;

// Of each panel: the axes with their labels' boxes, the frame, and the places of its symbols.
const measured = `[...document.querySelectorAll(".plot")].map((plot) => {
  const panel = { id: plot.dataset.chart + "/" + plot.dataset.panel, axes: [], symbols: [], frame: null };
  const visit = (mark, x, y) => {
    if (mark.role === "axis-label") {
      panel.axes.push(mark.items.map(({ text, opacity, bounds, angle }) => ({
        text: String(text), shown: opacity > 0, angle: angle ?? 0,
        box: [x + bounds.x1, y + bounds.y1, x + bounds.x2, y + bounds.y2] })));
    }
    for (const item of mark.items ?? []) {
      if (mark.marktype === "symbol" && mark.role === "mark" && !mark.clip) panel.symbols.push([x + item.x, y + item.y]);
      if (mark.marktype === "group") {
        for (const child of item.items ?? []) visit(child, x + (item.x ?? 0), y + (item.y ?? 0));
      }
    }
  };
  const { view } = bnexp.views.get(plot);
  visit(view.scenegraph().root, 0, 0);
  panel.frame = [view.width(), view.height()];
  return panel;
})`;

function overlap(a, b) {
  return a[0] < b[2] - 1 && b[0] < a[2] - 1 && a[1] < b[3] - 1 && b[1] < a[3] - 1;
}

// Charts whose axis has one label for each level.
const levelled = /^(swept_accuracy|resources|speedups|bandwidth_)/;

function check({ id, axes, symbols, frame }) {
  for (const labels of axes) {
    if (levelled.test(id)) assert.ok(labels.every((label) => label.shown), `${id} leaves out a label`);
  }
  // The boxes of slanted labels are larger than the labels.
  const upright = axes.flat().filter((label) => label.shown && label.angle === 0);
  for (const [i, { text, box }] of upright.entries()) {
    for (const other of upright.slice(0, i)) {
      assert.ok(!overlap(box, other.box), `${id}: the labels ${text} and ${other.text} overlap`);
    }
  }
  for (const [x, y] of symbols) {
    assert.ok(x >= -1 && x <= frame[0] + 1 && y >= -1 && y <= frame[1] + 1,
      `${id}: a mark at ${x}, ${y} is outside its frame of ${frame}`);
  }
}

await withPage(async (page) => {
  for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["dark", 400]]) {
    await page.show(url, { width, scheme });
    const panels = await page.evaluate(measured);
    assert.ok(panels.length > 0, "there are charts");
    panels.forEach(check);
    const keys = await page.evaluate(`[...document.querySelectorAll(".legend .key")].map((key) =>
      [...key.querySelectorAll("*")].map((mark) => getComputedStyle(mark)).map((style) => style.stroke + style.fill))`);
    for (const key of keys) assert.match(key.join(), /rgb\(/, "a legend's key has the colour of its theme");
    console.log(`${name}, ${scheme}, ${width} px: ${panels.length} panels, ${keys.length} keys`);
    if (screenshots) {
      const figures = await page.evaluate(`[...document.querySelectorAll("figure")].map((figure) => {
        const { left, top, width, height } = figure.getBoundingClientRect();
        return { id: figure.id, x: left + scrollX, y: top + scrollY, width, height };
      })`);
      for (const { id, ...box } of figures) {
        const { data } = await page.send("Page.captureScreenshot",
          { format: "png", captureBeyondViewport: true, clip: { ...box, scale: 1 } });
        writeFileSync(join(screenshots, `${name}-${id}-${scheme}-${width}.png`), Buffer.from(data, "base64"));
      }
    }
    assertQuiet(page, url);
  }
});
