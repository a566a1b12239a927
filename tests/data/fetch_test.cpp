#include "data/fetch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/hash.h"
#include "base/machine.h"
#include "data/progress.h"
#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

// Two small files, and mirrors of them that are folders.
struct World {
  TempFolder folder;
  fs::path cache = folder.path() / "cache" / "deep";
  std::vector<std::string> contents{idx_images(20), idx_labels(20)};
  std::vector<KnownFile> files;

  World() {
    for (std::size_t i = 0; i < contents.size(); ++i) {
      files.push_back(
          {"file" + std::to_string(i), static_cast<std::int64_t>(contents[i].size()), sha256_hex(contents[i])});
    }
  }
  std::string url(const std::string& name) const { return "file://" + (folder.path() / name).string() + "/"; }
  std::string mirror(const std::string& name) const {
    for (std::size_t i = 0; i < files.size(); ++i) {
      write_file(folder.path() / name / (files[i].name + ".gz"), gzip(contents[i]));
    }
    return url(name);
  }
  void fetch_from(const std::vector<std::string>& urls) const {
    fetch(cache, files, {urls, "file"}, "tiny", "use something else", true);
  }
  bool is_whole() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(cache)) count += entry.path().filename() != ".lock" ? 1 : 0;
    return count == 2 && read_file(cache / "file0.gz") == gzip(contents[0]) &&
           read_file(cache / "file1.gz") == gzip(contents[1]);
  }
};

TEST_CASE("fetching fills a folder that isn't there yet, and leaves what is right alone") {
  const World world;
  world.fetch_from({world.mirror("a")});
  CHECK(world.is_whole());
  world.fetch_from({});
  CHECK(world.is_whole());
}

TEST_CASE("a plain file of the right content counts as fetched") {
  const World world;
  write_file(world.cache / "file0", world.contents[0]);
  write_file(world.cache / "file1", world.contents[1]);
  world.fetch_from({});
  CHECK_FALSE(fs::exists(world.cache / "file0.gz"));
}

TEST_CASE("files are found under their dotted names and in torchvision's folder") {
  for (const char* where : {"", "MNIST/raw"}) {
    for (const std::string name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}) {
      for (const char* ending : {"", ".gz"}) {
        const TempFolder folder;
        const fs::path file = folder.path() / where / (name + ending);
        INFO(file.string());
        fs::create_directories(file.parent_path());
        write_file(file, "x");
        CHECK(locate(folder.path(), "train-images-idx3-ubyte") == file);
      }
    }
  }
  const TempFolder folder;
  CHECK_FALSE(locate(folder.path(), "train-images-idx3-ubyte"));
  fs::create_directories(folder.path() / "train-images-idx3-ubyte.gz");
  write_file(folder.path() / "train-images.idx3-ubyte", "x");
  CHECK(locate(folder.path(), "train-images-idx3-ubyte") == folder.path() / "train-images.idx3-ubyte");
}

TEST_CASE("a broken or cut file in the folder is fetched again, and what a killed process left is cleared away") {
  const World world;
  const std::string mirror = world.mirror("a");
  world.fetch_from({mirror});
  write_file(world.cache / "file0.gz", gzip(world.contents[0]).substr(0, 50));
  write_file(world.cache / "file1.gz", gzip(idx_labels(21)));
  // Of a process that is gone: no process has that number.
  write_file(world.cache / fmt::format(".file1.gz.{}.2147483000.0.tmp", process_space()), "half a f");
  world.fetch_from({mirror});
  CHECK(world.is_whole());
}

TEST_CASE("a mirror that fails hands over to the next one") {
  const World world;
  const std::string good = world.mirror("good");
  const std::string wrong = world.mirror("wrong");
  write_file(world.folder.path() / "wrong" / "file0.gz", gzip(idx_images(20, 28, 27) + std::string(560, 'x')));
  const std::string cut = world.mirror("cut");
  write_file(world.folder.path() / "cut" / "file0.gz", gzip(world.contents[0]).substr(0, 60));
  const std::string bomb = world.mirror("bomb");
  write_file(world.folder.path() / "bomb" / "file0.gz", gzip(std::string(10'000'000, 'x')));
  const std::string endless = world.mirror("endless");
  write_file(world.folder.path() / "endless" / "file0.gz", std::string(200'000, 'x'));
  world.fetch_from({world.url("absent"), wrong, cut, bomb, endless, good});
  CHECK(world.is_whole());
}

TEST_CASE("when no mirror is left, each is named with its reason and nothing is put in place") {
  const World world;
  const std::string wrong = world.mirror("wrong");
  const std::string other = idx_images(20, 28, 27) + std::string(560, 'x');
  write_file(world.folder.path() / "wrong" / "file0.gz", gzip(other));
  const std::string message = complaint([&] { world.fetch_from({world.url("absent"), wrong}); });
  INFO(message);
  CHECK(contains(message, "no mirror could deliver file0 of tiny"));
  CHECK(contains(message, world.url("absent") + "file0.gz: Couldn't open file"));
  CHECK(contains(message, wrong + "file0.gz: file0: SHA-256 " + sha256_hex(other) + ", expected " +
                              sha256_hex(world.contents[0])));
  CHECK(contains(message, "| use something else"));
  CHECK_FALSE(locate(world.cache, "file0"));
}

TEST_CASE("a mirror may use only the protocols it is allowed") {
  const World world;
  const std::string mirror = world.mirror("a");
  const std::string message = complaint([&] {
    fetch(world.cache, world.files, {{mirror, "http://127.0.0.1:1/"}, "https"}, "tiny", "", true);
  });
  INFO(message);
  CHECK(contains(message, "Protocol \"file\""));
  CHECK(contains(message, "Protocol \"http\""));
}

TEST_CASE("a folder that can't be made or written is named, with the remedy") {
  const World world;
  write_file(world.folder.path() / "cache", "a file, not a folder");
  const std::string message = complaint([&] { world.fetch_from({world.mirror("a")}); });
  CHECK(contains(message, world.cache.string() + ": cannot be made: Not a directory"));
  CHECK(contains(message, "--data-dir"));
  if (geteuid() != 0) {
    const World other;
    fs::create_directories(other.cache);
    fs::permissions(other.cache, fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(contains(complaint([&] { other.fetch_from({other.mirror("a")}); }), "Permission denied"));
    fs::permissions(other.cache, fs::perms::owner_all);
  }
}

TEST_CASE("several processes fetching at once all end with the whole folder") {
  const World world;
  const std::string mirror = world.mirror("a");
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        world.fetch_from({mirror});
        _exit(world.is_whole() ? 0 : 1);
      } catch (...) {
        _exit(2);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(world.is_whole());
}

TEST_CASE("a progress line shows share, amounts and rate") {
  CHECK(progress_line("f.gz", 4'900'000, 9'800'000, 2) == "f.gz  [##########----------]  50%  4.9 of 9.8 MB  2.5 MB/s");
  CHECK(progress_line("f.gz", 1'500'000, 0, 1) == "f.gz  1.5 MB  1.5 MB/s");
}

}  // namespace
}  // namespace bnexp::data
