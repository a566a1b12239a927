// node picture_test.mjs REPORT.HTML [SCREENSHOT_FOLDER]: saves every chart of a report as SVG and PNG, from a dark theme.
// Exits 77 where there is no Chromium.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertQuiet, withPage } from "./browser.mjs";

const [file, screenshots] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;

async function saved(folder, kind) {
  for (let tries = 0; tries < 400; ++tries) {
    const name = readdirSync(folder).find((one) => one.endsWith(`.${kind}`));
    if (name) return join(folder, name);
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no ${kind} was saved`);
}

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

await withPage(async (page) => {
  const folder = mkdtempSync(join(tmpdir(), "bnexp-pictures-"));
  try {
    await page.browser.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await page.show(url, { width: 1280, scheme: "dark", drawn: false });
    const figures = await page.evaluate(`[...document.querySelectorAll("figure")].map((figure) => ({
      id: figure.id, title: figure.querySelector("h3").textContent,
      words: [...figure.querySelectorAll(".legend li, h4")].map((one) => one.textContent),
      panels: figure.querySelectorAll(".plot").length }))`);
    assert.ok(figures.length > 0);
    for (const { id, title, words, panels } of figures) {
      for (const kind of ["SVG", "PNG"]) {
        await page.evaluate(`[...document.querySelectorAll("#${id} .save button")].find((b) => b.textContent === "${kind}").click()`);
      }
      const svgFile = await saved(folder, "svg"), pngFile = await saved(folder, "png");
      await page.until("true");
      const svg = readFileSync(svgFile, "utf8");
      const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => unescaped(text));
      assert.ok(texts.join(" ").includes(title), `${id} has its title`);
      for (const word of words) assert.ok(texts.includes(word), `${id} has ${word}`);
      assert.equal(svg.match(/<svg /g).length, 1 + panels, `${id} has each of its panels`);
      assert.ok(!/[\s(]id="(\w+)"[\s\S]*\sid="\1"/.test(svg), "no id is there twice");
      assert.match(svg, /<rect width="100%" height="100%" fill="#ffffff"/, "the ground is light");
      assert.ok(!svg.includes("#e4e6e8"), "and no text is");
      const [width, height] = ["width", "height"].map((side) => Number(new RegExp(`<svg[^>]* ${side}="([\\d.]+)"`).exec(svg)[1]));
      const png = readFileSync(pngFile);
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [3 * width, 3 * height], `${id}: three pixels a point`);
      assert.ok(png.length > 20000, `${id} is not blank`);
      for (const one of [svgFile, pngFile]) {
        if (screenshots && existsSync(one)) copyFileSync(one, join(screenshots, one.split("/").at(-1)));
        rmSync(one);
      }
    }
    assertQuiet(page, url);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
