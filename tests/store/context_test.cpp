#include "store/context.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "store/files.h"
#include "store/machine.h"
#include "store/temporary_folder.h"
#include "support/catch.h"

using namespace bnexp;

namespace {

// The header that a build from `source` would get.
std::string revision_header(const std::filesystem::path& source) {
  const test::TemporaryFolder folder;
  const std::filesystem::path header = folder.path() / "revision.h";
  const std::string command = "cmake -D SOURCE=" + source.string() + " -D OUTPUT=" + header.string() +
                              " -P " BNEXP_SOURCE_DIR "/runner/store/revision.cmake";
  REQUIRE(std::system(command.c_str()) == 0);
  return store::read_whole(header).value();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the context names the machine, the build and the load") {
  const Json context = store::context("2.13.0", "AVX2", 2);
  CHECK(context.at("libtorch") == "2.13.0");
  CHECK(context.at("isa") == "AVX2");
  CHECK(context.at("jobs") == 2);
  CHECK(context.at("threads") == 1);
  CHECK(context.at("cores").get<int>() == store::available_cores());
  CHECK(context.at("memory_bytes").get<std::int64_t>() > (1 << 20));
  CHECK(has(context.at("os"), "Linux"));
  CHECK_FALSE(context.at("cpu").get<std::string>().empty());
  CHECK_FALSE(context.at("compiler").get<std::string>().empty());
  CHECK(context.at("git").is_null() == context.at("dirty").is_null());
}

TEST_CASE("a machine with fewer free cores than jobs is contended") {
  CHECK(store::context("", "", 1 << 20).at("contended") == (store::load_average() > 0.5));
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

TEST_CASE("a processor's flags say whether bfloat16 is fast") {
  CHECK(store::has_fast_bfloat16("flags\t\t: fpu avx2 avx512f avx512_bf16 clzero\n"));
  CHECK(store::has_fast_bfloat16("flags : avx512f amx_bf16"));
  CHECK(store::has_fast_bfloat16("Features\t: fp asimd bf16 i8mm"));
  CHECK_FALSE(store::has_fast_bfloat16("flags\t\t: fpu avx2 avx512f avx512_vnni\nmodel name : bf16000\n"));
}
