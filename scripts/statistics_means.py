"""Reference cases of means and their differences; see make_statistics_cases.py."""

import math

import mpmath
import numpy as np
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import DescrStatsW

from statistics_common import SAMPLES, SPREAD, agree, draw, log_e, summary, t_tail


def t_interval():
    for values in SAMPLES:
        for confidence in (0.95, 0.995):
            case = {"values": values, "confidence": confidence, "sd": None, "half": None}
            if len(values) > 1:
                mean, sd = (0, 0) if len(set(values)) == 1 else summary(values)
                t = stats.t.ppf((1 + confidence) / 2, len(values) - 1)
                case |= {"sd": float(sd), "half": float(sd * t / mpmath.sqrt(len(values)))}
                if len(set(values)) > 1 and mean < 1000:
                    interval = stats.ttest_1samp(values, 0).confidence_interval(confidence)
                    agree(case["half"], (interval.high - interval.low) / 2)
            yield case


def effect_size():
    for values in SAMPLES:
        case = {"values": values, "d_z": None, "corrected": None}
        if values in SPREAD:
            mean, sd = summary(values)
            case["d_z"] = float(mean / sd)
            if (m := mpmath.mpf(len(values) - 1)) > 1:
                j = mpmath.gamma(m / 2) / (mpmath.sqrt(m / 2) * mpmath.gamma((m - 1) / 2))
                case["corrected"] = float(mean / sd * j)
        yield case


def t_test():
    for values in SAMPLES:
        for null in (0, 0.2):
            case = {"values": values, "mean": null, "t": None, "p": None}
            if values in SPREAD:
                mean, sd = summary(values)
                t = (mean - mpmath.mpf(null)) * mpmath.sqrt(len(values)) / sd
                case["t"], case["p"] = float(t), float(2 * t_tail(t, len(values) - 1))
                if mean < 1000:
                    agree(case["p"], stats.ttest_1samp(values, null).pvalue)
            yield case


def welch_t_test():
    pairs = [
        ([1, 2], [3, 5]), ([1, 2], [2, 2]), ([2, 2], [3, 3]), ([1], [2, 3]), ([97.1, 97.3, 97.2], [96.9, 97.0, 96.7]),
        (draw(5, 97, 0.2), draw(5, 97.1, 0.9)), (draw(3, 97, 0.2), draw(20, 96, 2)), (draw(30, 0, 1), draw(40, 0.1, 1)),
        (draw(6, 0, 0.001, 5), draw(6, 0, 1)), (draw(8, 50, 10), draw(2, 10, 1)),
    ]
    for a, b in pairs:
        case = {"a": a, "b": b, "confidence": 0.95, "t": None}
        if min(len(a), len(b)) > 1 and len(set(a)) + len(set(b)) > 2:
            r = stats.ttest_ind(a, b, equal_var=False)
            interval = r.confidence_interval(0.95)
            case |= {"difference": float(np.mean(a) - np.mean(b)), "t": r.statistic, "degrees": r.df, "p": r.pvalue,
                     "half": (interval.high - interval.low) / 2}
        yield case


def two_one_sided_tests():
    for values in SAMPLES:
        for margin in (0.2, 1.0):
            case = {"values": values, "margin": margin, "p": None}
            if values in SPREAD:
                mean, sd = summary(values)
                p, low, high = DescrStatsW(values).ttost_mean(-margin, margin)
                tails = []
                for distance, theirs in ((mpmath.mpf(margin) + mean, low[1]), (mpmath.mpf(margin) - mean, high[1])):
                    t = distance * mpmath.sqrt(len(values)) / sd
                    tail = t_tail(abs(t), len(values) - 1)
                    tails.append(float(tail if t >= 0 else 1 - tail))
                    assert math.isclose(tails[-1], theirs, rel_tol=1e-6, abs_tol=1e-15), (values, margin)
                case |= {"p_low": tails[0], "p_high": tails[1], "p": max(tails)}
            yield case


