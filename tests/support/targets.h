// Vectorized code on every instruction set that this machine has.
#pragma once

#include <hwy/targets.h>

#include <cstdint>

#include "support/catch.h"

namespace bnexp::tests {

template <class F>
void on_every_target(const F& f) {
  for (std::int64_t targets = hwy::SupportedTargets(); targets != 0; targets &= targets - 1) {
    const std::int64_t target = targets & -targets;
    hwy::SetSupportedTargetsForTest(target);
    INFO(hwy::TargetName(target));
    f();
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace bnexp::tests
