// YAML text to Node, with bounds on what a hostile or mistaken file can ask for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "config/document/node.h"
#include "config/document/problem.h"

namespace bnexp::config {

inline constexpr std::size_t kMostNodes = 100'000;  // of a document, aliases expanded
inline constexpr std::size_t kDeepest = 64;         // maps and lists within each other

// Reads one document. Adds what is wrong to `problems`: duplicate keys, tags, merge keys, several documents and the
// like leave a usable Node; text that is no YAML, or exceeds the bounds, gives nullopt. Columns before `first_column`
// (1 for a file) aren't read: the KEY= of a --set argument.
std::optional<Node> parse_yaml(const std::shared_ptr<const Source>& source, std::vector<Problem>& problems,
                               int first_column = 1);

}  // namespace bnexp::config
