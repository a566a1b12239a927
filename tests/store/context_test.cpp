#include "store/context.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/files.h"
#include "base/machine.h"
#include "support/catch.h"
#include "support/temporary_folder.h"

using namespace bnexp;

namespace {

// The header that a build from `source` would get.
std::string revision_header(const std::filesystem::path& source) {
  const test::TemporaryFolder folder;
  const std::filesystem::path header = folder.path() / "revision.h";
  const std::string command = "cmake -D SOURCE=" + source.string() + " -D OUTPUT=" + header.string() +
                              " -P " BNEXP_SOURCE_DIR "/runner/store/revision.cmake";
  REQUIRE(std::system(command.c_str()) == 0);
  return read_whole(header).value();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the context names the machine, the build and the load") {
  const Json context = store::context("2.13.0", "AVX2", 2);
  CHECK(context.at("libtorch") == "2.13.0");
  CHECK(context.at("isa") == "AVX2");
  CHECK(context.at("jobs") == 2);
  CHECK(context.at("threads") == 1);
  CHECK(context.at("cores").get<int>() == available_cores());
  CHECK(context.at("memory_bytes").get<std::int64_t>() > (1 << 20));
  CHECK(has(context.at("os"), "Linux"));
  CHECK_FALSE(context.at("cpu").get<std::string>().empty());
  CHECK_FALSE(context.at("compiler").get<std::string>().empty());
  CHECK(context.at("git").is_null() == context.at("dirty").is_null());
}

TEST_CASE("a machine with fewer free cores than jobs is contended") {
  CHECK(store::context("", "", 1 << 20).at("contended") == (load_average() > 0.5));
}

TEST_CASE("the revision is that of the sources and tells whether they were changed") {
  const test::TemporaryFolder folder;
  const std::string git = "git -C " + folder.path().string() + " -c user.name=a -c user.email=a@b ";
  std::ofstream(folder.path() / "file") << "one";
  std::filesystem::create_directory(folder.path() / "inner");
  CHECK(has(revision_header(folder.path()), "kRevision = \"\""));
  REQUIRE(std::system((git + "init -q && " + git + "add file && " + git + "commit -qm one").c_str()) == 0);

  const std::string clean = revision_header(folder.path());
  CHECK(has(clean, "kDirty = false"));
  CHECK_FALSE(has(clean, "kRevision = \"\""));
  CHECK(has(revision_header(folder.path() / "inner"), "kRevision = \"\""));

  std::ofstream(folder.path() / "file") << "two";
  CHECK(has(revision_header(folder.path()), "kDirty = true"));
}
