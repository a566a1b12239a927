#include "report/tables.h"

#include "report/compare.h"
#include "report/words.h"

namespace bnexp::report {

Table contrasts_table(const Results& results) {
  Table table;
  table.texts = 2;
  const auto pairs = contrasts(results);
  if (pairs.empty()) return table;
  table.header = {"at", contrast_key(results)->name, "difference in points [95 % CI]", "pairs"};
  for (const auto& pair : pairs) {
    std::string words = points(pair.difference);
    if (pair.difference.n == 0) {
      const bool missing = pair.arm->ok() == 0;
      words = (missing ? pair.level : pair.baseline) + " " + (missing ? pair.arm : pair.base)->statuses();
    }
    table.rows.push_back({pair.where, pair.level + " − " + pair.baseline, words, std::to_string(pair.difference.n)});
  }
  return table;
}

Table failures_table(const Results& results) {
  Table table{{"trial", "arm", "seed", "status", "why"}, {}, 5};
  for (const auto& arm : results.arms) {
    for (const auto& trial : arm.trials) {
      if (trial.ok()) continue;
      const bool told = trial.record && trial.record->result.failure;
      table.rows.push_back({trial.id, arm.label, std::to_string(trial.seed), trial.status(),
                            told ? trial.record->result.failure->message : "–"});
    }
  }
  return table;
}

}  // namespace bnexp::report
