// The colours and the configuration of charts, in the reader's theme or, for paper, in the light one.
"use strict";
(() => {
  const dark = matchMedia("screen and (prefers-color-scheme: dark)");
  const paper = document.body.appendChild(document.createElement("div"));
  paper.className = "paper";
  paper.hidden = true;

  const current = () => (dark.matches ? "dark" : "light");

  // A colour or font of the page's style.
  function variable(name, theme) {
    const place = theme === "light" ? paper : document.documentElement;
    return getComputedStyle(place).getPropertyValue(`--${name}`).trim();
  }

  // "$category-2" is the theme's --category-2.
  const color = (name, theme) => variable(name.slice(1), theme);

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

  Object.assign(globalThis.bnexp, { theme: { dark, current, variable, colored, config } });
})();
