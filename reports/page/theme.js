// The colours and the configuration of charts, in the reader's theme or, for paper, in the light one.
"use strict";
(() => {
  const dark = matchMedia("screen and (prefers-color-scheme: dark)");
  // Categories after Okabe & Ito 2008, ordered for contrast on both backgrounds; ramps after viridis and similar, cut
  // where they would have too little contrast.
  const palettes = {
    light: {
      category: ["#0072b2", "#d55e00", "#00856a", "#b0568c", "#a67c00", "#2f9fd8", "#6d5bb5", "#5c6670"],
      ramp: ["#46165f", "#3d4a89", "#28788e", "#1f9e79", "#7fb000"],
    },
    dark: {
      category: ["#56b4e9", "#f0894a", "#3cc9a0", "#e291c0", "#e6c04a", "#8fc7ff", "#b3a6f0", "#a9b2bc"],
      ramp: ["#9a7fe0", "#6a92dc", "#3fb0bf", "#5ecf86", "#e3df4e"],
    },
  };
  const paper = document.body.appendChild(document.createElement("div"));
  paper.className = "paper";
  paper.hidden = true;

  const current = () => (dark.matches ? "dark" : "light");

  // A colour or font of the page's style.
  function variable(name, theme) {
    const place = theme === "light" ? paper : document.documentElement;
    return getComputedStyle(place).getPropertyValue(`--${name}`).trim();
  }

  function mixed(a, b, share) {
    const part = (color, at) => parseInt(color.slice(at, at + 2), 16);
    const channel = (at) => Math.round(part(a, at) + share * (part(b, at) - part(a, at)));
    return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
  }

  // "$category/2", "$ramp/1/4", "$ink", "$muted", "$failure"
  function color(name, theme) {
    const palette = palettes[theme];
    const [kind, index, count] = name.slice(1).split("/");
    if (kind === "category") return palette.category[Number(index) % palette.category.length];
    if (kind === "ramp") {
      const place = Number(count) > 1 ? (Number(index) / (Number(count) - 1)) * (palette.ramp.length - 1) : 0;
      const low = Math.min(Math.floor(place), palette.ramp.length - 2);
      return mixed(palette.ramp[low], palette.ramp[low + 1], place - low);
    }
    return variable({ ink: "ink", muted: "muted", failure: "bad" }[kind] ?? "ink", theme);
  }

  // Only mark styles contain colour names; data is left as it is.
  function colored(value, theme, key = "") {
    if (typeof value === "string") {
      return ["color", "fill", "stroke", "range"].includes(key) && value.startsWith("$") ? color(value, theme) : value;
    }
    if (Array.isArray(value)) return value.map((item) => colored(item, theme, key));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) =>
      [name, name === "values" ? item : colored(item, theme, name)]));
  }

  function config(theme) {
    const [ink, muted, faint, line, font] = ["ink", "muted", "faint", "line", "sans"].map((name) => variable(name, theme));
    return {
      background: null,
      font,
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

  // The keys of the legends have both themes' colours, so that print has its own.
  for (const key of document.querySelectorAll(".key[data-color]")) {
    for (const theme of ["light", "dark"]) key.style.setProperty(`--${theme}`, color(key.dataset.color, theme));
  }
  Object.assign(globalThis.bnexp, { theme: { dark, current, variable, color, colored, config } });
})();
