// Files that a user names for a command to write to: `--logits FILE` and the like.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bnexp {

struct Output {
  std::string option;          // "--logits"
  std::filesystem::path path;  // empty: the option was not given
};

// Call it before the work whose results go to `outputs`. Throws Error(usage) where an output is one of the files that
// the command reads, or is named twice; Error(environment) where it cannot be written.
void check_outputs(const std::vector<Output>& outputs, const std::vector<std::filesystem::path>& inputs);

// Writes `text` to `path`, and makes the folders that are missing. Links are followed. A regular file is replaced as a
// whole or not at all, and keeps its owner and permissions; it is emptied and written in place where that can't be done
// without taking it from its owner, its other names or its mount. Anything else, such as a device or a FIFO, is written
// to as it is; what standard output or standard error goes to gets the text after what they have said. Throws
// Error(environment).
void write_output(const std::filesystem::path& path, std::string_view text);

}  // namespace bnexp
