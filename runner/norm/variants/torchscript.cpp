// A norm from Python, saved by TorchScript:
//
//   class Scale(torch.nn.Module):
//     def __init__(self):
//       super().__init__()
//       self.weight = torch.nn.Parameter(torch.ones(1))
//     def forward(self, x):                                                # (N, C, spatial...) to the same shape
//       return (x.transpose(1, -1) * self.weight).transpose(1, -1)
//     @torch.jit.export
//     def bnexp_slot(self, channels: int, spatial: List[int]):             # optional; called once
//       self.weight = torch.ones(channels)                                 # stays a parameter
//   torch.jit.script(Scale()).save("scale.pt")
//
// Every slot gets a fresh copy. Without bnexp_slot the parameters keep the sizes they were saved with. Parameters and
// buffers are the norm's own: they train, save, load and move with it. The code runs as eager PyTorch would run it,
// unfused, so that its first and its hundredth step round alike; what it draws comes from the norm's own stream.
//
// TorchScript can write files (torch.save). `check` tries the norm out in a process that can't, where the kernel has
// Landlock; training runs the code as it is. Use files that you trust.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <new>

#include "base/error.h"
#include "base/own_process.h"
#include "base/text.h"
#include "norm/foreign_code.h"
#include "norm/norm.h"
#include "norm/resolve.h"
#include "norm/script.h"

namespace bnexp::norm {
namespace {

struct TorchScriptOptions {
  std::string path;
  std::string sha256;
  std::filesystem::path folder;  // of the configuration; not a setting

  void fields(config::Fields& f) {
    f.text("path", path,
           "file made by torch.jit.save, relative to the configuration's folder; its code runs when a suite is checked "
           "and when it trains");
    f.check(!path.empty(), "path", "'path' is required", "name a file made by torch.jit.script(module).save(path)");
    const std::filesystem::path file = path;
    const bool leaves = file.is_absolute() || std::find(file.begin(), file.end(), "..") != file.end();
    f.check(!leaves, "path", fmt::format("'{}' is outside of the configuration's folder", printable(path)),
            "put the file into the configuration's folder and name it relative to this folder");
    f.text("sha256", sha256,
           "checksum of the file, filled in automatically; if given, a file with another checksum is refused");
  }

  std::string refuses(const Slot& slot) const;
};

// The file of the settings; refuses another content under its name.
ScriptFile read_checked(const TorchScriptOptions& options) {
  ScriptFile file = read_script(options.folder, options.path);
  if (!options.sha256.empty() && options.sha256 != file.sha256) {
    throw usage_error(fmt::format("{} is not the file that the settings name: its SHA-256 is {}, not {}", file.path,
                                  file.sha256, printable(options.sha256)),
                      "run the suite again, or put the file back");
  }
  return file;
}

// What a module draws comes from LibTorch's default generators. torch::manual_seed seeds those of all devices, and
// starts CUDA for a norm on the CPU.
void seed_drawing_on(const torch::Device& device, std::uint64_t seed) {
  const auto start = [seed](at::Generator generator) {
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(seed);
  };
  start(at::globalContext().defaultGenerator(torch::kCPU));
  if (!device.is_cpu()) start(at::globalContext().defaultGenerator(device));
}

class TorchScriptNorm final : public Norm {
 public:
  TorchScriptNorm(const TorchScriptOptions& options, const Slot& slot) : TorchScriptNorm(read_checked(options), slot) {}

  TorchScriptNorm(const ScriptFile& file, const Slot& slot)
      : path_(file.path), script_(load_script(file, slot)), tensors_(*this, script_) {}

  torch::Tensor forward(const torch::Tensor& x) override {
    seed_drawing_on(x.device(), is_training() ? draw_seed() : 0);
    torch::jit::IValue y = run(x);
    tensors_.take_back();
    if (!y.isTensor()) throw usage_error(fmt::format("{} returns a {}, not a tensor", path_, y.tagKind()));
    return y.toTensor();
  }

