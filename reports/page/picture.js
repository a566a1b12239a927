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

  // The mark of a legend's item, in the light theme's colours.
  function glyph(key, x, y) {
    const mark = key.cloneNode(true);
    mark.setAttribute("x", x);
    mark.setAttribute("y", y);
    for (const part of mark.querySelectorAll("*")) {
      for (const side of ["fill", "stroke"]) {
        const [, name] = /^var\(--([\w-]+)\)$/.exec(part.getAttribute(side) ?? "") ?? [];
        if (name) part.setAttribute(side, theme.variable(name, "light"));
      }
    }
    return mark;
  }

  // Writes a legend into `svg`, in lines of this width; returns its height.
  function writeLegend(svg, legend, left, top, width) {
    let x = left, y = top;
    for (const item of legend?.querySelectorAll("li") ?? []) {
      const key = item.querySelector(".key"), label = item.textContent;
      const indent = key ? size(key, "width") + 6 : 0, wide = indent + textWidth(label, 12) + 16;
      if (x === left || x + wide > left + width) {
        x = left;
        y += 20;
      }
      if (key) svg.append(glyph(key, x, y - 10));
      svg.append(make("text", { x: x + indent, y, "font-size": 12, fill: key ? ink : muted }, label));
      x += wide;
    }
    return y - top;
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
    y += writeLegend(svg, figure.querySelector(":scope > .legend"), margin, y, inner);
    y += 16;
    let column = 0, tallest = 0;
    for (const [place, plot] of plots.entries()) {
      const panel = await panelSvg(plot, width, place);
      if (!panel) continue;
      const left = margin + column * (width + gap), name = plot.closest(".panel").querySelector("h4")?.textContent;
      if (name) svg.append(make("text", { x: left, y: y + 11, "font-size": 12, "font-weight": 600, fill: muted }, name));
      const own = writeLegend(svg, plot.closest(".panel").querySelector(".legend"), left, y + 14, width);
      panel.setAttribute("x", left);
      panel.setAttribute("y", y + 20 + own);
      svg.append(panel);
      tallest = Math.max(tallest, own + size(panel, "height"));
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
