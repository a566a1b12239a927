#include "data/dataset.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "data/support.h"
#include "support/catch.h"

namespace bnexp::data {
namespace {

using namespace testing;

// 10 training images of 2x3 bytes, image i filled with i, label i % 10; 4 test images filled with 100 + i.
std::shared_ptr<Dataset> small() {
  Dataset::Header header;
  header.rows = 2;
  header.columns = 3;
  header.train = 10;
  header.test = 4;
  header.name = "small";
  auto arrays = Dataset::allocate(header);
  for (std::uint8_t i = 0; i < 10; ++i) {
    std::memset(arrays.train_images.data() + 6 * i, i, 6);
    arrays.train_labels.data()[i] = i;
  }
  for (std::uint8_t i = 0; i < 4; ++i) {
    std::memset(arrays.test_images.data() + 6 * i, 100 + i, 6);
    arrays.test_labels.data()[i] = i;
  }
  return std::make_shared<Dataset>(std::move(header), std::move(arrays));
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

TEST_CASE("more memory than an address space has is refused in words") {
  CHECK(contains(complaint([] { SharedBytes(std::size_t{1} << 60); }),
                 "cannot hold 1099511627776 MiB of images in memory"));
}

TEST_CASE("a forked process sees the same images and cannot change them") {
  const auto data = small();
  const int reading = in_child([&] {
    const bool equal = data->header().name == "small" && data->test().images[6] == 101 && data->train(2).count == 8 &&
                       data->validation(2).labels[0] == 8;
    return equal ? 0 : 1;
  });
  CHECK(reading == 0);
  const int writing = in_child([&] {
    const_cast<std::uint8_t*>(data->test().images)[0] = 1;
    return 0;
  });
  CHECK(writing == 128 + SIGSEGV);
}

}  // namespace
}  // namespace bnexp::data
