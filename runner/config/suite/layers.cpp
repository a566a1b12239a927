#include "config/suite/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "config/document/scalar.h"
#include "config/document/text.h"
#include "config/document/yaml.h"

namespace bnexp::config {
namespace {

namespace fs = std::filesystem;

// Whether `path` is outside of `folder`, by their names alone.
bool leaves(const fs::path& folder, const fs::path& path) {
  std::error_code ignored;
  const auto absolute = [&](const fs::path& p) { return fs::absolute(p, ignored).lexically_normal(); };
  const fs::path relative = absolute(path).lexically_relative(absolute(folder));
  return relative.empty() || *relative.begin() == "..";
}

// The file that `base` in `file` names; nullopt after a problem.
std::optional<fs::path> base_of(const Node::Entry& base, const fs::path& file, const fs::path& top,
                                std::vector<Problem>& problems) {
  if (!base.value.is_scalar() || base.value.scalar.empty()) {
    problems.push_back({base.value.mark, fmt::format("base must be a file name, found {}", describe(base.value)),
                        "remove the key, or name a YAML file relative to this one"});
    return std::nullopt;
  }
  const fs::path written = base.value.scalar;
  const fs::path path = (file.parent_path() / written).lexically_normal();
  const fs::path folder = top.parent_path();
  if (written.is_absolute() || leaves(folder.empty() ? "." : folder, path)) {
    problems.push_back(
        {base.value.mark, fmt::format("base '{}' is outside of the suite's folder", shown(base.value.scalar)),
         fmt::format("put the file into {} and name it relative to {}",
                     folder.empty() ? "the suite's folder" : folder.string(), file.filename().string())});
    return std::nullopt;
  }
  return path;
}

// One file as a map of settings; nullopt after problems.
std::optional<Node> read_tree(const std::shared_ptr<const Source>& source, std::vector<Problem>& problems) {
  auto tree = parse_yaml(source, problems);
  if (!tree || tree->is_map()) return tree;
  Mark mark = tree->mark;
  if (tree->is_null()) {
    mark.line = 0;
    problems.push_back({mark, "the file is empty",
                        "a suite says at least what varies, for example:\n"
                        "  sweep: {grid: {norm: [none, batch]}}"});
  } else {
    problems.push_back({mark, fmt::format("a suite is a map of settings, found {}", describe(*tree)),
                        "write key: value, such as model: convnet"});
  }
  return std::nullopt;
}

// Reads `file` and its bases; the layers are lowest first.
bool read_chain(const fs::path& file, const Merger& merger, Layers& layers, std::vector<Problem>& problems) {
  std::vector<fs::path> seen;
  fs::path path = file;
  auto source = read_source(path);
  for (;;) {
    std::error_code ignored;
    seen.push_back(fs::weakly_canonical(path, ignored));
    auto tree = read_tree(source, problems);
    if (!tree) return false;
    std::optional<Node::Entry> base;
    if (const auto* entry = tree->find_entry("base")) base = *entry;
    tree->erase("base");
    if (seen.size() > 1) tree->erase("suite");
    merger.normalize(*tree, problems);
    layers.all.insert(layers.all.begin(), {source, std::move(*tree)});
    if (seen.size() == 1) layers.base = base;
    if (!base) return true;
    const auto next = base_of(*base, path, file, problems);
    if (!next) return false;
    if (std::find(seen.begin(), seen.end(), fs::weakly_canonical(*next, ignored)) != seen.end()) {
      problems.push_back({base->value.mark, "this base is itself based on this file",
                          fmt::format("{} cannot be based on itself", next->string())});
      return false;
    }
    if (seen.size() == kLongestChain) {
      problems.push_back(
          {base->value.mark, fmt::format("more than {} files are based on each other", kLongestChain), ""});
      return false;
    }
    try {
      source = read_source(*next);
    } catch (const Error& error) {
      if (error.code() != ExitCode::usage) throw;
      problems.push_back({base->value.mark, error.what(), error.hint()});
      return false;
    }
    path = *next;
  }
}

// The segments of a --set key. The part after sweep.grid. or sweep.zip. is one segment, because the keys there are
// dotted.
std::vector<std::string> split_override(const std::string& key) {
  for (const std::string_view prefix : {"sweep.grid.", "sweep.zip."}) {
    if (!key.starts_with(prefix)) continue;
    auto segments = split_key(prefix.substr(0, prefix.size() - 1));
    segments.push_back(key.substr(prefix.size()));
    return segments;
  }
  return split_key(key);
}

// Whether YAML would read the end of a list, a map or a quoted text as a comment.
bool has_comment(std::string_view value) {
  char quote = 0;
  for (std::size_t i = 1; i < value.size(); ++i) {
    const char c = value[i - 1];
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == '"' && c == '\\') {
      ++i;
    } else if (quote == 0 && (c == ' ' || c == '\t') && value[i] == '#') {
      return true;
    }
  }
  return false;
}

// The value that starts at `mark`: lists, maps and quoted texts as in YAML, anything else as typed.
std::optional<Node> read_value(const std::shared_ptr<const Source>& source, Mark mark, std::string_view value,
                               std::vector<Problem>& problems) {
  if (std::string_view("[{\"'~*&!|>%@`").find(value.front()) != std::string_view::npos) {
    auto node = parse_yaml(source, problems, mark.column);
    if (node && has_comment(value)) {
      problems.push_back({mark, "'#' begins a comment, which the value of --set cannot have",
                          "put the text that holds '#' in quotes"});
    }
    return node;
  }
  if (auto problem = unreadable(*source, Places(source))) {
    problems.push_back(std::move(*problem));
    return std::nullopt;
  }
  value = value.substr(0, value.find_last_not_of(" \t") + 1);
  Node node;
  node.mark = std::move(mark);
  node.mark.length = static_cast<int>(value.size());
  if (value == "null" || value == "Null" || value == "NULL") return node;
  node.kind = Node::Kind::scalar;
  node.scalar = value;
  return node;
}

std::optional<Layer> read_override(const std::string& text, std::vector<Problem>& problems) {
  auto source = std::make_shared<Source>();
  source->name = fmt::format("--set {}", shown(text));
  source->text = text;
  source->is_file = false;
  const std::size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const Mark mark{source, 1, 1, static_cast<int>(key.size())};
  const auto refuse = [&](const Mark& place, const char* message, const char* hint) {
    problems.push_back({place, message, hint});
    return std::nullopt;
  };
  if (equals == std::string::npos) {
    return refuse(mark, "expected KEY=VALUE", "for example --set train.optimizer.lr=0.05");
  }
  const auto segments = split_override(key);
  const auto is_empty = [](const std::string& segment) {
    return segment.find_first_not_of(" \t") == std::string::npos;
  };
  if (std::any_of(segments.begin(), segments.end(), is_empty)) {
    return refuse(mark, "a part of the key is empty", "keys are dotted, as in train.optimizer.lr");
  }
  if (segments.front() == "base") {
    return refuse(mark, "base cannot be set from the command line", "write it in the file, or run the other file");
  }
  const std::size_t start = std::min(text.find_first_not_of(" \t", equals + 1), text.size());
  const Mark value_mark{source, 1, static_cast<int>(std::min(start, equals + 1)) + 1, 1};
  if (start == text.size()) {
    return refuse(value_mark, "a value is missing after '='", "write null to set nothing, [] for an empty list");
  }
  if (text.size() > kMostBytes) return refuse(value_mark, "the value is too long", "");
  Mark first = value_mark;
  first.column = static_cast<int>(start) + 1;
  auto value = read_value(source, first, std::string_view(text).substr(start), problems);
  if (!value) return std::nullopt;
  return Layer{source, nest(segments, mark, std::move(*value))};
}

// The first value of `own` that `merged` no longer has; nullptr if it has all.
const Node* lost(const Node& own, const Node* merged) {
  if (merged == nullptr || own.is_map() != merged->is_map()) return &own;
  if (!own.is_map()) return to_json(own) == to_json(*merged) ? nullptr : &own;
  for (const auto& entry : own.entries) {
    if (const Node* value = lost(entry.value, merged->find(entry.key))) return value;
  }
  return nullptr;
}

// Reports a --set that a later one replaces, and that therefore has no effect.
void refuse_replaced(const Layers& files, const std::vector<Layer>& sets, const Merger& merger,
                     std::vector<Problem>& problems) {
  Node merged = flatten(files, merger);
  std::vector<bool> reported(sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    merger.merge(merged, sets[i].tree);
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      const Node* value = reported[earlier] ? nullptr : lost(sets[earlier].tree, &merged);
      if (value == nullptr) continue;
      reported[earlier] = true;
      problems.push_back({value->mark, fmt::format("this has no effect, since {} replaces it", sets[i].source->name),
                          "remove one of them, or set a variant before its parameters"});
    }
  }
}

