// The texts that settings come from, and places in them.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace bnexp::config {

inline constexpr std::size_t kMostBytes = 1 << 20;  // of a file

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

// A YAML file's text: of a file, or all that a pipe, FIFO or device gives until its end. What came from those is kept,
// for it can be read but once: the next call gives it again. Throws Error(usage) when there is no such file (naming the
// nearest one), or it is a folder or too large; Error(environment) when it can't be read, or nothing comes for
// `patience`, as from a FIFO that nobody writes to.
std::shared_ptr<const Source> read_source(const std::filesystem::path& file,
                                          std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace bnexp::config
