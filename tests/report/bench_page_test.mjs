// node bench_page_test.mjs REPORT.HTML: opens a benchmark's report in headless Chromium, wide and light, narrow and dark, and
// uses it as a reader would. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const url = pathToFileURL(resolve(process.argv[2])).href;
const shown = "[...document.querySelectorAll('#arms tbody tr')].filter((row) => !row.hidden).map((row) => row.cells[4].textContent)";

await withPage(async (page) => {
  for (const [scheme, width] of [["light", 1280], ["dark", 400]]) {
    await page.show(url, { width, scheme });
    const dots = await page.evaluate(`[...document.querySelectorAll(".plot")].map((plot) =>
      plot.querySelectorAll("svg .mark-symbol path").length)`);
    assert.deepEqual(dots, [2, 2, 2], "a speed-up each way, then two ways forward and backward");
    assert.ok(await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), "nothing scrolls sideways");
    assert.deepEqual(await page.evaluate(shown), ["forward", "backward", "both"]);
    await page.evaluate(`(() => { const filter = document.getElementById("filter"); filter.value = "backward";
      filter.dispatchEvent(new Event("input", { bubbles: true })); })()`);
    assert.deepEqual(await page.evaluate(shown), ["backward"]);
    assert.equal(await page.evaluate("document.getElementById('shown').textContent"), "1 of 3 rows");
    const sort = "document.querySelectorAll('#arms thead th button')[5].click()";
    await page.evaluate(`${sort}; ${sort}`);
    assert.deepEqual(await page.evaluate("[...document.querySelectorAll('#arms tbody tr')].map((row) => row.cells[4].textContent)"),
      ["both", "backward", "forward"], "the slowest first");
    assertQuiet(page, url);
  }
});
