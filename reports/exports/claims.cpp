// claims.json: the verdicts on a suite's claims, for other programs.
#include "report/export.h"

namespace bnexp::report {
namespace {

std::string claims(const Document& document, const std::filesystem::path& /*assets*/) {
  if (document.analysis == nullptr) return "";
  Json list = Json::array();
  for (const auto& claim : document.analysis->claims) list.push_back(analysis::to_json(claim));
  return to_file({{"suite", document.title}, {"claims", std::move(list)}});
}

BNEXP_EXPORT(claims, "claims.json", claims);

}  // namespace
}  // namespace bnexp::report
