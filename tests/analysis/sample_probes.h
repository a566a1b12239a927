// Probe results of the shapes that the probes write, with invented numbers.
#pragma once

#include "base/json.h"
#include "base/random.h"

namespace bnexp::sample {

double noise(Random& random);  // around 0, within 2

Json running_stats(double momentum, Random& random);  // without a law
Json law(const Json& momentum, Random& random);       // measured within a percent or so of the theory
Json activations(bool normalized, Random& random);
Json loss_curve(double accuracy, int until, double lr, int every, Random& random);
Json resources(double step_ms, Random& random);

}  // namespace bnexp::sample
