#include "config/document/yaml.h"

#include <fmt/format.h>
#include <utf8cpp/utf8.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "config/document/surrogates.h"
#include "config/document/syntax.h"
#include "config/document/text.h"

namespace bnexp::config {
namespace {

// Ends parsing, because the rest cannot be understood.
struct Stop {
  Problem problem;
};

void measure(const Node& node, std::size_t depth, std::size_t& nodes, std::size_t& deepest) {
  ++nodes;
  deepest = std::max(deepest, depth);
  for (const Node& item : node.items) measure(item, depth + 1, nodes, deepest);
  for (const auto& entry : node.entries) measure(entry.value, depth + 1, nodes, deepest);
}

// Builds the tree from the parser's events. yaml-cpp's own tree would drop duplicate keys and expand aliases without
// bound.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const Places& places, std::vector<Problem>& problems) : places_(places), problems_(problems) {}

  Node take() { return std::move(root_); }

  // The innermost open bracket, if the text ended or was wrong inside one.
  std::optional<OpenBracket> open_bracket() const {
    const auto open = std::find_if(stack_.rbegin(), stack_.rend(), [](const Level& level) { return level.bracket; });
    if (open == stack_.rend()) return std::nullopt;
    return open->node.is_map() ? OpenBracket{open->node.mark, '{', '}'} : OpenBracket{open->node.mark, '[', ']'};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    count(1, mark);
    Node node;
    node.mark = place(mark, places_.is_null_word(mark.line, mark.column) ? 4 : 0);
    complete(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Stop{{place(mark), "this alias is inside the value it refers to", "a value cannot contain itself"}};
    }
    std::size_t nodes = 0;
    std::size_t deepest = 0;
    measure(found->second, stack_.size() + 1, nodes, deepest);
    count(nodes, mark);
    if (deepest > kDeepest) too_deep(mark);
    add(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    count(1, mark);
    Node node;
    node.kind = Node::Kind::scalar;
    node.quoted = tag == "!";
    node.scalar = with_surrogates(value, node.quoted && places_.is_double_quoted(mark.line, mark.column));
    const auto characters = utf8::unchecked::distance(node.scalar.begin(), node.scalar.end());
    node.mark = place(mark, static_cast<int>(characters) + (node.quoted ? 2 : 0));
    complete(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    begin(Node::Kind::list, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    begin(Node::Kind::map, mark, tag, anchor, style);
  }
  void OnMapEnd() override { end(); }

 private:
  // A list or map whose end hasn't come yet.
  struct Level {
    Node node;
    YAML::anchor_t anchor = 0;
    bool bracket = false;
    bool has_key = false;  // in a map: the next value belongs to `key`
    bool keep = false;     // in a map: whether to keep that value
    std::string key;
    Mark key_mark;
    std::map<std::string, Mark> keys;  // in a map: the keys so far
  };

  Mark place(const YAML::Mark& mark, int length = 1) const { return places_.at(mark.line, mark.column, length); }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > kMostNodes) {
      throw Stop{{place(mark), fmt::format("more than {} values, aliases expanded", kMostNodes),
                  "a configuration needs far fewer; check for aliases of aliases"}};
    }
  }

  [[noreturn]] void too_deep(const YAML::Mark& mark) const {
    throw Stop{{place(mark), fmt::format("maps and lists are nested more than {} deep", kDeepest), ""}};
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_.push_back({place(mark), fmt::format("tags such as '{}' are not used here", shown(tag)),
                         "remove the tag; quotes make text, unquoted numbers are numbers"});
  }

  void begin(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             YAML::EmitterStyle::value style) {
    refuse_tag(mark, tag);
    if (stack_.size() >= kDeepest) too_deep(mark);
    Level level;
    level.node.kind = kind;
    level.node.mark = place(mark);
    level.anchor = anchor;
    level.bracket = style == YAML::EmitterStyle::Flow;
    count(1, mark);
    stack_.push_back(std::move(level));
  }

  void end() {
    Level level = std::move(stack_.back());
    stack_.pop_back();
    remember(level.node, level.anchor);
    add(std::move(level.node));
  }

  void complete(Node node, YAML::anchor_t anchor) {
    remember(node, anchor);
    add(std::move(node));
  }

  void remember(const Node& node, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    std::size_t deepest = 0;
    measure(node, 0, nodes_, deepest);
    anchors_[anchor] = node;
  }

  void add(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = stack_.back();
    if (level.node.is_list()) {
      level.node.items.push_back(std::move(node));
    } else if (!level.has_key) {
      level.has_key = true;
      level.keep = accept_key(level, node);
    } else {
      level.has_key = false;
      if (node.mark.length == 0) node.mark = level.key_mark;  // an implicit null
      if (level.keep) level.node.entries.push_back({std::move(level.key), level.key_mark, std::move(node)});
    }
  }

  bool accept_key(Level& level, const Node& node) {
    if (!node.is_scalar()) {
      problems_.push_back({node.mark, "a key must be text", "write key: value"});
      return false;
    }
    if (node.scalar == "<<" && !node.quoted) {
      problems_.push_back({node.mark, "merge keys (<<) are not supported",
                           "share settings between files with base:, or repeat the keys"});
      return false;
    }
    if (const auto [first, is_new] = level.keys.emplace(node.scalar, node.mark); !is_new) {
      problems_.push_back({node.mark, fmt::format("duplicate key '{}'", shown(node.scalar)),
                           fmt::format("it is already given at {}", first->second.where())});
      return false;
    }
    level.key = node.scalar;
    level.key_mark = node.mark;
    return true;
  }

  const Places& places_;
  std::vector<Problem>& problems_;
  std::vector<Level> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  Node root_;
};

}  // namespace

std::optional<Node> parse_yaml(const std::shared_ptr<const Source>& source, std::vector<Problem>& problems,
                               int first_column) {
  const Places places(source);
  if (auto problem = unreadable(*source, places)) {
    problems.push_back(std::move(*problem));
    return std::nullopt;
  }
  std::string text = source->text;
  std::fill_n(text.begin(), first_column - 1, ' ');
  hide_surrogates(text);
  text += "\n...\n";  // the parser takes the end of a text for a closing quote, but not the end of a document
  std::istringstream stream(text);
  Builder builder(places, problems);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      Node nothing;
      nothing.mark = places.at(0, first_column - 1);
      return nothing;
    }
    Node root = builder.take();
    Builder next(places, problems);
    if (parser.HandleNextDocument(next)) {
      const Node second = next.take();
      problems.push_back(
          {second.mark, "a second document begins here", "a configuration is one document: remove '---'"});
    }
    return root;
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    problems.push_back(explain_syntax(*source, places, error.msg, placed ? error.mark.line : 0,
                                      placed ? error.mark.column : 0, builder.open_bracket()));
  } catch (Stop& stop) {
    problems.push_back(std::move(stop.problem));
  }
  return std::nullopt;
}

}  // namespace bnexp::config
