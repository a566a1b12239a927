// Invented stores for the tests of the report: what trials of a known outcome would leave behind. The numbers are
// drawn from the seed, so that every run of the tests sees the same ones.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/store.h"

namespace bnexp::sample {

struct Store {
  store::Manifest manifest;
  std::vector<store::Record> records;
};

// One ok trial: 5 epochs on "mnist", history and metrics around `accuracy`.
store::Record ok_record(const std::string& suite, const store::Manifest::Arm& arm, std::int64_t seed, double accuracy);

// The same trial, ended early with a non-finite gradient.
void diverge(store::Record& record, std::int64_t step);

// Crosses arms with seeds 1..seeds; `fill` is given every ok record with its arm's accuracy to come.
Store planned(const std::string& suite, const std::string& question, const std::vector<std::string>& swept,
              const std::vector<store::Manifest::Arm>& arms, int seeds,
              const std::function<void(store::Record&)>& fill = {});

// norm {none, batch} x lr {0.01, 0.1}, with these settings.
Store norms_at_rates(const std::string& suite, int seeds);

// norm {none, batch} x lr {0.001, 0.01, 0.1, 1} x 3 seeds; none at lr 1 diverges three times; with every probe.
Store lr_sweep();

// norm.momentum {0.01, 0.1, 0.5, 0.9, null} x 2 seeds, with running statistics and their law.
Store momentum_sweep();

// norm {none, batch, layer, instance, group with 8 groups}, 5 seeds.
Store norm_compare();

// Names that would end a script, a table or a string if they were let.
Store hostile();

// lr_sweep with some records gone, one crashed, one interrupted, from two machines.
Store partial();

// 5 norms x 8 rates x 5 batch sizes x 5 seeds: 1,000 trials with long series.
Store large();

// 5 norms x 8 rates x 50 batch sizes x 5 seeds: 10,000 trials, to measure with; not among the names.
Store huge();

// By name, as the browser tests ask for them.
std::vector<std::string> names();
Store make(const std::string& name);

}  // namespace bnexp::sample
