// Parses YAML text into a Node, with limits for hostile or mistaken files.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "config/document/node.h"
#include "config/document/problem.h"

namespace bnexp::config {

inline constexpr std::size_t kMostNodes = 100'000;  // of a document, aliases expanded
inline constexpr std::size_t kDeepest = 64;         // nesting of maps and lists

// Reads one document. Adds errors to `problems`. Duplicate keys, tags, merge keys, several documents and the like still
// give a usable Node; text that is not YAML, or exceeds the limits, gives nullopt. Columns before `first_column` (1 for
// a file) are skipped: the KEY= of a --set argument.
std::optional<Node> parse_yaml(const std::shared_ptr<const Source>& source, std::vector<Problem>& problems,
                               int first_column = 1);

}  // namespace bnexp::config
