// The filter's language: words, and comparisons of a column with a value; a row must satisfy all of them.
//   batch   norm=batch   lr<0.1   status=diverged   accuracy>=97   name="two words"
"use strict";
(() => {
  const plain = (text) => text.toLowerCase().replace(/[\s_]+/g, " ").trim();
  const holds = {
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  };

  // The first column named so, or whose name has it as a word or as its last part: accuracy, momentum.
  function columnOf(names, wanted) {
    const last = wanted.split(".").at(-1);
    const rules = [
      (name) => name === wanted,
      (name) => name.startsWith(`${wanted} `),
      (name) => name.split(" ").includes(wanted),
      (name) => name.endsWith(`.${wanted}`),
      (name) => name === last,
    ];
    for (const rule of rules) {
      const found = names.findIndex(rule);
      if (found >= 0) return found;
    }
    return -1;
  }

  // {name, cell(cells)} of each column. That of a zip, "batch_size, lr" with cells "batch_size=32, lr=0.1", is a column for
  // each of its keys as well.
  function columnsOf(headings) {
    return headings.flatMap((heading, place) => {
      const title = heading.replace(/ \([^()]*\)$/, "");
      const whole = { name: plain(title), cell: (cells) => cells[place] };
      const keys = title.split(", ").map(plain);
      if (keys.length === 1) return [whole];
      const valueOf = (key) => (cells) => {
        const parts = cells[place].text.match(/(?:[^,(]|\([^)]*\))+/g) ?? [];
        const part = parts.map((one) => one.split("=")).find(([name]) => plain(name) === key) ?? [];
        const text = part.slice(1).join("=");
        return { text, value: text === "" || Number.isNaN(Number(text)) ? null : Number(text) };
      };
      return [...keys.map((key) => ({ name: key, cell: valueOf(key) })), whole];
    });
  }

  // A number equals what the cell holds or shows; a text equals the cell or its part before "(": batch(momentum=0.2).
  function equals({ text, value }, wanted) {
    if (text === wanted || text.split("(")[0].trim() === wanted) return true;
    const number = Number(wanted), seen = parseFloat(text.replace("−", "-"));
    if (Number.isNaN(number) || value === null) return false;
    return seen === number || Math.abs(value - number) <= 1e-8 * Math.abs(number);
  }

  // Split at spaces, but not in quotes or brackets, nor around a sign.
  function termsOf(typed) {
    const text = typed.toLowerCase().replace(/\s*(<=|>=|=|<|>)\s*/g, "$1");
    return (text.match(/(?:[^\s"(]|"[^"]*"?|\([^)]*\)?)+/g) ?? []).map((term) => term.replace(/,$/, ""));
  }

  // {test, unknown} of what was typed: test(row) for rows {text, cells: [{text, value | null}], statuses}, all text in
  // lower case; `unknown` are the names that no column has, whose terms are taken as words.
  function parseFilter(typed, headings) {
    const columns = columnsOf(headings), names = columns.map(({ name }) => name);
    const unknown = [];
    const tests = termsOf(typed).map((term) => {
      const [, name, sign, rest] = /^([^=<>"]+)(<=|>=|=|<|>)(.*)$/s.exec(term) ?? [];
      const column = name === undefined ? -1 : columnOf(names, plain(name));
      if (column < 0) {
        if (name !== undefined) unknown.push(name);
        const part = term.replaceAll('"', "");
        return ({ text }) => text.includes(part);
      }
      const word = rest.replaceAll('"', "").replace("−", "-");
      if (word === "") return () => true;  // not typed to the end
      if (sign === "=") {
        return ({ cells, statuses }) =>
          (names[column] === "status" && statuses.includes(word)) || equals(columns[column].cell(cells), word);
      }
      const limit = parseFloat(word);
      return ({ cells }) => {
        const { value } = columns[column].cell(cells);
        return value !== null && holds[sign](value, limit);
      };
    });
    return { test: (row) => tests.every((holdsFor) => holdsFor(row)), unknown };
  }

  globalThis.bnexp.parseFilter = parseFilter;
})();
