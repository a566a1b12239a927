// What charts.js needs of a benchmark's page, which has no trials to lead to.
"use strict";
globalThis.bnexp = {
  data: JSON.parse(document.getElementById("data").textContent),
  showTrial() {},
  showArm() {},
};
