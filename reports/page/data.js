// The page's data: arms with their trials, and the charts' panels and tables. Rows are made from their columns when they
// are asked for. `bnexp` is what the page's scripts share.
"use strict";
(() => {
  const packed = JSON.parse(document.getElementById("data").textContent);

  // A column is a list or, of text, {of: its distinct values, at: the place of each row's value}.
  const column = (stored) => (Array.isArray(stored) ? stored : stored.at.map((place) => stored.of[place] ?? null));

  // Each row has the members that are not null in its columns.
  function rows(table) {
    const columns = Object.entries(packed.tables[table]).map(([name, stored]) => [name, column(stored)]);
    return columns[0][1].map((_, place) => Object.fromEntries(
      columns.filter(([, values]) => values[place] !== null).map(([name, values]) => [name, values[place]])));
  }

  // The Vega-Lite specification of a panel, of rows of its own; only those that `keeps`.
  function panel(chart, place, keeps = () => true) {
    const made = new Map();
    function kept(table) {
      if (!made.has(table)) made.set(table, rows(table).filter(keeps));
      return made.get(table);
    }
    function filled(value) {
      if (Array.isArray(value)) return value.map(filled);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(Object.entries(value).map(([name, item]) =>
        [name, name === "data" && "table" in item ? { values: kept(item.table) } : filled(item)]));
    }
    return filled(packed.charts[chart].panels[place]);
  }

  // The values that a chart draws: {names, numeric, columns}.
  function chartData(chart) {
    const { names, numeric, cells } = packed.charts[chart].data;
    return { names, numeric, columns: cells.map(column) };
  }

  function trial([id, seed, status, seconds, values, failure, where]) {
    const metrics = Object.fromEntries(
      packed.metrics.map((name, place) => [name, values?.[place] ?? null]).filter(([, value]) => value !== null));
    const recorded = status !== "missing";
    return {
      id, seed, status, seconds, metrics, failure, where,
      record: recorded ? `records/${id}.json` : null,
      repeat: recorded && /^[0-9a-f]+$/.test(id) ? packed.repeat.replace(/\.json'?$/, (end) => id + end) : null,
    };
  }

  const arms = packed.arms.map(({ label, sections, trials }) => ({
    label,
    trials: trials.map(trial),
    get settings() {
      return sections && Object.fromEntries(packed.sections.map(({ name, values }, place) => [name, values[sections[place]]])
        .filter(([, value]) => value !== undefined));
    },
  }));

  const byTrial = new Map();
  arms.forEach((arm, index) => arm.trials.forEach((one) => byTrial.set(one.id, { trial: one, arm, index })));

  globalThis.bnexp = { arms, byTrial, panel, chartData };
})();
