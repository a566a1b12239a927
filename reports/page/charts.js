// Draws every panel in the current theme, of the arms that the filter keeps; a click on a mark opens its trial or arm.
"use strict";
(() => {
  const { byTrial, panel, showTrial, showArm, theme } = globalThis.bnexp;
  const canvasFrom = 1500;  // rows
  const refuse = () => Promise.reject(new Error("a report loads nothing"));
  const loader = { options: {}, load: refuse, sanitize: refuse, http: refuse, file: refuse };
  const views = new Map();
  let hidden = new Set();

  // The arm of a datum, or undefined.
  const armOf = ({ a, t }) => a ?? byTrial.get(t)?.index;

  function rowCount(spec) {
    const own = spec.data?.values?.length ?? 0;
    return own + (spec.layer ?? []).reduce((sum, layer) => sum + rowCount(layer), 0);
  }

  // A panel's specification, and whether the filter has left no arm of it.
  function filtered(plot) {
    let before = 0, after = 0;
    const spec = panel(plot.dataset.chart, Number(plot.dataset.panel), (row) => {
      const arm = armOf(row), keeps = !hidden.has(arm);
      before += arm !== undefined;
      after += arm !== undefined && keeps;
      return keeps;
    });
    return { spec, empty: before > 0 && after === 0 };
  }

  // Draws into `place`, which may be outside of the page; without `width`, as wide as the place. It waits for nothing
  // outside of this page, so that all panels can be drawn while a browser is about to print.
  async function embed(place, spec, { colors, renderer, width }) {
    const drawn = await vegaEmbed(place, theme.colored({
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      autosize: { type: "fit-x", contains: "padding" },
      ...spec,
      ...(width ? { width } : {}),
    }, colors), {
      mode: "vega-lite", ast: true, renderer, config: theme.config(colors), loader, logLevel: vega.Error,
      actions: false, tooltip: { theme: "custom" },
    });
    place.setAttribute("aria-hidden", "true");  // the plot has a name and a description
    return drawn;
  }

  async function draw(plot) {
    views.get(plot)?.finalize();
    views.delete(plot);
    try {
      const { spec, empty } = filtered(plot);
      plot.closest(".panel").hidden = empty;
      if (empty) return;
      const place = document.createElement("div");
      plot.replaceChildren(place);
      const { view, finalize } = await embed(place, spec, {
        colors: theme.current(), renderer: rowCount(spec) > canvasFrom ? "canvas" : "svg",
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

  // Panels are drawn one after another, as they come near the window, and again after a change.
  let queue = Promise.resolve();
  const asked = new Set(), nearby = new Set();

  function ask(plot) {
    if (asked.has(plot)) return;
    asked.add(plot);
    queue = queue.then(() => draw(plot)).then(() => new Promise((resolve) => { setTimeout(resolve); }));
  }

  const plots = [...document.querySelectorAll(".plot")];
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      nearby[isIntersecting ? "add" : "delete"](target);
      if (isIntersecting) ask(target);
    }
  }, { rootMargin: "800px" });

  // A panel without an arm is no longer near anything, and may have arms now.
  let waiting = 0;
  function drawAgain() {
    clearTimeout(waiting);
    waiting = 0;
    const wanted = plots.filter((plot) => nearby.has(plot) || plot.closest(".panel").hidden);
    asked.clear();
    wanted.forEach(ask);
  }

  async function drawAll() {
    if (waiting) drawAgain();
    plots.forEach(ask);
    await queue;
  }

  document.addEventListener("filtered", ({ detail }) => {
    hidden = detail;
    clearTimeout(waiting);
    waiting = setTimeout(drawAgain, 300);  // when the typing stops
  });
  theme.dark.addEventListener("change", drawAgain);
  for (const plot of plots) {
    plot.style.minHeight = `${Number(plot.dataset.height) + 45}px`;  // no layout shift as panels are drawn
    near.observe(plot);
  }
  Object.assign(globalThis.bnexp, { views, drawAll, filtered, embed });
})();
