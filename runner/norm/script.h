// A norm that was written in Python and saved by torch.jit.save: its file, and its module for one slot.
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
  std::string path;  // as the configuration has it, printable
  std::string bytes;
  std::string sha256;
};

// `path` is in `folder`; empty: the current folder. Throws Error, naming the file, unless it is a regular file of at
// most 1 GiB.
ScriptFile read_script(const std::filesystem::path& folder, const std::string& path);

// What went wrong in TorchScript, in one printable line without LibTorch's traces.
std::string script_reason(const std::exception& error);

// A new module that shares nothing with those of other calls. Its `bnexp_slot(channels: int, spatial: List[int])`, if
// there is one, has been called; a tensor that it assigned to a parameter replaces the parameter. Throws Error, naming
// the file.
torch::jit::Module load_script(const ScriptFile& file, const Slot& slot);

// The module's tensors under the names they have in Python. They are the module's own: what trains, loads or moves them
// does so to the module.
class ScriptTensors {
 public:
  // Registers them in `owner`.
  ScriptTensors(torch::nn::Module& owner, const torch::jit::Module& script) { adopt(owner, script); }

  // A forward may have put other tensors in the place of buffers; they are copied into the registered ones.
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
