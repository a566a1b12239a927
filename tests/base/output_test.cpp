#include "base/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/console.h"
#include "base/descriptor.h"
#include "base/files.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/temporary_folder.h"

using namespace bnexp;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// What `check_outputs` says of outputs --a, --b, ... and inputs.
std::string refusal(const std::vector<fs::path>& outputs, const std::vector<fs::path>& inputs = {}) {
  std::vector<Output> named;
  for (const auto& path : outputs) named.push_back({std::string("--") + static_cast<char>('a' + named.size()), path});
  try {
    check_outputs(named, inputs);
  } catch (const Error& error) {
    return (error.code() == ExitCode::usage ? "usage: " : "environment: ") + std::string(error.what());
  }
  return "";
}

}  // namespace

TEST_CASE("an output replaces a regular file and keeps its permissions") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  put(file, "a longer text");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  write_output(file, "new");
  CHECK(read_whole(file) == "new");
  CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("an output's missing folders are made") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "a/b/file";
  CHECK(refusal({file}).empty());
  write_output(file, "text");
  CHECK(read_whole(file) == "text");
}

TEST_CASE("an output follows links, also to a file that is not there yet") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder.path() / "inner");
  put(folder.path() / "inner/file", "old");
  fs::create_symlink("inner/middle", folder.path() / "link");
  fs::create_symlink("file", folder.path() / "inner/middle");
  fs::create_symlink("inner/new", folder.path() / "dangling");
  for (const char* name : {"link", "dangling"}) {
    write_output(folder.path() / name, name);
    CHECK(fs::is_symlink(folder.path() / name));
    CHECK(read_whole(folder.path() / name) == name);
  }
  CHECK(fs::is_symlink(folder.path() / "inner/middle"));
  CHECK(read_whole(folder.path() / "inner/file") == "link");
  CHECK(read_whole(folder.path() / "inner/new") == "dangling");
}

TEST_CASE("an output goes through a FIFO, which stays one") {
  const test::TemporaryFolder folder;
  const fs::path fifo = folder.path() / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  const std::string text(200000, 'x');  // more than a pipe holds
  std::string had;
  std::thread reader([&] {
    std::ifstream file(fifo);
    had.assign(std::istreambuf_iterator<char>(file), {});
  });
  write_output(fifo, text);
  reader.join();
  CHECK(had == text);
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("an output to a device leaves the device in place") {
  const test::TemporaryFolder folder;
  const fs::path device = folder.path() / "full";
  if (mknod(device.c_str(), S_IFCHR | 0600, makedev(1, 7)) != 0) return;  // only root makes devices
  const Descriptor opened(open(device.c_str(), O_WRONLY));
  if (!opened) return;  // and some file systems hold none
  CHECK(refusal({device}).empty());
  CHECK_THROWS_WITH(write_output(device, "text"), "cannot write " + device.string() + ": No space left on device");
  CHECK(fs::is_character_file(device));
}

TEST_CASE("an output into what standard output goes to comes after what was said there") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  const int code = tests::in_child([&] {
    dup2(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    console::print("said\n");
    write_output("/dev/stdout", "written\n");
    console::print("said later\n");
    return console::close_output().value_or(0);
  });
  CHECK(code == 0);
  CHECK(read_whole(file) == "said\nwritten\nsaid later\n");
}

TEST_CASE("an output to an open file's number goes through that number") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  for (const bool has_name : {true, false}) {
    put(file, "");
    const Descriptor opened(open(file.c_str(), O_RDWR));
    if (!has_name) fs::remove(file);
    REQUIRE(write(opened.get(), "before ", 7) == 7);
    const fs::path path = fmt::format("/dev/fd/{}", opened.get());
    CHECK(refusal({path}).empty());
    write_output(path, "output ");
    REQUIRE(write(opened.get(), "after", 5) == 5);
    char text[32] = {};
    REQUIRE(pread(opened.get(), text, sizeof text, 0) > 0);
    CHECK(std::string(text) == "before output after");
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == (has_name ? 1 : 0));
  }
}

TEST_CASE("an output to standard error that cannot take it is an error") {
  const int code = tests::in_child([] {
    dup2(open("/dev/full", O_WRONLY), STDERR_FILENO);
    try {
      write_output("/dev/stderr", "text");
    } catch (const Error& error) {
      return static_cast<int>(error.code());
    }
    return 100;
  });
  CHECK(code == 3);
}

