// For tests that hold a norm to its formula, written out in double: values, and gradients by autograd of that formula.
#pragma once

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "config/settings/catalog.h"
#include "norm/norm.h"
#include "support/catch.h"

namespace bnexp::formula {

using torch::Tensor;
using Parameters = std::map<std::string, Tensor>;
using Formula = std::function<Tensor(const Tensor& x, const Parameters& p)>;

inline config::Variant variant(const std::string& name, const Json& settings = {}) {
  config::Variant result = config::default_variant("norm", name);
  if (!settings.is_null()) result.settings.update(settings);
  return result;
}

inline std::shared_ptr<norm::Norm> make(const std::string& name, const norm::Slot& slot, const Json& settings = {}) {
  auto norm = norm::make(variant(name, settings), slot);
  norm->to(torch::kDouble);
  return norm;
}

inline std::string refusal(const std::string& name, const norm::Slot& slot, const Json& settings = {}) {
  return norm::check(variant(name, settings), slot);
}

inline const norm::Slot kImage{"norm1", 6, {3, 5}};
inline const norm::Slot kLine{"norm2", 6, {4}};
inline const norm::Slot kVector{"norm3", 6, {}};
inline const std::vector<norm::Slot> kSlots{kImage, kLine, kVector};

inline Tensor sample(const norm::Slot& slot, std::int64_t batch = 4) {
  torch::manual_seed(3);
  std::vector<std::int64_t> sizes{batch, slot.channels};
  sizes.insert(sizes.end(), slot.spatial.begin(), slot.spatial.end());
  return torch::randn(sizes, torch::kDouble) * 2 - 0.7;
}

inline std::vector<std::int64_t> dims(const Tensor& x, std::int64_t first) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = first; i < x.dim(); ++i) result.push_back(i);
  return result;
}

// (C) against (N, C, spatial...).
inline Tensor column(const Tensor& values, const Tensor& x) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(x.dim()), 1);
  sizes[1] = -1;
  return values.view(sizes);
}

// E[x] and E[(x - E[x])^2] over the dimensions, which stay as 1.
inline Tensor average(const Tensor& x, const std::vector<std::int64_t>& over) { return x.mean(over, true); }
inline Tensor variance(const Tensor& x, const std::vector<std::int64_t>& over) {
  return average((x - average(x, over)).pow(2), over);
}

inline double distance(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

inline Tensor weighted_sum(const Tensor& y) {
  return (y * torch::cos(torch::arange(y.numel(), torch::kDouble) * 1.7).view(y.sizes())).sum();
}

inline void shake(norm::Norm& norm) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  for (auto& parameter : norm.parameters()) parameter.add_(0.3 * torch::randn_like(parameter));
}

inline void check_same(norm::Norm& norm, const Tensor& x, const Formula& formula) {
  const Tensor x1 = x.clone().requires_grad_();
  const Tensor x2 = x.clone().requires_grad_();
  Parameters copies;
  for (const auto& item : norm.named_parameters()) copies[item.key()] = item.value().detach().clone().requires_grad_();
  const Tensor y1 = norm.forward(x1);
  const Tensor y2 = formula(x2, copies);
  CHECK(distance(y1, y2) < 1e-12);
  norm.zero_grad();
  weighted_sum(y1).backward();
  weighted_sum(y2).backward();
  CHECK(distance(x1.grad(), x2.grad()) < 1e-11);
  for (const auto& item : norm.named_parameters()) {
    INFO(item.key());
    REQUIRE(item.value().grad().defined());
    CHECK(distance(item.value().grad(), copies[item.key()].grad()) < 1e-11);
  }
}

// In every slot, with learned values away from their initial ones.
inline void check_formula(const std::string& name, const Formula& formula, const Json& settings = {}) {
  for (const auto& slot : kSlots) {
    INFO(slot.name);
    REQUIRE(refusal(name, slot, settings).empty());
    const auto norm = make(name, slot, settings);
    shake(*norm);
    check_same(*norm, sample(slot), formula);
  }
}

inline void save_and_load(const norm::Norm& from, norm::Norm& to) {
  std::stringstream file;
  torch::serialize::OutputArchive out;
  from.save(out);
  out.save_to(file);
  torch::serialize::InputArchive in;
  in.load_from(file);
  to.load(in);
}

inline std::vector<std::int64_t> but_channels(const Tensor& x) {
  std::vector<std::int64_t> over = dims(x, 2);
  over.insert(over.begin(), 0);
  return over;
}

}  // namespace bnexp::formula
