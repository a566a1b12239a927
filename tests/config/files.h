// A folder of configurations for one test, gone afterwards; names in errors are relative to it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/suite/suite.h"

namespace bnexp::config {

class Files {
 public:
  Files() : former_(std::filesystem::current_path()) {
    folder_ = std::filesystem::temp_directory_path() / ("bnexp_config_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
  }
  ~Files() {
    std::filesystem::current_path(former_);
    std::filesystem::remove_all(folder_);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  Files& write(const std::string& name, const std::string& text) {
    const auto folder = std::filesystem::path(name).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    std::ofstream(name, std::ios::binary) << text;
    return *this;
  }

 private:
  std::filesystem::path former_;
  std::filesystem::path folder_;
};

// `text` as the suite s.yaml.
inline Suite load_text(const std::string& text, const std::vector<std::string>& overrides = {},
                       const TrialCheck& check = {}) {
  Files files;
  files.write("s.yaml", text);
  return load("s.yaml", overrides, check);
}

// What a person reads when `text` is refused; "" when it isn't. A hint of the error stands below.
inline std::string refusal(const std::string& file, const std::vector<std::string>& overrides = {},
                           const TrialCheck& check = {}) {
  try {
    load(file, overrides, check);
  } catch (const Error& error) {
    return error.hint().empty() ? error.what() : std::string(error.what()) + "\n" + error.hint();
  }
  return "";
}

inline std::string refusal_of(const std::string& text, const std::vector<std::string>& overrides = {},
                              const TrialCheck& check = {}) {
  Files files;
  files.write("s.yaml", text);
  return refusal("s.yaml", overrides, check);
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace bnexp::config
