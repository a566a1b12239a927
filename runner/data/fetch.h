// Fetches known files from a list of mirrors, checks them and puts them in place whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bnexp::data {

// A file by what it holds once uncompressed. Mirrors have it as `name`.gz.
struct KnownFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};

struct Mirrors {
  std::vector<std::string> urls;    // each ends with '/'
  std::string protocols = "https";  // what they, and what they redirect to, may use
};

// The file of that name in `folder`, `name`.gz before `name`, or nullopt. Also found: the spelling with a dot
// ("train-images.idx3-ubyte"), and torchvision's folder MNIST/raw below `folder`.
std::optional<std::filesystem::path> locate(const std::filesystem::path& folder, const std::string& name);

// Makes `folder` hold every one of `files`: one that is there with the right size and SHA-256 stays, any other is
// downloaded into memory, checked, and written whole to `name`.gz. A mirror that fails is left out from then on and the
// next one tried. Any number of processes may do this at once: one works, the others wait for it. `what` is the set's
// name and `remedy` what to do without a network, for messages. Throws Error(environment) naming each mirror and its
// reason when none is left, or when the folder can't be written.
void fetch(const std::filesystem::path& folder, const std::vector<KnownFile>& files, const Mirrors& mirrors,
           const std::string& what, const std::string& remedy, bool quiet);

}  // namespace bnexp::data
