// An export: a document in one format. One file each in reports/exports, registered by BNEXP_EXPORT.
#pragma once

#include <filesystem>
#include <string>

#include "base/registry.h"
#include "report/document.h"

namespace bnexp::report {

// The text of the file. `assets` is the folder of what comes with the program for the page.
using WriteExport = std::string (*)(const Document& document, const std::filesystem::path& assets);

Registry<WriteExport>& exports();  // by the name of the file that each makes

#define BNEXP_EXPORT(id, file, write) \
  [[maybe_unused]] static const bool registered_export_##id = ::bnexp::report::exports().add(file, write)

}  // namespace bnexp::report
