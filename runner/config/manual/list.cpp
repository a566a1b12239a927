#include "config/manual/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"
#include "config/settings/catalog.h"
#include "config/settings/describe.h"

namespace bnexp::config {
namespace {

using Cells = std::array<std::string, 4>;  // name, type, default, bounds

Cells cells_of(const Parameter& parameter) {
  return {parameter.key, parameter.type->name() + (parameter.type->is_nullable() ? " or null" : ""),
          value_text(parameter.default_value), parameter.type->bounds()};
}

// Columns as wide as their cells; the last one, the description, takes the rest of the width.
std::string table(const std::vector<Parameter>& parameters, std::size_t width) {
  std::vector<Cells> rows{{"parameter", "type", "default", "bounds"}};
  for (const auto& parameter : parameters) rows.push_back(cells_of(parameter));
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::size_t indent = 4;
  for (const std::size_t cell : widths) indent += cell + 2;
  const std::size_t left = width > indent + 24 ? width - indent : 24;
  std::string text;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string line = "    ";
    for (std::size_t i = 0; i < widths.size(); ++i) line += fmt::format("{:<{}}", rows[row][i], widths[i] + 2);
    const auto meaning = wrapped(row == 0 ? "meaning" : parameters[row - 1].doc, left);
    for (std::size_t i = 0; i < meaning.size(); ++i) {
      text += (i == 0 ? line : std::string(indent, ' ')) + meaning[i] + "\n";
    }
    if (meaning.empty()) text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

Json list_json(const std::string& kind) {
  Json list = Json::array();
  for (const auto& name : Catalog::instance().names(kind)) {
    const About& about = Catalog::instance().find(kind, name)->about;
    Json own = Json::array();
    for (const auto& parameter : parameters(kind, name)) {
      own.push_back({{"name", parameter.key},
                     {"type", parameter.type->name()},
                     {"nullable", parameter.type->is_nullable()},
                     {"default", parameter.default_value},
                     {"bounds", parameter.type->bounds()},
                     {"doc", parameter.doc}});
    }
    list.push_back({{"name", name},
                    {"summary", about.summary},
                    {"formula", about.formula},
                    {"source", about.source},
                    {"parameters", std::move(own)}});
  }
  return list;
}

std::string list_text(const std::string& kind, int width) {
  const auto columns = static_cast<std::size_t>(std::max(width, 40));
  std::string text;
  for (const auto& name : Catalog::instance().names(kind)) {
    const About& about = Catalog::instance().find(kind, name)->about;
    if (!text.empty()) text += "\n";
    text += name + "\n";
    for (const auto& part : {about.summary, about.formula, about.source}) {
      for (const auto& line : wrapped(part, columns - 2)) text += fmt::format("  {}\n", line);
    }
    const auto own = parameters(kind, name);
    if (!own.empty()) text += fmt::format("\n{}", table(own, columns));
  }
  return text;
}

}  // namespace bnexp::config
