// An export: a document in one format. One file each in reports/exports, registered by BNEXP_EXPORT.
#pragma once

#include <filesystem>
#include <string>

#include "base/registry.h"
#include "report/document.h"

namespace bnexp::report {

// Returns the text of the file; an empty one is not written. `assets` is the folder of the page's files.
using WriteExport = std::string (*)(const Document& document, const std::filesystem::path& assets);

Registry<WriteExport>& exports();  // by file name

#define BNEXP_EXPORT(id, file, write) \
  [[maybe_unused]] static const bool registered_export_##id = ::bnexp::report::exports().add(file, write)

}  // namespace bnexp::report
