// node browser_test.mjs REPORT.HTML [--brief] [SCREENSHOT_FOLDER]: opens a report in headless Chromium, wide and narrow,
// light and dark (--brief: each once), and uses it as a reader would. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const brief = process.argv.includes("--brief");
const [file, screenshots] = process.argv.slice(2).filter((argument) => argument !== "--brief");
const name = basename(dirname(resolve(file)));
const url = pathToFileURL(resolve(file)).href;

// Charts: marks in every panel, inside its box.
async function chartsAreDrawn(page) {
  const panels = await page.evaluate(`(() => {
    const count = (mark) => mark.items.reduce((sum, item) =>
      sum + (item.items ?? []).reduce((inner, child) =>
        inner + (child.marktype === "group" ? (child.role === "scope" || child.role === "mark" ? count(child) : 0)
                 : child.role === "mark" ? child.items.length : 0), 0), 0);
    return [...document.querySelectorAll(".plot")].map((plot) => {
      const drawn = plot.querySelector("svg.marks, canvas.marks");
      return { id: plot.dataset.chart + "/" + plot.dataset.panel,
               marks: count(bnexp.views.get(plot).view.scenegraph().root),
               width: drawn?.getBoundingClientRect().width ?? 0, room: plot.getBoundingClientRect().width };
    });
  })()`);
  for (const { id, marks, width, room } of panels) {
    assert.ok(marks > 0, `${id} has marks`);
    assert.ok(width > 150 && width <= room + 1, `${id} fits its panel: ${width} of ${room}`);
  }
  return panels.length;
}

const fitsTheWindow = (page) => page.evaluate("document.scrollingElement.scrollWidth <= innerWidth");
const shownRows = (page) => page.evaluate("[...document.querySelectorAll('#arms tbody tr')].filter((r) => !r.hidden).length");

async function filterNarrows(page) {
  const all = await shownRows(page);
  const word = await page.evaluate("document.querySelector('#arms tbody tr').cells[0].textContent.trim().split(/\\s/)[0]");
  await page.filter("no such arm anywhere");
  assert.equal(await shownRows(page), 0);
  await page.filter(word);
  const some = await shownRows(page);
  assert.ok(some > 0 && some <= all, `'${word}' keeps ${some} of ${all}`);
  await page.filter("");
  assert.equal(await shownRows(page), all);
  const chips = await page.evaluate("[...document.querySelectorAll('.chip')].map((c) => c.dataset.status)");
  for (const status of chips) {
    const toggle = `document.querySelector('.chip[data-status="${status}"]').click()`;
    await page.evaluate(toggle);
    const expected = await page.evaluate(
      `[...document.querySelectorAll('#arms tbody tr')].filter((r) => r.dataset.status.split(" ").includes("${status}")).length`);
    assert.equal(await shownRows(page), expected, `chip ${status}`);
    await page.evaluate(toggle);
  }
  assert.equal(await shownRows(page), all);
}

async function sortReorders(page) {
  const column = await page.evaluate(
    "[...document.querySelectorAll('#arms th[scope=col]')].findIndex((h) => h.textContent.startsWith('test accuracy'))");
  const click = () => page.evaluate(`document.querySelectorAll('#arms thead th button')[${column}].click()`);
  const values = () => page.evaluate(`[...document.querySelectorAll('#arms tbody tr')].map((r) => r.cells[${column}])
    .map((c) => c.dataset.sort === undefined ? null : Number(c.dataset.sort))`);
  const order = () => page.evaluate(`document.querySelectorAll('#arms thead th')[${column}].getAttribute("aria-sort")`);
  await click();
  assert.equal(await order(), "ascending");
  const up = await values();
  const numbers = up.filter((value) => value !== null);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  assert.ok(up.slice(numbers.length).every((value) => value === null), "arms without a value come last");
  await click();
  assert.equal(await order(), "descending");
  assert.deepEqual((await values()).filter((value) => value !== null), numbers.reverse());
}

