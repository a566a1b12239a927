// A YAML document as a tree that remembers where each value was written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/document/source.h"

namespace bnexp::config {

struct Node {
  enum class Kind { null, scalar, list, map };

  struct Entry;

  Kind kind = Kind::null;
  std::string scalar;   // as written, without quotes
  bool quoted = false;  // a quoted scalar is text, whatever it looks like
  std::vector<Node> items;
  std::vector<Entry> entries;  // in the order written; duplicates were refused when reading
  Mark mark;

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_null() const { return kind == Kind::null; }

  // The value of `key` in a map; nullptr when there is none or the node is not a map.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  const Entry* find_entry(std::string_view key) const;
  void erase(std::string_view key);
};

struct Node::Entry {
  std::string key;
  Mark mark;  // of the key
  Node value;
};

// The segments of "train.optimizer.lr".
std::vector<std::string> split_key(std::string_view dotted);

// The value at a dotted key. In a list, a segment names the element with this name (or text). nullptr when absent.
const Node* find_path(const Node& root, std::string_view dotted);

// The same for JSON, where lists have no segments.
const Json* find_path(const Json& root, std::string_view dotted);

// Where the value at a dotted key was written, or else the nearest value above it.
Mark mark_of(const Node& root, std::string_view dotted);

}  // namespace bnexp::config
