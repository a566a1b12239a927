// The values behind each chart as a table, made when a reader opens it.
"use strict";
(() => {
  const { chartData, shorten } = globalThis.bnexp;

  function made(name, content, numeric) {
    const element = document.createElement(name);
    element.append(...content);
    if (numeric) element.className = "num";
    return element;
  }

  function tableOf({ names, numeric, columns }) {
    const heads = names.map((name, place) => {
      const head = made("th", [name], numeric[place]);
      head.scope = "col";
      return head;
    });
    const rows = (columns[0] ?? []).map((_, row) =>
      made("tr", columns.map((values, place) => made("td", [values[row]], numeric[place]))));
    return made("table", [made("thead", [made("tr", heads)]), made("tbody", rows)]);
  }

  for (const details of document.querySelectorAll("details.values")) {
    details.addEventListener("toggle", () => {
      const table = tableOf(chartData(details.dataset.chart));
      details.querySelector(".wide").append(table);
      shorten(table);
    }, { once: true });
  }
})();
