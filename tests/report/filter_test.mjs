// node filter_test.mjs REPORT.HTML: what the filter of the sample lr_sweep keeps, in the table and in the charts. Exits 77
// where there is no Chromium.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const url = pathToFileURL(resolve(process.argv[2])).href;

// "none 0.1", of each arm shown.
const arms = (page) => page.evaluate(`[...document.querySelectorAll("#arms tbody tr")].filter((row) => !row.hidden)
  .map((row) => row.cells[0].textContent + " " + row.cells[1].textContent)`);

// The arms with a mark in any panel, and how many panels are shown.
const drawn = (page) => page.evaluate(`(() => {
  const found = new Set();
  const visit = (item) => {
    const row = item.datum?.datum ?? item.datum ?? {};
    const arm = row.a ?? bnexp.byTrial.get(row.t)?.index;
    if (arm !== undefined) found.add(arm);
    (item.items ?? []).forEach(visit);
  };
  for (const { view } of bnexp.views.values()) visit(view.scenegraph().root);
  return { arms: [...found].sort((a, b) => a - b), panels: [...document.querySelectorAll(".panel")].filter((p) => !p.hidden).length };
})()`);

const kept = {
  "": 8,
  "lr=0.1": ["none 0.1", "batch 0.1"],
  "lr=1e-1": ["none 0.1", "batch 0.1"],
  "train.optimizer.lr = 0.1": ["none 0.1", "batch 0.1"],
  "norm=batch": ["batch 0.001", "batch 0.01", "batch 0.1", "batch 1"],
  "NORM=Batch lr>0.01": ["batch 0.1", "batch 1"],
  "lr>=0.01 lr<=0.1 norm=none": ["none 0.01", "none 0.1"],
  "lr<0.01": ["none 0.001", "batch 0.001"],
  "status=diverged": ["none 1"],
  "status=ok lr=1": ["batch 1"],
  "batch": ["batch 0.001", "batch 0.01", "batch 0.1", "batch 1"],
  "diverged none": ["none 1"],
  "norm=none, lr=0.1": ["none 0.1"],
  "norm=bat": [],
  "lr=": 8,
  "width>3": [],
};

// The keys of a zip share a column.
globalThis.bnexp = {};
await import("../../reports/page/filter.js");
const zipped = ["batch_size=2, lr=0.00625", "batch_size=32, lr=0.1", "batch_size=64, lr=0.2"];
const shown = (typed) => {
  const { test, unknown } = globalThis.bnexp.parseFilter(typed, ["batch_size, lr", "test accuracy (%)"]);
  assert.deepEqual(unknown, [], typed);
  return zipped.filter((text) => test({ text, cells: [{ text, value: null }, { text: "97", value: 97 }], statuses: [] }));
};
assert.deepEqual(shown("lr=0.1"), [zipped[1]]);
assert.deepEqual(shown("lr=1e-1 batch_size=32"), [zipped[1]]);
assert.deepEqual(shown("lr<1"), zipped);
assert.deepEqual(shown("batch_size=3"), []);
assert.deepEqual(shown("batch_size<=32 lr>0.01"), [zipped[1]]);
assert.deepEqual(shown("accuracy>90"), zipped);

await withPage(async (page) => {
  await page.show(url, { width: 1280, scheme: "light" });
  const all = await drawn(page);
  assert.equal(all.arms.length, 8);
  for (const [typed, expected] of Object.entries(kept)) {
    await page.filter(typed);
    const found = await arms(page);
    if (typeof expected === "number") assert.equal(found.length, expected, typed);
    else assert.deepEqual(found, expected, typed);
  }
  assert.match(await page.evaluate("document.getElementById('shown').textContent"), /0 of 8 arms; no column is named width/);

  // Accuracies are means, in percent; the column "test accuracy" comes before "validation accuracy".
  const means = await page.evaluate(`(() => { const column = [...document.querySelectorAll("#arms thead th")]
    .findIndex((head) => head.textContent.startsWith("test accuracy"));
    return [...document.querySelectorAll("#arms tbody tr")].map((row) => row.cells[column].dataset.sort)
      .filter((value) => value !== undefined).map(Number); })()`);
  for (const [sign, holds] of [[">", (a) => a > 97], ["<=", (a) => a <= 97]]) {
    await page.filter(`accuracy${sign}97`);
    assert.equal((await arms(page)).length, means.filter(holds).length, `accuracy${sign}97`);
  }

  // What the help line gives as an example keeps some arm.
  const example = await page.evaluate("document.querySelector('#filter-help code').textContent");
  await page.filter(example);
  assert.ok((await arms(page)).length > 0, example);

  await page.filter("norm=batch lr>=0.1");
  await page.evaluate("bnexp.drawAll()");
  const some = await drawn(page);
  assert.deepEqual(some.arms, [6, 7], "the charts have only the arms that match");
  assert.ok(some.panels < all.panels, "panels without any are left out");
  await page.filter("");
  await page.evaluate("bnexp.drawAll()");
  assert.deepEqual(await drawn(page), all, "and all come back");
  assertQuiet(page, url);
});
