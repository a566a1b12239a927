"""One study in plain PyTorch, as a separate process: compare_pytorch_studies.py TASK.

TASK is JSON: model, trials, steps, batch_size, train_images, data_dir, threads, processes, and an arrangement's choice
of deck, channels_last, compile, bf16 and floor. The last line of stdout is JSON: each trial's accuracy, null where the loss
was not finite, its seconds, and the peak memory of this process.
"""

import functools
import json
import multiprocessing
import platform
import statistics
import sys
import time
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from compare_pytorch_speed import read_mnist

MEAN, STD = 0.1307, 0.3081


class ConvNet(nn.Module):
    def __init__(self, with_norm: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, bias=not with_norm)
        self.norm1 = nn.BatchNorm2d(32) if with_norm else nn.Identity()
        self.conv2 = nn.Conv2d(32, 64, 3, bias=not with_norm)
        self.norm2 = nn.BatchNorm2d(64) if with_norm else nn.Identity()
        self.fc1 = nn.Linear(64 * 12 * 12, 128, bias=not with_norm)
        self.norm3 = nn.BatchNorm1d(128) if with_norm else nn.Identity()
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        x = torch.relu(self.norm2(self.conv2(x)))
        x = functional.max_pool2d(x, 2).flatten(1)
        x = torch.relu(self.norm3(self.fc1(x)))
        return self.fc2(x)


def mlp(with_norm: bool) -> nn.Module:
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs in (784, 100, 100):
        layers.append(nn.Linear(inputs, 100, bias=not with_norm))
        layers += [nn.BatchNorm1d(100), nn.ReLU()] if with_norm else [nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(100, 10))


