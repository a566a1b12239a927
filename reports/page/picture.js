// Charts on paper: the panels of a printed page, and a chart saved as one picture with its title, legend and the names of
// its panels. Both are light, whatever the theme of the page.
"use strict";
(() => {
  const { filtered, embed, theme } = globalThis.bnexp;
  const scale = 3, largestSide = 16000;  // of a PNG, in pixels
  const gap = 24, margin = 20;
  const figures = [...document.querySelectorAll("figure")];
  const svgSpace = "http://www.w3.org/2000/svg";
  const ink = theme.variable("ink", "light"), muted = theme.variable("muted", "light");
  const font = theme.variable("sans", "light");

  function make(name, attributes, ...content) {
    const made = document.createElementNS(svgSpace, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  }

  // A panel as <svg>. Its ids are made its own, because those of all panels meet in one document.
  async function panelSvg(plot, width, place) {
    const { spec, empty } = filtered(plot);
    if (empty) return null;
    const { view, finalize } = await embed(document.createElement("div"), spec, { colors: "light", renderer: "none", width });
    const text = await view.toSVG();
    finalize();
    const own = text.replace(/(\bid="|url\(#)(?=[a-z])/g, `$1panel${place}-`);
    return document.importNode(new DOMParser().parseFromString(own, "image/svg+xml").documentElement, true);
  }

  const size = (svg, side) => Number(svg.getAttribute(side));
  const context = document.createElement("canvas").getContext("2d");

  function textWidth(text, pixels, weight = "normal") {
    context.font = `${weight} ${pixels}px ${font}`;
    return context.measureText(text).width;
  }

  function lines(text, width, pixels, weight) {
    const all = [""];
    for (const word of text.split(/\s+/)) {
      const longer = all.at(-1) ? `${all.at(-1)} ${word}` : word;
      if (all.at(-1) && textWidth(longer, pixels, weight) > width) all.push(word);
      else all[all.length - 1] = longer;
    }
    return all;
  }

  function glyph(key, x, y) {
    const color = theme.color(key.dataset.color, "light");
    if (key.classList.contains("point")) return make("circle", { cx: x + 9, cy: y, r: 4.5, fill: color });
    if (key.classList.contains("band")) {
      return make("rect", { x, y: y - 5, width: 18, height: 10, fill: color, "fill-opacity": 0.3 });
    }
    if (key.classList.contains("cross")) {
      return make("path", { d: `M${x + 4},${y - 5}l10,10m0,-10l-10,10`, stroke: color, "stroke-width": 2 });
    }
    const dashes = key.classList.contains("dashed") ? { "stroke-dasharray": "5 3" } : {};
    return make("path", { d: `M${x},${y}h18`, stroke: color, "stroke-width": 2.5, ...dashes });
  }

  // The whole figure as <svg>.
  async function picture(figure) {
    const plots = [...figure.querySelectorAll(".plot")];
    const columns = plots.length === 1 ? 1 : plots.length === 2 || plots.length === 4 ? 2 : 3;
    const width = [640, 460, 340][columns - 1];
    const inner = columns * width + (columns - 1) * gap;
    const svg = make("svg", { xmlns: svgSpace, "font-family": font, fill: ink });
    let y = margin;

    function write(text, pixels, fill, weight = "normal") {
      for (const line of lines(text, inner, pixels, weight)) {
        y += 1.35 * pixels;
        svg.append(make("text", { x: margin, y: y - 0.3 * pixels, "font-size": pixels, "font-weight": weight, fill }, line));
      }
    }

    write(figure.querySelector("h3").textContent, 17, ink, 650);
    write(figure.querySelector(".caption").textContent, 12, muted);
    let x = margin;
    for (const item of figure.querySelectorAll(".legend li")) {
      const key = item.querySelector(".key"), label = item.textContent;
      const wide = (key ? 24 : 0) + textWidth(label, 12) + 16;
      if (x === margin || x + wide > margin + inner) {
        x = margin;
        y += 20;
      }
      if (key) svg.append(glyph(key, x, y - 4));
      svg.append(make("text", { x: x + (key ? 24 : 0), y, "font-size": 12, fill: key ? ink : muted }, label));
      x += wide;
    }
    y += 16;
    let column = 0, tallest = 0;
    for (const [place, plot] of plots.entries()) {
      const panel = await panelSvg(plot, width, place);
      if (!panel) continue;
      const left = margin + column * (width + gap), name = plot.closest(".panel").querySelector("h4")?.textContent;
      if (name) svg.append(make("text", { x: left, y: y + 11, "font-size": 12, "font-weight": 600, fill: muted }, name));
      panel.setAttribute("x", left);
      panel.setAttribute("y", y + 20);
      svg.append(panel);
      tallest = Math.max(tallest, size(panel, "height"));
      if (++column === columns) {
        y += tallest + 36;
        column = tallest = 0;
      }
    }
    if (column > 0) y += tallest + 36;
    const whole = { width: Math.ceil(inner + 2 * margin), height: Math.ceil(y) };
    for (const [side, value] of Object.entries(whole)) svg.setAttribute(side, value);
    svg.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`);
    svg.prepend(make("title", {}, figure.querySelector("h3").textContent),
      make("rect", { width: "100%", height: "100%", fill: "#ffffff" }));
    return svg;
  }

  async function png(svg, url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    const [width, height] = ["width", "height"].map((side) => size(svg, side));
    const factor = Math.min(scale, largestSide / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(factor * width);
    canvas.height = Math.round(factor * height);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }

  function download(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  async function save(figure, kind) {
    const svg = await picture(figure);
    const drawing = new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
    const name = `${document.title}-${figure.id.replace("chart-", "")}.${kind}`.replace(/[^\w.-]+/g, "_");
    if (kind === "svg") return download(drawing, name);
    const url = URL.createObjectURL(drawing);
    download(await png(svg, url), name);
    URL.revokeObjectURL(url);
  }

  for (const figure of figures) {
    const controls = document.createElement("p");
    controls.className = "save";
    controls.append("Save as ", ...["svg", "png"].map((kind) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "open";
      button.textContent = kind.toUpperCase();
      button.setAttribute("aria-label", `Save ${figure.querySelector("h3").textContent} as ${kind.toUpperCase()}`);
      button.addEventListener("click", () => save(figure, kind));
      return button;
    }));
    figure.querySelector(".panels").after(controls);
  }

  // Promises that wait for no event are kept before the browser goes on to print.
  addEventListener("beforeprint", async () => {
    for (const [place, plot] of [...document.querySelectorAll(".plot")].entries()) {
      const svg = await panelSvg(plot, plot.closest(".panels").classList.contains("one") ? 680 : 330, place);
      if (!svg) continue;
      const printed = document.createElement("div");
      printed.className = "printed";
      printed.append(svg);
      plot.after(printed);
    }
  });
  addEventListener("afterprint", () => document.querySelectorAll(".printed").forEach((one) => one.remove()));
  globalThis.bnexp.picture = picture;
})();
