#include "report/palette.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace bnexp::report {
namespace {

template <class Value>
Json look_channel(const std::string& field, const std::vector<Look>& looks, const Value& value) {
  Json domain = Json::array(), range = Json::array();
  for (std::size_t i = 0; i < looks.size(); ++i) {
    domain.push_back(i);
    range.push_back(value(looks[i]));
  }
  return {{"field", field},
          {"type", "nominal"},
          {"scale", {{"domain", std::move(domain)}, {"range", std::move(range)}}},
          {"legend", nullptr}};
}

}  // namespace

Look category_look(std::size_t place) { return {fmt::format("$category-{}", place % kLooks), place % kLooks}; }

Look ramp_look(std::size_t place, std::size_t count) {
  const std::size_t stop = count < 2 ? 0 : (place * (kLooks - 1) + (count - 1) / 2) / (count - 1);
  return {fmt::format("$ramp-{}", stop % kLooks), place % kLooks};
}

const std::vector<int>& dash_of(const Look& look) {
  static const std::array<std::vector<int>, kLooks> dashes{
      {{}, {7, 3}, {2, 2}, {9, 3, 2, 3}, {14, 4}, {4, 5}, {9, 3, 2, 3, 2, 3}, {2, 5}}};
  return dashes[look.place % kLooks];
}

const char* shape_of(const Look& look) {
  static constexpr std::array<const char*, kLooks> shapes{
      "M1,0A1,1,0,1,1,-1,0A1,1,0,1,1,1,0Z",             // circle
      "M-0.88,-0.88L0.88,-0.88L0.88,0.88L-0.88,0.88Z",  // square
      "M0,-1L1,0.8L-1,0.8Z",                            // triangle
      "M0,-1.15L0.85,0L0,1.15L-0.85,0Z",                // diamond
      "M0,1L1,-0.8L-1,-0.8Z",                           // triangle, tip below
      "M-0.4,-1L0.4,-1L0.4,-0.4L1,-0.4L1,0.4L0.4,0.4L0.4,1L-0.4,1L-0.4,0.4L-1,0.4L-1,-0.4L-0.4,-0.4Z",  // plus
      "M1,0L-0.8,1L-0.8,-1Z",  // triangle, tip to the right
      "M0,-1.1L0.3,-0.35L1.1,-0.35L0.45,0.15L0.7,1L0,0.5L-0.7,1L-0.45,0.15L-1.1,-0.35L-0.3,-0.35Z"};  // star
  return shapes[look.place % kLooks];
}

Json color_channel(const std::string& field, const std::vector<Look>& looks) {
  return look_channel(field, looks, [](const Look& look) { return look.color; });
}

Json dash_channel(const std::string& field, const std::vector<Look>& looks) {
  return look_channel(field, looks, [](const Look& look) {
    const auto& dash = dash_of(look);
    return dash.empty() ? Json{1, 0} : Json(dash);
  });
}

Json shape_channel(const std::string& field, const std::vector<Look>& looks) {
  return look_channel(field, looks, [](const Look& look) { return shape_of(look); });
}

}  // namespace bnexp::report
