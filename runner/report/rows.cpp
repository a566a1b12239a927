#include "report/rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace bnexp::report {
namespace {

constexpr std::size_t kOneLine = 24;  // characters
constexpr int kLineHeight = 13;
constexpr int kLabelWidth = 210;
constexpr double kGap = 0.4;  // between the marks of two rows, of a row's height
constexpr const char* kSeparator = ", ";

bool wrapped(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) { return name.size() > kOneLine; });
}

int most_lines(const std::vector<std::string>& names) {
  int most = 1;
  for (const auto& name : names) {
    int lines = 1;
    for (std::size_t at = name.find(kSeparator); at != std::string::npos; at = name.find(kSeparator, at + 1)) ++lines;
    most = std::max(most, lines);
  }
  return most;
}

}  // namespace

Json rows_channel(const std::string& field, const std::vector<std::string>& names) {
  Json axis{{"title", nullptr}, {"labelLimit", kLabelWidth}, {"labelOverlap", false},
            {"ticks", false},   {"domain", false},           {"grid", true},
            {"labelPadding", 6}};
  if (wrapped(names)) {
    axis["labelExpr"] = "split(datum.label, ', ')";
    // Vega centres the first of several lines at the row.
    Json centred = Json::array();
    for (int lines = most_lines(names); lines > 1; --lines) {
      centred.push_back({{"test", fmt::format("length(split(datum.label, ', ')) == {}", lines)},
                         {"value", -0.5 * kLineHeight * (lines - 1)}});
    }
    axis["labelOffset"] = {{"condition", centred}, {"value", 0}};
    axis["labelLineHeight"] = kLineHeight;
  }
  const Json scale{{"type", "band"}, {"domain", names}, {"paddingInner", kGap}, {"paddingOuter", kGap / 2}};
  return {{"field", field}, {"type", "nominal"}, {"sort", nullptr}, {"scale", scale}, {"axis", axis}};
}

int row_height(const std::vector<std::string>& names, std::size_t marks) {
  const int lines = wrapped(names) ? most_lines(names) : 1;
  return std::max(kLineHeight * lines + 5, static_cast<int>(9 * static_cast<double>(marks) / (1 - kGap)));
}

}  // namespace bnexp::report
