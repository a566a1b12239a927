#include "train/schedule.h"

namespace bnexp::train {
namespace {

struct ConstantOptions : WarmupOptions {
  double curve(std::int64_t, std::int64_t) const { return 1; }
};

const bool kAdded =
    add_schedule<ConstantOptions>("constant", {.summary = "A constant rate.", .formula = "1", .source = ""});

}  // namespace
}  // namespace bnexp::train
