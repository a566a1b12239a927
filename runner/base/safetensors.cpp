#include "base/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "base/json.h"

namespace bnexp::safetensors {
namespace {

static_assert(std::endian::native == std::endian::little, "big-endian machines are not supported");

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

// Finds duplicate names, which the parser would drop, and excessive nesting, in one pass. Json::parse's own callback
// would go through all members of an object each time one of them ends.
class HeaderCheck final : public nlohmann::json_sax<Json> {
 public:
  std::string reason;  // what was found

  bool key(string_t& name) override {
    if (names_.back().insert(name).second) return true;
    reason = "'" + name + "' is in it twice";
    return false;
  }
  bool start_object(std::size_t) override { return start(); }
  bool start_array(std::size_t) override { return start(); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  static constexpr std::size_t kDeepest = 3;

  bool start() {
    if (names_.size() == kDeepest) reason = "its header is nested too deeply";
    names_.emplace_back();
    return reason.empty();
  }
  bool end() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;  // seen, by depth
};

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
  Error refusal(const std::string& reason, const std::string& remedy) const {
    return environment_error(fmt::format("{} is not a usable safetensors file: {}", where_, reason), remedy);
  }
  [[noreturn]] void refuse(const std::string& reason) const {
    throw refusal(reason, "name another file, or write this one again");
  }

  // Other kinds of files that are often given instead.
  void refuse_other_kinds() const {
    struct Kind {
      std::string_view begin;
      const char* what;
      const char* remedy;
    };
    constexpr const char* kConvert =
        "convert it in Python: safetensors.torch.save_file(torch.load(FILE, weights_only=True), OUT)";
    constexpr const char* kAgain = "download it again and check its content";
    for (const auto& [begin, what, remedy] : std::initializer_list<Kind>{
             {"version https://git-lfs", "it is a Git LFS pointer, not the file itself",
              "fetch the file: git lfs pull"},
             {std::string_view("PK\x03\x04", 4), "it is a zip archive, such as torch.save writes", kConvert},
             {"\x80\x02", "it is a Python pickle, such as torch.save writes", kConvert},
             {"\x80\x03", "it is a Python pickle", kConvert},
             {"\x80\x04", "it is a Python pickle", kConvert},
             {"\x80\x05", "it is a Python pickle", kConvert},
             {"\x89HDF", "it is an HDF5 file, such as Keras writes", "save the weights as safetensors"},
             {"GGUF", "it is a GGUF file", "save the weights as safetensors"},
             {"\x1f\x8b", "it is compressed by gzip", "decompress it: gunzip"},
             {"<", "it is an HTML or XML page", kAgain}}) {
      if (bytes_.starts_with(begin)) throw refusal(what, remedy);
    }
  }

  // The header; data_ is what follows it.
  std::string_view split() {
    if (bytes_.size() <= kLengthBytes || bytes_[kLengthBytes] != '{') refuse_other_kinds();
    if (bytes_.size() < kLengthBytes) refuse(fmt::format("it has only {} bytes", bytes_.size()));
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), kLengthBytes);
    const std::uint64_t rest = bytes_.size() - kLengthBytes;
    if (length > kLongestHeader) refuse(fmt::format("its header claims {} bytes, over 100 MB", length));
    if (length > rest) refuse(fmt::format("its header claims {} bytes, but {} follow: is it cut off?", length, rest));
    data_ = bytes_.substr(kLengthBytes + length);
    return bytes_.substr(kLengthBytes, length);
  }

  Json parse(std::string_view header) const {
    if (!header.starts_with('{')) refuse("its header is not a JSON object");
    HeaderCheck check;
    if (!Json::sax_parse(header, &check)) refuse(check.reason.empty() ? "its header is not JSON" : check.reason);
    return Json::parse(header);
  }

  void read_metadata(const Json& json, File& file) const {
    if (!json.is_object()) refuse("__metadata__ is not an object");
    for (const auto& [key, value] : json.items()) {
      if (!value.is_string()) refuse(fmt::format("'{}' in __metadata__ is not text", key));
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
      refuse(fmt::format("the data_offsets of '{}' are outside of the {} bytes of data", name, data_.size()));
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

  // Sorts the tensors by their data, which they must cover without gaps or overlaps.
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
  // Widest types first, so that every tensor starts at a multiple of its element size.
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
