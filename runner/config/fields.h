// One declaration of a settings struct serves reading, defaults, canonical form, help, schema and reference.
//
//   struct BatchOptions {
//     double eps = 1e-5;
//     std::optional<double> momentum = 0.1;
//     void fields(config::Fields& f) {
//       f.real("eps", eps, config::above(0), "added to the variance");
//       f.optional_real("momentum", momentum, config::between(0, 1), "weight of the new batch; null: cumulative
//       average");
//     }
//   };
//
// The member's initializer is the only home of the default.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace bnexp::config {

// Bounds of a number. Infinite bounds are no bounds; values are always finite.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;
};

inline Range any() { return {}; }
inline Range at_least(double low) { return {.low = low}; }
inline Range above(double low) { return {.low = low, .low_open = true}; }
inline Range between(double low, double high) { return {.low = low, .high = high}; }
inline Range from_to_below(double low, double high) { return {.low = low, .high = high, .high_open = true}; }
inline Range above_to(double low, double high) { return {.low = low, .high = high, .low_open = true}; }

// A chosen variant with every parameter resolved: {"name": "batch", "eps": 1e-05, ...}. With a name and empty settings
// it stands for that variant's defaults, as an initializer does.
struct Variant {
  std::string name;
  Json settings = Json::object();  // includes "name"
};

// What a settings struct is told to list its fields to. Implementations read, write or describe.
class Fields {
 public:
  virtual ~Fields() = default;

  virtual void boolean(const char* key, bool& value, const char* doc) = 0;
  virtual void integer(const char* key, std::int64_t& value, Range range, const char* doc) = 0;
  virtual void real(const char* key, double& value, Range range, const char* doc) = 0;
  virtual void text(const char* key, std::string& value, const char* doc) = 0;
  virtual void choice(const char* key, std::string& value, const std::vector<std::string>& choices,
                      const char* doc) = 0;
  virtual void optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char* doc) = 0;
  virtual void optional_real(const char* key, std::optional<double>& value, Range range, const char* doc) = 0;
  // Range bounds each element.
  virtual void integers(const char* key, std::vector<std::int64_t>& value, Range range, const char* doc) = 0;
  virtual void reals(const char* key, std::vector<double>& value, Range range, const char* doc) = 0;
  virtual void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
                       const char* doc) = 0;
  // One of the catalog's variants of `kind`, written `{name: batch, eps: 1e-3}` or, short, `batch`.
  virtual void variant(const char* key, Variant& value, const char* kind, const char* doc) = 0;
  virtual void variants(const char* key, std::vector<Variant>& value, const char* kind, const char* doc) = 0;

  // A nested struct with fields of its own.
  template <class T>
  void group(const char* key, T& value, const char* doc) {
    if (enter(key, doc)) {
      value.fields(*this);
      leave();
    }
  }

  // A condition across fields, checked once the fields above it are read; `key` names the field to point at.
  // Only reading looks at it.
  virtual void check(bool holds, const char* key, const std::string& message, const std::string& hint = "") = 0;

 protected:
  virtual bool enter(const char* key, const char* doc) = 0;
  virtual void leave() = 0;
};

// Writes every field, defaults included, into a JSON object.
template <class T>
Json to_json(T settings);

// Reads a JSON object that to_json wrote; asserts what to_json guarantees.
template <class T>
T from_json(const Json& json);

class JsonWriter final : public Fields {
 public:
  JsonWriter();
  Json take();
  void boolean(const char* key, bool& value, const char* doc) override;
  void integer(const char* key, std::int64_t& value, Range range, const char* doc) override;
  void real(const char* key, double& value, Range range, const char* doc) override;
  void text(const char* key, std::string& value, const char* doc) override;
  void choice(const char* key, std::string& value, const std::vector<std::string>& choices, const char* doc) override;
  void optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char* doc) override;
  void optional_real(const char* key, std::optional<double>& value, Range range, const char* doc) override;
  void integers(const char* key, std::vector<std::int64_t>& value, Range range, const char* doc) override;
  void reals(const char* key, std::vector<double>& value, Range range, const char* doc) override;
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
               const char* doc) override;
  void variant(const char* key, Variant& value, const char* kind, const char* doc) override;
  void variants(const char* key, std::vector<Variant>& value, const char* kind, const char* doc) override;
  void check(bool, const char*, const std::string&, const std::string&) override {}

 protected:
  bool enter(const char* key, const char* doc) override;
  void leave() override;

 private:
  std::vector<Json> stack_;
  std::vector<std::string> keys_;
};

class JsonReader final : public Fields {
 public:
  explicit JsonReader(const Json& json);
  void boolean(const char* key, bool& value, const char* doc) override;
  void integer(const char* key, std::int64_t& value, Range range, const char* doc) override;
  void real(const char* key, double& value, Range range, const char* doc) override;
  void text(const char* key, std::string& value, const char* doc) override;
  void choice(const char* key, std::string& value, const std::vector<std::string>& choices, const char* doc) override;
  void optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char* doc) override;
  void optional_real(const char* key, std::optional<double>& value, Range range, const char* doc) override;
  void integers(const char* key, std::vector<std::int64_t>& value, Range range, const char* doc) override;
  void reals(const char* key, std::vector<double>& value, Range range, const char* doc) override;
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
               const char* doc) override;
  void variant(const char* key, Variant& value, const char* kind, const char* doc) override;
  void variants(const char* key, std::vector<Variant>& value, const char* kind, const char* doc) override;
  void check(bool, const char*, const std::string&, const std::string&) override {}

 protected:
  bool enter(const char* key, const char* doc) override;
  void leave() override;

 private:
  std::vector<const Json*> stack_;
};

template <class T>
Json to_json(T settings) {
  JsonWriter writer;
  settings.fields(writer);
  return writer.take();
}

template <class T>
T from_json(const Json& json) {
  T settings;
  JsonReader reader(json);
  settings.fields(reader);
  return settings;
}

}  // namespace bnexp::config
