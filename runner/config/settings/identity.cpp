#include "config/settings/identity.h"

namespace bnexp::config {

Json identity(const Json& settings) { return settings; }

Json semantics(const Json&) { return Json::object(); }

}  // namespace bnexp::config
