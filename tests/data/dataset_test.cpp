#include "data/dataset.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

// 10 training images of 2x3 bytes, image i filled with i, label i % 10; 4 test images filled with 100 + i.
std::shared_ptr<Dataset> small(Dataset::Backing backing = Dataset::Backing::memory) {
  Dataset::Header header;
  header.rows = 2;
  header.columns = 3;
  header.train = 10;
  header.test = 4;
  std::strcpy(header.name, "small");
  auto data = Dataset::allocate(header, backing);
  for (std::uint8_t i = 0; i < 10; ++i) {
    std::memset(data->train_images() + 6 * i, i, 6);
    data->train_labels()[i] = i;
  }
  for (std::uint8_t i = 0; i < 4; ++i) {
    std::memset(data->test_images() + 6 * i, 100 + i, 6);
    data->test_labels()[i] = i;
  }
  data->seal();
  return data;
}

// The exit status of a forked child that runs `action`; 99 when it throws.
template <class Action>
int in_child(Action action) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);  // a fault ends the child in silence
    try {
      _exit(action());
    } catch (...) {
      _exit(99);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_CASE("validation is the end of the training file, apart from what is trained on and from the test set") {
  const auto data = small();
  const Split train = data->train(3);
  const Split validation = data->validation(3);
  const Split test = data->test();
  REQUIRE(train.count == 7);
  REQUIRE(validation.count == 3);
  REQUIRE(test.count == 4);
  for (std::int64_t i = 0; i < 7; ++i) {
    CHECK(int{train.labels[i]} == i);
    CHECK(int{train.images[6 * i + 5]} == i);
  }
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(int{validation.labels[i]} == 7 + i);
    CHECK(int{validation.images[6 * i]} == 7 + i);
  }
  CHECK(int{test.images[6 * 3]} == 103);
  CHECK(data->train(0).count == 10);
  CHECK(data->validation(0).count == 0);
}

TEST_CASE("a child process sees the same images through the inherited descriptor and cannot change them") {
  for (const auto backing : {Dataset::Backing::memory, Dataset::Backing::file}) {
    const auto data = small(backing);
    const int status = in_child([&] {
      const auto mine = Dataset::attach(data->descriptor());
      const bool equal = std::string(mine->header().name) == "small" && mine->test().images[6] == 101 &&
                         mine->train(2).count == 8 && mine->validation(2).labels[0] == 8;
      return equal ? 0 : 1;
    });
    CHECK(status == 0);
    const int writing = in_child([&] {
      const auto mine = Dataset::attach(data->descriptor());
      const_cast<std::uint8_t*>(mine->test().images)[0] = 1;
      return 0;
    });
    CHECK(writing == 128 + SIGSEGV);
    CHECK(int{data->test().images[0]} == 100);
  }
}

TEST_CASE("a sealed region refuses a writable mapping and a change of size") {
  const auto data = small();
  CHECK(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, data->descriptor(), 0) == MAP_FAILED);
  CHECK(ftruncate(data->descriptor(), 0) != 0);
}

TEST_CASE("a descriptor that holds no shared data set is refused") {
  CHECK(contains(complaint([] { Dataset::attach(1'000'000); }), "descriptor 1000000 holds no shared data set"));
  const TempFolder folder;
  const auto refusal = [&](const std::string& bytes) {
    return complaint([&] { Dataset::attach(open(write_file(folder.path() / "file", bytes).c_str(), O_RDONLY)); });
  };
  CHECK(contains(refusal("short"), "too small"));
  CHECK(contains(refusal(std::string(8192, 'x')), "it starts with other bytes"));

  const auto data = small(Dataset::Backing::file);
  std::string copy(static_cast<std::size_t>(lseek(data->descriptor(), 0, SEEK_END)), '\0');
  REQUIRE(pread(data->descriptor(), copy.data(), copy.size(), 0) == static_cast<ssize_t>(copy.size()));
  CHECK(refusal(copy).empty());
  CHECK(contains(refusal(copy.substr(0, copy.size() - 4096)), "its size is wrong"));

  Dataset::Header header;
  header.train = header.test = 1;
  const auto unsealed = Dataset::allocate(header);
  CHECK(contains(complaint([&] { Dataset::attach(dup(unsealed->descriptor())); }), "it isn't sealed"));
}

}  // namespace
}  // namespace bnexp::data
