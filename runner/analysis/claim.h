// Claims of a suite, decided from its records. Each kind is a file in claims/, found by itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/looks.h"
#include "analysis/metric.h"
#include "analysis/results.h"
#include "base/json.h"
#include "config/settings/catalog.h"
#include "config/suite/claims.h"
#include "config/suite/selection.h"

namespace bnexp::analysis {

// confirmed: the interval clears the stated bound; refuted: it clears it on the wrong side.
enum class Decision { confirmed, refuted, inconclusive };
std::string to_string(Decision decision);

struct Answer {
  Decision decision = Decision::inconclusive;
  std::string why;        // one sentence
  std::string unit = {};  // of the three below: "points"; may be empty
  std::optional<double> effect{};
  std::optional<double> low{};  // with `high` its interval, if it has one
  std::optional<double> high{};
  std::size_t n = 0;  // number of seeds
};

// What a claim is decided from.
struct Evidence {
  const Results& results;
  const Thresholds& thresholds;
  std::optional<Looks> looks{};  // seeds were added by looking

  std::vector<const Arm*> select(const Json& selection) const;
};

// A claim's answer, and the other view's where it is another decision.
struct ClaimAnswer {
  std::string id, says, source, kind;
  Answer answer;
  std::string view = {};  // "at equal settings", "each at its best setting"; empty if there is only one
  std::optional<Answer> other{};
  std::string other_view = {};
  std::vector<const Arm*> may_fail;  // arms whose divergence the claim allows for
};

// {"id", "says", "source", "kind", "verdict", "why", "unit", "effect", "low", "high", "n", "view", "other": null or the
// same of the other view}; a number that is infinite or unknown is null.
Json to_json(const ClaimAnswer& answer);

// The claims of a plan, in its order. A claim that this program can't read is inconclusive.
std::vector<ClaimAnswer> decide_claims(const Json& claims, const Evidence& evidence);

// Whether the trial ended in a way that no claim speaks against: ok, or diverged where a claim allows for that.
bool is_as_claimed(const Trial& trial, const Arm& arm, const std::vector<ClaimAnswer>& claims);

// Base of the kinds, which add their fields.
struct Claim : config::ClaimText {
  // Arms whose trials may diverge without being a failure of the run.
  std::vector<const Arm*> may_fail(const Evidence&) const { return {}; }
};

struct ClaimKind {
  std::function<void(const Json& claim, const Evidence&, ClaimAnswer&)> decide;
};
void add_claim_kind(const std::string& name, ClaimKind kind);

// Kind has fields(config::Fields&) and decide(const Evidence&, ClaimAnswer&) const.
template <class Kind>
bool add_claim(const std::string& name, config::About about) {
  config::Catalog::instance().add_options<Kind>("claim", name, std::move(about));
  add_claim_kind(name, {[](const Json& claim, const Evidence& evidence, ClaimAnswer& answer) {
                   const auto kind = config::from_json<Kind>(claim);
                   answer.may_fail = kind.may_fail(evidence);
                   kind.decide(evidence, answer);
                 }});
  return true;
}

}  // namespace bnexp::analysis
