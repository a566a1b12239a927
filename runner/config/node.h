// A YAML document as a tree that remembers where each value was written.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace bnexp::config {

// Where a text came from. `name` is what the user calls it: "configs/lr_sweep.yaml", "--set train.steps=300".
struct Source {
  std::string name;
  std::string text;
  bool is_file = true;
};

// A place in a source; line and column count from 1, columns in characters. Line 0 is the source as a whole; without a
// source it is a default.
struct Mark {
  std::shared_ptr<const Source> source;
  int line = 0;
  int column = 0;
  int length = 1;  // characters to underline

  std::string where() const;  // "configs/lr_sweep.yaml:14:5", or the source's name alone for --set, or "default"
  bool operator==(const Mark& other) const {
    return source == other.source && line == other.line && column == other.column;
  }
};

struct Node {
  enum class Kind { null, scalar, list, map };

  struct Entry;

  Kind kind = Kind::null;
  std::string scalar;   // as written, without its quotes
  bool quoted = false;  // a quoted scalar is text, whatever it looks like
  std::vector<Node> items;
  std::vector<Entry> entries;  // in the order written; duplicates were refused when reading
  Mark mark;

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_null() const { return kind == Kind::null; }

  // The value of `key` in a map; nullptr when it has none or is no map.
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

// The value at a dotted key; a segment in a list names the element whose name (or text) it is. nullptr when absent.
const Node* find_path(const Node& root, std::string_view dotted);

// Where the value at a dotted key was written, or the nearest place above it.
Mark mark_of(const Node& root, std::string_view dotted);

// Unquoted scalars become what they look like: booleans, numbers, else text.
Json to_json(const Node& node);

}  // namespace bnexp::config
