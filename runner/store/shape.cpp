#include "store/shape.h"

#include <fmt/format.h>

#include "store/upgrade.h"

namespace bnexp::store {

bool is_trial_id(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void require(const Json& object, const std::string& place,
             std::initializer_list<std::pair<const char*, Json::value_t>> keys) {
  for (const auto& [key, type] : keys) {
    const auto found = object.find(key);
    if (found == object.end()) throw Damaged(fmt::format("{}{} is missing", place, key));
    const bool fits = found->type() == type || (type == Json::value_t::number_float && found->is_number()) ||
                      (type == Json::value_t::number_integer && found->is_number_unsigned());
    if (!fits) throw Damaged(fmt::format("{}{} is of the wrong type ({})", place, key, found->type_name()));
  }
}

void require_trial_settings(const Json& settings, const std::string& place) {
  using enum nlohmann::detail::value_t;  // Json::value_t, whose alias clang 14 does not take here
  require(settings, place, {{"data", object}, {"model", object}, {"norm", object}, {"train", object}});
  for (const char* variant : {"data", "model", "norm"}) {
    require(settings.at(variant), fmt::format("{}{}.", place, variant), {{"name", string}});
  }
  require(settings.at("train"), place + "train.", {{"batch_size", number_integer}});
  for (const char* text : {"device", "precision"}) {
    if (settings.contains(text)) require(settings, place, {{text, string}});
  }
}

}  // namespace bnexp::store
