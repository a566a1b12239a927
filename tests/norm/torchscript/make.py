"""Writes the TorchScript files of this folder: python make.py"""
from typing import List

import torch
from torch import Tensor, nn


class BatchLike(nn.Module):
    """Batch norm as in many papers' code: sized by its slot, with new tensors for the running statistics each step."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.bias = nn.Parameter(torch.zeros(1))
        self.register_buffer("running_mean", torch.zeros(1))
        self.register_buffer("running_var", torch.ones(1))

    @torch.jit.export
    def bnexp_slot(self, channels: int, spatial: List[int]):
        self.weight = torch.ones(channels)
        self.bias = torch.zeros(channels)
        self.running_mean = torch.zeros(channels)
        self.running_var = torch.ones(channels)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.transpose(1, -1)
        if self.training:
            n = x.numel() // x.size(1)
            if n < 2:
                raise ValueError("Expected more than 1 value per channel when training")
            about = rows.detach().reshape(-1, x.size(1)).mean(0)
            rows = rows - about
            flat = rows.reshape(-1, x.size(1))
            mean = flat.mean(0)
            var = flat.var(0, unbiased=False)
            self.running_mean = 0.9 * self.running_mean + 0.1 * (about + mean.detach())
            self.running_var = 0.9 * self.running_var + 0.1 * var.detach() * n / (n - 1)
        else:
            mean = self.running_mean
            var = self.running_var
        return ((rows - mean) / torch.sqrt(var + 1e-5) * self.weight + self.bias).transpose(1, -1)


class Nested(nn.Module):
    """Made for 16 channels: a library's norm, a factor that is not trained, and dropout."""

    def __init__(self):
        super().__init__()
        self.inner = nn.GroupNorm(4, 16)
        self.scale = nn.Parameter(torch.full((1,), 2.0), requires_grad=False)
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.inner(x) * self.scale)


class Flattens(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(0)


class Raises(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.dim() > 0:
            raise ValueError("this norm is not ready")
        return x


class Pair(nn.Module):
    def forward(self, x: Tensor):
        return x, x


class Detaches(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.detach()


class LateFailure(nn.Module):
    """Passes where it is tried out, with batches of 4, and fails with larger ones."""

    def forward(self, x: Tensor) -> Tensor:
        if x.size(0) > 4:
            raise ValueError("more samples than this norm can take")
        return x * 2


class Endless(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        while bool((x * 0 == 0).any()):
            x = x * 1
        return x


class Writes(nn.Module):
    """Leaves a file in the current folder, as TorchScript lets it."""

    def forward(self, x: Tensor) -> Tensor:
        torch.save(x.detach(), "written_by_a_norm")
        return x * 2


class Escapes(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.dim() > 0:
            raise ValueError("\x1b[31mred\x1b[0m and \u202eback")
        return x


if __name__ == "__main__":
    for module in (BatchLike, Nested, Flattens, Raises, Pair, Detaches, LateFailure, Endless, Writes, Escapes):
        torch.jit.script(module()).save(f"{module.__name__.lower()}.pt")
    torch.save({"weight": torch.ones(3)}, "tensors.pt")
