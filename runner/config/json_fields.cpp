#include <utility>

#include "config/catalog.h"
#include "config/fields.h"

namespace bnexp::config {
namespace {

// A variant that only has its name stands for its defaults.
Json resolved(const Variant& value, const char* kind) {
  if (value.settings.empty()) return default_variant(kind, value.name).settings;
  return value.settings;
}

Variant variant_of(const Json& json) { return {json.at("name").get<std::string>(), json}; }

}  // namespace

JsonWriter::JsonWriter() : stack_{Json::object()} {}

Json JsonWriter::take() { return std::move(stack_.front()); }

void JsonWriter::boolean(const char* key, bool& value, const char*) { stack_.back()[key] = value; }
void JsonWriter::integer(const char* key, std::int64_t& value, Range, const char*) { stack_.back()[key] = value; }
void JsonWriter::real(const char* key, double& value, Range, const char*) { stack_.back()[key] = value; }
void JsonWriter::text(const char* key, std::string& value, const char*) { stack_.back()[key] = value; }
void JsonWriter::choice(const char* key, std::string& value, const std::vector<std::string>&, const char*) {
  stack_.back()[key] = value;
}
void JsonWriter::optional_integer(const char* key, std::optional<std::int64_t>& value, Range, const char*) {
  stack_.back()[key] = value ? Json(*value) : Json(nullptr);
}
void JsonWriter::optional_real(const char* key, std::optional<double>& value, Range, const char*) {
  stack_.back()[key] = value ? Json(*value) : Json(nullptr);
}
void JsonWriter::integers(const char* key, std::vector<std::int64_t>& value, Range, const char*) {
  stack_.back()[key] = value;
}
void JsonWriter::reals(const char* key, std::vector<double>& value, Range, const char*) { stack_.back()[key] = value; }
void JsonWriter::choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>&,
                         const char*) {
  stack_.back()[key] = value;
}
void JsonWriter::variant(const char* key, Variant& value, const char* kind, const char*) {
  stack_.back()[key] = resolved(value, kind);
}
void JsonWriter::variants(const char* key, std::vector<Variant>& value, const char* kind, const char*) {
  Json list = Json::array();
  for (const auto& one : value) list.push_back(resolved(one, kind));
  stack_.back()[key] = std::move(list);
}

bool JsonWriter::enter(const char* key, const char*) {
  keys_.emplace_back(key);
  stack_.push_back(Json::object());
  return true;
}

void JsonWriter::leave() {
  Json inner = std::move(stack_.back());
  stack_.pop_back();
  stack_.back()[keys_.back()] = std::move(inner);
  keys_.pop_back();
}

JsonReader::JsonReader(const Json& json) : stack_{&json} {}

void JsonReader::boolean(const char* key, bool& value, const char*) { stack_.back()->at(key).get_to(value); }
void JsonReader::integer(const char* key, std::int64_t& value, Range, const char*) {
  stack_.back()->at(key).get_to(value);
}
void JsonReader::real(const char* key, double& value, Range, const char*) { stack_.back()->at(key).get_to(value); }
void JsonReader::text(const char* key, std::string& value, const char*) { stack_.back()->at(key).get_to(value); }
void JsonReader::choice(const char* key, std::string& value, const std::vector<std::string>&, const char*) {
  stack_.back()->at(key).get_to(value);
}
void JsonReader::optional_integer(const char* key, std::optional<std::int64_t>& value, Range, const char*) {
  const Json& json = stack_.back()->at(key);
  value = json.is_null() ? std::nullopt : std::optional(json.get<std::int64_t>());
}
void JsonReader::optional_real(const char* key, std::optional<double>& value, Range, const char*) {
  const Json& json = stack_.back()->at(key);
  value = json.is_null() ? std::nullopt : std::optional(json.get<double>());
}
void JsonReader::integers(const char* key, std::vector<std::int64_t>& value, Range, const char*) {
  stack_.back()->at(key).get_to(value);
}
void JsonReader::reals(const char* key, std::vector<double>& value, Range, const char*) {
  stack_.back()->at(key).get_to(value);
}
void JsonReader::choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>&,
                         const char*) {
  stack_.back()->at(key).get_to(value);
}
void JsonReader::variant(const char* key, Variant& value, const char*, const char*) {
  value = variant_of(stack_.back()->at(key));
}
void JsonReader::variants(const char* key, std::vector<Variant>& value, const char*, const char*) {
  value.clear();
  for (const auto& one : stack_.back()->at(key)) value.push_back(variant_of(one));
}

bool JsonReader::enter(const char* key, const char*) {
  stack_.push_back(&stack_.back()->at(key));
  return true;
}

void JsonReader::leave() { stack_.pop_back(); }

}  // namespace bnexp::config
