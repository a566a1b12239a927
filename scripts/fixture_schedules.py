"""Learning-rate factors of each step by PyTorch's schedulers, for tests/train/schedules_pytorch.json."""

import argparse
import json
import pathlib
import sys
import warnings

import torch
from torch.optim import lr_scheduler

STEPS = (1, 2, 3, 4, 7, 10, 11, 100, 101)


def factors(steps, make):
    """The rates of `steps` steps from a rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < steps:
            scheduler.step()
    return rates


def cases():
    for steps in STEPS:
        for final in (0.0, 0.2):
            yield (
                {"name": "linear", "final_factor": final},
                factors(steps, lambda o: lr_scheduler.LinearLR(o, 1.0, final, total_iters=steps)),
            )
            yield (
                {"name": "cosine", "final_factor": final},
                factors(steps, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=steps, eta_min=final)),
            )
        for pct_start, div_factor, final_div_factor in ((0.3, 25.0, 1e4), (0.5, 10.0, 100.0), (0.05, 2.0, 1.0)):
            if pct_start * steps == 1:
                continue  # torch divides by zero
            yield (
                {
                    "name": "one_cycle",
                    "pct_start": pct_start,
                    "div_factor": div_factor,
                    "final_div_factor": final_div_factor,
                },
                factors(
                    steps,
                    lambda o: lr_scheduler.OneCycleLR(
                        o,
                        max_lr=1.0,
                        total_steps=steps,
                        pct_start=pct_start,
                        div_factor=div_factor,
                        final_div_factor=final_div_factor,
                        cycle_momentum=False,
                    ),
                ),
            )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    path = options.root / "tests/train/schedules_pytorch.json"
    made = [{"schedule": schedule, "factors": rates} for schedule, rates in cases()]
    if options.check:
        if json.loads(path.read_text()) != made:
            sys.exit(f"{path} differs from what PyTorch gives now")
        return
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in made) + "\n]\n")


main()
