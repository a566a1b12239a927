// The arms table, or a benchmark's: sorted by a click on a heading, filtered by text and by status. The charts follow the
// filter. Long tables show their first rows until all are asked for.
"use strict";
(() => {
  const { parseFilter } = globalThis.bnexp;
  const shownAtFirst = 100;

  function showAllButton(table, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "more";
    button.textContent = `Show all ${table.tBodies[0].rows.length.toLocaleString("en")} rows`;
    button.addEventListener("click", () => {
      action();
      button.remove();
    });
    table.closest(".wide").after(button);
    return button;
  }

  // Of a table without a filter.
  function shorten(table) {
    const late = [...table.tBodies[0].rows].slice(shownAtFirst);
    if (late.length === 0) return;
    const toggle = (beyond) => late.forEach((row) => row.classList.toggle("beyond", beyond));
    toggle(true);
    showAllButton(table, () => toggle(false));
  }

  const textOf = (cell) => {
    const text = cell.textContent.trim(), value = Number(cell.dataset.sort ?? (text || NaN));
    return { text: text.toLowerCase(), value: Number.isNaN(value) ? null : value, missing: text === "" || text === "–" };
  };

  // Missing values stay last in both directions; equal values keep the order of the plan.
  function sorted(rows, column, descending) {
    return rows.toSorted(({ cells: { [column]: a }, place: first }, { cells: { [column]: b }, place: second }) => {
      if (a.missing || b.missing) return a.missing - b.missing || first - second;
      const numbers = a.value !== null && b.value !== null;
      const sign = numbers ? a.value - b.value : a.text.localeCompare(b.text, "en");
      return (descending ? -sign : sign) || first - second;
    });
  }

  function makeSearchable(table) {
    const body = table.tBodies[0];
    const filter = document.getElementById("filter");
    const chips = [...document.querySelectorAll(".chip")];
    const shown = document.getElementById("shown");
    const headings = [...table.tHead.rows[0].cells];
    const names = headings.map((heading) => heading.textContent);
    // In the order of the plan; `order` is the order shown.
    const rows = [...body.rows].map((row, place) => {
      const cells = [...row.cells].map(textOf);
      return { row, place, cells, text: cells.map(({ text }) => text).join(" "), statuses: row.dataset.status.split(" ") };
    });
    let order = rows;
    let hidden = new Set();
    let whole = rows.length <= shownAtFirst;

    // Hides what does not match; of the rest, what is beyond the first rows is left for printing.
    function show() {
      let count = 0;
      for (const { row, place } of order) {
        const hides = hidden.has(place), beyond = !hides && !whole && ++count > shownAtFirst;
        if (row.hidden !== hides) row.hidden = hides;
        if (row.classList.contains("beyond") !== beyond) row.classList.toggle("beyond", beyond);
      }
      more.hidden = count <= shownAtFirst;
    }

    const more = showAllButton(table, () => {
      whole = true;
      show();
    });

    function narrow() {
      const { test, unknown } = parseFilter(filter.value, names);
      const wanted = chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.status);
      const kept = (row) => test(row) && (wanted.length === 0 || wanted.some((status) => row.statuses.includes(status)));
      const before = hidden;
      hidden = new Set(rows.filter((row) => !kept(row)).map(({ place }) => place));
      show();
      const count = rows.length - hidden.size;
      const noun = rows.length === 1 ? table.dataset.rows.replace(/s$/, "") : table.dataset.rows;
      shown.textContent = (count === rows.length ? `${count} ${noun}` : `${count} of ${rows.length} ${noun}`) +
        (count === 0 && unknown.length > 0 ? `; no column is named ${unknown.join(" or ")}` : "");
      if (before.size !== hidden.size || [...before].some((place) => !hidden.has(place))) {
        document.dispatchEvent(new CustomEvent("filtered", { detail: hidden }));
      }
    }

    headings.forEach((heading, column) => {
      heading.querySelector("button").addEventListener("click", () => {
        const descending = heading.ariaSort === "ascending";
        for (const other of headings) other.setAttribute("aria-sort", "none");
        heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
        order = sorted(rows, column, descending);
        body.append(...order.map(({ row }) => row));
        show();
      });
    });
    filter.addEventListener("input", narrow);
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", String(chip.ariaPressed !== "true"));
        narrow();
      });
    }
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-arm]");
      if (row) globalThis.bnexp.showArm(Number(row.dataset.arm));
    });
    narrow();
    // A browser that goes back to the page restores the text after this script.
    addEventListener("pageshow", narrow);
  }

  for (const table of document.querySelectorAll(".wide table")) {
    if (table.id === "arms") makeSearchable(table);
    else shorten(table);
  }
  globalThis.bnexp.shorten = shorten;
})();
