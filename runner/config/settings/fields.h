// One declaration of a settings struct serves reading, defaults, canonical form, help, schema and reference.
//
//   struct BatchOptions {
//     double eps = 1e-5;
//     std::optional<double> momentum = 0.1;
//     void fields(config::Fields& f) {
//       f.real("eps", eps, config::above(0), "added to the variance");
//       f.optional_real("momentum", momentum, config::between(0, 1), "weight of the new batch; null: plain average");
//     }
//   };
//
// The default is in the member's initializer and nowhere else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/settings/composed_types.h"
#include "config/settings/scalar_types.h"

namespace bnexp::config {

// A chosen variant with every parameter resolved: {"name": "batch", "eps": 1e-05, ...}. With a name and empty settings,
// as in an initializer, it stands for the variant's defaults.
struct Variant {
  std::string name;
  Json settings = Json::object();  // includes "name"
  std::filesystem::path folder{};  // of files that the settings name; empty: the current folder; not a setting
};

// A setting's value as JSON and back. A variant with its defaults is its name.
inline Json encode(const Variant& value) { return value.settings.empty() ? Json(value.name) : value.settings; }
template <class T>
Json encode(const T& value) {
  return value;
}
template <class T>
Json encode(const std::optional<T>& value) {
  return value ? encode(*value) : Json(nullptr);
}
template <class T>
Json encode(const std::vector<T>& value) {
  Json list = Json::array();
  for (const auto& item : value) list.push_back(encode(static_cast<const T&>(item)));
  return list;
}

inline void decode(const Json& json, Variant& value) {
  value = json.is_string() ? Variant{json.get<std::string>()} : Variant{json.at("name").get<std::string>(), json};
}
template <class T>
void decode(const Json& json, T& value) {
  json.get_to(value);
}
template <class T>
void decode(const Json& json, std::optional<T>& value) {
  value.reset();
  if (!json.is_null()) decode(json, value.emplace());
}
template <class T>
void decode(const Json& json, std::vector<T>& value) {
  value.assign(json.size(), T{});
  for (std::size_t i = 0; i < value.size(); ++i) decode(json[i], value[i]);
}

// One setting, as passed to readers, writers and describers.
struct Field {
  const char* key;
  const char* doc;
  TypePtr type;
  std::optional<Json> introduced;        // see Fields::introduced
  std::function<Json()> get;             // the current value; a variant with its defaults is its name
  std::function<void(const Json&)> set;  // sets a value that the type has read
};

// A settings struct declares its fields to this. Implementations read, write or describe them.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void add(const char* key, T& value, TypePtr type, const char* doc) {
    field({key, doc, std::move(type), std::exchange(introduced_, std::nullopt), [&value] { return encode(value); },
           [&value](const Json& json) { decode(json, value); }});
  }

  // The next field was added after trials had been recorded without it; these stand for `value`. They keep their ids: a
  // setting with this value is left out of the hash. `value` stays when the default changes.
  //   f.introduced(0.0).real("nesterov_decay", nesterov_decay, between(0, 1), "...");
  Fields& introduced(Json value) {
    introduced_ = std::move(value);
    return *this;
  }

  void boolean(const char* key, bool& value, const char* doc) { add(key, value, type::boolean(), doc); }
  void integer(const char* key, std::int64_t& value, Range range, const char* doc) {
    add(key, value, type::integer(range), doc);
  }
  void real(const char* key, double& value, Range range, const char* doc) { add(key, value, type::real(range), doc); }
  void text(const char* key, std::string& value, const char* doc) { add(key, value, type::text(), doc); }
  void choice(const char* key, std::string& value, const std::vector<std::string>& choices, const char* doc) {
    add(key, value, type::choice(choices), doc);
  }
  void optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char* doc) {
    add(key, value, type::optional(type::integer(range)), doc);
  }
  void optional_real(const char* key, std::optional<double>& value, Range range, const char* doc) {
    add(key, value, type::optional(type::real(range)), doc);
  }
  // Range bounds each element.
  void integers(const char* key, std::vector<std::int64_t>& value, Range range, const char* doc) {
    add(key, value, type::list(type::integer(range)), doc);
  }
  void reals(const char* key, std::vector<double>& value, Range range, const char* doc) {
    add(key, value, type::list(type::real(range)), doc);
  }
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
               const char* doc) {
    add(key, value, type::list(type::choice(choices)), doc);
  }
  void variant(const char* key, Variant& value, const char* kind, const char* doc) {
    add(key, value, type::variant(kind), doc);
  }
  // Each name at most once.
  void variants(const char* key, std::vector<Variant>& value, const char* kind, const char* doc) {
    add(key, value, type::list(type::variant(kind), {.distinct = type::Distinct::by_name}), doc);
  }

  // A nested struct with fields of its own.
  template <class T>
  void group(const char* key, T& value, const char* doc) {
    enter(key, doc);
    value.fields(*this);
    leave();
  }

  // A condition on several fields, checked after the fields above it are read; `key` names the field to point at. Only
  // reading checks it.
  virtual void check(bool holds, const char* key, const std::string& message, const std::string& hint = "") = 0;

 protected:
  virtual void field(const Field& field) = 0;
  virtual void enter(const char* key, const char* doc) = 0;
  virtual void leave() = 0;

 private:
  std::optional<Json> introduced_;
};

class JsonWriter final : public Fields {
 public:
  JsonWriter() : stack_{Json::object()} {}
  Json take() { return std::move(stack_.front()); }
  void check(bool, const char*, const std::string&, const std::string&) override {}

 protected:
  void field(const Field& field) override;
  void enter(const char* key, const char* doc) override;
  void leave() override;

 private:
  std::vector<Json> stack_;
  std::vector<std::string> keys_;
};

// Writes every field, defaults included, into a JSON object.
template <class T>
Json to_json(T settings) {
  JsonWriter writer;
  settings.fields(writer);
  return writer.take();
}

// Calls `fields` with a reader of `json`, and throws as from_json does.
void read_json(const Json& json, const std::function<void(Fields&)>& fields);

// Reads a JSON object of to_json, also from another version or edited. An absent key keeps its default, or the value
// that it was introduced with. Unknown keys at the top belong to the caller. Throws Error(environment) naming the key
// for a value of a wrong type or out of range, an unknown key within a variant or a group, and a variant that this
// program does not have. Conditions on several fields (check) are only for files.
template <class T>
T from_json(const Json& json) {
  T settings;
  read_json(json, [&](Fields& fields) { settings.fields(fields); });
  return settings;
}

}  // namespace bnexp::config
