#include "report/export.h"

namespace bnexp::report {

Registry<WriteExport>& exports() {
  static Registry<WriteExport> registry;
  return registry;
}

}  // namespace bnexp::report
