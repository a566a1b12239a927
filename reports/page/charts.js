// Draws every panel in the current theme; a click on a mark opens its trial or arm.
"use strict";
(() => {
  const { data, showTrial, showArm } = globalThis.bnexp;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // Categories after Okabe & Ito 2008, ordered for contrast on both backgrounds; ramps after viridis and similar, cut
  // where they would have too little contrast.
  const themes = {
    light: {
      category: ["#0072b2", "#d55e00", "#00856a", "#b0568c", "#a67c00", "#2f9fd8", "#6d5bb5", "#5c6670"],
      ramp: ["#46165f", "#3d4a89", "#28788e", "#1f9e79", "#7fb000"],
    },
    dark: {
      category: ["#56b4e9", "#f0894a", "#3cc9a0", "#e291c0", "#e6c04a", "#8fc7ff", "#b3a6f0", "#a9b2bc"],
      ramp: ["#9a7fe0", "#6a92dc", "#3fb0bf", "#5ecf86", "#e3df4e"],
    },
  };
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function mixed(a, b, share) {
    const part = (color, at) => parseInt(color.slice(at, at + 2), 16);
    const channel = (at) => Math.round(part(a, at) + share * (part(b, at) - part(a, at)));
    return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
  }

  // "$category/2", "$ramp/1/4", "$ink", "$muted", "$failure"
  function color(name) {
    const theme = themes[dark.matches ? "dark" : "light"];
    const [kind, index, count] = name.slice(1).split("/");
    if (kind === "category") return theme.category[Number(index) % theme.category.length];
    if (kind === "ramp") {
      const place = Number(count) > 1 ? (Number(index) / (Number(count) - 1)) * (theme.ramp.length - 1) : 0;
      const low = Math.min(Math.floor(place), theme.ramp.length - 2);
      return mixed(theme.ramp[low], theme.ramp[low + 1], place - low);
    }
    return variable({ ink: "ink", muted: "muted", failure: "bad" }[kind] ?? "ink");
  }

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

  function paintKeys() {
    for (const key of document.querySelectorAll(".key[data-color]")) {
      key.style.setProperty("--key", color(key.dataset.color));
    }
  }

  dark.addEventListener("change", () => {
    paintKeys();
    const drawn = [...asked];
    asked.clear();
    drawn.forEach(ask);
  });
  addEventListener("beforeprint", () => { drawAll(); });
  paintKeys();
  for (const plot of plots) {
    const { height } = data.charts[plot.dataset.chart][Number(plot.dataset.panel)];
    plot.style.minHeight = `${(Number(height) || 150) + 45}px`;  // no layout shift as panels are drawn
    near.observe(plot);
  }
  Object.assign(globalThis.bnexp, { views, drawAll });
})();
