"""Weights carried between bnexp and PyTorch's own modules, both ways; see scripts/compare_pytorch."""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from compare_pytorch import ConvNet, read_idx

SUITE = """suite: exchange
model: {model}
norm: batch
data: {data}
train: {{steps: {steps}, batch_size: 64, optimizer: {{name: sgd, lr: 0.1}}}}
"""
DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64}


def read_safetensors(path):
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(raw[start + begin : start + end], DTYPES[entry["dtype"]])
        result[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return result


def write_safetensors(path, state):
    header, data = {}, b""
    names = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
    for name, tensor in state.items():
        values = np.ascontiguousarray(tensor.detach().numpy()).reshape(tensor.shape)
        end = len(data) + values.nbytes
        header[name] = {"dtype": names[values.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), end]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


class Block(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.shortcut = self.norm_shortcut = None
        if channels_in != channels:
            self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False)
            self.norm_shortcut = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(y + (x if self.shortcut is None else self.norm_shortcut(self.shortcut(x))))


class ResNet(nn.Module):
    """bnexp's `resnet` with its defaults: post-activation, three stages of two blocks, 16 channels in the first."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.norm0 = nn.BatchNorm2d(16)
        shapes = [(16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1)]
        self.blocks = nn.Sequential(*(Block(*shape) for shape in shapes))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(torch.relu(self.norm0(self.stem(x))))
        return self.fc(x.mean((2, 3)))


class Images:
    """A data set's files, normalized as bnexp does."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, split):
        pixels = read_idx(self.find(f"{split}-images-idx3-ubyte"), 16).reshape(-1, 1, 28, 28)
        labels = read_idx(self.find(f"{split}-labels-idx1-ubyte"), 8).astype(np.int64)
        return pixels, torch.from_numpy(labels)

    def find(self, name):
        plain = self.folder / name
        return plain if plain.exists() else self.folder / (name + ".gz")

    @staticmethod
    def normalized(pixels):
        return ((torch.from_numpy(pixels.astype(np.float64)) / 255 - 0.1307) / 0.3081).float()


def logits_of(model, pixels):
    model.eval()
    with torch.no_grad():
        return torch.cat([model(Images.normalized(part)) for part in np.array_split(pixels, math.ceil(len(pixels) / 64))])


def trained_in_pytorch(model, images, steps):
    pixels, labels = images.read("train")
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        batch = torch.randint(len(labels), (64,))
        optimizer.zero_grad()
        functional.cross_entropy(model(Images.normalized(pixels[batch.numpy()])), labels[batch]).backward()
        optimizer.step()
    return model


class Comparison:
    def __init__(self, bnexp, images, scratch, options):
        self.bnexp, self.images, self.scratch, self.options = bnexp, images, scratch, options
        self.pixels, self.labels = images.read("t10k")
        self.all_equal = True

    def call(self, *words):
        done = subprocess.run([self.bnexp, *words], check=False, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"compare_pytorch: bnexp {words[0]} ended with exit code {done.returncode}\n{done.stderr}")

    def check(self, what, model, subject, *words):
        predictions, logits = self.scratch / "predictions", self.scratch / "logits"
        self.call("evaluate", subject, "--predictions", predictions, "--logits", logits, *words, *self.options)
        theirs = logits_of(model, self.pixels)
        equal = (torch.from_numpy(np.loadtxt(predictions, dtype=np.int64)) == theirs.argmax(1)).sum().item()
        difference = (read_safetensors(logits)["logits"] - theirs).abs().max().item()
        accuracy = (theirs.argmax(1) == self.labels).double().mean().item()
        print(f"{what}: {equal} of {len(self.labels)} predictions equal, accuracy {accuracy:.2%}, "
              f"largest difference of a logit {difference:.1e} (largest logit {theirs.abs().max().item():.1f})")
        self.all_equal = self.all_equal and equal == len(self.labels)

    def both_ways(self, name, make, data, steps):
        suite, store = self.scratch / f"{name}.yaml", self.scratch / name
        suite.write_text(SUITE.format(model=name, data=data, steps=steps))
        self.call("run", suite, "--store", store, "--weights", "--quiet", *self.options)
        record = next((store / "records").glob("*.json"))
        model = make()
        model.load_state_dict(read_safetensors(store / "weights" / f"{record.stem}.safetensors"))
        self.check(f"{name}, trained in bnexp", model, record)

        model = trained_in_pytorch(make(), self.images, steps)
        weights = self.scratch / f"{name}.safetensors"
        write_safetensors(weights, model.state_dict())
        self.check(f"{name}, trained in PyTorch", model, suite, "--weights", weights)


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare_pytorch weights")
    parser.add_argument("--bnexp", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--data-dir", type=pathlib.Path, default=os.environ.get("BNEXP_DATA_DIR"),
                        help="MNIST's four files; default: BNEXP_DATA_DIR, else bnexp's own digits")
    parser.add_argument("--steps", type=int, default=200, help="of training")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        if arguments.data_dir:
            folder, data, options = pathlib.Path(arguments.data_dir), "mnist", ["--data-dir", arguments.data_dir]
        else:
            folder, data, options = scratch / "digits", "{name: digits, train: 6000, test: 10000, validation: 1000}", []
            subprocess.run([arguments.bnexp, "data", "export", folder, "--train=6000", "--test=10000"], check=True,
                           capture_output=True)
        comparison = Comparison(arguments.bnexp, Images(folder), scratch, options)
        for name, make in (("convnet", ConvNet), ("resnet", ResNet)):
            comparison.both_ways(name, make, data, arguments.steps)
    return 0 if comparison.all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
