// A YAML document as a tree that remembers where each value was written.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bnexp::config {

// Where a text came from. `name` is what the user calls it: "configs/lr_sweep.yaml", "--set train.steps=300".
struct Source {
  std::string name;
  std::string text;
};

// A place in a source; line and column count from 1. Without a source it is a default.
struct Mark {
  std::shared_ptr<const Source> source;
  int line = 0;
  int column = 0;

  std::string where() const;  // "configs/lr_sweep.yaml:14:5", or the source's name alone for --set, or "default"
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

  const Node* find(const std::string& key) const;
  Node* find(const std::string& key);
};

struct Node::Entry {
  std::string key;
  Mark mark;  // of the key
  Node value;
};

// One thing wrong with a configuration.
struct Problem {
  Mark mark;
  std::string message;  // "unknown key 'epss' in norm 'batch'"
  std::string hint;     // "did you mean 'eps'? valid: affine, eps, momentum"; may be empty
};

// All problems, in the order of their places, each as
//   file:line:col: error: message
//       <source line>
//            ^
//     hint
std::string format(const std::vector<Problem>& problems);

}  // namespace bnexp::config
