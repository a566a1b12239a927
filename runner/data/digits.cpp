#include "data/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/digits_glyphs.h"

// The bits are the same on every machine because doubles use only + - * / sqrt and comparisons, which IEEE 754 defines
// exactly, and no fused multiply-add (see CMakeLists.txt). The spreads below were set by hand so that widths, slants,
// brightness and grey edges vary about as much as MNIST's.

namespace bnexp::data {
namespace {

constexpr int kSide = 28;      // of an image
constexpr int kBox = 20;       // of the box that a digit is fitted into
constexpr int kSpanSteps = 5;  // segments per span between two pen points

// Approximately standard normal: the sum of four uniforms, never beyond 3.5.
double normal(Random& random) {
  double sum = -2.0;
  for (int i = 0; i < 4; ++i) sum += random.uniform();
  return sum * 1.7320508075688772;
}

// Approximately exp(x) for |x| < 1, with stretch(-x) = 1 / stretch(x).
double stretch(double x) { return (2.0 + x) / (2.0 - x); }

struct Point {
  double x = 0;
  double y = 0;
};

Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator*(double s, Point a) { return {s * a.x, s * a.y}; }

struct Segment {
  Point a;
  Point b;
  double radius_a = 1;  // of the pen, in units of the mean radius until the digit is placed
  double radius_b = 1;
};

// The pen points of one digit: a random path, interpolated between its drawings, with every point moved a little.
std::vector<PenPoint> write(int digit, Random& random) {
  const std::vector<PenPath>& paths = pen_paths(digit);
  double total = 0;
  for (const PenPath& path : paths) total += path.weight;
  double pick = random.uniform() * total;
  std::size_t chosen = 0;
  while (chosen + 1 < paths.size() && pick >= paths[chosen].weight) pick -= paths[chosen++].weight;
  const PenPath& path = paths[chosen];

  const double first = random.uniform() * 1.3 - 0.15;
  const double last = first + 0.5 * (random.uniform() * 1.3 - 0.15 - first);
  const double wobble = 1.5 + 4.5 * random.uniform();
  std::vector<PenPoint> points = path.from;
  const std::size_t n = points.size();
  for (std::size_t i = 0; i < n; ++i) {
    const bool end = points[i].lifted || i + 1 == n || path.from[i + 1].lifted;
    const double spread = end ? 1.5 * wobble : wobble;
    const double mix = first + (last - first) * static_cast<double>(i) / static_cast<double>(n - 1);
    points[i].x += mix * (path.to[i].x - path.from[i].x) + spread * normal(random);
    points[i].y += mix * (path.to[i].y - path.from[i].y) + spread * normal(random);
  }
  return points;
}

// Catmull-Rom curves through the points, divided into segments; pressure varies from point to point.
std::vector<Segment> trace(const std::vector<PenPoint>& points, Random& random) {
  const std::size_t n = points.size();
  const auto at = [&](std::size_t i) { return Point{points[i].x, points[i].y}; };
  std::vector<double> pressure(n);
  for (double& p : pressure) p = 1.0 + 0.08 * normal(random);
  std::vector<Segment> segments;
  segments.reserve(n * kSpanSteps);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    if (points[i + 1].lifted) continue;
    const bool open_before = i == 0 || points[i].lifted || points[i].corner;
    const bool open_after = i + 2 >= n || points[i + 2].lifted || points[i + 1].corner;
    const Point p1 = at(i);
    const Point p2 = at(i + 1);
    const Point p0 = open_before ? p1 : at(i - 1);
    const Point p3 = open_after ? p2 : at(i + 2);
    const Point m1 = 0.5 * (p2 - p0);
    const Point m2 = 0.5 * (p3 - p1);
    Point previous = p1;
    double previous_pressure = pressure[i];
    for (int k = 1; k <= kSpanSteps; ++k) {
      const double t = static_cast<double>(k) / kSpanSteps;
      const double u = 1.0 - t;
      const Point here = u * u * (1.0 + 2.0 * t) * p1 + t * t * (1.0 + 2.0 * u) * p2 + u * t * (u * m1 - t * m2);
      const double pressed = u * pressure[i] + t * pressure[i + 1];
      segments.push_back({previous, here, previous_pressure, pressed});
      previous = here;
      previous_pressure = pressed;
    }
  }
  return segments;
}

// Slant, aspect, rotation and a slight bend of the whole digit.
void warp(std::vector<Segment>& segments, Random& random) {
  const double slant = 0.12 + 0.24 * normal(random);
  const double aspect = stretch(0.05 + 0.26 * normal(random));
  const double half = 0.05 * normal(random);  // tangent of half the angle
  const double cosine = (1.0 - half * half) / (1.0 + half * half);
  const double sine = 2.0 * half / (1.0 + half * half);
  std::array<double, 8> bend;
  for (double& b : bend) b = 0.12 * normal(random);
  const auto move = [&](Point p) {
    const double x = (p.x - 50.0) / 60.0;
    const double y = (p.y - 70.0) / 60.0;
    const double bx = x + bend[0] * y * y + bend[1] * x * y + bend[2] * x * x + bend[3] * y * y * y;
    const double by = y + bend[4] * x * x + bend[5] * x * y + bend[6] * y * y + bend[7] * x * x * x;
    const double sx = aspect * (bx - slant * by);
    return Point{cosine * sx - sine * by, sine * sx + cosine * by};
  };
  for (Segment& s : segments) {
    s.a = move(s.a);
    s.b = move(s.b);
  }
}

// Scales and moves the digit, its pen of `radius` pixels included, into the box, centred.
void place(std::vector<Segment>& segments, double radius) {
  Point low = segments.front().a;
  Point high = low;
  for (const Segment& s : segments) {
    for (const Point p : {s.a, s.b}) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    }
  }
  const double scale = (kBox - 2.0 * radius) / std::max(high.x - low.x, high.y - low.y);
  const Point middle = 0.5 * (low + high);
  const Point centre{0.5 * kBox, 0.5 * kBox};
  for (Segment& s : segments) {
    s.a = centre + scale * (s.a - middle);
    s.b = centre + scale * (s.b - middle);
    s.radius_a *= radius;
    s.radius_b *= radius;
  }
}

