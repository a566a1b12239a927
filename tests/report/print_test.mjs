// node print_test.mjs REPORT.HTML [SCREENSHOT_FOLDER]: prints a report that nobody has scrolled through, from a dark theme,
// on A4 and on letter paper. Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const [file, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const name = basename(dirname(resolve(file)));
const inch = 96, margin = 12 / 25.4;  // of page.css, in inches
const papers = { A4: [210 / 25.4, 297 / 25.4], letter: [8.5, 11] };

// What is on paper: the panels without a drawing, the colours of text and ground, and what is wider than the paper.
const onPaper = `(() => {
  const style = (element) => getComputedStyle(element);
  const panels = [...document.querySelectorAll(".panel")].filter((panel) => !panel.hidden);
  const drawn = (panel) => panel.querySelector(".printed svg path, .printed svg line") !== null &&
    panel.querySelector(".printed").getBoundingClientRect().height > 50;
  const wide = [...document.querySelectorAll("table, svg, td, th, p, figure")]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
  return {
    panels: panels.length, blank: panels.filter((panel) => !drawn(panel)).length,
    twice: panels.filter((panel) => style(panel.querySelector(".plot")).display !== "none").length,
    inks: [...new Set([...document.querySelectorAll("h1, h3, td")].map((element) => style(element).color))],
    grounds: [...new Set([document.documentElement, document.body].map((element) => style(element).backgroundColor))],
    labels: [...new Set([...document.querySelectorAll(".printed svg .role-axis-title text")].map((text) => text.getAttribute("fill")))],
    wide: wide.map((element) => element.outerHTML.slice(0, 90)),
    rows: [...document.querySelectorAll("#arms tbody tr")].filter((row) => style(row).display === "none").length,
  };
})()`;

await withPage(async (page) => {
  for (const [paper, [width, height]] of Object.entries(papers)) {
    await page.show(url, { width: 1280, scheme: "dark", drawn: false });
    // The last listener before the browser prints.
    await page.evaluate("globalThis.printed = 0; addEventListener('beforeprint', () => { printed = document.querySelectorAll('.printed svg').length; })");
    const { data } = await page.send("Page.printToPDF", { paperWidth: width, paperHeight: height, preferCSSPageSize: false });
    const panels = await page.evaluate("document.querySelectorAll('.panel').length");
    assert.ok(Buffer.from(data, "base64").length > 10000, "there is a PDF");
    assert.equal(await page.evaluate("printed"), panels, "each panel is drawn when the browser prints");
    assert.equal(await page.evaluate("document.querySelectorAll('.printed').length"), 0, "and the page is as before");
    if (screenshots) writeFileSync(join(screenshots, `${name}-${paper}.pdf`), Buffer.from(data, "base64"));

    // The same layout, to be measured.
    await page.look({ width: Math.floor((width - 2 * margin) * inch), scheme: "dark", media: "print" });
    await page.evaluate("dispatchEvent(new Event('beforeprint')); new Promise((done) => setTimeout(done))");
    const seen = await page.evaluate(onPaper);
    if (screenshots) writeFileSync(join(screenshots, `${name}-${paper}.png`), await page.screenshot());
    assert.equal(seen.panels, panels);
    assert.equal(seen.blank, 0, "no panel is blank");
    assert.equal(seen.twice, 0, "no panel is there twice");
    assert.deepEqual(seen.inks, ["rgb(28, 30, 33)"], "text is dark");
    assert.deepEqual(seen.grounds, ["rgba(0, 0, 0, 0)"], "on the paper's own ground");
    assert.ok(seen.labels.every((color) => color === "#1c1e21"), `so are the charts: ${seen.labels}`);
    assert.deepEqual(seen.wide, [], "nothing is cut at the edge of the paper");
    assert.equal(seen.rows, 0, "each row is there");
    assertQuiet(page, url);
  }
});
