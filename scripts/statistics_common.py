"""What the reference cases of statistics share; see make_statistics_cases.py."""

import math

import mpmath
import numpy as np

mpmath.mp.dps = 50
rng = np.random.default_rng(20)


def draw(n, mean, sd, digits=2):
    """Differences with few digits, as of accuracies in points."""
    return [round(float(x), digits) for x in rng.normal(mean, sd, n)]


# The samples of most procedures: n = 2, few, many, ties, a large offset, no spread, no value.
SAMPLES = [
    [0.3, 0.5], [-1.0, 1.0], [2, 2, 2, 3], [0.11, 0.11, 0.11], [0.25], [],
    [10000.5, 10000.25, 10000.75, 10001.0], [-3e-9, 1e-9, -2e-9], draw(5, 0.3, 0.4), draw(6, 0, 1), draw(12, -0.2, 0.3),
    draw(30, 0.05, 0.5), draw(100, 0.1, 1),
]
SPREAD = [s for s in SAMPLES if len(set(s)) > 1]


def summary(values):
    """Mean and standard deviation of exactly these doubles."""
    exact = [mpmath.mpf(x) for x in values]
    mean = mpmath.fsum(exact) / len(exact)
    return mean, mpmath.sqrt(mpmath.fsum((x - mean) ** 2 for x in exact) / (len(exact) - 1))


def t_tail(t, nu):
    """P(T > t) for t >= 0."""
    t, nu = mpmath.mpf(t), mpmath.mpf(nu)
    return mpmath.betainc(nu / 2, mpmath.mpf(1) / 2, 0, nu / (nu + t * t), regularized=True) / 2


def log_e(t, n, g):
    """The ratio of t's densities: under the prior, t / sqrt(1 + n g) has Student's distribution."""
    nu, scale = mpmath.mpf(n - 1), mpmath.sqrt(1 + n * mpmath.mpf(g))
    density = lambda x: mpmath.log(1 + x * x / nu) * (-(nu + 1) / 2)
    return density(t / scale) - mpmath.log(scale) - density(t)


def agree(value, reference, tolerance=1e-9):
    """The two libraries agree; the value is returned as a double."""
    assert math.isclose(value, reference, rel_tol=tolerance), (value, reference)
    return float(value)