class Digits(Dataset):
    """An item as the usual transforms ToTensor and Normalize give it."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor):
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        image = self.images[index].float().div(255)
        return (image - MEAN) / STD, int(self.labels[index])


class Study:
    def __init__(self, task: SimpleNamespace):
        self.task = task
        self.images, self.labels = self.read("train", task.train_images)
        self.test_images, self.test_labels = self.read("t10k", None)

    def read(self, split: str, count: int | None) -> tuple[torch.Tensor, torch.Tensor]:
        images, labels = read_mnist(self.task.data_dir, split)
        return torch.from_numpy(images[:count]).unsqueeze(1), torch.from_numpy(labels[:count]).long()

    def option(self, name: str) -> bool:
        return bool(getattr(self.task, name, False))

    def autocast(self):
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.option("bf16"))

    def train_batches(self):
        """Endless, in a new order each epoch."""
        size = self.task.batch_size
        if self.option("deck"):
            loader = DataLoader(Digits(self.images, self.labels), batch_size=size, shuffle=True)
            while True:
                yield from loader
        while True:
            for chosen in torch.randperm(len(self.labels)).split(size):
                yield self.normalized(self.images[chosen]), self.labels[chosen]

    def test_batches(self):
        if self.option("deck"):
            yield from DataLoader(Digits(self.test_images, self.test_labels), batch_size=1000)
            return
        size = 50  # for the ConvNet, as fast as any of 25 to 250
        for images, labels in zip(self.test_images.split(size), self.test_labels.split(size), strict=True):
            yield self.normalized(images), labels

    def normalized(self, images: torch.Tensor) -> torch.Tensor:
        images = images.float().mul_(1 / (255 * STD)).sub_(MEAN / STD)
        return images.contiguous(memory_format=torch.channels_last) if self.option("channels_last") else images

    def trial(self, trial: dict) -> dict:
        start = time.perf_counter()
        torch.manual_seed(trial["seed"])
        with_norm = trial["norm"] == "batch"
        model = ConvNet(with_norm) if self.task.model == "convnet" else mlp(with_norm)
        if self.option("channels_last"):
            model = model.to(memory_format=torch.channels_last)
        if self.option("compile"):
            model = torch.compile(model)
        accuracy = self.accuracy(model) if self.train(model, trial["lr"]) else None
        return {"label": trial["label"], "accuracy": accuracy, "seconds": time.perf_counter() - start}

    def train(self, model: nn.Module, lr: float) -> bool:
        """Whether the loss stayed finite. A non-finite loss ends the trial, as in bnexp."""
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        model.train()
        for _, (images, labels) in zip(range(self.task.steps), self.train_batches()):
            optimizer.zero_grad()
            with self.autocast():
                loss = functional.cross_entropy(model(images), labels)
            if not torch.isfinite(loss).item():
                return False
            loss.backward()
            optimizer.step()
        return True

    def accuracy(self, model: nn.Module) -> float:
        model.eval()
        correct = 0
        with torch.no_grad(), self.autocast():
            for images, labels in self.test_batches():
                correct += (model(images).argmax(1) == labels).sum().item()
        return correct / len(self.test_labels)


def fastest(*ways):
    """The fastest of several functions."""
    def seconds(way) -> float:
        times = []
        for _ in range(20):
            start = time.perf_counter()
            way()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    return min(ways, key=seconds)


def floor_ms(task: SimpleNamespace) -> float:
    """Milliseconds per training step for the convolutions and matrix products of its forward and backward alone,
    each in the fastest way that LibTorch has for it: BLAS or oneDNN, contiguous or channels last."""
    n = task.batch_size

    def product(a: torch.Tensor, b: torch.Tensor):
        """a b^T."""
        return fastest(
            lambda: torch.mm(a, b.t()), lambda: torch.ops.mkldnn._linear_pointwise(a, b, None, "none", [], "")
        )

    def products(inputs: int, outputs: int, is_first: bool = False) -> list:
        x, w, g = torch.randn(n, inputs), torch.randn(outputs, inputs), torch.randn(n, outputs)
        both = [product(x, w), product(g.t(), x.t())]
        return both if is_first else [*both, product(g, w.t())]

    def convolutions(inputs: int, outputs: int, size: int, is_first: bool = False) -> list:
        x, w = torch.randn(n, inputs, size, size), torch.randn(outputs, inputs, 3, 3)
        g = torch.randn(n, outputs, size - 2, size - 2)
        rest = ([1, 1], [0, 0], [1, 1], False, [0, 0], 1)

        def both(x: torch.Tensor, w: torch.Tensor, g: torch.Tensor):
            forward = functools.partial(torch.ops.aten.convolution, x, w, None, *rest)
            wanted = [not is_first, True, False]
            backward = functools.partial(torch.ops.aten.convolution_backward, g, x, w, None, *rest, wanted)
            return lambda: (forward(), backward())

        last = [tensor.to(memory_format=torch.channels_last) for tensor in (x, w, g)]
        return [fastest(both(x, w, g), both(*last))]

    torch.set_num_threads(1)
    times = []
    with torch.inference_mode():
        if task.model == "convnet":
            work = convolutions(1, 32, 28, True) + convolutions(32, 64, 26) + products(9216, 128) + products(128, 10)
        else:
            work = products(784, 100, True) + products(100, 100) + products(100, 100) + products(100, 10)
        for _ in range(task.steps):
            start = time.perf_counter()
            for part in work:
                part()
            times.append(time.perf_counter() - start)
    return 1000 * statistics.mean(times[len(times) // 10 :])


def main() -> None:
    task = SimpleNamespace(**json.loads(sys.argv[1]))
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    if getattr(task, "floor", False):
        print(json.dumps({"step_ms": floor_ms(task), "accuracies": {}, "versions": versions}))
        return
    study = Study(task)
    if task.processes == 1:
        torch.set_num_threads(task.threads)
        results = [study.trial(trial) for trial in task.trials]
    else:
        with multiprocessing.get_context("fork").Pool(task.processes, torch.set_num_threads, (task.threads,)) as pool:
            results = pool.map(study.trial, task.trials, chunksize=1)
    print(json.dumps({
        "accuracies": {result["label"]: result["accuracy"] for result in results},
        "trial_seconds": [result["seconds"] for result in results],
        "versions": versions,
    }))


if __name__ == "__main__":
    main()
