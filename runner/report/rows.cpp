#include "report/rows.h"

#include <algorithm>

namespace bnexp::report {
namespace {

constexpr std::size_t kOneLine = 24;  // characters
constexpr int kLineHeight = 13;
constexpr int kLabelWidth = 210;
constexpr const char* kSeparator = ", ";

bool wrapped(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) { return name.size() > kOneLine; });
}

int label_lines(const std::string& name) {
  int lines = 1;
  for (std::size_t at = name.find(kSeparator); at != std::string::npos; at = name.find(kSeparator, at + 1)) ++lines;
  return lines;
}

}  // namespace

Json rows_channel(const std::string& field, const std::vector<std::string>& names) {
  Json axis{{"title", nullptr}, {"labelLimit", kLabelWidth}, {"labelOverlap", false},
            {"ticks", false},   {"domain", false},           {"grid", true},
            {"labelPadding", 6}};
  if (wrapped(names)) axis["labelExpr"] = "split(datum.label, ', ')";
  return {{"field", field}, {"type", "nominal"}, {"sort", nullptr}, {"scale", {{"domain", names}}}, {"axis", axis}};
}

int row_height(const std::vector<std::string>& names, std::size_t marks) {
  int lines = 1;
  if (wrapped(names)) {
    for (const auto& name : names) lines = std::max(lines, label_lines(name));
  }
  return std::max(kLineHeight * lines + 5, 9 * static_cast<int>(marks) + 7);
}

}  // namespace bnexp::report
