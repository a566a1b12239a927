// A suite's YAML file: its text, the settings, the sweep and the claims, up to the trials. The program's own check of
// norms against models is left out: it builds the models, however large they are, and may run a file's code.
#include "config/suite/suite.h"

#include "base/error.h"
#include "fuzz/input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bnexp;
  try {
    config::load(fuzz::write_file("suite.yaml", fuzz::text_of(data, size)), {}, {});
  } catch (const Error&) {  // what a user reads
  }
  return 0;
}
