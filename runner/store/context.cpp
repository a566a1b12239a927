#include "store/context.h"

#include "base/machine.h"
#include "store/revision.h"

namespace bnexp::store {

Json context(const std::string& libtorch, const std::string& isa, int jobs) {
  const bool in_git = *kRevision != '\0';
  return {{"bnexp", BNEXP_VERSION},
          {"git", in_git ? Json(kRevision) : Json(nullptr)},
          {"dirty", in_git ? Json(kDirty) : Json(nullptr)},
          {"compiler", BNEXP_COMPILER},
          {"flags", BNEXP_FLAGS},
          {"build_type", BNEXP_BUILD_TYPE},
          {"libtorch", libtorch},
          {"isa", isa},
          {"threads", 1},
          {"cpu", cpu_model()},
          {"cores", available_cores()},
          {"memory_bytes", memory_bytes()},
          {"os", os_name()},
          {"jobs", jobs},
          {"load", load_average()}};
}

bool is_contended(const ThreadUsage& usage) {
  return usage.wall_s - usage.cpu_s > kLostTime * usage.wall_s && usage.involuntary_switches > usage.voluntary_switches;
}

}  // namespace bnexp::store
