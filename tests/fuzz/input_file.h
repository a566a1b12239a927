// The bytes that a fuzz target gets, as a file for readers that want one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "support/temporary_folder.h"

namespace bnexp::fuzz {

// A folder of this process, gone when it ends. Targets write it again for each input: making one takes longer than
// most readers do.
inline const std::filesystem::path& folder() {
  static const test::TemporaryFolder folder;
  return folder.path();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The file `name` in that folder with these bytes.
inline std::filesystem::path write_file(const std::filesystem::path& name, std::string_view bytes) {
  std::filesystem::path path = folder() / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace bnexp::fuzz
