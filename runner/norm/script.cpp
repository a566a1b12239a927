#include "norm/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/text.h"

namespace bnexp::norm {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargest = std::uintmax_t{1} << 30;  // bytes of a file

// The submodule "inner" of the state dict.
class Part final : public torch::nn::Module {};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

using Tensors = std::map<std::string, torch::Tensor>;

// Parameters and buffers of a module, by name.
Tensors tensors(const torch::jit::Module& script, bool recurse) {
  Tensors result;
  for (const auto& parameter : script.named_parameters(recurse)) result[parameter.name] = parameter.value;
  for (const auto& buffer : script.named_buffers(recurse)) result[buffer.name] = buffer.value;
  return result;
}

// Gives each name whose tensor differs from `before` its own tensor, trainable if the old one was. Otherwise two names
// could share one: TorchScript merges two calls of torch.ones(channels).
void separate(torch::jit::Module script, const std::string& path, const Tensors& before) {
  for (const auto& [name, tensor] : tensors(script, /*recurse=*/false)) {
    const torch::Tensor& former = before.at(path + name);
    if (tensor.is_same(former)) continue;
    script.setattr(name, tensor.detach().clone().set_requires_grad(former.requires_grad()));
  }
  for (const auto& child : script.named_children()) separate(child.value, path + child.name + ".", before);
}

void fit(const torch::jit::Module& script, const Slot& slot) {
  const auto method = script.find_method("bnexp_slot");
  if (!method) return;
  const Tensors before = tensors(script, /*recurse=*/true);
  (*method)({slot.channels, c10::List<std::int64_t>(slot.spatial)});
  separate(script, "", before);
}

}  // namespace

ScriptFile read_script(const fs::path& folder, const std::string& path) {
  ScriptFile result{printable(path), "", ""};
  const std::string place = folder.empty() ? "the current folder" : printable(folder.string());
  const auto refuse = [&](const std::string& reason) {
    throw usage_error(
        fmt::format("{}: {} in {}", result.path, reason, place),
        "name a file made by torch.jit.script(module).save(path), relative to the configuration's folder");
  };
  std::error_code error;
  const fs::file_status status = fs::status(folder / path, error);
  if (!fs::exists(status)) refuse("no such file");
  if (!fs::is_regular_file(status)) refuse("not a regular file");
  const std::uintmax_t size = fs::file_size(folder / path, error);
  if (!error && size > kLargest)
    refuse(fmt::format("{} bytes, more than a norm's file may have ({}),", size, kLargest));
  auto bytes = read_whole(folder / path);
  if (!bytes) refuse("can't read the file");
  result.bytes = std::move(*bytes);
  result.sha256 = sha256_hex(result.bytes);
  return result;
}

std::string script_reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  // The interpreter's message first quotes the code and marks each place like this. The reason is below the last mark,
  // after the rest of the code, which is indented.
  std::istringstream lines(text.substr(std::min(text.rfind("<--- HERE"), text.size())));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    if (line.empty() || line.front() == ' ') continue;
    for (const std::string_view prefix : {"RuntimeError: ", "builtins."}) {
      if (line.starts_with(prefix)) line.erase(0, prefix.size());
    }
    return printable(line);
  }
  return printable(first_line(text));
}

torch::jit::Module load_script(const ScriptFile& file, const Slot& slot) {
  std::istringstream stream(file.bytes);
  torch::jit::Module script;
  try {
    script = torch::jit::load(stream, torch::kCPU);
  } catch (const std::exception& error) {
    const std::string reason = script_reason(error);
    throw usage_error(fmt::format("{} is not a TorchScript file: {}", file.path, reason.substr(0, reason.find(". "))),
                      "make it with torch.jit.script(module).save(path)");
  }
  if (!script.find_method("forward")) throw usage_error(file.path + " has no method forward");
  try {
    fit(script, slot);
  } catch (const std::exception& error) {
    throw usage_error(fmt::format("{}: bnexp_slot fails for {}: {}", file.path, slot.name, script_reason(error)));
  }
  return script;
}

void ScriptTensors::adopt(torch::nn::Module& owner, const torch::jit::Module& script) {
  // One tensor may be in several places; it is trained once.
  const auto is_new = [this](const torch::Tensor& tensor) {
    const bool known =
        std::any_of(known_.begin(), known_.end(), [&](const auto& other) { return other.is_same(tensor); });
    if (!known) known_.push_back(tensor);
    return tensor.defined() && !known;
  };
  for (const auto& parameter : script.named_parameters(/*recurse=*/false)) {
    if (!is_new(parameter.value)) continue;
    owner.register_parameter(parameter.name, parameter.value, parameter.value.requires_grad());
  }
  for (const auto& buffer : script.named_buffers(/*recurse=*/false)) {
    if (!is_new(buffer.value)) continue;
    buffers_.push_back({script, buffer.name, owner.register_buffer(buffer.name, buffer.value)});
  }
  for (const auto& child : script.named_children()) {
    adopt(*owner.register_module(child.name, std::make_shared<Part>()), child.value);
  }
}

void ScriptTensors::take_back() {
  const torch::NoGradGuard no_grad;
  for (auto& buffer : buffers_) {
    const torch::Tensor now = buffer.owner.attr(buffer.name).toTensor();
    if (now.is_same(buffer.tensor)) continue;
    buffer.tensor.copy_(now.detach());
    buffer.owner.setattr(buffer.name, buffer.tensor);
  }
}

}  // namespace bnexp::norm
