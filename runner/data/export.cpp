#include "data/export.h"

#include <fstream>
#include <system_error>

#include "base/error.h"

namespace bnexp::data {
namespace {

void write_file(const std::filesystem::path& path, std::initializer_list<std::int64_t> sizes, const std::uint8_t* bytes,
                std::int64_t count) {
  std::ofstream file(path, std::ios::binary);
  const auto put = [&file](std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(number >> shift));
  };
  put(0x00000800U + static_cast<std::uint32_t>(sizes.size()));
  for (const std::int64_t size : sizes) put(static_cast<std::uint32_t>(size));
  file.write(reinterpret_cast<const char*>(bytes), count);
  file.flush();
  if (!file) throw environment_error("can't write " + path.string(), "check the folder and the space left on its disk");
}

}  // namespace

void write_idx_files(const Dataset& dataset, const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw environment_error("can't make folder " + folder.string() + ": " + failure.message());
  const auto& header = dataset.header();
  const auto write_split = [&](const std::string& prefix, const Split& split) {
    write_file(folder / (prefix + "-images-idx3-ubyte"), {split.count, header.rows, header.columns}, split.images,
               split.count * header.rows * header.columns);
    write_file(folder / (prefix + "-labels-idx1-ubyte"), {split.count}, split.labels, split.count);
  };
  write_split("train", dataset.train(0));
  write_split("t10k", dataset.test());
}

}  // namespace bnexp::data
