// Draws every panel in the current theme; a click on a mark opens its trial or arm.
"use strict";
(() => {
  const { data, showTrial, showArm } = globalThis.bnexp;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // "$category-2" is the theme's --category-2.
  const color = (name) => variable(name.slice(1));

  // Only mark styles contain colour names; data is left as it is.
  function colored(value, key = "") {
    if (typeof value === "string") {
      return ["color", "fill", "stroke", "range"].includes(key) && value.startsWith("$") ? color(value) : value;
    }
    if (Array.isArray(value)) return value.map((item) => colored(item, key));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) =>
      [name, name === "values" ? item : colored(item, name)]));
  }

  function config() {
    const ink = variable("ink"), muted = variable("muted"), faint = variable("faint"), line = variable("line");
    const font = variable("sans");
    return {
      background: null,
      font,
      aria: false,
      view: { stroke: null },
      axis: {
        domainColor: line, tickColor: line, gridColor: faint, labelColor: muted, titleColor: ink,
        labelFontSize: 11, titleFontSize: 11.5, titleFontWeight: "normal", labelOverlap: true, tickSize: 4,
        labelFlush: false, titlePadding: 6,
      },
      axisY: { domain: false, ticks: false, tickCount: 5 },
      axisX: { grid: false, tickCount: 6 },
      line: { strokeWidth: 1.8, strokeJoin: "round" },
    };
  }

  const loader = {
    options: {},
    load: () => Promise.reject(new Error("a report loads nothing")),
    sanitize: () => Promise.reject(new Error("a report loads nothing")),
    http: () => Promise.reject(new Error("a report loads nothing")),
    file: () => Promise.reject(new Error("a report loads nothing")),
  };

  const views = new Map();

  function rowCount(spec) {
    const own = spec.data?.values?.length ?? 0;
    return own + (spec.layer ?? []).reduce((sum, layer) => sum + rowCount(layer), 0);
  }

  async function draw(plot) {
    const spec = data.charts[plot.dataset.chart][Number(plot.dataset.panel)];
    views.get(plot)?.finalize();
    try {
      const { view, finalize } = await vegaEmbed(plot, colored({
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        autosize: { type: "fit-x", contains: "padding" },
        ...spec,
      }), {
        mode: "vega-lite",
        ast: true,
        renderer: rowCount(spec) > 1500 ? "canvas" : "svg",
        config: config(),
        loader,
        logLevel: vega.Error,
        actions: { export: true, source: false, compiled: false, editor: false },
        downloadFileName: `${document.title}-${plot.dataset.chart}-${plot.dataset.panel}`,
        tooltip: { theme: "custom" },
      });
      view.addEventListener("click", (_, item) => {
        const datum = item?.datum?.datum ?? item?.datum;
        if (typeof datum?.t === "string") showTrial(datum.t);
        else if (typeof datum?.a === "number") showArm(datum.a);
      });
      views.set(plot, { view, finalize });
      plot.style.minHeight = "";
    } catch (error) {
      const message = document.createElement("p");
      message.className = "failed";
      message.textContent = `This panel can't be drawn: ${error.message}`;
      plot.replaceChildren(message);
      console.error(error);
    }
  }

  // Panels are drawn one after another, as they come near the window; all of them for printing and on request.
  let queue = Promise.resolve();
  const asked = new Set();

  function ask(plot) {
    if (asked.has(plot)) return;
    asked.add(plot);
    queue = queue.then(() => draw(plot)).then(() => new Promise((resolve) => { setTimeout(resolve); }));
  }

  const plots = [...document.querySelectorAll(".plot")];
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) ask(entry.target);
    }
  }, { rootMargin: "800px" });

  async function drawAll() {
    plots.forEach(ask);
    await queue;
  }

  dark.addEventListener("change", () => {
    const drawn = [...asked];
    asked.clear();
    drawn.forEach(ask);
  });
  addEventListener("beforeprint", () => { drawAll(); });
  for (const plot of plots) {
    const { height } = data.charts[plot.dataset.chart][Number(plot.dataset.panel)];
    plot.style.minHeight = `${(Number(height) || 150) + 45}px`;  // no layout shift as panels are drawn
    near.observe(plot);
  }
  Object.assign(globalThis.bnexp, { views, drawAll });
})();
