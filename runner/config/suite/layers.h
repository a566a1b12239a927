// The files and --set arguments that a suite's settings come from.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/document/node.h"
#include "config/document/problem.h"
#include "config/suite/merge.h"

namespace bnexp::config {

inline constexpr std::size_t kLongestChain = 8;  // files, from the suite's own to the last base

struct Layer {
  std::shared_ptr<const Source> source;
  Node tree;  // normalized; without `base`
};

struct Layers {
  std::vector<Layer> all;           // lowest first: the last base, ..., the suite's file, each --set
  std::optional<Node::Entry> base;  // of the suite's own file

  // The layer of a place, counted from the lowest; -1 for a default.
  int of(const Mark& mark) const;
};

// Reads `file`, the chain of its bases and the --set arguments. Errors in them go to `problems`. Returns false when a
// file is not a map of settings, so that no more can be checked. Throws Error when `file` can't be read.
bool read_layers(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Merger& merger,
                 Layers& layers, std::vector<Problem>& problems);

// All layers merged.
Node flatten(const Layers& layers, const Merger& merger);

}  // namespace bnexp::config
