"""Step-by-step parity of bnexp with PyTorch; see scripts/compare_pytorch."""

import argparse
import gzip
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn
from torch.nn import functional

MASK = (1 << 64) - 1
FIXTURE = "tests/train/parity_pytorch.json"


class Random:
    """bnexp's random streams (runner/base/random.h), implemented again: xoshiro256++ seeded by SplitMix64."""

    def __init__(self, seed, name):
        state = [seed]
        hashed = 0xCBF29CE484222325
        for byte in name.encode():
            hashed = ((hashed ^ byte) * 0x100000001B3) & MASK
        state = [self._split_mix(state) ^ hashed]
        self.s = [self._split_mix(state) for _ in range(4)]

    @staticmethod
    def _split_mix(state):
        state[0] = (state[0] + 0x9E3779B97F4A7C15) & MASK
        z = state[0]
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def next(self):
        s0, s1, s2, s3 = self.s
        total = (s0 + s3) & MASK
        result = ((((total << 23) | (total >> 41)) & MASK) + s0) & MASK
        t = (s1 << 17) & MASK
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        self.s = [s0, s1, s2, ((s3 << 45) | (s3 >> 19)) & MASK]
        return result

    def below(self, bound):
        product = self.next() * bound
        if product & MASK < bound:
            threshold = (1 << 64) % bound
            while product & MASK < threshold:
                product = self.next() * bound
        return product >> 64

    def permutation(self, count):
        order = list(range(count))
        for i in range(count, 1, -1):
            j = self.below(i)
            order[i - 1], order[j] = order[j], order[i - 1]
        return order

    def uniform(self, bound, count):
        return [-bound + 2 * bound * ((self.next() >> 11) * 2.0**-53) for _ in range(count)]


class ConvNet(nn.Module):
    """The slides' network with the pooling its shapes imply; a bias before a batch norm would be redundant."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, bias=False)
        self.norm1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3, bias=False)
        self.norm2 = nn.BatchNorm2d(64)
        self.fc1 = nn.Linear(64 * 12 * 12, 128, bias=False)
        self.norm3 = nn.BatchNorm1d(128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        x = torch.relu(self.norm2(self.conv2(x)))
        x = functional.max_pool2d(x, 2).flatten(1)
        x = torch.relu(self.norm3(self.fc1(x)))
        return self.fc2(x)


def initialize(model, seed):
    for name, layer in model.named_modules():
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            continue
        bound = 1 / math.sqrt(layer.weight[0].numel())
        for key, parameter in layer.named_parameters():
            values = Random(seed, f"init/{name}.{key}").uniform(bound, parameter.numel())
            with torch.no_grad():
                parameter.copy_(torch.tensor(values, dtype=torch.float64).view_as(parameter))


def read_idx(path, offset):
    raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return np.frombuffer(raw, np.uint8, offset=offset)


def pytorch_losses(folder, spec, dtype=torch.float32):
    settings, steps = spec["data"], spec["train"]["steps"]
    kept = settings["train"] - settings["validation"]
    pixels = read_idx(folder / "train-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)[:kept]
    labels = read_idx(folder / "train-labels-idx1-ubyte", 8)[:kept].astype(np.int64)
    model = ConvNet()
    initialize(model, spec["seed"])
    model.to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), lr=spec["train"]["optimizer"]["lr"])
    size = spec["train"]["batch_size"]
    losses = []
    epoch, order, at = 0, Random(spec["seed"], "shuffle/0").permutation(kept), 0
    for _ in range(steps):
        if at >= kept:
            epoch, at = epoch + 1, 0
            order = Random(spec["seed"], f"shuffle/{epoch}").permutation(kept)
        batch = order[at : at + size]
        at += size
        images = (torch.from_numpy(pixels[batch].astype(np.float64)) / 255 - settings["mean"]) / settings["std"]
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(images.float().to(dtype)), torch.from_numpy(labels[batch]))
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses


# The record of the trial, trained by bnexp.
def train(bnexp, root, store, *settings):
    words = [bnexp, "run", root / "tests/train/parity.yaml", "--store", store, "--quiet"]
    run = subprocess.run(words + [word for setting in settings for word in ("--set", setting)], check=False)
    if run.returncode != 0:
        sys.exit(f"compare_pytorch: bnexp ended with exit code {run.returncode}")
    return json.loads(next((store / "records").glob("*.json")).read_text())


def worst(record, expected):
    return max(abs(a - e) / abs(e) for a, e in zip(losses_of(record), expected, strict=True))


def losses_of(record):
    return record["probes"]["loss_curve"]["loss"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bnexp", required=True, type=pathlib.Path)
    parser.add_argument("--root", required=True, type=pathlib.Path)
    parser.add_argument("--write-fixture", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        record = train(arguments.bnexp, arguments.root, scratch / "fused")
        composed = train(arguments.bnexp, arguments.root, scratch / "composed", "execution.fused=false")
        spec = record["settings"]
        subprocess.run(
            [arguments.bnexp, "data", "export", scratch / "digits"]
            + [f"--{key}={spec['data'][key]}" for key in ("seed", "train", "test")],
            check=True,
        )
        expected = pytorch_losses(scratch / "digits", spec)
        expected_double = pytorch_losses(scratch / "digits", spec, torch.float64) if arguments.write_fixture else []

    print(f"LibTorch {record['context']['libtorch']}, PyTorch {torch.__version__}: {len(expected)} steps")
    for step in range(0, len(expected), 10):
        print(
            f"  step {step + 1:3d}  bnexp {losses_of(composed)[step]:.7f}, in fused blocks {losses_of(record)[step]:.7f}"
            f"  PyTorch {expected[step]:.7f}"
        )
    difference = worst(composed, expected)
    print(f"largest relative difference of a loss: {difference:.1e} (at most 1e-4)")
    print(f"in fused blocks, whose rounding differs and grows from step to step: {worst(record, expected):.1e}")
    if arguments.write_fixture:
        fixture = {"pytorch": torch.__version__.split("+")[0], "settings": spec, "losses": expected_double}
        (arguments.root / FIXTURE).write_text(json.dumps(fixture, indent=1) + "\n")
        print(f"wrote {FIXTURE}")
    return 0 if difference <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
