// Downloads known files from a list of mirrors, checks them and writes them atomically.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bnexp::data {

// A file by its uncompressed content. Mirrors have it as `name`.gz.
struct KnownFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};

struct Mirrors {
  std::vector<std::string> urls;    // each ends with '/'
  std::string protocols = "https";  // allowed for them and for redirects
};

// The file of that name in `folder`, `name`.gz before `name`, or nullopt. Also found: the spelling with a dot
// ("train-images.idx3-ubyte"), and torchvision's folder MNIST/raw below `folder`.
std::optional<std::filesystem::path> locate(const std::filesystem::path& folder, const std::string& name);

// Makes `folder` hold every one of `files`. A file with the right size and SHA-256 is kept; any other is downloaded
// into memory, checked, and written atomically to `name`.gz. A mirror that fails is not used again, and the next one is
// tried. Several processes may do this at once: one works, the others wait. `what` is the set's name and `remedy` what
// to do without a network, for messages. Throws Error(environment) naming each mirror and its reason when none is left,
// or when the folder can't be written.
void fetch(const std::filesystem::path& folder, const std::vector<KnownFile>& files, const Mirrors& mirrors,
           const std::string& what, const std::string& remedy, bool quiet);

}  // namespace bnexp::data
