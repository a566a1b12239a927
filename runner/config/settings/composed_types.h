// Settings composed of others: list(list(integer(at_least(1)))), optional(choice({"a", "b"})), list(variant("norm")).
#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include "config/settings/scalar_types.h"

namespace bnexp::config::type {

enum class Distinct { no, by_name, by_value };

struct ListRules {
  std::size_t least = 0;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  Distinct distinct = Distinct::no;
};

TypePtr optional(TypePtr type);  // or null
TypePtr list(TypePtr item, ListRules rules = {});
TypePtr either(TypePtr one, TypePtr list);  // one value, or a list

// One of the catalog's variants of `kind`, written `{name: batch, eps: 1e-3}` or, without parameters, `batch`. In a
// list the name is required; elsewhere it defaults to the default variant's.
TypePtr variant(std::string kind);

}  // namespace bnexp::config::type
