#include "model/weights.h"

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/random.h"
#include "base/safetensors.h"
#include "config/settings/catalog.h"
#include "support/catch.h"

namespace bnexp {
namespace {

std::shared_ptr<model::Model> make(const std::string& norm, std::uint64_t seed, const std::string& model = "mlp") {
  config::Variant variant = config::default_variant("model", model);
  if (model == "mlp") variant.settings["widths"] = {6, 5};
  auto result = model::make(variant, {}, config::default_variant("norm", norm));
  model::initialize(*result, seed);
  return result;
}

std::string refusal(model::Model& model, const std::string& bytes) {
  try {
    model::load(model, bytes, "x.safetensors");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::environment);
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The file of `model` after `change` to its entries.
std::string changed(const model::Model& model, const std::function<void(std::vector<safetensors::Tensor>&)>& change) {
  const std::string bytes = model::save(model);
  auto tensors = safetensors::read(bytes, "x").tensors;
  change(tensors);
  return safetensors::write(tensors);
}

TEST_CASE("a network's weights are saved under PyTorch's names") {
  const auto model = make("batch", 1);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model::state(*model)) names.push_back(name);
  CHECK(names == std::vector<std::string>{"norm1.weight", "norm1.bias", "norm1.running_mean", "norm1.running_var",
                                          "norm1.num_batches_tracked", "norm2.weight", "norm2.bias",
                                          "norm2.running_mean", "norm2.running_var", "norm2.num_batches_tracked",
                                          "fc1.weight", "fc2.weight", "fc3.weight", "fc3.bias"});
  const std::string bytes = model::save(*model);
  for (const auto& entry : safetensors::read(bytes, "x").tensors) {
    INFO(entry.name);
    CHECK(entry.dtype == (entry.name.ends_with("num_batches_tracked") ? "I64" : "F32"));
    if (entry.name == "fc1.weight") CHECK(entry.shape == std::vector<std::int64_t>{6, 784});
    if (entry.name == "norm1.num_batches_tracked") CHECK(entry.shape.empty());
  }
}

TEST_CASE("every model with every norm comes back from its weights bit for bit") {
  for (const auto& name : config::Catalog::instance().names("model")) {
    for (const auto& norm : config::Catalog::instance().names("norm")) {
      const config::Variant model = config::default_variant("model", name);
      const config::Variant variant = config::default_variant("norm", norm);
      const auto slots = model::slots(model, {});
      if (!model::check(model, variant).empty()) continue;
      if (std::ranges::any_of(slots, [&](const auto& slot) { return !norm::check(variant, slot).empty(); })) continue;
      INFO(name << " " << norm);
      const auto saved = make(norm, 1, name);
      const auto loaded = make(norm, 2, name);
      if (name != "lstm") {  // moves the buffers; 784 steps would take too long
        const torch::NoGradGuard no_grad;
        saved->forward(torch::randn({3, 1, 28, 28}));
      }
      model::load(*loaded, model::save(*saved), "x");
      const auto expected = model::state(*saved);
      const auto actual = model::state(*loaded);
      REQUIRE(actual.size() == expected.size());
      for (std::size_t i = 0; i < actual.size(); ++i) {
        INFO(expected[i].first);
        CHECK(torch::equal(actual[i].second, expected[i].second));
      }
    }
  }
}

TEST_CASE("a network in double precision keeps its weights in double precision") {
  const auto model = make("batch", 1);
  model->to(torch::kDouble);
  const auto same = make("batch", 2);
  same->to(torch::kDouble);
  model::load(*same, model::save(*model), "x");
  CHECK(torch::equal(same->named_parameters()["fc1.weight"], model->named_parameters()["fc1.weight"]));
}

TEST_CASE("weights of other dtypes are converted where that keeps every value, else refused with the tensor's name") {
  const auto saved = make("layer", 1);
  {
    const torch::NoGradGuard no_grad;  // to few digits, which all of these dtypes keep
    for (const auto& [name, tensor] : model::state(*saved)) {
      if (tensor.is_floating_point()) torch::Tensor(tensor).copy_(((tensor * 64).round() + 1) / 64);
    }
  }
  for (const auto type : {torch::kDouble, torch::kHalf, torch::kBFloat16}) {
    INFO(type);
    const auto other = make("layer", 2);
    other->to(type);
    const auto from = model::state(*saved);
    const auto to = model::state(*other);
    {
      const torch::NoGradGuard no_grad;
      for (std::size_t i = 0; i < to.size(); ++i) torch::Tensor(to[i].second).copy_(from[i].second);
    }
    const auto loaded = make("layer", 3);
    model::load(*loaded, model::save(*other), "x");
    const auto actual = model::state(*loaded);
    for (std::size_t i = 0; i < actual.size(); ++i) {
      INFO(actual[i].first);
      CHECK(actual[i].second.scalar_type() == from[i].second.scalar_type());
      CHECK(torch::equal(actual[i].second, from[i].second));
    }
  }
  const auto wide = make("layer", 1);
  wide->to(torch::kDouble);
  wide->named_parameters()["fc3.bias"].data().fill_(0.1);
  const auto single = make("layer", 1);
  CHECK(contains(refusal(*single, model::save(*wide)),
                 "fc3.bias is F64 of shape [10] and has values that F32 can't represent"));
}

TEST_CASE("weights that a wrapper has renamed load under the names without it") {
  const auto saved = make("batch", 1);
  const auto with = [&](const std::string& prefix) {
    return changed(*saved, [&](std::vector<safetensors::Tensor>& all) {
      for (auto& tensor : all) tensor.name = prefix + tensor.name;
    });
  };
  for (const std::string prefix : {"module.", "_orig_mod.", "model.", "model._orig_mod.", "_orig_mod.module."}) {
    INFO(prefix);
    const auto loaded = make("batch", 2);
    model::load(*loaded, with(prefix), "x");
    CHECK(model::save(*loaded) == model::save(*saved));
  }
  const auto model = make("batch", 2);
  CHECK(contains(refusal(*model, with("encoder.")), "it lacks norm1.weight; it has, for example, encoder."));
  // A prefix of some names is none.
  const std::string some = changed(*saved, [](std::vector<safetensors::Tensor>& all) {
    for (auto& tensor : all) {
      if (tensor.name.starts_with("fc")) tensor.name = "module." + tensor.name;
    }
  });
  CHECK(contains(refusal(*model, some), "it lacks fc1.weight"));
}

TEST_CASE("weights that are not finite are refused by the tensor's name") {
  for (const char* name : {"fc2.weight", "norm1.running_var"}) {
    for (const double bad : {std::nan(""), double(INFINITY), -double(INFINITY)}) {
      INFO(name << " " << bad);
      const auto saved = make("batch", 1);
      for (const auto& [key, tensor] : model::state(*saved)) {
        if (key == name) tensor.detach().view(-1)[3] = bad;
      }
      const auto loaded = make("batch", 2);
      const std::string before = model::save(*loaded);
      CHECK(contains(refusal(*loaded, model::save(*saved)), std::string(name) + " has values that are not finite"));
      CHECK(model::save(*loaded) == before);
    }
  }
}

TEST_CASE("a running variance below 0 is refused by the tensor's name") {
  const auto saved = make("batch", 1);
  const auto loaded = make("batch", 2);
  for (const auto& [key, tensor] : model::state(*saved)) {
    if (key == "norm2.running_var") tensor.detach().view(-1)[3] = -1e-20;
  }
  const std::string before = model::save(*loaded);
  CHECK(contains(refusal(*loaded, model::save(*saved)), "norm2.running_var has values below 0"));
  CHECK(model::save(*loaded) == before);
}

TEST_CASE("weights of another network are refused, and nothing of them is taken") {
  const auto model = make("batch", 1);
  const std::string before = model::save(*model);
  const auto check = [&](const std::string& bytes, const std::string& reason) {
    INFO(reason);
    CHECK(contains(refusal(*model, bytes), reason));
    CHECK(model::save(*model) == before);
  };
  using Tensors = std::vector<safetensors::Tensor>;
  const auto other = make("batch", 2);
  check(model::save(*make("none", 1)), "it lacks norm1.weight");
  check(changed(*other, [](Tensors& all) { std::erase_if(all, [](auto& t) { return t.name == "fc3.bias"; }); }),
        "it lacks fc3.bias");
  check(changed(*other, [](Tensors& all) { all.push_back({"more", "U8", {1}, "x"}); }), "the network has no more");
  check(changed(*other,
                [](Tensors& all) {
                  for (auto& t : all) {
                    if (t.name == "fc1.weight") t.shape = {784, 6};
                  }
                }),
        "fc1.weight is F32 of shape [784, 6] in the file, expected F32 of shape [6, 784]");
  check(changed(*other,
                [](Tensors& all) {
                  for (auto& t : all) {
                    if (t.name == "norm1.bias") t.dtype = "I32";
                  }
                }),
        "norm1.bias is I32");
  check(before.substr(0, before.size() - 1), "is not a usable safetensors file");
}

TEST_CASE("broken weights files are read or refused, never worse") {
  const auto model = make("batch", 1);
  const std::string bytes = model::save(*model);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  Random random(1, "fuzz");
  for (int i = 0; i < 3000; ++i) {
    std::string broken = bytes;
    const auto at = static_cast<std::size_t>(random.below(8 + header));
    broken[at] = static_cast<char>(random.below(256));
    if (i % 3 == 0) broken.resize(random.below(broken.size()));
    refusal(*model, broken);
  }
}

}  // namespace
}  // namespace bnexp