TEST_CASE("an output stays one file under all of its names") {
  const test::TemporaryFolder folder;
  put(folder.path() / "file", "a longer text");
  fs::create_hard_link(folder.path() / "file", folder.path() / "twin");
  write_output(folder.path() / "file", "new");
  CHECK(read_whole(folder.path() / "twin") == "new");
}

TEST_CASE("an output leaves a file to its owner, and needs no permission on its folder") {
  if (geteuid() != 0) return;  // only root can be somebody else
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  fs::create_directory(folder.path() / "closed");
  for (const fs::path& file : {folder.path() / "file", folder.path() / "closed/file"}) {
    put(file, "a longer text");
    fs::permissions(file, fs::perms::owner_all | fs::perms::others_all);
    REQUIRE(chown(file.c_str(), 1000, 2000) == 0);
    const int code = tests::in_child([&] {
      if (setgid(65534) != 0 || setuid(65534) != 0) return 100;
      if (!refusal({file}).empty()) return 101;
      write_output(file, "new");
      return 0;
    });
    CHECK(code == 0);
    CHECK(read_whole(file) == "new");
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK(status.st_uid == 1000);
    CHECK(status.st_gid == 2000);
  }
}

TEST_CASE("an output's name may be as long as a name may be") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / std::string(255, 'x');
  write_output(file, "text");
  CHECK(read_whole(file) == "text");
}

TEST_CASE("a way through a folder that is not there leads nowhere") {
  const test::TemporaryFolder folder;
  const fs::path input = folder.path() / "input";
  put(input, "precious");
  fs::create_symlink("missing/../input", folder.path() / "link");
  fs::create_symlink("missing", folder.path() / "hanging");
  for (const char* name : {"missing/../input", "link", "a/b/../../input", "hanging/file"}) {
    INFO(name);
    const fs::path path = folder.path() / name;
    CHECK(refusal({path}, {input}) == "environment: cannot write " + path.string() + ": No such file or directory");
    CHECK_THROWS_AS(write_output(path, "text"), Error);
  }
  for (const char* name : {"missing/", "missing/.", "missing/a/.."}) {
    INFO(name);
    CHECK(refusal({folder.path() / name}).ends_with(": Is a directory"));
  }
  CHECK(read_whole(input) == "precious");
  CHECK_FALSE(fs::exists(folder.path() / "missing"));
  CHECK_FALSE(fs::exists(folder.path() / "a"));
}

TEST_CASE("an output that is also an input is refused, by whatever name") {
  const test::TemporaryFolder folder;
  const fs::path input = folder.path() / "input";
  put(input, "precious");
  fs::create_symlink("input", folder.path() / "link");
  fs::create_hard_link(input, folder.path() / "twin");
  for (const char* name : {"input", "link", "twin", "./input"}) {
    INFO(name);
    CHECK(refusal({"", folder.path() / name}, {folder.path() / "other", input}) ==
          "usage: --b " + (folder.path() / name).string() + " would overwrite " + input.string() +
              ", which this command reads");
  }
  CHECK(refusal({folder.path() / "another"}, {input}).empty());
  CHECK(refusal({"/dev/null"}, {"/dev/null"}).empty());
}

TEST_CASE("one file for two outputs is refused, also before it is there") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  fs::create_symlink("file", folder.path() / "link");
  for (const auto& twice : {file, folder.path() / "link", folder.path() / "." / "file"}) {
    CHECK(refusal({file, twice}) == "usage: --a and --b name the same file, " + twice.string());
    put(file, "");
    CHECK(refusal({file, twice}) == "usage: --a and --b name the same file, " + twice.string());
    fs::remove(file);
  }
  CHECK(refusal({file, folder.path() / "other"}).empty());
  CHECK(refusal({"/dev/null", "/dev/null"}).empty());
}

TEST_CASE("an output that cannot be written is refused before the work") {
  const test::TemporaryFolder folder;
  put(folder.path() / "file", "");
  CHECK(refusal({folder.path()}) == "environment: cannot write " + folder.path().string() + ": Is a directory");
  const fs::path below = folder.path() / "file/below";
  CHECK(refusal({below}) == "environment: cannot write " + below.string() + ": Not a directory");
  if (geteuid() == 0) return;  // who may do anything
  fs::permissions(folder.path() / "file", fs::perms::owner_read);
  CHECK(refusal({folder.path() / "file"}).ends_with("Permission denied"));
}
