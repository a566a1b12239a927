// Keeps one suite from taking over the store of another.
#pragma once

#include "store/store.h"

namespace bnexp::cli {

// `plan` is about to replace the plan in `store`, or to be shown with the records there. Throws Error(usage) if that
// plan is of another file, and Error(environment) for a benchmark's folder. Goes on with a note that names both files
// if `was_named`, the user having chosen the folder, or if the file was moved or copied. The same file, edited or not,
// is the same suite.
void require_own_store(const store::Store& store, const store::Manifest& plan, bool was_named);

}  // namespace bnexp::cli
