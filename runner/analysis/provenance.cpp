#include "analysis/provenance.h"

#include <algorithm>
#include <set>

namespace bnexp::analysis {
namespace {

struct Field {
  const char* key;
  const char* label;
  bool matters;
};

constexpr Field kFields[] = {{"bnexp", "bnexp", true},
                             {"git", "Git revision", true},
                             {"dirty", "Uncommitted changes", false},
                             {"libtorch", "LibTorch", true},
                             {"compiler", "Compiler", true},
                             {"flags", "Flags", true},
                             {"build_type", "Build", true},
                             {"isa", "ISA", true},
                             {"cpu", "CPU", true},
                             {"gpu", "GPU", true},
                             {"gpu_driver", "GPU driver", true},
                             {"cuda", "CUDA", true},
                             {"cudnn", "cuDNN", true},
                             {"cores", "Cores", false},
                             {"memory_bytes", "Memory", false},
                             {"os", "System", false},
                             {"threads", "Threads per trial", true},
                             {"jobs", "Jobs", false},
                             {"contended", "Contended", false}};

std::size_t flagged(const std::vector<const Json*>& contexts, const char* key) {
  return static_cast<std::size_t>(std::ranges::count_if(contexts, [&](const Json* context) {
    const auto value = context->find(key);
    return value != context->end() && value->is_boolean() && value->get<bool>();
  }));
}

}  // namespace

Provenance provenance(const std::vector<const Json*>& contexts) {
  Provenance result;
  result.records = contexts.size();
  for (const auto& field : kFields) result.facts.push_back({field.key, field.label, field.matters, {}});
  // All fields of one context after another: the contexts of thousands of records do not fit a processor's cache.
  for (const auto* context : contexts) {
    for (auto& fact : result.facts) {
      const auto value = context->find(fact.key);
      if (value != context->end()) ++fact.records[*value];
    }
  }
  std::erase_if(result.facts, [](const Fact& fact) { return fact.records.empty(); });
  result.contended = flagged(contexts, "contended");
  result.dirty = flagged(contexts, "dirty");
  return result;
}

Provenance provenance(Results& results) {
  std::vector<const Trial*> trials;
  for (const auto& arm : results.arms) {
    for (const auto& trial : arm.trials) {
      if (trial.record) trials.push_back(&trial);
    }
  }
  return provenance(trials, results.problems);
}

Provenance provenance(const std::vector<const Trial*>& trials, Problems& problems) {
  std::vector<const Json*> contexts;
  std::set<DataFact> data;
  std::set<std::string> starts;
  double seconds = 0;
  for (const Trial* trial : trials) {
    const store::Record& record = *trial->record;
    contexts.push_back(&record.context);
    const Value timing(record.result.timing, "timing", trial->id, problems);
    starts.insert(timing.find("started_at").text().value_or(""));
    seconds += timing.find("wall_s").number().value_or(0);
    const Value set(record.result.data, "data", trial->id, problems);
    const auto name = set.find("name").text();
    if (!name) continue;
    const auto count = [&](const char* key) {
      const auto images = set.find(key);
      return images.number() ? images.json() : Json();
    };
    data.insert({*name, set.find("sha256").text().value_or(""), count("train"), count("validation"), count("test")});
  }
  starts.erase("");
  Provenance result = provenance(contexts);
  if (!starts.empty()) {
    result.started_first = *starts.begin();
    result.started_last = *starts.rbegin();
  }
  result.data.assign(data.begin(), data.end());
  result.seconds = seconds;
  return result;
}

}  // namespace bnexp::analysis
