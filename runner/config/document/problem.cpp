#include "config/document/problem.h"

#include <fmt/format.h>
#include <utf8cpp/utf8.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/text.h"

namespace bnexp::config {
namespace {

constexpr int kMostShown = 40;
constexpr std::size_t kLineWidth = 110;

// The characters of one line of the source, each as its UTF-8 bytes. Control characters become blanks.
std::vector<std::string> characters(const Source& source, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line && start != std::string::npos; ++i) {
    start = source.text.find('\n', start);
    if (start != std::string::npos) ++start;
  }
  std::vector<std::string> result;
  if (start == std::string::npos) return result;
  const std::string text = utf8::replace_invalid(source.text.substr(start, source.text.find('\n', start) - start));
  for (auto at = text.begin(); at != text.end();) {
    const auto first = at;
    utf8::next(at, text.end());
    const std::string character(first, at);
    result.push_back(printable(character) == character ? character : " ");
  }
  return result;
}

// The source line, or the part of a long one around the mark, and the caret below it.
std::string excerpt(const Mark& mark) {
  const auto line = characters(*mark.source, mark.line);
  const auto column = static_cast<std::size_t>(std::max(mark.column, 1)) - 1;
  std::size_t first = 0;
  if (line.size() > kLineWidth && column > kLineWidth / 2) {
    first = std::min(column - kLineWidth / 2, line.size() - kLineWidth);
  }
  const std::size_t last = std::min(line.size(), first + kLineWidth);
  std::string text = first > 0 ? "..." : "";
  for (std::size_t i = first; i < last; ++i) text += line[i];
  if (last < line.size()) text += "...";
  text.erase(text.find_last_not_of(' ') + 1);
  const std::size_t visible = column < last ? last - column : 1;
  const std::size_t length = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(mark.length, 1)), 1, visible);
  const std::size_t indent = column - std::min(column, first) + (first > 0 ? 3 : 0);
  return fmt::format("    {}\n    {}^{}\n", text, std::string(indent, ' '), std::string(length - 1, '~'));
}

std::string format(const Problem& problem) {
  std::string text = fmt::format("{}: error: {}\n", printable(problem.mark.where()), printable(problem.message));
  if (problem.mark.source != nullptr && problem.mark.line > 0) text += excerpt(problem.mark);
  for (std::size_t at = 0; at < problem.hint.size();) {
    const std::size_t end = std::min(problem.hint.find('\n', at), problem.hint.size());
    text += fmt::format("  {}\n", printable(problem.hint.substr(at, end - at)));
    at = end + 1;
  }
  return text;
}

}  // namespace

std::string format(std::vector<Problem> problems) {
  std::map<const Source*, int> order;
  for (const auto& problem : problems) {
    order.emplace(problem.mark.source.get(), static_cast<int>(order.size()));
  }
  const auto place = [&](const Problem& problem) {
    return std::make_tuple(order.at(problem.mark.source.get()), problem.mark.line, problem.mark.column);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const Problem& a, const Problem& b) { return place(a) < place(b); });
  std::vector<Problem> distinct;
  for (auto& problem : problems) {
    bool repeated = false;
    for (auto earlier = distinct.rbegin(); earlier != distinct.rend() && place(*earlier) == place(problem); ++earlier) {
      repeated = repeated || earlier->message == problem.message;
    }
    if (!repeated) distinct.push_back(std::move(problem));
  }
  std::string text;
  const std::size_t shown = std::min<std::size_t>(distinct.size(), kMostShown);
  for (std::size_t i = 0; i < shown; ++i) text += format(distinct[i]);
  if (shown < distinct.size()) text += fmt::format("and {} more\n", distinct.size() - shown);
  if (distinct.size() > 1) text += fmt::format("{} problems\n", distinct.size());
  if (!text.empty()) text.pop_back();
  return text;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 48;
  const std::string all = printable(text);
  if (utf8::unchecked::distance(all.begin(), all.end()) <= static_cast<std::ptrdiff_t>(kLongest)) return all;
  auto end = all.begin();
  utf8::unchecked::advance(end, kLongest);
  return std::string(all.begin(), end) + "...";
}

}  // namespace bnexp::config
