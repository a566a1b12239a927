#include "train/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/time.h"

namespace bnexp::train {
namespace {

using Clock = std::chrono::steady_clock;

struct Verdict {
  Status status;
  std::string message;
};

// LibTorch's allocators throw their own errors, whose texts depend on version and device. This file is linked without
// LibTorch, so it recognizes them by text.
bool speaks_of_memory(std::string_view text) {
  constexpr std::array<std::string_view, 5> kPhrases{"not enough memory", "can't allocate memory",
                                                     "Cannot allocate memory", "out of memory", "STATUS_ALLOC_FAILED"};
  return std::ranges::any_of(kPhrases, [&](auto phrase) { return text.find(phrase) != std::string_view::npos; });
}

// Removes the C++ backtrace from a library's message.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Verdict verdict_on(std::exception_ptr thrown) {
  const auto failed = [](const std::string& text) {
    const std::string message = first_line(text);
    return Verdict{Status::failed, message.empty() ? "an error without a message" : message};
  };
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const std::bad_alloc&) {
    return {Status::oom, "out of memory"};
  } catch (const Error& error) {
    return failed(error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint()));
  } catch (const std::exception& error) {
    const std::string text = first_line(error.what());
    return speaks_of_memory(text) ? Verdict{Status::oom, text} : failed(text);
  } catch (...) {
    return failed("");
  }
}

std::int64_t validation_of(const Json& settings) {
  const Json::json_pointer place("/data/validation");
  return settings.contains(place) && settings[place].is_number_integer() ? settings[place].get<std::int64_t>() : 0;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Adds the members that every result has and `result` lacks.
void complete(TrialResult& result, const Json& settings, const data::Dataset& data, double wall_s) {
  if (result.data.empty()) result.data = data_summary(data, validation_of(settings));
  const auto started = std::chrono::system_clock::now() - std::chrono::duration<double>(wall_s);
  result.timing.emplace("started_at",
                        utc_text(std::chrono::time_point_cast<std::chrono::system_clock::duration>(started)));
  result.timing.emplace("wall_s", wall_s);
}

}  // namespace

TrialResult guarded(const Attempt& attempt, const Json& settings, const data::Dataset& data,
                    const Callbacks& callbacks) {
  const auto start = Clock::now();
  TrialResult result;
  Callbacks own = callbacks;
  own.partial = [&](TrialResult partial) { result = std::move(partial); };
  try {
    result = attempt(own);
  } catch (...) {
    const auto [status, message] = verdict_on(std::current_exception());
    result.status = status;
    result.failure = Failure{.message = message};
    if (result.metrics.contains("steps")) result.failure->step = result.metrics.at("steps").get<std::int64_t>();
  }
  complete(result, settings, data, seconds_since(start));
  return result;
}

TrialResult unreported(Status status, Failure failure, const Json& settings, const data::Dataset& data, double wall_s) {
  TrialResult result;
  result.status = status;
  result.failure = std::move(failure);
  complete(result, settings, data, wall_s);
  return result;
}

Json data_summary(const data::Dataset& data, std::int64_t validation) {
  const auto& header = data.header();
  return {{"name", header.name},
          {"sha256", header.sha256},
          {"train", std::max<std::int64_t>(0, header.train - validation)},
          {"validation", std::min(validation, header.train)},
          {"test", header.test}};
}

}  // namespace bnexp::train
