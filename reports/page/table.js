// The arms table, or a benchmark's: sorted by a click on a heading, filtered by text and by status.
"use strict";
(() => {
  const table = document.getElementById("arms");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const filter = document.getElementById("filter");
  const chips = [...document.querySelectorAll(".chip")];
  const shown = document.getElementById("shown");

  function key(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    if (text === "" || text === "–") return null;
    const value = Number(text);
    return Number.isNaN(value) ? text : value;
  }

  // Missing values stay last in both directions; equal values keep the order of the plan.
  function sort(column, descending) {
    const order = rows.map((row, place) => ({ row, place, value: key(row, column) }));
    order.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.place - b.place;
      const numbers = typeof a.value === "number" && typeof b.value === "number";
      const sign = numbers ? a.value - b.value : String(a.value).localeCompare(String(b.value), "en");
      return (descending ? -sign : sign) || a.place - b.place;
    });
    body.append(...order.map(({ row }) => row));
  }

  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const descending = heading.ariaSort === "ascending";
      for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(column, descending);
    });
  });

  function narrow() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.status);
    let count = 0;
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
      const has = row.dataset.status.split(" ");
      row.hidden = !words.every((word) => text.includes(word)) ||
        (statuses.length > 0 && !statuses.some((status) => has.includes(status)));
      count += row.hidden ? 0 : 1;
    }
    const noun = table.dataset.rows ?? "arms";
    shown.textContent = count === rows.length ? `${count} ${noun}` : `${count} of ${rows.length} ${noun}`;
  }

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
})();
