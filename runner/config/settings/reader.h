// Reads settings structs from a tree, and reports every error at the place where it was written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/document/node.h"
#include "config/document/problem.h"
#include "config/settings/fields.h"
#include "config/settings/type.h"

namespace bnexp::config {

// A value that can't be read adds a problem and leaves the field at its default.
class NodeReader final : public Fields {
 public:
  // `root` is a map of settings, or a variant's bare name. `place.path` is its key: "" for a file's own map. `kind` and
  // `name` say which variant it is, and `chooser` which key names it.
  NodeReader(const Node& root, const Place& place, std::string kind = "", std::string name = "",
             std::string chooser = "name");

  // Refuses the keys of the root that are neither a field nor in `others`.
  void refuse_unknown(const std::vector<std::string>& others = {}) { refuse_unknown_in(frames_.front(), others); }

  void check(bool holds, const char* key, const std::string& message, const std::string& hint) override;

 protected:
  void field(const Field& field) override;
  void enter(const char* key, const char* doc) override;
  void leave() override;

 private:
  // A map that is being read.
  struct Frame {
    const Node* map;  // nullptr: not given, so all fields keep their defaults
    Mark mark;        // of the map, or of the one around it
    std::string path;
    std::size_t problems;  // number of problems before it
    std::vector<std::string> asked;
  };

  const Node* ask(const char* key);
  std::string path(std::string_view key) const;
  void refuse_unknown_in(const Frame& frame, const std::vector<std::string>& others);

  Place place_;
  std::string kind_;
  std::string name_;
  std::string chooser_;
  std::vector<Frame> frames_;
};

}  // namespace bnexp::config
