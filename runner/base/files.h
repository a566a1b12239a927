// Atomic file writes, and error messages for files.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bnexp {

// Replaces `path` by `text` atomically, also if the machine crashes: a temporary file in the same folder is synced and
// renamed, then the folder is synced. The new file gets the owner and the permissions of `like`. Returns 0, or the
// errno of what failed; the temporary file is removed then.
int replace_file(const std::filesystem::path& path, std::string_view text, const struct stat* like = nullptr);

// The same, but throws `file_error`.
void write_whole(const std::filesystem::path& path, std::string_view text);

// The file's bytes; nullopt when there is no such file. Throws Error(environment) when it can't be read or is not a
// regular file. Does not wait for a FIFO.
std::optional<std::string> read_whole(const std::filesystem::path& path);

// The absolute form of `path`. Throws Error(environment) when the current folder was removed.
std::filesystem::path absolute_path(const std::filesystem::path& path);

// Whether a folder, FIFO or device is in a file's place.
bool is_no_file(const std::filesystem::path& path);

// Whether `path` exists; a broken link does. Throws Error(environment) when that can't be determined, for example in a
// folder without permission.
bool is_there(const std::filesystem::path& path);

// Renames a file that is not usable to NAME.damaged, NAME.damaged-2 and so on, and returns its new path. Never replaces
// a file. Throws Error(environment).
std::filesystem::path set_aside(const std::filesystem::path& path);

// The time of a file's last modification, in seconds since 1970.
double modified_s(const struct stat& status);

// The same of a file that is touched now, and made if it is missing: the time of the file system's clock, which may
// differ from this machine's. nullopt where it can't be written.
std::optional<double> touch(const std::filesystem::path& path);

// A name for a temporary file in the folder of `path`, used by no one else.
std::filesystem::path temporary_for(const std::filesystem::path& path);

// Whether the name is that of a temporary file whose writer no longer exists: a dead process of this process space, or
// one of another if the file is older than an hour by the file system's clock.
bool is_leftover(const std::filesystem::path& path);

// Removes these files of a folder.
void sweep_leftovers(const std::filesystem::path& folder);

// Error(environment): "cannot <action> <path>: <reason of errno `code`>", with what to do about it.
Error file_error(std::string_view action, const std::filesystem::path& path, int code);

}  // namespace bnexp