// Two arguments must not set both budgets, just as in one file.
void check_budgets(const std::vector<Layer>& sets, const Merger& merger, std::vector<Problem>& problems) {
  Node together;
  together.kind = Node::Kind::map;
  for (const auto& set : sets) merger.merge(together, set.tree);
  merger.normalize(together, problems);
}

}  // namespace

int Layers::of(const Mark& mark) const {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Layer& layer) { return layer.source == mark.source; });
  return found == all.end() ? -1 : static_cast<int>(found - all.begin());
}

bool read_layers(const fs::path& file, const std::vector<std::string>& overrides, const Merger& merger, Layers& layers,
                 std::vector<Problem>& problems) {
  const bool whole = read_chain(file, merger, layers, problems);
  std::vector<Layer> sets;
  for (const auto& text : overrides) {
    if (auto layer = read_override(text, problems)) sets.push_back(std::move(*layer));
  }
  check_budgets(sets, merger, problems);
  for (auto& set : sets) merger.normalize(set.tree, problems);
  refuse_replaced(layers, sets, merger, problems);
  std::move(sets.begin(), sets.end(), std::back_inserter(layers.all));
  return whole;
}

Node flatten(const Layers& layers, const Merger& merger) {
  Node result;
  result.kind = Node::Kind::map;
  for (const auto& layer : layers.all) {
    if (result.mark.source == nullptr || layer.source->is_file) result.mark = layer.tree.mark;
    merger.merge(result, layer.tree);
  }
  result.mark.line = 0;
  return result;
}

}  // namespace bnexp::config
