#include "report/changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/change_words.h"
#include "report/escape.h"
#include "report/words.h"

namespace bnexp::report {
namespace {

constexpr std::size_t kTextWidth = 100;

// `text` in lines, the first after `first`, the others indented as far.
std::string indented(const std::string& first, const std::string& text) {
  const std::size_t indent = characters(first);
  std::string out;
  for (const auto& line : wrapped(printable(text), kTextWidth - std::min(indent, kTextWidth / 2)))
    out += (out.empty() ? first : std::string(indent, ' ')) + line + "\n";
  return out;
}

std::string store_words(const std::string& name, const analysis::Results& results) {
  return fmt::format("{} ({} in {})", name, plural(results.trials, "trial"), plural(results.arms.size(), "arm"));
}

constexpr const char* kNothingDiffers = "Nothing differs in settings, versions, machine and data.";

}  // namespace

std::string changes_text(const analysis::Changes& changes, const StoreNames& names) {
  const ChangeWords words = change_words(changes);
  std::string out = indented("", words.verdict) + indented("", words.tally);
  for (const auto& finding : words.findings) out += indented("", finding);
  for (const auto& warning : words.warnings) out += "\n" + indented("", "WARNING: " + warning);
  out += "\n" + indented("A  ", store_words(names.a, *changes.a)) + indented("B  ", store_words(names.b, *changes.b));
  if (words.differences.empty()) {
    out += indented("", kNothingDiffers);
  } else {
    out += "What differs, A \u2192 B:\n";
    std::size_t width = 0;
    for (const auto& [name, text] : words.differences) width = std::max(width, characters(printable(name)));
    for (const auto& [name, text] : words.differences) {
      const std::string shown = printable(name);
      out += indented("  " + shown + std::string(width - characters(shown) + 2, ' '), text);
    }
  }
  out += "\n" + text_table(words.arms, kTextWidth);
  if (!words.notes.empty()) out += "\n";
  for (const auto& note : words.notes) out += indented("", note);
  if (!words.time_notes.empty()) out += "\n";
  for (const auto& note : words.time_notes) out += indented("", note);
  if (!words.times.empty()) out += text_table(words.times, kTextWidth);
  return out;
}

std::string changes_markdown(const analysis::Changes& changes, const StoreNames& names) {
  const ChangeWords words = change_words(changes);
  std::string out = "**" + markdown_escaped(capitalized(words.verdict)) + "**\n\n";
  for (const auto& warning : words.warnings) out += "> **Warning:** " + markdown_escaped(warning) + "\n\n";
  for (const auto& line :
       {words.tally, "A: " + store_words(names.a, *changes.a), "B: " + store_words(names.b, *changes.b)})
    out += "- " + markdown_escaped(line) + "\n";
  for (const auto& finding : words.findings) out += "- " + markdown_escaped(finding) + "\n";
  if (words.differences.empty()) out += std::string("- ") + kNothingDiffers + "\n";
  out += "\n";
  if (!words.differences.empty()) {
    Table differences;
    differences.columns = {text_column("what differs"), text_column("A \u2192 B")};
    for (const auto& [name, text] : words.differences) differences.rows.push_back({text_cell(name), text_cell(text)});
    out += markdown_table(differences);
  }
  out += markdown_table(words.arms);
  for (const auto& note : words.notes) out += "- " + markdown_escaped(note) + "\n";
  for (const auto& note : words.time_notes) out += "- " + markdown_escaped(note) + "\n";
  if (!words.times.empty()) out += "\n" + markdown_table(words.times);
  return out;
}

}  // namespace bnexp::report
