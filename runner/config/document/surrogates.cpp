#include "config/document/surrogates.h"

#include <fmt/format.h>
#include <utf8cpp/utf8.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace bnexp::config {
namespace {

constexpr std::size_t kPair = 12;      // bytes of \\ud83d\\ude00
constexpr std::size_t kCharacter = 4;  // bytes of a character beyond U+FFFF
constexpr std::size_t kDigits = 8;     // of a pair; one byte for each follows the character
constexpr char kUpper = '\xff';        // for a digit in upper case
constexpr char kLower = '\xfe';

// The code of the escape \\uXXXX at the start of `text`; 0 when there is none.
std::uint32_t escaped(std::string_view text) {
  std::uint32_t code = 0;
  if (text.size() < 6 || !text.starts_with("\\u")) return 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
  return error == std::errc{} && end == text.data() + 6 ? code : 0;
}

// The character of the pair at the start of `text`; 0 when there is none.
char32_t pair_at(std::string_view text) {
  const std::uint32_t high = escaped(text);
  if (high < 0xd800 || high > 0xdbff) return 0;
  const std::uint32_t low = escaped(text.substr(6));
  return low < 0xdc00 || low > 0xdfff ? 0 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

// The pair whose character starts at `text`; the case of its digits follows.
std::string typed(std::string_view text) {
  const std::uint32_t code = utf8::unchecked::peek_next(text.begin()) - 0x10000;
  std::string digits = fmt::format("{:04x}{:04x}", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
  for (std::size_t i = 0; i < kDigits; ++i) {
    if (text[kCharacter + i] == kUpper && digits[i] >= 'a') digits[i] = static_cast<char>(digits[i] - 'a' + 'A');
  }
  return "\\u" + digits.substr(0, 4) + "\\u" + digits.substr(4);
}

}  // namespace

void hide_surrogates(std::string& yaml) {
  for (std::size_t at = yaml.find('\\'); at < yaml.size(); at = yaml.find('\\', at)) {
    const char32_t character = pair_at(std::string_view(yaml).substr(at));
    if (character == 0) {
      at += 2;  // the escaped character, which may be a backslash
      continue;
    }
    std::string hidden;
    utf8::append(character, hidden);
    for (const std::size_t digit : {2, 3, 4, 5, 8, 9, 10, 11}) {
      hidden += yaml[at + digit] >= 'A' && yaml[at + digit] <= 'F' ? kUpper : kLower;
    }
    yaml.replace(at, kPair, hidden);
    at += kPair;
  }
}

std::string with_surrogates(const std::string& scalar, bool double_quoted) {
  std::string result;
  for (std::size_t at = 0; at < scalar.size();) {
    const std::size_t digits = std::min(scalar.find_first_of("\xff\xfe", at), scalar.size());
    if (digits == scalar.size()) return result + scalar.substr(at);
    const std::size_t start = digits - kCharacter;
    result += scalar.substr(at, start - at);
    result += double_quoted ? scalar.substr(start, kCharacter) : typed(std::string_view(scalar).substr(start));
    at = digits + kDigits;
  }
  return result;
}

}  // namespace bnexp::config
