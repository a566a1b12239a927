// Everything that a YAML file can name: norms, models, datasets, optimizers, schedules, probes. Each variant's own file
// adds its entry. Reading, lists, explanations, the schema and the reference all use these entries.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/registry.h"
#include "config/settings/fields.h"

namespace bnexp::config {

// What `bnexp list` and the reference say about a variant, and its semantics number.
struct About {
  std::string summary;  // one sentence
  std::string formula;  // one line, plain text: "y = gamma * (x - E[x]) / sqrt(Var[x] + eps) + beta"; may be empty
  std::string source;   // paper, slide or library: "Ioffe & Szegedy 2015, arXiv:1502.03167"
  // Raise it when the variant trains to other bits with the same settings: `.semantics = 1`. It is part of the ids of
  // the trials that use the variant, so only these are trained again.
  int semantics = 0;
};

struct Entry {
  About about;
  // Reads a default-constructed options struct through `fields` and returns its resolved JSON, "name" not included.
  std::function<Json(Fields& fields)> read;
};

class Catalog {
 public:
  static Catalog& instance();

  // kind: "norm", "model", "dataset", "optimizer", "schedule", "probe".
  void add(const std::string& kind, const std::string& name, Entry entry);

  const Entry* find(const std::string& kind, const std::string& name) const;
  std::vector<std::string> names(const std::string& kind) const;  // sorted
  std::vector<std::string> kinds() const;
  std::vector<std::string> duplicates() const;  // "norm 'batch'"

  template <class Options>
  bool add_options(const std::string& kind, const std::string& name, About about) {
    add(kind, name, {std::move(about), [](Fields& fields) {
                       Options options;
                       options.fields(fields);
                       return to_json(options);
                     }});
    return true;
  }

 private:
  std::map<std::string, Registry<Entry>> kinds_;
};

// The settings that `entry` reads from `fields`, with its name.
Variant read_variant(const Entry& entry, const std::string& name, Fields& fields);

// A variant by name with its defaults; the name must exist.
Variant default_variant(const std::string& kind, const std::string& name);

// For variants without parameters.
struct NoOptions {
  void fields(Fields&) {}
};

}  // namespace bnexp::config
