// What a CUDA device and its libraries are, by their own words.
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <string>

#include "base/own_process.h"
#include "train/trainer.h"

namespace bnexp::train {
namespace {

// A function of a library that comes with the device's driver, so that it isn't there to be linked; null without it.
template <class Function>
Function* find(const char* library, const char* name) {
  void* opened = dlopen(library, RTLD_LAZY);
  return opened == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(opened, name));
}

constexpr const char* kDriver = "libcuda.so.1";
constexpr const char* kManagement = "libnvidia-ml.so.1";

// "580.159.04"
std::string driver_version() {
  const auto init = find<int()>(kManagement, "nvmlInit_v2");
  const auto version_of = find<int(char*, unsigned)>(kManagement, "nvmlSystemGetDriverVersion");
  std::array<char, 81> version{};
  const bool known = init != nullptr && version_of != nullptr && init() == 0 &&
                     version_of(version.data(), static_cast<unsigned>(version.size())) == 0;
  return known ? version.data() : "";
}

// The cuDNN that is loaded. Older LibTorch knows only the one that it was built with.
long cudnn(const auto& hooks) {
  if (!hooks.hasCuDNN()) return 0;
  if constexpr (requires { hooks.versionRuntimeCuDNN(); }) {
    return hooks.versionRuntimeCuDNN();
  } else {
    return hooks.versionCuDNN();
  }
}

}  // namespace

std::string gpu_model() {
  const auto init = find<int(unsigned)>(kDriver, "cuInit");
  const auto get = find<int(int*, int)>(kDriver, "cuDeviceGet");
  const auto name_of = find<int(char*, int, int)>(kDriver, "cuDeviceGetName");
  std::array<char, 256> name{};
  int device = 0;
  const bool known = init != nullptr && get != nullptr && name_of != nullptr && init(0) == 0 && get(&device, 0) == 0 &&
                     name_of(name.data(), static_cast<int>(name.size()), device) == 0;
  return known ? name.data() : "";
}

std::string cuda_version(long number) {
  return number <= 0 ? "" : fmt::format("{}.{}", number / 1000, number % 1000 / 10);
}

std::string cudnn_version(long number) {
  if (number <= 0) return "";
  const long major = number < 10000 ? 1000 : 10000;  // from version 9 on
  return fmt::format("{}.{}.{}", number / major, number % major / 100, number % 100);
}

Json cuda_context() {
  const std::string text = in_own_process("which CUDA device this machine has", [] {
    const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
    return Json{{"gpu", gpu_model()},
                {"gpu_driver", driver_version()},
                {"cuda", hooks.hasCUDART() ? cuda_version(hooks.versionCUDART()) : ""},
                {"cudnn", cudnn_version(cudnn(hooks))}}
        .dump();
  });
  Json result = Json::object();
  const Json found = Json::parse(text);
  for (const auto& [key, value] : found.items()) {
    if (!value.get<std::string>().empty()) result[key] = value;
  }
  return result;
}

}  // namespace bnexp::train
