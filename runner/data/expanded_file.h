// A file read as its uncompressed bytes: unpacked when it starts with gzip's magic, as it is otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace bnexp::data {

class ExpandedFile {
 public:
  // Throws Error(environment) when there is no regular file that can be read.
  explicit ExpandedFile(const std::filesystem::path& path);
  ~ExpandedFile();
  ExpandedFile(const ExpandedFile&) = delete;
  ExpandedFile& operator=(const ExpandedFile&) = delete;

  // Reads up to `count` bytes, fewer only at the end of the file. Throws Error(environment) when the disk fails, or the
  // gzip stream is cut off or damaged (its CRC is checked before the end is reported).
  std::size_t read(void* out, std::size_t count);

  // More bytes than this cannot come out: the file's size when plain; deflate packs at most 1032:1.
  std::uint64_t most_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bnexp::data
