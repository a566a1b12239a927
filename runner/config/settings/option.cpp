#include "config/settings/option.h"

#include <memory>

#include "base/error.h"
#include "config/document/yaml.h"

namespace bnexp::config {

Variant read_option(const std::string& option, const std::string& text, const std::string& kind) {
  const auto source = std::make_shared<const Source>(Source{option + " " + text, text, /*is_file=*/false});
  std::vector<Problem> problems;
  const auto node = parse_yaml(source, problems);
  std::optional<Json> settings;
  if (node) settings = type::variant(kind)->read(*node, Place{option, problems});
  if (!problems.empty()) throw usage_error(format(problems));
  if (!settings) throw usage_error(option + " needs a value");
  return {settings->at("name"), *settings};
}

}  // namespace bnexp::config
