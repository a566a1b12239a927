"""Reference cases of signs, counts, p values and curves; see make_statistics_cases.py."""

import math

import mpmath
import numpy as np
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from statistics_common import agree, draw, rng


class Stream:
    """A named stream of runner/base/random: xoshiro256++ seeded by SplitMix64."""

    MASK = 2**64 - 1

    def __init__(self, seed, name):
        hashed = 0xCBF29CE484222325
        for byte in name.encode():
            hashed = (hashed ^ byte) * 0x100000001B3 & self.MASK
        self.mixed = seed
        self.mixed = self.split_mix() ^ hashed
        self.s = [self.split_mix() for _ in range(4)]

    def split_mix(self):
        self.mixed = z = self.mixed + 0x9E3779B97F4A7C15 & self.MASK
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & self.MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & self.MASK
        return z ^ z >> 31

    def next(self):
        rotate = lambda x, k: (x << k | x >> 64 - k) & self.MASK
        s, t = self.s, self.s[1] << 17 & self.MASK
        result = rotate(s[0] + s[3] & self.MASK, 23) + s[0] & self.MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result


def sign_flip_test():
    samples = [[], [0.5], [1, 2], [1, -1], [0, 0, 0], [1, 1, 1, 1, 1], [0.1, 0.2, -0.3, 0.4, 0], draw(8, 0.3, 0.5),
               draw(12, 0.1, 0.5), draw(20, 0.2, 0.5), draw(21, 0.2, 0.5), draw(21, 0.01, 0.5), draw(70, 0.1, 0.5)]
    for values in samples:
        n, units = len(values), np.array([round(100 * v) for v in values], dtype=np.int64)  # exact sums
        seed, exact = 7, n <= 20
        if exact:
            sums = np.zeros(1, dtype=np.int64)
            for unit in units:
                sums = np.concatenate([sums + unit, sums - unit])
            p = float(np.mean(abs(sums) >= abs(units.sum())))
            if 1 < n <= 12:
                theirs = stats.permutation_test((units,), np.sum, permutation_type="samples", n_resamples=np.inf)
                agree(p, theirs.pvalue)
        else:
            stream, reached = Stream(seed, "stats/sign_flip"), 0
            for _ in range(100_000):
                words = [stream.next() for _ in range(0, n, 64)]
                signs = np.array([2 * (words[i // 64] >> i % 64 & 1) - 1 for i in range(n)])
                reached += abs(int(signs @ units)) >= abs(int(units.sum()))
            p = (1 + reached) / 100_001
        yield {"values": values, "seed": seed, "exact": exact, "p": p,
               "smallest_p": min(1, 2 / 2**n) if exact else 1 / 100_001}


def wilson_interval():
    for events, n in [(0, 5), (5, 5), (1, 2), (0, 1), (3, 10), (1, 1000), (9843, 10000), (999, 1000), (2, 3)]:
        for confidence in (0.95, 0.995):
            low, high = stats.binomtest(events, n).proportion_ci(confidence, "wilson")
            other = proportion_confint(events, n, 1 - confidence, "wilson")
            assert np.allclose((low, high), other, rtol=1e-9, atol=1e-15)
            yield {"events": events, "n": n, "confidence": confidence, "low": low, "high": high}


def fisher_exact():
    tables = [(0, 5, 5, 5), (0, 5, 0, 5), (5, 5, 5, 5), (1, 5, 4, 5), (3, 3, 0, 3), (2, 10, 7, 9), (0, 1, 1, 1),
              (0, 0, 1, 3), (3, 40, 12, 35), (30, 200, 55, 180), (2, 6, 2, 6), (1, 20, 3, 5), (7, 20, 0, 20), (8, 14, 1, 11)]
    for a, a_n, b, b_n in tables:
        weight = lambda k: math.comb(a_n, k) * math.comb(b_n, a + b - k) if 0 <= k <= a + b else 0
        weights = [weight(k) for k in range(a_n + 1)]
        p = mpmath.mpf(sum(w for w in weights if w <= weight(a))) / sum(weights)
        yield {"a": [a, a_n], "b": [b, b_n], "p": agree(p, stats.fisher_exact([[a, a_n - a], [b, b_n - b]]).pvalue)}


def sequential_failures():
    for only_a, only_b in [(0, 0), (1, 0), (0, 1), (1, 1), (3, 0), (6, 0), (7, 0), (0, 7), (7, 1), (5, 15), (20, 20),
                           (100, 0), (400, 700)]:
        half, log = mpmath.mpf(1) / 2, mpmath.log
        e = mpmath.beta(only_a + half, only_b + half) / mpmath.beta(half, half) * mpmath.mpf(2)**(only_a + only_b)
        log_e = 0 if only_a + only_b < 2 else float(log(e))
        yield {"only_a": only_a, "only_b": only_b, "log_e": log_e}


def holm():
    families = [[0.03], [0.01, 0.02, 0.03], [0.04, 0.01, 0.03, 0.005], [0.02, 0.02, 0.02], [1, 1], [0, 0.5, 1],
                [0.9, 0.5, 0.6], [float(p) for p in rng.uniform(0, 1, 10)], [float(p) for p in rng.uniform(0, 0.02, 17)]]
    for p in families:
        yield {"p": p, "adjusted": [float(q) for q in multipletests(p, method="holm")[1]]}


def curve():
    nan = None
    for x, y, threshold in [
            ([], [], 0.9), ([100], [0.95], 0.9), ([100], [0.5], 0.9), ([1, 2, 3], [0.5, 0.9, 0.8], 0.9),
            ([0, 50, 200, 250], [0.1, 0.7, 0.92, 0.97], 0.9), ([1, 2, 3], [0.1, 0.1, 0.1], 0.9),
            ([1, 2], [nan, 0.95], 0.9), ([0.5, 1.25, 9], [2.3, -0.5, 0.1], 0.05),
            ([float(i) for i in range(40)], [round(1 - 0.9 * 0.9**i, 4) for i in range(40)], 0.9)]:
        values = np.array([math.nan if v is None else v for v in y], dtype=float)
        first = lambda reached: float(np.array(x)[reached][0]) if np.any(reached) else "infinity"
        area = float(integrate.trapezoid(values, x))
        yield {"x": x, "y": y, "threshold": threshold, "at_least": first(values >= threshold),
               "at_most": first(values <= threshold), "area": None if math.isnan(area) else area}


def median_interval():
    for n, confidence in [(1, 0.95), (5, 0.95), (6, 0.95), (6, 0.975), (7, 0.975), (8, 0.95), (9, 0.95), (10, 0.99), (20, 0.95),
                          (20, 0.995), (101, 0.95)]:
        values = draw(n, 1, 0.3)
        k = 1
        while 2 * (k + 1) <= n and 1 - 2 * stats.binom.cdf(k, n, 0.5) >= confidence:
            k += 1
        low, high = sorted(values)[k - 1], sorted(values)[n - k]
        # SciPy's interval of a quantile is one-sided twice, and is infinite where no order statistic will do.
        if 1 - 2 * stats.binom.cdf(k - 1, n, 0.5) >= confidence:
            theirs = stats.quantile_test(values, p=0.5).confidence_interval(confidence)
            assert (theirs.low, theirs.high) == (low, high), (n, confidence)
        yield {"values": values, "confidence": confidence, "median": float(np.median(values)), "low": low, "high": high,
               "coverage": float(1 - 2 * stats.binom.cdf(k - 1, n, 0.5))}


def times_to_threshold():
    inf = math.inf
    for times in [[3], [inf], [1, 2], [1, inf], [inf, inf], [5, 1, inf], [inf, 1, inf], [4, 2, inf, 1], [inf] * 5,
                  [700, 300, inf, 500, 400, 600, inf]]:
        write = lambda x: "infinity" if math.isinf(x) else x
        yield {"times": [write(t) for t in times], "reached": int(np.isfinite(times).sum()),
               "median": write(float(np.median(times)))}
