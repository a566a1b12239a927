#include "data/idx.h"

#include "data/expanded_file.h"
#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

std::string refusal_of_images(const fs::path& path) {
  Sha256 hash;
  return complaint([&] { read_idx_images(path, hash); });
}

std::string refusal_of_labels(const fs::path& path) {
  Sha256 hash;
  return complaint([&] { read_idx_labels(path, hash); });
}

TEST_CASE("an IDX file reads the same plain and gzipped, whatever its name says") {
  const TempFolder folder;
  const std::string bytes = idx_images(7, 5, 3);
  for (const auto& path :
       {write_file(folder.path() / "plain.gz", bytes), write_file(folder.path() / "packed", gzip(bytes))}) {
    Sha256 hash;
    const IdxImages images = read_idx_images(path, hash);
    CHECK(images.count == 7);
    CHECK(images.rows == 5);
    CHECK(images.columns == 3);
    CHECK(std::string(images.pixels.begin(), images.pixels.end()) == bytes.substr(16));
    CHECK(hash.hex() == sha256_hex(bytes));
  }
  Sha256 hash;
  CHECK(read_idx_labels(write_file(folder.path() / "labels", idx_labels(12)), hash).labels.data()[11] == 1);
}

TEST_CASE("a malformed IDX file is refused with its name, what was expected and what was found") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  struct Case {
    std::string bytes;
    std::string expected;
  };
  const std::string good = idx_images(3, 4, 4);
  const Case cases[] = {
      {"", "it has 0 bytes, its header alone needs 16"},
      {good.substr(0, 3), "it has 3 bytes, its header alone needs 16"},
      {good.substr(0, 10), "it has 10 bytes, its header alone needs 16"},
      {good.substr(0, 40), "its header says 3 images of 4x4, that is 48 bytes, but only 24 follow"},
      {good + "x", "too long: its header says 3 images of 4x4, that is 48 bytes, but more follow"},
      {"PK\x03\x04" + good, "not an IDX file: an IDX file of images starts with 0x00000803, this one with 0x504b0304"},
      {"<!DOCTYPE html>", "not an IDX file"},
      {idx_labels(40), "labels where images are expected"},
      {be32(0xD03) + good.substr(4), "elements of type 0x0d in 3 dimensions"},
      {be32(0x804) + good.substr(4), "elements of type 0x08 in 4 dimensions"},
      {be32(0x803) + be32(0) + be32(4) + be32(4), "its header says 0 images of 4x4: nothing to read"},
      {be32(0x803) + be32(3) + be32(0) + be32(4), "its header says 3 images of 0x4: nothing to read"},
      {be32(0x803) + be32(0xffffffff) + be32(28) + be32(28),
       "its header says 4294967295 images of 28x28; at most 10000000"},
      {be32(0x803) + be32(1) + be32(513) + be32(1), "its header says 1 images of 513x1; at most"},
      {be32(0x803) + be32(10'000'000) + be32(512) + be32(512), "its header says 10000000 images of 512x512; at most"},
  };
  for (const auto& [bytes, expected] : cases) {
    for (const bool packed : {false, true}) {
      const std::string message = refusal_of_images(write_file(path, packed ? gzip(bytes) : bytes));
      INFO(message);
      CHECK(contains(message, path.string() + ": "));
      CHECK(contains(message, expected));
      CHECK_FALSE(message.ends_with(" | "));
    }
  }
}

TEST_CASE("a header's claim takes no memory that the file doesn't back") {
  const TempFolder folder;
  // 2.1 GB claimed within the bounds, twenty bytes there.
  const std::string claim = be32(0x803) + be32(2'700'000) + be32(28) + be32(28) + "1234";
  CHECK(contains(refusal_of_images(write_file(folder.path() / "claim", claim)), "but only 4 follow"));
  CHECK(contains(refusal_of_images(write_file(folder.path() / "claim.gz", gzip(claim))), "but only 4 follow"));
}

