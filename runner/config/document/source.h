// Texts that settings come from, and places in them.
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

// A place in a source. Lines and columns count from 1, columns in characters. Line 0 is the whole source. Without a
// source it is a default value.
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

// The text of a YAML file, pipe, FIFO or device. A text that can be read only once is kept, and the next call returns
// it again. Throws Error(usage) when there is no such file (naming the nearest one), or it is a folder or too large;
// Error(environment) when it can't be read, or when no data comes for `patience`, as from a FIFO without a writer.
std::shared_ptr<const Source> read_source(const std::filesystem::path& file,
                                          std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace bnexp::config
