"""Usage: make_statistics_cases.py [--check]

Computes reference results of every procedure of runner/stats with SciPy, statsmodels or mpmath and writes them to
tests/stats/cases/ for the tests, which run without Python. --check compares with these files instead and fails when a
value differs. Needs a Python with scipy, statsmodels and mpmath.
"""

import argparse
import json
import math
import pathlib
import sys

import mpmath
import numpy as np
import scipy
import statsmodels

import statistics_counts as counts
import statistics_means as means

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests/stats/cases"
SCIPY, STATSMODELS = f"SciPy {scipy.__version__}", f"statsmodels {statsmodels.__version__}"
MPMATH, NUMPY = f"mpmath {mpmath.__version__}, 50 digits", f"NumPy {np.__version__}"

PROCEDURES = {
    means.t_interval: f"{MPMATH}; {SCIPY}",
    means.effect_size: MPMATH,
    means.t_test: f"{MPMATH}; {SCIPY}",
    means.welch_t_test: SCIPY,
    means.two_one_sided_tests: f"{MPMATH}; {STATSMODELS}",
    means.t_test_power: f"{MPMATH}; {STATSMODELS}",
    means.seeds_for_power: STATSMODELS,
    means.equivalence_power: SCIPY,
    means.sequential_t_test: MPMATH,
    means.further_seeds: f"{SCIPY}; {MPMATH}",
    means.compare: f"{SCIPY}; {STATSMODELS}",
    counts.sign_flip_test: f"exact integers; {SCIPY}",
    counts.wilson_interval: f"{SCIPY}; {STATSMODELS}",
    counts.fisher_exact: f"exact integers; {SCIPY}",
    counts.sequential_failures: MPMATH,
    counts.holm: STATSMODELS,
    counts.curve: f"{NUMPY}; {SCIPY}",
    counts.median_interval: f"{SCIPY}; {NUMPY}",
    counts.times_to_threshold: NUMPY,
}


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return isinstance(b, (int, float)) and math.isclose(a, b, rel_tol=1e-11)
    return a == b


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--check", action="store_true")
    check, failed = parser.parse_args().check, False
    FOLDER.mkdir(exist_ok=True)
    for procedure, source in PROCEDURES.items():
        cases, file = list(procedure()), FOLDER / f"{procedure.__name__}.json"
        assert len(cases) >= 8, procedure
        if check:
            if not file.exists() or not same(cases, json.loads(file.read_text())["cases"]):
                print(f"{file.name} differs", file=sys.stderr)
                failed = True
        else:
            lines = ",\n  ".join(json.dumps(case, allow_nan=False) for case in cases)
            file.write_text(f'{{"source": "{source}", "cases": [\n  {lines}\n]}}\n')
    return failed


if __name__ == "__main__":
    sys.exit(main())
