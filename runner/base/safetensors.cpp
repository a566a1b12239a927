#include "base/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "base/json.h"

namespace bnexp::safetensors {
namespace {

static_assert(std::endian::native == std::endian::little, "data would have to be turned around");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;
constexpr const char* kMetadata = "__metadata__";

// Bytes of one number.
const std::map<std::string, std::uint64_t>& sizes() {
  static const std::map<std::string, std::uint64_t> sizes{
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"U16", 2}, {"I16", 2}, {"F16", 2},
      {"BF16", 2}, {"U32", 4}, {"I32", 4}, {"F32", 4},     {"U64", 8},     {"I64", 8}, {"F64", 8}};
  return sizes;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  File read() {
    const std::string_view header = split();
    const Json json = parse(header);
    File file;
    for (const auto& [name, value] : json.items()) {
      if (name == kMetadata) {
        read_metadata(value, file);
      } else {
        file.tensors.push_back(read_tensor(name, value));
      }
    }
    check_cover(file.tensors);
    return file;
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw environment_error(fmt::format("{} is no usable safetensors file: {}", where_, reason),
                            "name another file, or write this one again");
  }

  // The header; data_ is what follows it.
  std::string_view split() {
    if (bytes_.size() < kLengthBytes) refuse(fmt::format("it has only {} bytes", bytes_.size()));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), kLengthBytes);
    const std::uint64_t rest = bytes_.size() - kLengthBytes;
    if (length > kLongestHeader) refuse(fmt::format("its header claims {} bytes, over 100 MB", length));
    if (length > rest) refuse(fmt::format("its header claims {} bytes and {} follow: cut off?", length, rest));
    data_ = bytes_.substr(kLengthBytes + length);
    return bytes_.substr(kLengthBytes, length);
  }

  // Refuses names given twice, which the parser would drop, and nesting that no header has.
  Json parse(std::string_view header) const {
    if (!header.starts_with('{')) refuse("its header is not a JSON object");
    std::vector<std::set<std::string>> seen;  // by depth
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      using Event = Json::parse_event_t;
      if (event == Event::object_start || event == Event::array_start) {
        if (depth > 2) refuse("its header is nested too deep");
        seen.resize(static_cast<std::size_t>(depth) + 2);
        seen.back().clear();
      } else if (event == Event::key) {
        const auto& name = value.get_ref<const std::string&>();
        if (!seen.at(static_cast<std::size_t>(depth)).insert(name).second) refuse("'" + name + "' stands twice in it");
      }
      return true;
    };
    try {
      return Json::parse(header, watch);
    } catch (const Json::exception&) {
      refuse("its header is not JSON");
    }
  }

  void read_metadata(const Json& json, File& file) const {
    if (!json.is_object()) refuse("__metadata__ is not an object");
    for (const auto& [key, value] : json.items()) {
      if (!value.is_string()) refuse(fmt::format("'{}' in __metadata__ is not a text", key));
      file.metadata[key] = value;
    }
  }

  Tensor read_tensor(const std::string& name, const Json& json) const {
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
        !json.contains("data_offsets")) {
      refuse(fmt::format("'{}' is not an object of dtype, shape and data_offsets", name));
    }
    const Json& dtype = json.at("dtype");
    const auto size = dtype.is_string() ? sizes().find(dtype.get_ref<const std::string&>()) : sizes().end();
    if (size == sizes().end()) refuse(fmt::format("'{}' has the unknown dtype {}", name, dtype.dump()));
    const auto shape = counts(name, "shape", json.at("shape"));
    const auto offsets = counts(name, "data_offsets", json.at("data_offsets"));
    std::uint64_t wanted = size->second;
    for (const std::uint64_t extent : shape) {
      if (__builtin_mul_overflow(wanted, extent, &wanted)) refuse(fmt::format("the shape of '{}' overflows", name));
    }
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_.size()) {
      refuse(fmt::format("the data_offsets of '{}' are no part of the {} bytes of data", name, data_.size()));
    }
    if (offsets[1] - offsets[0] != wanted) {
      refuse(fmt::format("'{}' needs {} bytes by its shape and has {}", name, wanted, offsets[1] - offsets[0]));
    }
    return {name, size->first, {shape.begin(), shape.end()}, data_.substr(offsets[0], wanted)};
  }

  // Not negative, and small enough for an int64.
  std::vector<std::uint64_t> counts(const std::string& name, const char* key, const Json& json) const {
    std::vector<std::uint64_t> result;
    const auto is_count = [](const Json& n) { return n.is_number_unsigned() && n.get<std::uint64_t>() >> 63 == 0; };
    if (!json.is_array() || !std::all_of(json.begin(), json.end(), is_count)) {
      refuse(fmt::format("the {} of '{}' is not an array of whole numbers from 0", key, name));
    }
    for (const Json& number : json) result.push_back(number);
    return result;
  }

  // Puts the tensors into the order of their data, which they must cover without a gap or an overlap.
  void check_cover(std::vector<Tensor>& tensors) const {
    const auto end = [](const Tensor& tensor) { return tensor.data.data() + tensor.data.size(); };
    std::ranges::sort(tensors, {}, [&](const Tensor& tensor) { return std::pair(tensor.data.data(), end(tensor)); });
    const char* at = data_.data();
    for (const Tensor& tensor : tensors) {
      if (tensor.data.data() < at) refuse(fmt::format("'{}' overlaps another tensor", tensor.name));
      if (tensor.data.data() > at) refuse(fmt::format("there is a gap in its data before '{}'", tensor.name));
      at = end(tensor);
    }
    if (at != data_.data() + data_.size()) refuse("some of its data belongs to no tensor");
  }

  std::string_view bytes_;
  const std::string& where_;
  std::string_view data_;
};

}  // namespace

std::string write(const std::vector<Tensor>& tensors, const std::map<std::string, std::string>& metadata) {
  // Widest numbers first: every tensor then starts at a multiple of its numbers' size.
  std::vector<std::size_t> order(tensors.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return sizes().at(tensors[i].dtype); });
  std::vector<std::size_t> begins(tensors.size());
  std::size_t total = 0;
  for (const std::size_t i : order) {
    begins[i] = total;
    total += tensors[i].data.size();
  }

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    header[tensors[i].name] = {{"dtype", tensors[i].dtype},
                               {"shape", tensors[i].shape},
                               {"data_offsets", {begins[i], begins[i] + tensors[i].data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  bytes.reserve(kLengthBytes + length + total);
  bytes += text;
  for (const std::size_t i : order) bytes += tensors[i].data;
  return bytes;
}

File read(std::string_view bytes, const std::string& where) { return Reader(bytes, where).read(); }

}  // namespace bnexp::safetensors
