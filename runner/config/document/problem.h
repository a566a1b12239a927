// Errors in a configuration: what is wrong, where, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/document/source.h"

namespace bnexp::config {

struct Problem {
  Mark mark;
  std::string message;  // "unknown key 'epss' in norm 'batch'"
  std::string hint;     // "did you mean 'eps'? valid: affine, eps, momentum"; may be empty, may have lines
};

// All problems, without repetition, in the order of their places, each as
//   file:line:col: error: message
//       <source line>
//            ^~~~
//     hint
std::string format(std::vector<Problem> problems);

// Text from a file as quoted in messages: printable, and cut after 48 characters.
std::string shown(std::string_view text);

}  // namespace bnexp::config
