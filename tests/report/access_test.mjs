// node access_test.mjs REPORT.HTML: what axe-core says of a report, and what a reader with a keyboard or a screen reader
// needs. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const url = pathToFileURL(resolve(process.argv[2])).href;
const axe = join(dirname(fileURLToPath(import.meta.url)), "../support/node_modules/axe-core/axe.min.js");
if (!existsSync(axe)) {
  console.error("axe-core isn't installed: run 'npm ci' in tests/support, or scripts/setup --test");
  process.exit(2);
}

// Faults that keep some readers out.
async function faults(page) {
  return page.evaluate(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 200) + " " + failureSummary)))`);
}

// Contrasts that axe can't compute, of text in charts and on shaded grounds, by WCAG 2: at least 4.5.
async function textStandsOut(page) {
  const colors = await page.evaluate(`Object.fromEntries(["ground", "raised", "ink", "muted", "link", "ok", "bad", "wait"]
    .map((name) => [name, bnexp.theme.variable(name, bnexp.theme.current())]))`);
  const luminance = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + [0.2126, 0.7152, 0.0722][place] * part, 0);
  for (const ground of ["ground", "raised"]) {
    for (const name of ["ink", "muted", "link", "ok", "bad", "wait"]) {
      const [low, high] = [luminance(colors[ground]), luminance(colors[name])].sort((a, b) => a - b);
      const contrast = (high + 0.05) / (low + 0.05);
      assert.ok(contrast >= 4.5, `${name} on ${ground}: ${contrast.toFixed(2)}`);
    }
  }
}

async function press(page, key) {
  for (const type of ["keyDown", "keyUp"]) await page.send("Input.dispatchKeyEvent", { type, key, code: key, ...(key === "Enter" ? { text: "\r" } : {}) });
}

// Each chart has a name, a description and its values.
async function chartsSpeak(page) {
  const charts = await page.evaluate(`[...document.querySelectorAll("figure")].map((figure) => {
    const details = figure.querySelector("details.values");
    if (details) details.open = true;
    return { id: figure.id, names: [...figure.querySelectorAll(".plot")].map((plot) => plot.role === "img" && plot.ariaLabel),
             about: document.getElementById(figure.querySelector(".plot").getAttribute("aria-describedby"))?.textContent,
             inside: figure.querySelectorAll("[role=img] :is(button, a, summary, input, [tabindex])").length,
             values: details !== null };
  })`);
  await page.until("[...document.querySelectorAll('details.values')].every((one) => one.querySelector('tbody tr'))");
  for (const { id, names, about, inside, values } of charts) {
    assert.ok(names.every(Boolean) && new Set(names).size === names.length, `${id}: each panel has its own name`);
    assert.ok(about?.length > 20, `${id} is described`);
    assert.equal(inside, 0, `${id}: no control is inside a picture`);
    assert.ok(values, `${id} offers its values`);
  }
}

// Tab leads to every control in the order of the page, and Enter on an arm to its trials and back.
async function keyboardSuffices(page) {
  await page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)");
  const wanted = await page.evaluate(`["nav a", "#filter", "#arms thead button", "#arms tbody button, #arms tbody td", "figure .save button", "figure summary"]
    .filter((selector) => document.querySelector(selector))`);
  const reached = new Set();
  for (let steps = 0; steps < 400 && reached.size < wanted.length; ++steps) {
    await press(page, "Tab");
    const found = await page.evaluate(`${JSON.stringify(wanted)}.filter((selector) => document.activeElement.matches(selector) ||
      (selector.includes("tbody td") && document.activeElement.matches(".wide")))`);
    found.forEach((selector) => reached.add(selector));
  }
  assert.deepEqual([...reached].sort(), [...wanted].sort(), "Tab reaches each kind of control");
  if (!(await page.evaluate("document.querySelector('#arms .open') !== null"))) return;
  await page.evaluate("document.querySelector('#arms .open').focus()");
  await press(page, "Enter");
  assert.ok(await page.evaluate("document.getElementById('details').contains(document.activeElement)"), "the focus is in the details");
  assert.deepEqual(await faults(page), [], "with the details open");
  await press(page, "Escape");
  assert.ok(await page.evaluate("document.activeElement.matches('#arms .open')"), "and comes back");
}

await withPage(async (page) => {
  for (const [scheme, width] of [["light", 1280], ["dark", 400]]) {
    await page.show(url, { width, scheme });
    await page.evaluate(`${readFileSync(axe, "utf8")}; 0`);
    await chartsSpeak(page);
    assert.deepEqual(await faults(page), [], `${scheme}, ${width} px`);
    await textStandsOut(page);
    await keyboardSuffices(page);
    assertQuiet(page, url);
  }
});
