#include "data/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <system_error>

#include "base/error.h"
#include "base/write_all.h"

namespace bnexp::data {
namespace {

struct Transfer {
  int descriptor = -1;
  std::int64_t most_bytes = 0;
  std::int64_t done = 0;
  bool too_long = false;
  int write_error = 0;
  const DownloadProgress* progress = nullptr;
};

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t length = size * count;
  transfer.too_long = transfer.done + static_cast<std::int64_t>(length) > transfer.most_bytes;
  if (transfer.too_long) return 0;
  transfer.write_error = write_all(transfer.descriptor, {bytes, length});
  if (transfer.write_error != 0) return 0;
  transfer.done += static_cast<std::int64_t>(length);
  return length;
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(user);
  if (*transfer.progress) (*transfer.progress)(done, total);
  return 0;
}

void set_protocols(CURL* curl, const std::string& protocols) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols.c_str());
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols.c_str());
#else
  const long allowed = protocols == "https" ? CURLPROTO_HTTPS : protocols == "http" ? CURLPROTO_HTTP : CURLPROTO_FILE;
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, allowed);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, allowed);
#endif
}

// Certificates other than the system's, from the variables that the curl program reads.
void set_certificates(CURL* curl) {
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* file = std::getenv(name);
    if (file == nullptr || *file == '\0') continue;
    curl_easy_setopt(curl, CURLOPT_CAINFO, file);
    return;
  }
}

std::unique_ptr<CURL, void (*)(CURL*)> new_handle() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* curl = ready == CURLE_OK ? curl_easy_init() : nullptr;
  if (curl == nullptr) throw std::bad_alloc();
  return {curl, curl_easy_cleanup};
}

}  // namespace

std::optional<std::string> download(const std::string& url, int descriptor, const std::string& path,
                                    const DownloadLimits& limits, const DownloadProgress& progress) {
  const auto handle = new_handle();
  CURL* curl = handle.get();
  Transfer transfer{.descriptor = descriptor, .most_bytes = limits.most_bytes, .progress = &progress};
  std::array<char, CURL_ERROR_SIZE> text{};
  set_protocols(curl, limits.protocols);
  set_certificates(curl);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text.data());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "bnexp");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 15L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 1800L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);

  const CURLcode code = curl_easy_perform(curl);
  if (transfer.write_error != 0) {
    throw environment_error(
        fmt::format("{}: cannot be written: {}", path, std::generic_category().message(transfer.write_error)),
        "free some space on that disk, or choose another folder");
  }
  if (transfer.too_long) return fmt::format("longer than {} bytes", limits.most_bytes);
  if (code == CURLE_OK) return std::nullopt;
  return text[0] != '\0' ? std::string(text.data()) : std::string(curl_easy_strerror(code));
}

}  // namespace bnexp::data