TEST_CASE("a gzip bomb is read no further than its header's claim") {
  const TempFolder folder;
  const std::string bomb = gzip(idx_images(2, 2, 2) + std::string(20'000'000, '\0'));
  CHECK(bomb.size() < 30'000);
  CHECK(contains(refusal_of_images(write_file(folder.path() / "bomb.gz", bomb)), "too long"));
}

TEST_CASE("a cut or damaged gzip file is told from a cut IDX file") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file.gz";
  const std::string packed = gzip(idx_images(40));
  CHECK(contains(refusal_of_images(write_file(path, packed.substr(0, packed.size() / 2))), "the gzip file is cut off"));
  CHECK(contains(refusal_of_images(write_file(path, packed.substr(0, packed.size() - 4))), "the gzip file is cut off"));
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1;  // in the CRC
  CHECK(contains(refusal_of_images(write_file(path, damaged)), "the gzip file is damaged"));
}

TEST_CASE("gzip files one after the other are one file, and what is no gzip after them is left out") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file.gz";
  const std::string bytes = idx_images(400, 20, 20);
  for (const std::string& rest : {std::string(), std::string("\x1f"), std::string(300'000, 'x')}) {
    write_file(path, gzip(bytes.substr(0, 50'001)) + gzip("") + gzip(bytes.substr(50'001)) + rest);
    Sha256 hash;
    const IdxImages images = read_idx_images(path, hash);
    CHECK(std::string(images.pixels.begin(), images.pixels.end()) == bytes.substr(16));
  }
}

TEST_CASE("labels beyond nine and swapped files are refused") {
  const TempFolder folder;
  const fs::path path = folder.path() / "labels";
  CHECK(contains(refusal_of_labels(write_file(path, be32(0x801) + be32(3) + std::string{1, 10, 2})),
                 "label 1 is 10; labels are 0 to 9"));
  CHECK(contains(refusal_of_labels(write_file(path, idx_images(3))), "images where labels are expected"));
  CHECK(contains(refusal_of_labels(write_file(path, idx_labels(3).substr(0, 9))),
                 "3 labels, that is 3 bytes, but only 1"));
}

TEST_CASE("what isn't a readable file is refused by name") {
  const TempFolder folder;
  CHECK(contains(refusal_of_images(folder.path() / "absent"), "absent: No such file or directory"));
  CHECK(contains(refusal_of_images(folder.path()), "not a regular file"));
  if (geteuid() != 0) {
    const fs::path path = write_file(folder.path() / "secret", idx_images(1));
    fs::permissions(path, fs::perms::none);
    CHECK(contains(refusal_of_images(path), "cannot be opened: Permission denied"));
  }
}

TEST_CASE("four files that don't belong together are refused") {
  const IdxPaths paths{"train-images", "train-labels", "test-images", "test-labels"};
  const auto images = [](std::int64_t count, std::int64_t side) {
    return IdxImages{count, side, side, SharedBytes(static_cast<std::size_t>(count * side * side))};
  };
  const auto labels = [](std::size_t count) { return IdxLabels{SharedBytes(count)}; };
  const auto refusal = [&](IdxSet set) { return complaint([&] { make_dataset("idx", "", std::move(set), paths); }); };
  CHECK(contains(refusal({images(5, 4), labels(4), images(2, 4), labels(2)}),
                 "train-labels: 4 labels for the 5 images of train-images"));
  CHECK(contains(refusal({images(5, 4), labels(5), images(2, 4), labels(3)}),
                 "test-labels: 3 labels for the 2 images of test-images"));
  CHECK(contains(refusal({images(5, 4), labels(5), images(2, 3), labels(2)}),
                 "test-images: images of 3x3, but those of train-images are 4x4"));
  CHECK(refusal({images(5, 4), labels(5), images(2, 4), labels(2)}).empty());
}

}  // namespace
}  // namespace bnexp::data
