// Hints: what the user most likely meant by an unknown key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bnexp::config {

// `key` is unknown; `valid` are the known keys at its place. `what` names the place in an error ("norm 'batch'",
// "train"), empty at the top. `kind` and `name` say which variant it is, or are empty.
std::string unknown_key_hint(std::string_view key, const std::vector<std::string>& valid, const std::string& what,
                             const std::string& kind = "", const std::string& name = "");

// "did you mean 'batch'? norms: batch, group, none"
std::string unknown_variant_hint(std::string_view name, const std::string& kind);

// "did you mean 'cuda'? valid: cpu, cuda, auto"
std::string choice_hint(std::string_view word, const std::vector<std::string>& choices);

}  // namespace bnexp::config
