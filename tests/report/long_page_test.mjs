// node long_page_test.mjs REPORT.HTML: the page of the sample large, with 200 arms. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const url = pathToFileURL(resolve(process.argv[2])).href;
const rows = (id) => `[...document.querySelectorAll("#${id} tbody tr")]`;
const visible = (page, id) => page.evaluate(`${rows(id)}.filter((row) => row.getClientRects().length > 0).length`);
const said = (page) => page.evaluate("document.getElementById('shown').textContent");

await withPage(async (page) => {
  await page.show(url, { width: 1280, scheme: "light", drawn: false });
  assert.equal(await visible(page, "arms"), 100, "the first rows");
  assert.equal(await said(page), "200 arms");
  await page.filter("norm=group lr=1");
  assert.equal(await visible(page, "arms"), 5, "the filter searches the rows that are not shown");
  assert.equal(await said(page), "5 of 200 arms");
  await page.filter("");
  assert.equal(await visible(page, "arms"), 100);
  await page.evaluate("[...document.querySelectorAll('#arms thead button')].find((b) => b.textContent === 'lr').click()");
  assert.deepEqual(await page.evaluate(`${rows("arms")}.filter((row) => row.getClientRects().length > 0)
    .map((row) => Number(row.cells[1].textContent)).filter((lr) => lr > 0.01)`), [], "sorted, the first are the lowest");
  for (const id of ["arms-section", "comparisons"]) {
    const all = await page.evaluate(`${rows(id)}.length`);
    assert.equal(await visible(page, id), 100, id);
    const text = await page.evaluate(`document.querySelector("#${id} .more").textContent`);
    assert.equal(text, `Show all ${all} rows`);
    await page.evaluate(`document.querySelector("#${id} .more").click()`);
    assert.equal(await visible(page, id), all, `${id}, on request`);
    assert.equal(await page.evaluate(`document.querySelector("#${id} .more") === null`), true);
  }
  assertQuiet(page, url);
});
