"""Every norm from PyTorch or by its paper's formula in plain tensor arithmetic, for make_fixtures.py."""

import math

import torch
from torch.nn import functional as F


class Norms:
    """One method per norm: f(x, p, b, o) -> y, with parameters p and buffers b by name and settings o. In training it
    writes new buffers to `self.after`. `self.training`, `self.spatial` and `self.step` are the case's."""

    def __init__(self, case):
        self.training, self.spatial, self.step = case["training"], case["spatial"], case.get("step")
        self.after = {}

    def none(self, x, p, b, o):
        return x

    # --- PyTorch's own ----------------------------------------------------------------------------------------------
    def batch(self, x, p, b, o):
        """torch.nn.functional.batch_norm"""
        factor = o.get("momentum", 0.1)
        tracked = "running_mean" in b
        mean, var = (b["running_mean"].clone(), b["running_var"].clone()) if tracked else (None, None)
        if self.training and tracked:
            count = b["num_batches_tracked"] + 1
            factor = 1 / count.item() if factor is None else factor
            self.after = {"running_mean": mean, "running_var": var, "num_batches_tracked": count}
        return F.batch_norm(x, mean, var, p.get("weight"), p.get("bias"), self.training or not tracked, factor or 0,
                            o.get("eps", 1e-5))

    batch_efficient = batch

    def batch_reference(self, x, p, b, o):
        y = self.batch(x, p, b, o)
        if self.training and o.get("variance") == "biased":
            m = o.get("momentum", 0.1)
            self.after["running_var"] = (1 - m) * b["running_var"] + m * x.detach().var(over_batch(x), correction=0)
        return y

    def sync_batch(self, x, p, b, o):
        return self.batch(x, p, b, o)

    def batch_inplace(self, x, p, b, o):
        eps = o.get("eps", 1e-5)
        z = self.batch(x, {"weight": p["weight"].abs() + eps, "bias": p["bias"]}, b, o)
        return F.leaky_relu(z, 0.01)

    def torchscript(self, x, p, b, o):
        mean, var = b["running_mean"].clone(), b["running_var"].clone()
        if self.training:
            self.after = {"running_mean": mean, "running_var": var}
        return F.batch_norm(x, mean, var, p["weight"], p["bias"], self.training, 0.1, 1e-5)

    def ghost(self, x, p, b, o):
        if not self.training:
            return self.batch(x, p, b, o)
        chunks = x.split(o.get("group", 16))
        zero = {"running_mean": torch.zeros(x.shape[1]), "running_var": torch.zeros(x.shape[1])}
        parts, means, variances = [], [], []
        for chunk in chunks:  # with momentum 1 the running statistics are the chunk's
            mean, var = zero["running_mean"].clone(), zero["running_var"].clone()
            parts.append(F.batch_norm(chunk, mean, var, p["weight"], p["bias"], True, 1.0, 1e-5))
            means.append(mean)
            variances.append(var)
        m, count = o.get("momentum", 0.1), b["num_batches_tracked"] + 1
        m = 1 / count.item() if m is None else m
        self.after = {"running_mean": (1 - m) * b["running_mean"] + m * torch.stack(means).mean(0),
                      "running_var": (1 - m) * b["running_var"] + m * torch.stack(variances).mean(0),
                      "num_batches_tracked": count}
        return torch.cat(parts)

    def noisy_batch(self, x, p, b, o):
        assert not self.training, "the draws are the program's own"
        return self.batch(x, p, b, o)

    def recurrent_batch(self, x, p, b, o):
        mean, var = b["running_mean"].clone(), b["running_var"].clone()
        row = min(self.step, mean.shape[0] - 1)
        y = F.batch_norm(x, mean[row], var[row], p["weight"], p.get("bias"), self.training, 0.1, 1e-5)
        if self.training:
            self.after = {"running_mean": mean, "running_var": var}
        return y

    def layer(self, x, p, b, o):
        return F.layer_norm(x, x.shape[1:], p.get("weight"), p.get("bias"), o.get("eps", 1e-5))

    def layer_channel(self, x, p, b, o):
        return F.group_norm(x, 1, p.get("weight"), p.get("bias"), o.get("eps", 1e-5))

    def group(self, x, p, b, o):
        return F.group_norm(x, o.get("groups", 8), p.get("weight"), p.get("bias"), o.get("eps", 1e-5))

    def instance(self, x, p, b, o):
        return F.instance_norm(x, weight=p.get("weight"), bias=p.get("bias"), eps=o.get("eps", 1e-5))

    def rms(self, x, p, b, o):
        return F.rms_norm(x, x.shape[1:], p.get("weight"), o.get("eps", 1e-6))

    def weight(self, x, p, b, o):
        return x + channels(p["bias"], x)

    # --- Formulas ---------------------------------------------------------------------------------------------------
    def batch_renorm(self, x, p, b, o):
        eps, m = 1e-3, o.get("momentum", 0.01)
        sigma_run = (b["running_var"] + eps).sqrt()
        if not self.training:
            xhat = (x - channels(b["running_mean"], x)) / channels(sigma_run, x)
            return xhat * channels(p["weight"], x) + channels(p["bias"], x)
        steps = b["num_batches_tracked"].item()
        warm, r_full, d_full = o.get("warmup_steps", 5000), o.get("r_full_step", 40000), o.get("d_full_step", 25000)
        r_ramp = min(max((steps - warm) / (r_full - warm), 0), 1)
        d_ramp = min(max((steps - warm) / (d_full - warm), 0), 1)
        r_max, d_max = 1 + (o.get("r_max", 3) - 1) * r_ramp, o.get("d_max", 5) * d_ramp
        mean, var = x.mean(over_batch(x)), x.var(over_batch(x), correction=0)
        sigma = (var + eps).sqrt()
        r = (sigma / sigma_run).clamp(1 / r_max, r_max).detach()
        d = ((mean - b["running_mean"]) / sigma_run).clamp(-d_max, d_max).detach()
        n = x.numel() / x.shape[1]
        running_var = b["running_var"] + m * (var.detach() * n / (n - 1) - b["running_var"])
        if o.get("average") == "deviation":  # Algorithm 1: sigma := sigma + alpha (sigma_B - sigma); kept as its square
            running_var = (sigma_run + m * (sigma.detach() - sigma_run)).square() - eps
        self.after = {"running_mean": b["running_mean"] + m * (mean.detach() - b["running_mean"]),
                      "running_var": running_var,
                      "num_batches_tracked": b["num_batches_tracked"] + 1}
        xhat = (x - channels(mean, x)) / channels(sigma, x) * channels(r, x) + channels(d, x)
        return xhat * channels(p["weight"], x) + channels(p["bias"], x)

    def lp(self, x, p, b, o):
        order, eps, m = o.get("p", "1"), 1e-5, o.get("momentum", 0.1)
        mean, scale = b["running_mean"], b["running_scale"]
        if self.training:
            mean = x.mean(over_batch(x))
            values = x if o.get("norm_of") == "input" else x - channels(mean, x)
            values = values.transpose(0, 1).flatten(1)
            if order == "1":
                scale = values.abs().mean(1) * (math.sqrt(math.pi / 2) if o.get("rescale", True) else 1)
            elif order == "2":
                scale = values.square().mean(1).sqrt()
            else:
                largest = values.detach().abs().sort(1).values
                assert (largest[:, -1] - largest[:, -2]).min() > 1e-3, "two largest values"
                scale = torch.linalg.vector_norm(values, ord=math.inf, dim=1)
            self.after = {"running_mean": (1 - m) * b["running_mean"] + m * mean.detach(),
                          "running_scale": (1 - m) * b["running_scale"] + m * scale.detach()}
        y = (x - channels(mean, x)) / channels(scale + eps, x)
        return y * channels(p["weight"], x) + channels(p["bias"], x)

    def mean_only(self, x, p, b, o):
        mean = b["running_mean"]
        if self.training:
            mean = x.mean(over_batch(x))
            self.after = {"running_mean": 0.9 * b["running_mean"] + 0.1 * mean.detach()}
        return x - channels(mean, x) + channels(p["bias"], x)

    def weight_standardization(self, x, p, b, o):
        return F.group_norm(x, o["groups"], p["weight"], p["bias"]) if "groups" in o else x

    def dyt(self, x, p, b, o):
        return channels(p["weight"], x) * torch.tanh(p["alpha"] * x) + channels(p["bias"], x)

    def frn(self, x, p, b, o):
        eps = channels(p["eps"].abs(), x) if "eps" in p else o.get("eps", 1e-6)
        mean_square = x.flatten(2).square().mean(2).view(*x.shape[:2], *[1] * len(self.spatial)) if self.spatial \
            else x.square()
        y = channels(p["weight"], x) * x / (mean_square + eps).sqrt() + channels(p["bias"], x)
        return torch.maximum(y, channels(p["threshold"], x))

    def evonorm_s0(self, x, p, b, o):
        groups = o.get("groups", 8)
        var = x.reshape(x.shape[0], groups, -1).var(2, correction=0).repeat_interleave(x.shape[1] // groups, 1)
        std = (var + 1e-5).sqrt().view(*x.shape[:2], *[1] * len(self.spatial))
        return x * torch.sigmoid(channels(p["slope"], x) * x) / std * channels(p["weight"], x) + channels(p["bias"], x)

    def evonorm_b0(self, x, p, b, o):
        eps, m = 1e-3, 0.1
        var = b["running_var"]
        if self.training:
            var = x.var(over_batch(x), correction=0)
            unbiased = x.detach().var(over_batch(x), correction=1)
            self.after = {"running_var": (1 - m) * b["running_var"] + m * unbiased}
        instance = x.flatten(2).var(2, correction=0).view(*x.shape[:2], *[1] * len(self.spatial)) if self.spatial \
            else torch.zeros_like(x)
        left = channels((var + eps).sqrt(), x).expand_as(x)
        right = channels(p["slope"], x) * x + (instance + eps).sqrt()
        return x / torch.maximum(left, right) * channels(p["weight"], x) + channels(p["bias"], x)

    def switchable(self, x, p, b, o):
        """Luo et al.'s code: unbiased instance variances, from which those of layer and batch follow."""
        if self.spatial:
            flat = x.flatten(2)
            mean_in, var_in = flat.mean(2, keepdim=True), flat.var(2, keepdim=True)
            square = var_in + mean_in.square()
            mean_ln = mean_in.mean(1, keepdim=True)
            var_ln = square.mean(1, keepdim=True) - mean_ln.square()
            mean_bn = mean_in.mean(0, keepdim=True)
            var_bn = square.mean(0, keepdim=True) - mean_bn.square()
        else:
            flat = x.unsqueeze(2)
            mean_ln, var_ln = flat.mean(1, keepdim=True), flat.var(1, keepdim=True)
            mean_bn, var_bn = flat.mean(0, keepdim=True), flat.var(0, keepdim=True)
        if self.training:
            self.after = {"running_mean": 0.9 * b["running_mean"] + 0.1 * mean_bn.detach().flatten(),
                          "running_var": 0.9 * b["running_var"] + 0.1 * var_bn.detach().flatten()}
        else:
            mean_bn, var_bn = b["running_mean"].view(1, -1, 1), b["running_var"].view(1, -1, 1)
        means, variances = [mean_ln, mean_bn], [var_ln, var_bn]
        if self.spatial:
            means.insert(0, mean_in)
            variances.insert(0, var_in)
        mean = sum(w * part for w, part in zip(p["mean_weight"].softmax(0), means))
        var = sum(w * part for w, part in zip(p["var_weight"].softmax(0), variances))
        y = ((flat - mean) / (var + 1e-5).sqrt()).view_as(x)
        return y * channels(p["weight"], x) + channels(p["bias"], x)


def reparametrized(norm, w, p, o):
    """The weight that the layer before computes with."""
    if norm in ("weight", "mean_only"):
        g = p["weight_g"].view(-1, *[1] * (w.dim() - 1))
        return torch._weight_norm(w, g, 0)
    if norm == "weight_standardization":
        rows = w.flatten(1)
        return ((rows - rows.mean(1, True)) / (rows.std(1, keepdim=True, correction=1) + 1e-5)).view_as(w)
    return None


def over_batch(x):
    return [d for d in range(x.dim()) if d != 1]


def channels(values, x):
    return values.view(1, -1, *[1] * (x.dim() - 2))
