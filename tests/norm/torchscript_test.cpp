// Norms from Python, in the files that torchscript/make.py makes.
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/hash.h"
#include "base/own_process.h"
#include "config/settings/catalog.h"
#include "norm/foreign_code.h"
#include "norm/norm.h"
#include "norm/resolve.h"
#include "support/catch.h"
#include "support/gradcheck.h"
#include "support/temporary_folder.h"

namespace bnexp {
namespace {

namespace fs = std::filesystem;

using torch::Tensor;

const std::string kFiles = std::string(BNEXP_SOURCE_DIR) + "/tests/norm/torchscript";

config::Variant script(const std::string& path, const std::string& sha256 = "") {
  config::Variant result = config::default_variant("norm", "torchscript");
  result.folder = kFiles;
  result.settings["path"] = path;
  result.settings["sha256"] = sha256;
  return result;
}

const norm::Slot kImage{"norm1", 16, {3, 5}};
const norm::Slot kVector{"norm3", 16, {}};

Tensor sample(const norm::Slot& slot, std::int64_t batch = 4) {
  torch::manual_seed(3);
  std::vector<std::int64_t> sizes{batch, slot.channels};
  sizes.insert(sizes.end(), slot.spatial.begin(), slot.spatial.end());
  return torch::randn(sizes) * 2 - 0.7;
}

std::string refusal(const std::string& path, const norm::Slot& slot = kImage) {
  return norm::check(script(path), slot);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a norm from Python fits its slot and does what the same norm here does, in training and evaluation") {
  for (const norm::Slot& slot : {kImage, kVector, norm::Slot{"norm2", 3, {7}}}) {
    INFO(slot.name);
    REQUIRE(refusal("batchlike.pt", slot).empty());
    const auto theirs = norm::make(script("batchlike.pt"), slot);
    const auto ours = norm::make(config::default_variant("norm", "batch"), slot);
    for (int step = 0; step < 3; ++step) {
      Tensor x1 = (sample(slot) + step).requires_grad_();
      Tensor x2 = (sample(slot) + step).requires_grad_();
      const Tensor y1 = theirs->forward(x1);
      const Tensor y2 = ours->forward(x2);
      CHECK(torch::allclose(y1, y2, 1e-4, 1e-5));
      y1.pow(3).sum().backward();
      y2.pow(3).sum().backward();
      CHECK(torch::allclose(x1.grad(), x2.grad(), 1e-3, 1e-4));
      const torch::NoGradGuard no_grad;
      for (const char* name : {"weight", "bias"}) {
        Tensor one = theirs->named_parameters()[name];
        Tensor two = ours->named_parameters()[name];
        CHECK(torch::allclose(one.grad(), two.grad(), 1e-3, 1e-3));
        one.sub_(0.001 * one.grad());
        two.sub_(0.001 * two.grad());
      }
    }
    for (const char* name : {"running_mean", "running_var"}) {
      CHECK(torch::allclose(theirs->named_buffers()[name], ours->named_buffers()[name], 1e-4, 1e-5));
    }
    theirs->eval();
    ours->eval();
    CHECK(torch::allclose(theirs->forward(sample(slot)), ours->forward(sample(slot)), 1e-4, 1e-4));
  }
}

TEST_CASE("a norm from Python has right gradients in double") {
  const auto norm = norm::make(script("batchlike.pt"), kImage);
  norm->to(torch::kDouble);
  for (const bool training : {true, false}) {
    norm->train(training);
    std::vector<Tensor> inputs{sample(kImage).to(torch::kDouble).requires_grad_()};
    for (const auto& parameter : norm->parameters()) inputs.push_back(parameter);
    CHECK(inputs.size() == 3);
    CHECK(tests::gradient_error([&] { return norm->forward(inputs[0]); }, inputs) < 1e-7);
  }
}

TEST_CASE("slots with one file share nothing") {
  const auto one = norm::make(script("batchlike.pt"), kImage);
  const auto two = norm::make(script("batchlike.pt"), kImage);
  one->forward(sample(kImage));
  CHECK(one->named_buffers()["running_mean"].abs().max().item<double>() > 0);
  CHECK(two->named_buffers()["running_mean"].abs().max().item<double>() == 0);
}

TEST_CASE("what evaluation does leaves a norm from Python as it is") {
  const auto norm = norm::make(script("batchlike.pt"), kImage);
  norm->forward(sample(kImage));
  norm->eval();
  const Tensor before = norm->named_buffers()["running_mean"].clone();
  norm->forward(sample(kImage) + 7);
  CHECK(torch::equal(norm->named_buffers()["running_mean"], before));
}

TEST_CASE("a norm from Python is saved and loaded with its running statistics") {
  const auto norm = norm::make(script("batchlike.pt"), kImage);
  {
    const torch::NoGradGuard no_grad;
    norm->named_parameters()["weight"].mul_(3);
  }
  for (int i = 0; i < 3; ++i) norm->forward(sample(kImage) + i);
  std::stringstream file;
  torch::serialize::OutputArchive out;
  norm->save(out);
  out.save_to(file);
  const auto copy = norm::make(script("batchlike.pt"), kImage);
  torch::serialize::InputArchive in;
  in.load_from(file);
  copy->load(in);
  norm->eval();
  copy->eval();
  CHECK(torch::equal(copy->forward(sample(kImage)), norm->forward(sample(kImage))));
  norm->train();
  copy->train();
  norm->forward(sample(kImage));
  copy->forward(sample(kImage));
  CHECK(torch::equal(copy->named_buffers()["running_var"], norm->named_buffers()["running_var"]));
}

TEST_CASE("modules within a norm from Python keep their names, and what Python froze stays frozen") {
  const auto norm = norm::make(script("nested.pt"), kImage);
  const auto parameters = norm->named_parameters();
  REQUIRE(parameters.contains("inner.weight"));
  CHECK(parameters["inner.weight"].requires_grad());
  CHECK_FALSE(parameters["scale"].requires_grad());
  norm->eval();
  const Tensor expected = 2 * torch::group_norm(sample(kImage), 4);
  CHECK(torch::allclose(norm->forward(sample(kImage)), expected, 1e-5, 1e-6));
}

TEST_CASE("what a norm from Python draws follows from its seed alone") {
  const auto draw = [](std::uint64_t seed, std::uint64_t elsewhere) {
    const auto norm = norm::make(script("nested.pt"), kImage);
    norm->seed(seed);
    const Tensor x = sample(kImage);
    torch::manual_seed(elsewhere);
    const Tensor first = norm->forward(x);
    return std::pair(first, norm->forward(x));
  };
  const auto [one, two] = draw(1, 5);
  CHECK_FALSE(torch::equal(one, two));
  CHECK(torch::equal(draw(1, 6).second, two));
  CHECK_FALSE(torch::equal(draw(2, 5).first, one));
}

TEST_CASE("a file that holds no norm is refused in one line that names it and the reason") {
  const auto one_line = [](const std::string& message, const std::string& file, const std::string& reason) {
    INFO(message);
    CHECK(contains(message, file));
    CHECK(contains(message, reason));
    CHECK_FALSE(contains(message, "\n"));
    CHECK(message.size() < 300);
  };
  one_line(refusal("missing.pt"), "missing.pt", "no such file");
  one_line(refusal("."), ".", "not a regular file");
  one_line(refusal("make.py"), "make.py", "not a TorchScript file");
  one_line(refusal("tensors.pt"), "tensors.pt", "not a TorchScript file");
  one_line(refusal("flattens.pt"), "flattens.pt", "Float 960 of Float 4x16x3x5 in norm1");
  one_line(refusal("raises.pt"), "raises.pt", "this norm is not ready");
  one_line(refusal("pair.pt"), "pair.pt", "not a tensor");
  one_line(refusal("detaches.pt"), "detaches.pt", "no gradient");
}

TEST_CASE("what is no regular file, or is too large, is refused and never read") {
  const test::TemporaryFolder folder;
  const auto said = [&](const std::string& name) {
    config::Variant variant = script(name);
    variant.folder = folder.path();
    return norm::check(variant, kImage);
  };
  fs::create_symlink("/dev/zero", folder.path() / "endless.pt");
  CHECK(contains(said("endless.pt"), "endless.pt: not a regular file"));
  REQUIRE(mkfifo((folder.path() / "fifo.pt").c_str(), 0600) == 0);
  CHECK(contains(said("fifo.pt"), "fifo.pt: not a regular file"));
  std::ofstream(folder.path() / "large.pt") << "x";
  fs::resize_file(folder.path() / "large.pt", (std::uintmax_t{1} << 30) + 1);  // without its blocks
  CHECK(contains(said("large.pt"), "large.pt: 1073741825 bytes"));
}

TEST_CASE("a norm whose step does not end is refused, and its process ends") {
  const auto start = std::chrono::steady_clock::now();
  CHECK(contains(refusal("endless.pt"), "a step of endless.pt in norm1 does not end within 20 seconds"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left
}

TEST_CASE("a norm that is tried out can't write files, as it can where it trains") {
  if (in_own_process("Landlock", [] { return std::string(forbid_changing_files() ? "yes" : ""); }).empty()) {
    WARN("skipped: this kernel has no Landlock");
    return;
  }
  const test::TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  refusal("writes.pt");
  const bool is_empty = fs::is_empty(folder.path());
  norm::make(script("writes.pt"), kImage)->forward(sample(kImage));
  const bool is_written = fs::exists(folder.path() / "written_by_a_norm");
  fs::current_path(before);
  CHECK(is_empty);
  CHECK(is_written);
}

TEST_CASE("a norm that is tried out warns, but not of CUDA devices that it can't open") {
  const std::string said = norm::run_foreign_code("warnings", [] {
    std::ostringstream printed;
    auto* const screen = std::cerr.rdbuf(printed.rdbuf());
    TORCH_WARN("CUDA initialization: Unexpected error");
    TORCH_WARN("another");
    std::cerr.rdbuf(screen);
    return printed.str();
  });
  CHECK(contains(said, "another"));
  CHECK_FALSE(contains(said, "CUDA"));
}

TEST_CASE("what a norm from Python says moves nothing on a terminal") {
  const std::string message = refusal("escapes.pt");
  CHECK(contains(message, "\\x1b[31mred"));
  CHECK(contains(message, "\\u202e"));
  CHECK_FALSE(contains(message, "\x1b"));
}

TEST_CASE("a norm made for one number of channels is refused in slots with another, and names the slot") {
  CHECK(refusal("nested.pt", kImage).empty());
  const std::string message = refusal("nested.pt", {"norm2", 24, {3, 5}});
  CHECK(contains(message, "nested.pt"));
  CHECK(contains(message, "norm2"));
  CHECK_FALSE(contains(message, "\n"));
}

TEST_CASE("a norm from Python that fails while it trains says so in one line") {
  REQUIRE(refusal("latefailure.pt").empty());
  const auto norm = norm::make(script("latefailure.pt"), kImage);
  std::string message;
  try {
    norm->forward(sample(kImage, 5));
  } catch (const std::exception& error) {
    message = error.what();
  }
  CHECK(contains(message, "latefailure.pt"));
  CHECK(contains(message, "more samples than this norm can take"));
  CHECK_FALSE(contains(message, "\n"));
}

TEST_CASE("settings say which content of the file they mean, and no other stands for it") {
  config::Variant resolved = script("nested.pt");
  norm::resolve(resolved, kFiles);
  std::ifstream file(kFiles + "/nested.pt", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string sha256 = sha256_hex(bytes);
  CHECK(resolved.settings["sha256"] == sha256);
  CHECK(norm::check(resolved, kImage).empty());
  CHECK_NOTHROW(norm::make(resolved, kImage));

  const config::Variant other = script("batchlike.pt", sha256);
  CHECK(contains(norm::check(other, kImage), "is not the file that the settings name"));
  CHECK_THROWS(norm::make(other, kImage));
}

TEST_CASE("resolving files leaves the settings of other norms alone") {
  config::Variant batch = config::default_variant("norm", "batch");
  norm::resolve(batch, kFiles);
  CHECK(batch.settings == config::default_variant("norm", "batch").settings);
  CHECK(batch.folder.empty());
}

}  // namespace
}  // namespace bnexp
