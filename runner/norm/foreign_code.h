// Runs code from a file that a user names.
#pragma once

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <functional>
#include <string>

#include "base/own_process.h"

namespace bnexp::norm {

// Prints LibTorch's warnings but one. A process that may not open files for writing can't open CUDA's device files, and
// a backward counts the devices, even if CUDA_VISIBLE_DEVICES hides them.
struct NoCudaWarnings final : c10::WarningHandler {
  void process(const c10::Warning& warning) override {
    if (!warning.msg().starts_with("CUDA initialization")) c10::WarningHandler::process(warning);
  }
};

// in_own_process() with the limits for such code, in one thread.
inline std::string run_foreign_code(const std::string& what, const std::function<std::string()>& ask) {
  const auto quietly = [&] {
    at::set_num_threads(1);
    NoCudaWarnings warnings;
    const c10::WarningUtils::WarningHandlerGuard guard(&warnings);
    return ask();
  };
  return in_own_process(what, quietly, kForeignCode);
}

}  // namespace bnexp::norm
