// A checkpoint of a trial that goes on from it: the whole file, or, as text that starts with "{", changes of an
// otherwise good one, {"values": merge patch of its JSON, "tensors": {name: null to remove it, or the shape of another
// one}}. The trial is the smallest one with every kind of state: running statistics, a random generator, an optimizer
// with moments, every probe.
#include <torch/torch.h>

#include "base/error.h"
#include "config/settings/catalog.h"
#include "config/settings/spec.h"
#include "data/dataset.h"
#include "fuzz/input_file.h"
#include "store/record.h"
#include "support/trials.h"
#include "train/saved_state.h"
#include "train/trainer.h"

namespace bnexp {
namespace {

constexpr std::int64_t kSteps = 6;

config::TrialSpec make_spec() {
  config::TrialSpec spec = tests::small_spec();
  spec.model = tests::variant("model", "mlp", {{"widths", {2}}});
  spec.norm = tests::variant("norm", "noisy_batch");
  spec.data.settings["validation"] = 4;
  spec.train.steps = kSteps;
  spec.train.batch_size = 4;
  spec.train.log_every = 2;
  spec.train.optimizer = tests::variant("optimizer", "adam");
  for (const auto& name : config::Catalog::instance().names("probe")) {
    spec.probes.push_back(tests::variant("probe", name));
    for (const auto& [key, value] : {std::pair("every", 1), {"images", 4}, {"law_steps", 2}}) {
      if (spec.probes.back().settings.contains(key)) spec.probes.back().settings[key] = value;
    }
  }
  return spec;
}

const data::Dataset& images() {
  static const data::Dataset all = [] {
    data::Dataset::Header header{
        .rows = 4, .columns = 4, .train = 12, .test = 4, .name = "digits", .sha256 = "", .files = {}};
    auto arrays = data::Dataset::allocate(header);
    for (std::size_t i = 0; i < arrays.train_images.size(); ++i)
      arrays.train_images.data()[i] = static_cast<std::uint8_t>(i * 37);
    for (std::size_t i = 0; i < arrays.train_labels.size(); ++i) arrays.train_labels.data()[i] = i % 10;
    return data::Dataset(std::move(header), std::move(arrays));
  }();
  return all;
}

const config::TrialSpec& spec() {
  static const config::TrialSpec all = make_spec();
  return all;
}

// Trains to the end, from `saved` or else from the first step; not at all if `saved` is refused. Each checkpoint on the
// way is passed to `save`.
void train_from(std::optional<std::string> saved, const std::function<void(const std::string&)>& save) {
  bool is_refused = false;
  train::Callbacks callbacks;
  callbacks.stop = [&] { return is_refused; };
  callbacks.checkpoints = train::Checkpointing{.saved = std::move(saved),
                                               .name = "the input",
                                               .due = [&] { return static_cast<bool>(save); },
                                               .save = save,
                                               .refused = [&](const std::string&) { is_refused = true; }};
  static_cast<void>(store::to_json(train::run(spec(), images(), callbacks)));
}

// Of the middle of the trial.
const train::SavedState& good_state() {
  static const train::SavedState state = [] {
    std::vector<std::string> saved;
    train_from({}, [&](const std::string& one) { saved.push_back(one); });
    return train::from_bytes(saved.at(kSteps / 2), "the checkpoint");
  }();
  return state;
}

torch::Tensor zeros(const Json& shape) {
  constexpr std::int64_t kMostSide = 64;
  std::vector<std::int64_t> sides;
  for (const Json& side : shape) {
    if (side.is_number_unsigned() && sides.size() < 3) sides.push_back(side.get<std::int64_t>() % kMostSide);
  }
  return torch::zeros(sides, torch::kDouble);
}

train::SavedState changed(const Json& changes) {
  train::SavedState state = good_state();
  if (const auto values = changes.find("values"); values != changes.end()) state.values.merge_patch(*values);
  if (const auto tensors = changes.find("tensors"); tensors != changes.end() && tensors->is_object()) {
    for (const auto& [name, shape] : tensors->items()) {
      state.tensors.erase(name);
      if (!shape.is_null()) state.tensors[name] = zeros(shape);
    }
  }
  if (!state.values.is_object()) state.values = Json::object();
  return state;
}

}  // namespace
}  // namespace bnexp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  at::set_num_threads(1);
  const std::string_view input = fuzz::text_of(data, size);
  const auto changes = input.starts_with('{') ? parse_json(input) : std::nullopt;
  train::SavedState state;
  try {
    state = changes ? changed(*changes) : train::from_bytes(input, "the input");
  } catch (const Error&) {  // why the trial starts over
    return 0;
  }
  // What a checkpoint of another machine has otherwise, so that the rest of it is read too.
  for (const char* key : {"settings_sha256", "libtorch", "isa"}) state.values[key] = good_state().values.at(key);
  train_from(train::to_bytes(state), {});
  return 0;
}