constexpr std::size_t kBoxPixels = static_cast<std::size_t>(kBox) * kBox;
using Box = std::array<double, kBoxPixels>;

constexpr std::size_t in_box(int y, int x) { return static_cast<std::size_t>(y) * kBox + static_cast<std::size_t>(x); }

// Ink of each pixel, 0 to 1: full inside the pen's width, fading across its edge over `softness` pixels.
Box ink(const std::vector<Segment>& segments, double softness) {
  Box box{};
  for (const Segment& s : segments) {
    const double reach = std::max(s.radius_a, s.radius_b) + 0.5 * softness;
    const int left = std::max(0, static_cast<int>(std::min(s.a.x, s.b.x) - reach));
    const int top = std::max(0, static_cast<int>(std::min(s.a.y, s.b.y) - reach));
    const int right = std::min(kBox - 1, static_cast<int>(std::max(s.a.x, s.b.x) + reach));
    const int bottom = std::min(kBox - 1, static_cast<int>(std::max(s.a.y, s.b.y) + reach));
    const Point d = s.b - s.a;
    const double length2 = d.x * d.x + d.y * d.y;
    const double inverse = length2 > 0 ? 1.0 / length2 : 0.0;
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const Point to = Point{x + 0.5, y + 0.5} - s.a;
        const double t = std::clamp((to.x * d.x + to.y * d.y) * inverse, 0.0, 1.0);
        const double ex = to.x - t * d.x;
        const double ey = to.y - t * d.y;
        const double edge = s.radius_a + t * (s.radius_b - s.radius_a) + 0.5 * softness;
        const double e2 = ex * ex + ey * ey;
        if (e2 >= edge * edge) continue;
        const double depth = std::min(1.0, (edge - std::sqrt(e2)) / softness);
        const double coverage = depth * depth * (3.0 - 2.0 * depth);
        double& pixel = box[in_box(y, x)];
        pixel = std::max(pixel, coverage);
      }
    }
  }
  return box;
}

// Copies the box into an image so that the centre of mass comes nearest to pixel (14, 14).
void centre(const Box& box, std::uint8_t* image) {
  double mass = 0;
  double mx = 0;
  double my = 0;
  for (int y = 0; y < kBox; ++y) {
    for (int x = 0; x < kBox; ++x) {
      const double value = box[in_box(y, x)];
      mass += value;
      mx += value * x;
      my += value * y;
    }
  }
  const int left = std::clamp(static_cast<int>(14.5 - mx / mass), 0, kSide - kBox);
  const int top = std::clamp(static_cast<int>(14.5 - my / mass), 0, kSide - kBox);
  std::fill_n(image, kSide * kSide, std::uint8_t{0});
  for (int y = 0; y < kBox; ++y) {
    for (int x = 0; x < kBox; ++x) {
      image[(top + y) * kSide + left + x] = static_cast<std::uint8_t>(std::lround(255.0 * box[in_box(y, x)]));
    }
  }
}

}  // namespace

void draw_digits(std::uint64_t seed, std::uint32_t stream, std::int64_t first, std::int64_t count, std::uint8_t* images,
                 std::uint8_t* labels) {
  for (std::int64_t i = 0; i < count; ++i) {
    Random random(seed, "digits/" + std::to_string(stream) + "/" + std::to_string(first + i));
    const int digit = static_cast<int>(random.below(10));
    std::vector<Segment> segments = trace(write(digit, random), random);
    warp(segments, random);
    const double radius = 1.25 * stretch(0.30 * normal(random));
    place(segments, radius);
    centre(ink(segments, 1.1 + 0.5 * random.uniform()), images + i * kSide * kSide);
    labels[i] = static_cast<std::uint8_t>(digit);
  }
}

}  // namespace bnexp::data
