// Reads settings structs from a tree, and says everything that is wrong with it at the place where it was written.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/fields.h"
#include "config/node.h"
#include "config/problem.h"

namespace bnexp::config {

// A value that can't be read leaves the field at its default and adds a problem.
class NodeReader final : public Fields {
 public:
  // `key` is where the root stands in its file: "" for the file's own map.
  NodeReader(const Node& root, std::vector<Problem>& problems, std::string key = "");

  // Refuses the keys of the root that no field asked for; `others` are known to somebody else.
  void refuse_unknown(const std::vector<std::string>& others);

  void boolean(const char* key, bool& value, const char* doc) override;
  void integer(const char* key, std::int64_t& value, Range range, const char* doc) override;
  void real(const char* key, double& value, Range range, const char* doc) override;
  void text(const char* key, std::string& value, const char* doc) override;
  void choice(const char* key, std::string& value, const std::vector<std::string>& choices, const char* doc) override;
  void optional_integer(const char* key, std::optional<std::int64_t>& value, Range range, const char* doc) override;
  void optional_real(const char* key, std::optional<double>& value, Range range, const char* doc) override;
  void integers(const char* key, std::vector<std::int64_t>& value, Range range, const char* doc) override;
  void reals(const char* key, std::vector<double>& value, Range range, const char* doc) override;
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& choices,
               const char* doc) override;
  void variant(const char* key, Variant& value, const char* kind, const char* doc) override;
  void variants(const char* key, std::vector<Variant>& value, const char* kind, const char* doc) override;
  void check(bool holds, const char* key, const std::string& message, const std::string& hint) override;

 protected:
  bool enter(const char* key, const char* doc) override;
  void leave() override;

 private:
  // A map whose fields are being read; absent ones have no `map` and leave every field at its default.
  struct Frame {
    const Node* map = nullptr;
    std::string key;           // within the frame above
    std::string kind;          // of a variant
    std::string name;          // of a variant
    std::size_t problems = 0;  // there were when it began
    std::vector<std::string_view> asked;
  };

  const Node* ask(const char* key);
  std::string path(std::string_view key) const;
  void refuse(const Node& node, std::string message, std::string hint);
  void refuse_type(const Node& node, const char* key, const std::string& expected, const Json& standard,
                   const std::string& hint);
  template <class Number, class Parse>
  bool number(const Node& node, const char* key, Number& value, Range range, const std::string& expected, Parse parse,
              std::string (*hint)(const Node&), const Json& standard);
  template <class Read>
  void list(const char* key, const std::string& expected, const Json& standard, Read read_items);
  const Node* named(const Node& node, const std::string& standard, const char* key, const char* kind,
                    std::string& name);
  bool read_named(const Node& node, const std::string& standard, const char* key, const char* kind, Variant& value);
  void push(const Node* map, std::string key, std::string kind = "", std::string name = "");
  void pop();
  void refuse_unknown_in(const Frame& frame, const std::vector<std::string>& others);

  std::vector<Problem>& problems_;
  std::vector<Frame> frames_;
};

}  // namespace bnexp::config