  void train(bool on) override {
    Norm::train(on);
    script_.train(on);
  }

  bool replaces_bias() const override { return false; }

 private:
  torch::jit::IValue run(const torch::Tensor& x) {
    const torch::jit::GraphOptimizerEnabledGuard as_eager(false);
    try {
      return script_.forward({x});
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const c10::OutOfMemoryError&) {
      throw;
    } catch (const std::exception& error) {
      const std::string reason = script_reason(error);
      for (const char* text : {"not enough memory", "out of memory", "can't allocate memory"}) {
        if (reason.find(text) != std::string::npos) throw std::bad_alloc();
      }
      throw usage_error(fmt::format("{}: {}", path_, reason));
    }
  }

  std::uint64_t draw_seed() {
    return static_cast<std::uint64_t>(torch::empty({}, torch::kLong).random_(generator()).item<std::int64_t>());
  }

  std::string path_;
  torch::jit::Module script_;
  ScriptTensors tensors_;
};

// Why the module can't be in the slot, found by a training step and an evaluation.
std::string try_out(const ScriptFile& file, const Slot& slot) {
  try {
    TorchScriptNorm norm(file, slot);
    std::vector<std::int64_t> sizes{4, slot.channels};
    sizes.insert(sizes.end(), slot.spatial.begin(), slot.spatial.end());
    for (const bool training : {true, false}) {
      norm.train(training);
      const torch::Tensor x = torch::randn(sizes, norm.generator()).requires_grad_();
      const torch::Tensor y = norm.forward(x);
      if (y.sizes() != x.sizes() || y.scalar_type() != x.scalar_type()) {
        return fmt::format("{} makes {} {} of {} {} in {}", file.path, c10::toString(y.scalar_type()),
                           fmt::join(y.sizes(), "x"), c10::toString(x.scalar_type()), fmt::join(sizes, "x"), slot.name);
      }
      if (!training) continue;
      if (!y.requires_grad()) return fmt::format("{} passes no gradient to its input in {}", file.path, slot.name);
      y.sum().backward();
    }
    return "";
  } catch (const Error& error) {
    return fmt::format("{} (in {})", error.what(), slot.name);
  } catch (const std::exception& error) {
    return fmt::format("{}: {} (in {})", file.path, script_reason(error), slot.name);
  }
}

std::string TorchScriptOptions::refuses(const Slot& slot) const {
  if (path.empty()) return "torchscript norm needs the path of a file";
  ScriptFile file;
  try {
    file = read_checked(*this);
  } catch (const Error& error) {
    return error.what();
  }
  // Many arms have the same slots.
  static std::mutex mutex;
  static std::map<std::string, std::string> known;
  const std::string key =
      fmt::format("{} {} {} {} {}", path, file.sha256, slot.name, slot.channels, fmt::join(slot.spatial, "x"));
  const std::lock_guard lock(mutex);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  // Runs in a separate process: the file's code may loop, crash or write files, and a backward starts threads, after
  // which this process couldn't be forked into workers.
  const auto one_step = [&] { return try_out(file, slot); };
  try {
    return known[key] = run_foreign_code(fmt::format("a step of {} in {}", file.path, slot.name), one_step);
  } catch (const NoAnswer& error) {
    return known[key] = error.what();
  }
}

BNEXP_NORM(torchscript, TorchScriptNorm, TorchScriptOptions,
           {.summary = "A norm from Python: a TorchScript module in a file, with a separate copy for each slot.",
            .formula = "y = module(x)",
            .source = "PyTorch, torch.jit.script"});

[[maybe_unused]] const bool resolves = add_resolver("torchscript", [](config::Variant& norm) {
  norm.settings["sha256"] = read_script(norm.folder, norm.settings.at("path").get<std::string>()).sha256;
});

}  // namespace
}  // namespace bnexp::norm
