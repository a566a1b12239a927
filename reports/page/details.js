// The panel of a trial, or of an arm and its trials. All text is inserted as text, never as HTML.
"use strict";
(() => {
  const { arms, byTrial } = globalThis.bnexp;
  const panel = document.getElementById("details");
  let opener = null;

  function element(tag, content, attributes = {}) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...[content ?? ""].flat());
    return made;
  }

  function button(text, kind, action) {
    const made = element("button", text, { type: "button", class: kind });
    made.addEventListener("click", action);
    return made;
  }

  function facts(pairs) {
    const list = element("dl");
    for (const [name, value] of pairs) {
      if (value !== undefined && value !== null) list.append(element("dt", name), element("dd", value));
    }
    return list;
  }

  const plain = (text) => /^[A-Za-z_][\w ./+-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  function scalar(value) {
    return typeof value === "string" && plain(value) ? value : JSON.stringify(value);
  }

  // Settings in the syntax of a suite.
  function yaml(value, indent = "") {
    return Object.entries(value).map(([key, item]) => {
      if (Array.isArray(item) && item.some((entry) => typeof entry === "object")) {
        const lines = item.map((entry) => `${indent}  - ${yaml(entry, indent + "    ").trimStart()}`);
        return `${indent}${key}:\n${lines.join("\n")}`;
      }
      if (Array.isArray(item)) return `${indent}${key}: [${item.map(scalar).join(", ")}]`;
      if (item !== null && typeof item === "object") return `${indent}${key}:\n${yaml(item, indent + "  ")}`;
      return `${indent}${key}: ${scalar(item)}`;
    }).join("\n");
  }

  function badge(status) {
    return element("span", status, { class: `badge ${status}` });
  }

  function number(name, value) {
    if (/accuracy/.test(name)) return `${(100 * value).toFixed(2)} %`;
    return Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(5)));
  }

  async function copy(text, control) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = element("textarea", text, { readonly: "" });
      panel.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    control.textContent = "Copied";
    setTimeout(() => { control.textContent = "Copy"; }, 1500);
  }

  function show(content) {
    if (panel.hidden) opener = document.activeElement;
    panel.replaceChildren(button("Close", "close", close), ...content.filter(Boolean));
    panel.hidden = false;
    panel.scrollTop = 0;
    panel.focus({ preventScroll: true });
  }

  function close() {
    panel.hidden = true;
    document.querySelectorAll("#arms .current").forEach((row) => row.classList.remove("current"));
    if (location.hash.startsWith("#trial-")) history.replaceState(null, "", "#arms-section");
    opener?.focus?.({ preventScroll: true });
  }

  function showTrial(id) {
    const found = byTrial.get(id);
    if (!found) return;
    const { trial, arm, index } = found;
    const content = [
      element("h2", `${arm.label || "all"}, seed ${trial.seed}`),
      facts([
        ["Status", badge(trial.status)],
        ["Why", trial.failure],
        ["Where", trial.where],
        ["Trial", element("code", trial.id)],
        ["Record", trial.record && element("a", trial.record, { href: trial.record })],
        ["Time", trial.seconds === null ? null : `${trial.seconds.toFixed(1)} s`],
      ]),
    ];
    const metrics = Object.entries(trial.metrics);
    if (metrics.length) {
      content.push(element("h3", "Metrics"),
        facts(metrics.map(([name, value]) => [name.replaceAll("_", " "), number(name, value)])));
    }
    if (trial.repeat) {
      const control = button("Copy", "copy", () => copy(trial.repeat, control));
      content.push(element("h3", "Repeat it"), element("pre", trial.repeat), control);
    } else {
      content.push(element("p", "Planned, but there is no record of it. Running the suite again trains it."));
    }
    if (arm.settings) {
      content.push(element("h3", "Settings"), element("pre", yaml({ ...arm.settings, seed: trial.seed })));
    }
    if (arm.trials.length > 1) {
      content.push(element("p", button("All trials of this arm", "step", () => showArm(index))));
    }
    show(content);
    history.replaceState(null, "", `#trial-${trial.id}`);
  }

  function showArm(index) {
    const arm = arms[index];
    if (!arm) return;
    if (arm.trials.length === 1) {
      showTrial(arm.trials[0].id);
      return;
    }
    const rows = arm.trials.map((trial) => {
      const accuracy = trial.metrics.test_accuracy;
      return element("tr", [
        element("td", button(`seed ${trial.seed}`, "open", () => showTrial(trial.id))),
        element("td", badge(trial.status)),
        element("td", accuracy === undefined ? trial.where ?? "" : `${(100 * accuracy).toFixed(2)} %`,
          { class: "num" }),
      ]);
    });
    show([
      element("h2", arm.label || "all"),
      element("table", element("tbody", rows)),
      arm.settings && element("h3", "Settings"),
      arm.settings && element("pre", yaml(arm.settings)),
    ]);
    document.querySelectorAll("#arms .current").forEach((row) => row.classList.remove("current"));
    document.querySelector(`#arms tr[data-arm="${index}"]`)?.classList.add("current");
  }

  for (const row of document.querySelectorAll("#failures tbody tr")) {
    const id = row.cells[0].textContent;
    row.cells[0].replaceChildren(button(id, "open", () => showTrial(id)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) close();
  });
  Object.assign(globalThis.bnexp, { showTrial, showArm });
  if (location.hash.startsWith("#trial-")) showTrial(location.hash.slice("#trial-".length));
})();
