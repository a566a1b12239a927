#include "base/json_problem.h"

namespace bnexp {

std::string problem_of(const Json::exception& error) {
  constexpr int kOtherType = 302, kNoKey = 403, kOwn = 501;
  constexpr std::string_view kNotFound = " not found";
  const std::string text = error.what();
  // "[json.exception.out_of_range.403] key 'sha256' not found"
  std::string own = text.substr(text.find("] ") + 2);
  if (error.id == kNoKey && own.ends_with(kNotFound)) {
    return own.replace(own.size() - kNotFound.size(), kNotFound.size(), " is missing");
  }
  return error.id == kOtherType || error.id == kOwn ? own : "a value has the wrong type";
}

}  // namespace bnexp
