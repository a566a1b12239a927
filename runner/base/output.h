// Files that a user names for output: `--logits FILE` and the like.
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

// Call this before the work that produces `outputs`. Throws Error(usage) if an output is a file that the command reads,
// or is named twice; Error(environment) if it cannot be written.
void check_outputs(const std::vector<Output>& outputs, const std::vector<std::filesystem::path>& inputs);

// Writes `text` to `path` and creates missing folders. Follows links. A regular file is replaced atomically and keeps
// its owner and permissions. It is emptied and written in place if replacing it would change its owner, its other names
// or its mount. Anything else, such as a device or a FIFO, is written to directly. If standard output or standard error
// goes to this file, the text comes after what was printed. Throws Error(environment).
void write_output(const std::filesystem::path& path, std::string_view text);

}  // namespace bnexp