async function rowLeadsToTheCommand(page) {
  await page.evaluate("document.querySelector('#arms tbody tr').click()");
  const open = await page.evaluate("!document.getElementById('details').hidden");
  assert.ok(open, "a click on a row opens the details");
  await page.evaluate("document.querySelector('#details td .open')?.click()");
  const text = await page.evaluate("document.getElementById('details').innerText");
  assert.match(text, /bnexp repeat .*records\/[0-9a-f]{16}\.json/);
  assert.match(text, /optimizer:\n\s+lr: /);
  assert.match(text, /seed: 1/);
  await page.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Escape", code: "Escape" });
  await page.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Escape", code: "Escape" });
  assert.ok(await page.evaluate("document.getElementById('details').hidden"), "Escape closes the details");
}

// Where a failed trial's mark is drawn, in the window; null on a page without one.
const failedMark = (page) => page.evaluate(`(() => {
    const plot = document.querySelector('.plot[data-chart="swept_accuracy"]');
    if (!plot) return null;
    plot.scrollIntoView({ block: "center", behavior: "instant" });
    const { view } = bnexp.views.get(plot);
    const box = plot.querySelector("svg, canvas").getBoundingClientRect();
    const find = (mark, x, y) => {
      for (const item of mark.items ?? []) {
        if (mark.marktype === "group") {
          for (const child of item.items ?? []) {
            const found = find(child, x + (item.x ?? 0), y + (item.y ?? 0));
            if (found) return found;
          }
        } else if (mark.marktype === "symbol" && item.datum?.f && item.datum?.t) {
          return { x: x + item.x, y: y + item.y, trial: item.datum.t };
        }
      }
      return null;
    };
    const root = view.scenegraph().root, [left, top] = view.origin(), padding = view.padding();
    const found = find(root, left + padding.left, top + padding.top);
    return found && { ...found, x: box.left + found.x, y: box.top + found.y };
  })()`);

// A true click of the mouse on the mark of one trial, once the page has come to rest. On a busy machine the page may move
// between the look and the click.
async function pointLeadsToItsTrial(page) {
  let target = await failedMark(page);
  for (let before = null; target && JSON.stringify(target) !== JSON.stringify(before);) {
    before = target;
    await new Promise((resolve) => setTimeout(resolve, 200));
    target = await failedMark(page);
  }
  if (!target) return;
  const opened = "!document.getElementById('details').hidden";
  for (let tries = 0; tries < 10 && !(await page.evaluate(opened)); ++tries) {
    target = await failedMark(page);
    await page.click(target.x, target.y);
    await page.until(opened, 3).catch(() => {});
  }
  await page.until(opened, 3);
  const text = await page.evaluate("document.getElementById('details').innerText");
  assert.ok(text.includes(target.trial), "a click on a point shows its own trial");
  assert.match(text, /diverged/);
  await page.evaluate("document.querySelector('#details .close').click()");
}

async function namesAreInert(page) {
  const found = await page.evaluate(`({ images: document.images.length, bold: document.querySelectorAll("b").length,
    scripts: document.querySelectorAll("script:not([type])").length })`);
  assert.deepEqual(found, { images: 0, bold: 0, scripts: 11 });
}

await withPage(async (page) => {
  const looks = [["light", 1280], ["dark", 400], ["dark", 1280], ["light", 400]].slice(0, brief ? 2 : 4);
  for (const [scheme, width] of looks) {
    const began = Date.now();
    await page.show(url, { width, scheme });
    const panels = await chartsAreDrawn(page);
    console.log(`${name}, ${scheme}, ${width} px: ${panels} panels in ${Date.now() - began} ms`);
    assert.ok(panels > 0, "there are charts");
    assert.ok(await fitsTheWindow(page), `nothing scrolls sideways at ${width} px`);
    if (screenshots) writeFileSync(join(screenshots, `${name}-${scheme}-${width}.png`), await page.screenshot());
    await filterNarrows(page);
    await sortReorders(page);
    await rowLeadsToTheCommand(page);
    await pointLeadsToItsTrial(page);
    await namesAreInert(page);
    assert.ok(await fitsTheWindow(page), `nothing scrolls sideways at ${width} px, details seen`);
    assertQuiet(page, url);
  }
});
