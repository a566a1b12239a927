// node bench_page_test.mjs REPORT.HTML: opens a benchmark's report in headless Chromium, wide and light, narrow and dark, and
// uses it as a reader would. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const url = pathToFileURL(resolve(process.argv[2])).href;
const shown = "[...document.querySelectorAll('#arms tbody tr')].filter((row) => !row.hidden).map((row) => row.cells[4].textContent)";
const dots = `[...document.querySelectorAll(".plot")].map((plot) =>
  plot.closest(".panel").hidden ? 0 : plot.querySelectorAll("svg .mark-symbol path").length)`;

await withPage(async (page) => {
  for (const [scheme, width] of [["light", 1280], ["dark", 400]]) {
    await page.show(url, { width, scheme });
    assert.deepEqual(await page.evaluate(dots), [2, 2, 2], "a speed-up each way, then two ways forward and backward");
    assert.ok(await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), "nothing scrolls sideways");
    assert.deepEqual(await page.evaluate(shown), ["forward", "backward", "both"]);
    await page.filter("backward");
    assert.deepEqual(await page.evaluate(shown), ["backward"]);
    assert.equal(await page.evaluate("document.getElementById('shown').textContent"), "1 of 3 rows");
    await page.evaluate("bnexp.drawAll()");
    assert.deepEqual(await page.evaluate(dots), [1, 0, 2], "the charts have the rows that match");
    await page.filter("");
    const sort = "document.querySelectorAll('#arms thead th button')[5].click()";
    await page.evaluate(`${sort}; ${sort}`);
    assert.deepEqual(await page.evaluate("[...document.querySelectorAll('#arms tbody tr')].map((row) => row.cells[4].textContent)"),
      ["both", "backward", "forward"], "the slowest first");
    assertQuiet(page, url);
  }
});
