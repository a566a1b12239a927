#include "data/export.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace bnexp::data {
namespace {

namespace fs = std::filesystem;

std::string idx_bytes(std::initializer_list<std::int64_t> sizes, const std::uint8_t* elements, std::int64_t count) {
  std::string bytes;
  const auto put = [&bytes](std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  };
  put(0x00000800U + static_cast<std::uint32_t>(sizes.size()));
  for (const std::int64_t size : sizes) put(static_cast<std::uint32_t>(size));
  bytes.append(reinterpret_cast<const char*>(elements), static_cast<std::size_t>(count));
  return bytes;
}

// A folder for the files before they are moved to their places; removed at the end.
class Staging {
 public:
  explicit Staging(const fs::path& folder) : path_(folder / ".unfinished") {
    std::error_code failure;
    fs::remove_all(path_, failure);
    fs::create_directories(path_, failure);
    if (failure) throw file_error("create", path_, failure.value());
  }
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Error unchanged(const fs::path& file, std::string_view reason) {
  return environment_error(fmt::format("cannot replace {}: {}", file.string(), reason),
                           "nothing was changed; choose another folder");
}

// Undoes its moves unless keep() is called.
class Moves {
 public:
  Moves() = default;
  ~Moves() {
    std::error_code ignored;
    for (; !made_.empty(); made_.pop_back()) fs::rename(made_.back().second, made_.back().first, ignored);
  }
  Moves(const Moves&) = delete;
  Moves& operator=(const Moves&) = delete;

  void move(const fs::path& from, const fs::path& to) {
    std::error_code failure;
    fs::rename(from, to, failure);
    if (failure) throw unchanged(from, failure.message());
    made_.emplace_back(from, to);
  }
  void keep() { made_.clear(); }

 private:
  std::vector<std::pair<fs::path, fs::path>> made_;
};

constexpr std::array<const char*, 4> kFiles{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                            "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

}  // namespace

void write_idx_files(const Dataset& dataset, const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) throw file_error("create", folder, failure.value());
  const Staging staging(folder);
  const auto& header = dataset.header();
  std::size_t file = 0;
  for (const Split& split : {dataset.train(0), dataset.test()}) {
    write_whole(staging.path() / kFiles[file++], idx_bytes({split.count, header.rows, header.columns}, split.images,
                                                           split.count * header.rows * header.columns));
    write_whole(staging.path() / kFiles[file++], idx_bytes({split.count}, split.labels, split.count));
  }
  // Old files are moved away first: a process that is killed between two moves leaves files missing, but never files of
  // two data sets.
  Moves moves;
  for (const char* name : kFiles) {
    if (is_no_file(folder / name)) throw unchanged(folder / name, "it is not a regular file");
    if (is_there(folder / name)) moves.move(folder / name, staging.path() / fmt::format("{}.old", name));
  }
  for (const char* name : kFiles) moves.move(staging.path() / name, folder / name);
  moves.keep();
}

}  // namespace bnexp::data
