// A norm written in Python and saved by torch.jit.save: its file, and its module for one slot.
#pragma once

#include <torch/script.h>
#include <torch/torch.h>

#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "norm/slot.h"

namespace bnexp::norm {

struct ScriptFile {
  std::string path;  // as in the configuration, printable
  std::string bytes;
  std::string sha256;
};

// `path` is in `folder`; empty: the current folder. Throws Error, naming the file, unless it is a regular file of at
// most 1 GiB.
ScriptFile read_script(const std::filesystem::path& folder, const std::string& path);

// The reason of a TorchScript error, on one printable line without LibTorch's traces.
std::string script_reason(const std::exception& error);

// A new module that shares nothing with those of other calls. Calls its `bnexp_slot(channels: int, spatial:
// List[int])`, if there is one; a tensor that this assigns to a parameter replaces the parameter. Throws Error, naming
// the file.
torch::jit::Module load_script(const ScriptFile& file, const Slot& slot);

// The module's tensors under their names in Python. They are the module's own, so training, loading or moving them
// changes the module.
class ScriptTensors {
 public:
  // Registers them in `owner`.
  ScriptTensors(torch::nn::Module& owner, const torch::jit::Module& script) { adopt(owner, script); }

  // Copies buffers that a forward has replaced into the registered ones.
  void take_back();

 private:
  struct Buffer {
    torch::jit::Module owner;
    std::string name;
    torch::Tensor tensor;
  };

  void adopt(torch::nn::Module& owner, const torch::jit::Module& script);

  std::vector<torch::Tensor> known_;
  std::vector<Buffer> buffers_;
};

}  // namespace bnexp::norm
