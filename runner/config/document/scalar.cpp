#include "config/document/scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

#include "base/text.h"
#include "config/document/problem.h"

namespace bnexp::config {
namespace {

bool is_plain(const Node& node) { return node.is_scalar() && !node.quoted; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text without a leading sign.
std::string_view unsigned_part(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

bool has_leading_zero(std::string_view digits) { return digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]); }

// [-+]? (digits [. digits*]? | . digits) ([eE] [-+]? digits)?
bool looks_real(std::string_view text) {
  text = unsigned_part(text);
  if (has_leading_zero(text)) return false;
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - start;
  };
  std::size_t mantissa = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    mantissa += digits();
  }
  if (mantissa == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

// The decimal number for a form that other YAML readers accept: 0x1f, 0o17, 1_000, 007, 1,5.
std::string decimal_of(std::string_view text) {
  const std::string sign = text.starts_with('-') ? "-" : "";
  std::string digits = lower(unsigned_part(text));
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  if (std::count(digits.begin(), digits.end(), ',') == 1) std::replace(digits.begin(), digits.end(), ',', '.');
  int base = 10;
  if (digits.starts_with("0x")) base = 16;
  if (digits.starts_with("0o")) base = 8;
  if (base != 10) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, base);
    return error == std::errc{} && end == digits.data() + digits.size() ? fmt::format("{}{}", sign, value) : "";
  }
  while (has_leading_zero(digits)) digits.erase(0, 1);
  return looks_real(digits) ? sign + digits : "";
}

std::string number_hint(const Node& node) {
  if (node.is_scalar() && node.quoted && looks_real(node.scalar)) return "quotes make it text: write it without them";
  if (!is_plain(node)) return "";
  if (const std::string word = lower(unsigned_part(node.scalar)); word == ".inf" || word == ".nan") {
    return "numbers must be finite";
  }
  if (looks_real(node.scalar)) return real_of(node) ? "" : "it does not fit a double-precision number";
  const std::string decimal = decimal_of(node.scalar);
  return decimal.empty() ? "" : fmt::format("numbers are written in plain decimal: {}", decimal);
}

}  // namespace

std::optional<bool> boolean_of(const Node& node) {
  if (!is_plain(node)) return std::nullopt;
  const std::string& text = node.scalar;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<std::int64_t> integer_of(const Node& node) {
  if (!is_plain(node)) return std::nullopt;
  const std::string_view digits = unsigned_part(node.scalar);
  if (digits.empty() || has_leading_zero(digits) || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return std::nullopt;
  }
  return parse<std::int64_t>(node.scalar);
}

std::optional<double> real_of(const Node& node) {
  if (!is_plain(node) || !looks_real(node.scalar)) return std::nullopt;
  return parse<double>(node.scalar);
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::list: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::map: {
      Json map = Json::object();
      for (const auto& entry : node.entries) map[entry.key] = to_json(entry.value);
      return map;
    }
    case Node::Kind::scalar:
      break;
  }
  if (const auto value = boolean_of(node)) return *value;
  if (const auto value = integer_of(node)) return *value;
  if (const auto value = real_of(node)) return *value;
  return node.scalar;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  const bool bare = boolean_of(node) || (is_plain(node) && looks_real(node.scalar));
  return bare ? shown(node.scalar) : fmt::format("text '{}'", shown(node.scalar));
}

std::string boolean_hint(const Node& node) {
  if (!node.is_scalar()) return "";
  const std::string word = lower(node.scalar);
  if (word == "yes" || word == "on" || word == "y" || word == "1") return "write true";
  if (word == "no" || word == "off" || word == "n" || word == "0") return "write false";
  if (node.quoted && (word == "true" || word == "false")) return "quotes make it text: write it without them";
  return "";
}

std::string integer_hint(const Node& node) {
  if (const auto value = real_of(node)) {
    if (*value == std::floor(*value) && std::abs(*value) < 1e15) {
      return fmt::format("write it as {}", static_cast<std::int64_t>(*value));
    }
    return *value == std::floor(*value) ? "it does not fit 64 bits" : "";
  }
  return number_hint(node);
}

std::string real_hint(const Node& node) { return number_hint(node); }

std::string nullable_hint(const Node& node) {
  const std::string word = lower(node.scalar);
  return word == "none" || word == "nil" || word == "off" || word == "no" || word == "false" ? "write null" : "";
}

}  // namespace bnexp::config
