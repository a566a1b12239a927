// What is wrong with a configuration, told so that it can be mended at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

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

// Text from a file made safe for a terminal and short: control characters replaced, the end of a long one cut.
std::string printable(std::string_view text);

}  // namespace bnexp::config
