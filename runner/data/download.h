// Downloads one file from one URL, with libcurl.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace bnexp::data {

struct DownloadLimits {
  std::string protocols = "https";  // also for redirects: "https", "http" or "file"
  std::int64_t most_bytes = 0;      // a longer body is refused
};

// Bytes received so far; bytes in all, or 0 while unknown.
using DownloadProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// Writes the body at `url` to `descriptor`. Returns why it failed, if it did: no answer within 15 s, less than 1 KiB/s
// for 30 s, not done in half an hour, an HTTP error. Throws Error(environment) when `descriptor`, the file `path`,
// can't be written.
std::optional<std::string> download(const std::string& url, int descriptor, const std::string& path,
                                    const DownloadLimits& limits, const DownloadProgress& progress);

}  // namespace bnexp::data