def t_test_power():
    cases = [(0.5, 2, 0.05), (2, 2, 0.05), (0.1, 5, 0.05), (1, 5, 0.05), (4, 5, 0.05), (-1, 10, 0.05), (0.5, 33, 0.05),
             (0.5, 34, 0.05), (1, 10, 0.005), (0, 10, 0.05), (0.05, 2000, 0.01)]
    for effect, n, alpha in cases:
        # P(|T| > c) of noncentral t: over the distribution of the sample's sd, normal tails on both sides.
        nu, shift = mpmath.mpf(n - 1), abs(mpmath.mpf(effect)) * mpmath.sqrt(n)
        critical = mpmath.findroot(lambda c: 2 * t_tail(c, nu) - mpmath.mpf(alpha), stats.t.isf(alpha / 2, n - 1))

        def density(s):  # of s = sd of the sample / true sd
            return 2 * (nu / 2) ** (nu / 2) / mpmath.gamma(nu / 2) * s ** (nu - 1) * mpmath.exp(-nu * s * s / 2)

        tails = lambda s: density(s) * (mpmath.ncdf(shift - critical * s) + mpmath.ncdf(-shift - critical * s))
        width = 12 / mpmath.sqrt(2 * nu)
        edges = [max(mpmath.mpf(0), 1 - width), 1 - width / 4, 1, 1 + width / 4, 1 + width, 1 + 2 * width]
        power = mpmath.quad(tails, [e for e in edges if e >= 0])
        yield {"effect": effect, "n": n, "alpha": alpha,
               "power": agree(power, TTestPower().power(abs(effect), n, alpha), 1e-7)}


def seeds_for_power():
    for effect, power, alpha in [(0.5, 0.8, 0.05), (1, 0.8, 0.05), (2, 0.8, 0.05), (4, 0.8, 0.05), (-1, 0.8, 0.05),
                                 (50, 0.8, 0.05), (0.2, 0.8, 0.05), (1, 0.9, 0.005), (0.03, 0.8, 0.05), (0, 0.8, 0.05)]:
        n = 2
        while effect and TTestPower().power(abs(effect), n, alpha) < power:
            n += 1
        yield {"effect": effect, "power": power, "alpha": alpha, "n": n if effect else None}


def sequential_t_test():
    prior = lambda d: stats.nct.pdf(2.5, 9, d * 10**0.5) * stats.norm.pdf(d)
    agree(mpmath.exp(log_e(2.5, 10, 1)), integrate.quad(prior, -6, 6)[0] / stats.t.pdf(2.5, 9), 1e-6)
    for values in SAMPLES + [draw(3, 9, 0.01), draw(5, 4, 1), draw(7, 2, 1), draw(40, 0.5, 1), [1, 1.001] * 200]:
        for confidence, g in ((0.95, 1), (0.99, 0.5)):
            case = {"values": values, "confidence": confidence, "g": g, "log_e": None, "half": None}
            n = len(values)
            if n >= 3 and len(set(values)) > 1:
                mean, sd = summary(values)
                case["log_e"] = float(log_e(mean * mpmath.sqrt(n) / sd, n, g))
                target, c = -mpmath.log(1 - mpmath.mpf(confidence)), 1 + n * mpmath.mpf(g)
                if (n - 1) * mpmath.log(c) / 2 > target:  # the limit of log_e
                    high = mpmath.mpf(1)
                    while log_e(high, n, g) < target:
                        high *= 2
                    t = mpmath.findroot(lambda x: log_e(x, n, g) - target, (0, high), solver="anderson", tol=1e-40)
                    case["half"] = float(t * sd / mpmath.sqrt(n))
            elif n >= 3 and (n - 1) * math.log(1 + n * g) / 2 > -math.log(1 - confidence):
                case["half"] = 0
            yield case


def two_sided_power(effect, n, alpha):
    t, critical = stats.nct(n - 1, effect * n**0.5), stats.t.isf(alpha / 2, n - 1)
    return t.sf(critical) + t.cdf(-critical)


def equivalent(effect, margin, n, alpha):
    """A lower bound of the probability that the interval lies within the margin."""
    critical = stats.t.isf(alpha / 2, n - 1)
    misses = [stats.nct.cdf(critical, n - 1, (margin + side * effect) * n**0.5) for side in (1, -1)]
    return max(0.0, 1 - sum(misses))


