// Files that are written whole or not at all, and what goes wrong with them said in a sentence.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bnexp {

// Replaces `path` by `text`, also across a crash of the machine: a temporary file in the same folder is synced and
// renamed, then the folder is synced. The new file gets the owner and the permissions of `like`. Returns 0, or the
// errno of what failed; the temporary file is gone then.
int replace_file(const std::filesystem::path& path, std::string_view text, const struct stat* like = nullptr);

// The same; throws what `file_error` says.
void write_whole(const std::filesystem::path& path, std::string_view text);

// The file's bytes; nullopt when there is no such file. Throws Error(environment) when there is one that can't be read,
// or when `path` is not a regular file; does not wait for a FIFO.
std::optional<std::string> read_whole(const std::filesystem::path& path);

// `path` from the root folder on. Throws Error(environment) when the current folder is gone.
std::filesystem::path absolute_path(const std::filesystem::path& path);

// Whether there is something at `path`, be it a link to nothing. Throws Error(environment) when that can't be told,
// such as in a folder without permission.
bool is_there(const std::filesystem::path& path);

// Renames a file that is not usable to NAME.damaged, NAME.damaged-2 and so on, never over another; its new path. Throws
// Error(environment).
std::filesystem::path set_aside(const std::filesystem::path& path);

// Removes temporary files of writers that no longer exist: of a dead process that was visible here, or older than an
// hour.
void sweep_leftovers(const std::filesystem::path& folder);

// Error(environment): "cannot <action> <path>: <reason of errno `code`>", with what to do about it.
Error file_error(std::string_view action, const std::filesystem::path& path, int code);

}  // namespace bnexp
