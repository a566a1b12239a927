// The palette that the page really uses (reports/page/page.css): its colours must differ for readers with each kind of
// dichromacy, and from the ground. Differences: CIE76 in CIELAB, D65. Dichromacy: Machado, Oliveira, Fernandes 2009,
// "A physiologically-based model for simulation of color vision deficiency", table 1, severity 1, on linear RGB.
#include "report/palette.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "base/error.h"
#include "report/legend.h"
#include "support/catch.h"

namespace bnexp::report {
namespace {

using Triple = std::array<double, 3>;
using Matrix = std::array<Triple, 3>;

constexpr double kLeastDifference = 15;
constexpr double kLeastContrast = 3;  // WCAG 2.1, 1.4.11, for graphics

const std::map<std::string, Matrix>& visions() {
  static const std::map<std::string, Matrix> matrices{
      {"normal", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
      {"protanopia",
       {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}}},
      {"deuteranopia",
       {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}},
      {"tritanopia",
       {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}}};
  return matrices;
}

Triple times(const Matrix& matrix, const Triple& color) {
  Triple result{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) result[i] += matrix[i][j] * color[j];
  }
  return result;
}

// "#0072b2" as linear RGB.
Triple linear(const std::string& hex) {
  Triple color{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    color[i] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return color;
}

Triple lab(Triple color) {
  for (double& part : color) part = std::clamp(part, 0.0, 1.0);
  const Matrix to_xyz{
      {{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}}};
  const Triple white{0.95047, 1, 1.08883};
  Triple xyz = times(to_xyz, color);
  for (std::size_t i = 0; i < 3; ++i) {
    const double t = xyz[i] / white[i];
    xyz[i] = t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }
  return {116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])};
}

double difference(const Triple& a, const Triple& b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

double luminance(const std::string& hex) {
  const Triple color = linear(hex);
  return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2];
}

double contrast(const std::string& a, const std::string& b) {
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

using Variables = std::map<std::string, std::string>;

// The custom properties of the first `:root` after `from`.
Variables variables(const std::string& css, const std::string& from) {
  std::size_t at = css.find(":root", css.find(from));
  const std::size_t end = css.find('}', at);
  Variables found;
  while ((at = css.find("--", at)) < end) {
    const std::size_t colon = css.find(':', at), semicolon = css.find(';', colon);
    std::string value = css.substr(colon + 1, semicolon - colon - 1);
    value.erase(0, value.find_first_not_of(' '));
    found[css.substr(at + 2, colon - at - 2)] = value;
    at = semicolon;
  }
  return found;
}

std::map<std::string, Variables> themes() {
  std::ifstream file(std::string(BNEXP_REPORT_ASSETS) + "/page.css");
  const std::string css{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(css.find("prefers-color-scheme: dark") != std::string::npos);
  return {{"light", variables(css, ":root")}, {"dark", variables(css, "prefers-color-scheme: dark")}};
}

// The colours that one frame may use together.
std::map<std::string, std::vector<Look>> palettes() {
  std::map<std::string, std::vector<Look>> palettes;
  for (std::size_t i = 0; i < kLooks; ++i) palettes["categories"].push_back(category_look(i));
  for (std::size_t count = 2; count <= kLooks; ++count) {
    for (std::size_t i = 0; i < count; ++i) palettes["ramp of " + std::to_string(count)].push_back(ramp_look(i, count));
  }
  return palettes;
}

std::string value_of(const Variables& theme, const Look& look) { return theme.at(look.color.substr(1)); }

}  // namespace

TEST_CASE("any two colours of a frame differ for every kind of colour vision, on a light and a dark page") {
  for (const auto& [theme, values] : themes()) {
    for (const auto& [palette, looks] : palettes()) {
      for (const auto& [vision, matrix] : visions()) {
        for (std::size_t i = 0; i < looks.size(); ++i) {
          for (std::size_t j = 0; j < i; ++j) {
            const std::string a = value_of(values, looks[i]), b = value_of(values, looks[j]);
            INFO(theme << ", " << palette << ", " << vision << ": " << a << " and " << b);
            CHECK(difference(lab(times(matrix, linear(a))), lab(times(matrix, linear(b)))) >= kLeastDifference);
          }
        }
      }
    }
  }
}

TEST_CASE("every colour of a chart stands out from the page") {
  for (const auto& [theme, values] : themes()) {
    for (const auto& [palette, looks] : palettes()) {
      for (const auto& look : looks) {
        INFO(theme << ", " << palette << ": " << value_of(values, look));
        CHECK(contrast(value_of(values, look), values.at("ground")) >= kLeastContrast);
      }
    }
    CHECK(contrast(values.at("muted"), values.at("ground")) >= kLeastContrast);
  }
}

TEST_CASE("the ramp goes from dark to light, so that its order can be seen") {
  for (const auto& [theme, values] : themes()) {
    double before = -1;
    for (std::size_t i = 0; i < kLooks; ++i) {
      const double lightness = lab(linear(value_of(values, ramp_look(i, kLooks))))[0];
      INFO(theme << ", stop " << i);
      CHECK(lightness > before);
      before = lightness;
    }
  }
}

TEST_CASE("a difference of colours is that of a published example") {
  // Sharma, Wu, Dalal 2005, pair 25: CIE76 by hand from its coordinates.
  CHECK(difference({60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}) == Approx(3.1819).epsilon(1e-3));
  CHECK(lab(linear("#ffffff"))[0] == Approx(100).margin(1e-3));
  CHECK(lab(linear("#ff0000"))[1] == Approx(80.1).margin(0.1));
  CHECK(contrast("#ffffff", "#000000") == Approx(21));
  CHECK(contrast("#777777", "#ffffff") == Approx(4.48).margin(0.01));
}

TEST_CASE("dash patterns and shapes repeat the colour: no two levels of a frame share one") {
  for (const auto& [palette, looks] : palettes()) {
    std::set<std::vector<int>> dashes;
    std::set<std::string> shapes, colors;
    for (const auto& look : looks) {
      dashes.insert(dash_of(look));
      shapes.insert(shape_of(look));
      colors.insert(look.color);
    }
    INFO(palette);
    CHECK(dashes.size() == looks.size());
    CHECK(shapes.size() == looks.size());
    CHECK(colors.size() == looks.size());
  }
}

TEST_CASE("the legend draws each key as the chart draws its marks") {
  const std::string html = legend_html("norm", {{"a <b>", category_look(0)},
                                                {"c", category_look(1)},
                                                {"d", category_look(2), LegendItem::Mark::point},
                                                {"diverged", muted_look(), LegendItem::Mark::cross}});
  CHECK(html.find("a &lt;b&gt;") != std::string::npos);
  CHECK(html.find("stroke=\"var(--category-0)\" stroke-width=\"2.2\"/>") != std::string::npos);
  CHECK(html.find("stroke=\"var(--category-1)\" stroke-width=\"2.2\" stroke-dasharray=\"7 3\"") != std::string::npos);
  CHECK(html.find(shape_of(category_look(2))) != std::string::npos);
  CHECK(html.find(kCross) != std::string::npos);
  CHECK(legend_html("norm", {}).empty());
}

}  // namespace bnexp::report
