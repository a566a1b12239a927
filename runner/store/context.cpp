#include "store/context.h"

#include <algorithm>

#include "base/machine.h"
#include "store/revision.h"

namespace bnexp::store {

Json context(const std::string& libtorch, const std::string& isa, int jobs) {
  const bool in_git = *kRevision != '\0';
  const int cores = available_cores();
  const double load = load_average();
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
          {"cores", cores},
          {"memory_bytes", memory_bytes()},
          {"os", os_name()},
          {"jobs", jobs},
          {"load", load},
          {"contended", load > std::max(0, cores - jobs) + 0.5}};
}

}  // namespace bnexp::store
