#include "cli/damage.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace bnexp::cli {

std::string damage_note(const exec::Plan& plan) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> damaged;
  for (const auto& trial : plan.trials) {
    if (!trial.damage.empty()) damaged.push_back(fmt::format("{}.json ({})", trial.trial, printable(trial.damage)));
  }
  if (damaged.empty()) return "";
  if (damaged.size() == 1) {
    return fmt::format("damaged record: {}; a run sets it aside and trains its trial again", damaged.front());
  }
  const std::size_t others = damaged.size() - std::min(damaged.size(), kNamed);
  damaged.resize(damaged.size() - others);
  if (others > 0) damaged.push_back(fmt::format("{} more", others));
  return fmt::format("damaged records: {}; a run sets them aside and trains their trials again", join(damaged, ", "));
}

}  // namespace bnexp::cli