def equivalence_power():
    for effect, margin, n, alpha in [(0, 1, 5, 0.05), (0, 1, 20, 0.05), (0.2, 1, 20, 0.05), (-0.2, 1, 20, 0.05), (0, 3, 5, 0.05),
                                     (1, 3, 5, 0.005), (0.5, 0.5, 50, 0.05), (0.3, 0.5, 200, 0.05), (0, 0.05, 9000, 0.01)]:
        power = equivalent(effect, margin, n, alpha)
        if effect == 0 and power > 0.5:  # the bound is close: the exact probability, over the sample's sd
            nu, critical = n - 1, stats.t.isf(alpha / 2, n - 1)
            within = lambda s: (stats.chi(nu, scale=nu**-0.5).pdf(s) *
                                max(0, 2 * stats.norm.cdf(margin * n**0.5 - critical * s) - 1))
            agree(power, integrate.quad(within, 0, 3, limit=200, points=[1])[0], 1e-2)
        yield {"effect": effect, "margin": margin, "n": n, "alpha": alpha, "power": float(power)}


def further_seeds():
    for n, mean, sd, margin, confidence in [
            (5, 0.3, 0.5, 0.2, 0.95), (5, -0.3, 0.5, 0.2, 0.95), (5, 0.1, 0.5, 0.2, 0.95), (3, 0, 0.1, 0.2, 0.95),
            (2, 1, 1, 0, 0.95), (10, 0.19, 0.5, 0.2, 0.995), (5, 5, 0.5, 0.2, 0.95), (5, 0.0, 0.5, 0, 0.95),
            (5, 0.3, 0, 0.2, 0.95), (5, 0.2, 0.5, 0.2, 0.99)]:
        case = {"n": n, "mean": mean, "sd": sd, "margin": margin, "confidence": confidence, "once": None, "every_seed": None}
        needed = abs(mean) if abs(mean) >= margin else margin - abs(mean)
        for looks in ("once", "every_seed") if needed and sd else ():
            k = 0
            while True:
                m = n + k
                if looks == "once":
                    effect = abs(mean) / sd
                    decided = (two_sided_power(effect, m, 1 - confidence) if abs(mean) >= margin
                               else equivalent(effect, margin / sd, m, 1 - confidence)) >= 0.8
                else:  # a mean `needed` away is rejected
                    decided = m >= 3 and log_e(mpmath.mpf(needed) * mpmath.sqrt(m) / sd, m, 1) > -math.log(1 - confidence)
                if decided:
                    break
                k += 1
            case[looks] = k
        yield case


def compare():
    families = [([draw(5, 0.5, 0.2)], 0.2), ([draw(5, -0.5, 0.2)], 0.2), ([draw(30, 0, 0.1)], 0.2), ([draw(5, 0, 1)], 0.2),
                ([[0.5, 0.5, 0.5]], 0.2), ([[0.3, 0.5]], 0.2), ([[0.3]], 0.2), ([draw(20, 0.1, 0.05)], 0.2),
                ([draw(20, 0.1, 0.05)], 0), ([draw(6, m, 0.3) for m in (0, 0.2, 0.4, 0.6, 0.8, -1)], 0.2),
                ([draw(6, 0.45, 0.3) for _ in range(8)] + [[0.1, 0.1, 0.1]], 0.3)]
    for family, margin in families:
        m, alpha = len(family), 0.05
        spread = [len(set(v)) > 1 for v in family]
        p = [stats.ttest_1samp(v, 0).pvalue if s else 1 for v, s in zip(family, spread)]
        adjusted = multipletests(p, method="holm")[1]
        verdicts = []
        for v, s, raw, q in zip(family, spread, p, adjusted):
            if s and raw < alpha / m and q <= alpha and abs(np.mean(v)) >= margin:
                verdicts.append("better" if np.mean(v) > 0 else "worse")
            elif s and margin and DescrStatsW(v).ttost_mean(-margin, margin)[0] < alpha / m / 2:
                verdicts.append("no difference larger than the margin")
            else:
                verdicts.append("undecided")
        yield {"differences": family, "margin": margin, "p": [float(x) if s else None for x, s in zip(p, spread)],
               "adjusted_p": [float(q) if s else None for q, s in zip(adjusted, spread)], "verdicts": verdicts}
