"""Reference values of every norm, from PyTorch or from the paper's formula in plain tensor arithmetic; see
scripts/make_fixtures. Everything is in double precision; gradients are autograd's."""

import argparse
import json
import math
import pathlib

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
FOLDER = "tests/norm/fixtures"
VECTOR, LINE, IMAGE, POINT = [], [3], [2, 3], [1, 1]


class Norms:
    """One method a norm: f(x, p, b, o) -> y, with parameters p and buffers b by name and settings o. In training it
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
        self.after = {"running_mean": b["running_mean"] + m * (mean.detach() - b["running_mean"]),
                      "running_var": b["running_var"] + m * (var.detach() * n / (n - 1) - b["running_var"]),
                      "num_batches_tracked": b["num_batches_tracked"] + 1}
        xhat = (x - channels(mean, x)) / channels(sigma, x) * channels(r, x) + channels(d, x)
        return xhat * channels(p["weight"], x) + channels(p["bias"], x)

    def lp(self, x, p, b, o):
        order, eps, m = o.get("p", "1"), 1e-5, o.get("momentum", 0.1)
        mean, scale = b["running_mean"], b["running_scale"]
        if self.training:
            mean = x.mean(over_batch(x))
            centred = (x - channels(mean, x)).transpose(0, 1).flatten(1)
            if order == "1":
                scale = centred.abs().mean(1) * (math.sqrt(math.pi / 2) if o.get("rescale", True) else 1)
            elif order == "2":
                scale = centred.square().mean(1).sqrt()
            else:
                largest = centred.detach().abs().sort(1).values
                assert (largest[:, -1] - largest[:, -2]).min() > 1e-3, "two largest values"
                scale = torch.linalg.vector_norm(centred, ord=math.inf, dim=1)
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


REFERENCES = {
    "none": "the input",
    "batch": "torch.nn.functional.batch_norm",
    "batch_reference": "torch.nn.functional.batch_norm; biased running variance by formula",
    "batch_efficient": "torch.nn.functional.batch_norm",
    "sync_batch": "torch.nn.functional.batch_norm of the whole batch",
    "batch_inplace": "torch.nn.functional.batch_norm, then leaky_relu (arXiv:1712.02616)",
    "ghost": "torch.nn.functional.batch_norm of each chunk",
    "noisy_batch": "torch.nn.functional.batch_norm; evaluation alone",
    "recurrent_batch": "torch.nn.functional.batch_norm with a row of the statistics (arXiv:1603.09025)",
    "layer": "torch.nn.functional.layer_norm",
    "layer_channel": "torch.nn.functional.group_norm with one group",
    "group": "torch.nn.functional.group_norm",
    "instance": "torch.nn.functional.instance_norm",
    "rms": "torch.nn.functional.rms_norm",
    "weight": "torch._weight_norm, the operation of torch.nn.utils.weight_norm",
    "mean_only": "torch._weight_norm, then the formula of arXiv:1602.07868, section 4",
    "batch_renorm": "formula of arXiv:1702.03275",
    "lp": "formula of arXiv:1805.11604; p = 1 of arXiv:1803.01814",
    "weight_standardization": "formula of arXiv:1903.10520; torch.nn.functional.group_norm after it",
    "dyt": "formula of arXiv:2503.10622",
    "frn": "formula of arXiv:1911.09737",
    "evonorm_s0": "formula of arXiv:2004.02967",
    "evonorm_b0": "formula of arXiv:2004.02967",
    "switchable": "formula of arXiv:1806.10779",
}

# Per norm: what cases there are, as (spatial, settings, parts of the case). Each is taken in training and in evaluation;
# once for both (training: null) where they are the same by definition.
AFFINE, BATCH_STATE = ["weight", "bias"], ["running_mean", "running_var", "num_batches_tracked"]
EVERYWHERE = [(VECTOR, {}, {}), (LINE, {}, {}), (IMAGE, {}, {})]
OPTIONS = [(VECTOR, {"momentum": None}, {"count": 3}), (IMAGE, {"momentum": 0.3, "eps": 0.01}, {}),
           (IMAGE, {"affine": False}, {"parameters": []}),
           (IMAGE, {"track_running_stats": False}, {"buffers": []})]
CASES = {
    "none": EVERYWHERE,
    "batch": EVERYWHERE + OPTIONS + [(POINT, {}, {})],
    "batch_reference": EVERYWHERE + OPTIONS + [(IMAGE, {"variance": "biased"}, {})],
    "batch_efficient": EVERYWHERE + OPTIONS,
    "sync_batch": EVERYWHERE + OPTIONS + [(VECTOR, {"workers": 4}, {"batch": 7}), (IMAGE, {"workers": 1}, {})],
    "batch_inplace": EVERYWHERE + [(IMAGE, {"momentum": None}, {"count": 3})],
    "ghost": [(VECTOR, {}, {}), (LINE, {"group": 2}, {}), (IMAGE, {"group": 2}, {}), (IMAGE, {"group": 3}, {"batch": 7}),
                           (VECTOR, {"group": 5}, {"batch": 8}), (VECTOR, {"group": 4, "momentum": None}, {"batch": 8})],
    "noisy_batch": EVERYWHERE,
    "recurrent_batch": [(VECTOR, {}, {"step": step, "name": "norm_x", "parameters": ["weight"]}) for step in (0, 2, 7)] +
                       [(VECTOR, {}, {"step": 1, "name": "norm_c", "after_layer": False}),
                        (VECTOR, {"statistics": "shared"}, {"step": 1, "name": "norm_x", "parameters": ["weight"],
                                                            "rows": 1})],
    "batch_renorm": EVERYWHERE + [(VECTOR, {}, {"count": 15000}), (IMAGE, {}, {"count": 15000}),
                                  (IMAGE, {}, {"count": 60000}),
                                  (IMAGE, {"r_max": 1.1, "d_max": 0.1, "momentum": 0.3}, {"count": 60000})],
    "lp": EVERYWHERE + [(IMAGE, {"p": "1", "rescale": False}, {})] +
          [(spatial, {"p": p}, {}) for p in ("2", "inf") for spatial in (VECTOR, IMAGE)],
    "mean_only": EVERYWHERE,
    "layer": EVERYWHERE + [(IMAGE, {"affine": False, "eps": 0.01}, {"parameters": []})],
    "layer_channel": EVERYWHERE + [(IMAGE, {"affine": False, "eps": 0.01}, {"parameters": []})],
    "group": [(VECTOR, {"groups": 2}, {}), (LINE, {"groups": 8}, {}), (IMAGE, {"groups": 4}, {}),
              (IMAGE, {"groups": 1}, {}), (IMAGE, {"groups": 2, "affine": False, "eps": 0.01}, {"parameters": []})],
    "instance": [(LINE, {}, {"parameters": []}), (IMAGE, {}, {"parameters": []}), (IMAGE, {"affine": True}, {})],
    "rms": EVERYWHERE + [(IMAGE, {"affine": False, "eps": 0.01}, {"parameters": []})],
    "weight": EVERYWHERE,
    "weight_standardization": EVERYWHERE + [(IMAGE, {"groups": 4}, {"parameters": AFFINE})],
    "dyt": EVERYWHERE,
    "frn": EVERYWHERE + [(POINT, {}, {}), (IMAGE, {"eps": 0.01}, {})],
    "evonorm_s0": [(VECTOR, {"groups": 2}, {}), (LINE, {}, {}), (IMAGE, {"groups": 4}, {}), (IMAGE, {"groups": 1}, {})],
    "evonorm_b0": EVERYWHERE,
    "switchable": [(VECTOR, {}, {}), (LINE, {}, {}), (IMAGE, {}, {})],
}
PARAMETERS = {
    "none": [], "instance": AFFINE, "rms": ["weight"], "weight": ["weight_g", "bias"], "mean_only": ["weight_g", "bias"],
    "weight_standardization": [], "dyt": ["alpha"] + AFFINE, "frn": AFFINE + ["threshold"],
    "evonorm_s0": AFFINE + ["slope"], "evonorm_b0": AFFINE + ["slope"],
    "switchable": AFFINE + ["mean_weight", "var_weight"],
}
BUFFERS = {"lp": ["running_mean", "running_scale"], "mean_only": ["running_mean"], "evonorm_b0": ["running_var"],
           "switchable": ["running_mean", "running_var"], "recurrent_batch": ["running_mean", "running_var"]}
WITH_STATE = {norm for norm in CASES if norm in BUFFERS or norm.startswith("batch") or
              norm in ("ghost", "noisy_batch", "sync_batch")}
WITH_LAYER = {"weight", "mean_only", "weight_standardization"}


def rounded(x):
    """To multiples of 1/64, which single precision holds too: what differs there is arithmetic alone."""
    return (x * 64).round() / 64


def fresh_value(norm, name, c, case, g):
    shape = [c]
    if norm in ("layer", "rms"):
        shape = [c, *case["spatial"]]
    if norm == "switchable" and name in ("mean_weight", "var_weight"):
        shape = [3 if case["spatial"] else 2]
    if name == "alpha":
        return torch.tensor(0.6875)
    if name == "num_batches_tracked":
        return torch.tensor(case.get("count", 0))
    if norm == "recurrent_batch" and name.startswith("running"):
        shape = [case.get("rows", 3), c]
    if name in ("running_var", "running_scale", "weight_g"):
        return rounded(0.5 + 2 * torch.rand(shape, generator=g))
    if name == "eps":
        return rounded(torch.linspace(-1, 1, c)) + 1 / 128  # negative ones too: their absolute value counts
    scale, shift = {"weight": (0.5, 1), "slope": (0.3, 1)}.get(name, (0.5, 0))
    values = rounded(scale * torch.randn(shape, generator=g) + shift)
    return torch.where(values == 0, 1 / 64, values)


def tensor(t):
    values = t.detach().flatten().tolist()
    return {"shape": list(t.shape), "values": [int(v) if float(v).is_integer() else v for v in values]}


def compute(norm, case, seed):
    g = torch.Generator().manual_seed(seed)
    c, spatial, options = 8, case["spatial"], case["settings"]
    names = case.get("parameters", PARAMETERS.get(norm, AFFINE))
    if norm == "frn" and math.prod(spatial) == 1:
        names = names + ["eps"]
    if norm in WITH_LAYER and "parameters" in case:
        names = PARAMETERS[norm] + case["parameters"]
    p = {name: fresh_value(norm, name, c, case, g).requires_grad_() for name in names}
    buffers = case.get("buffers", BUFFERS.get(norm, BATCH_STATE)) if norm in WITH_STATE else []
    b = {name: fresh_value(norm, name, c, case, g) for name in buffers}
    inner = 5 if norm in WITH_LAYER else c
    batch = case.get("batch", 4)
    x = rounded(torch.randn(batch, inner, *spatial, generator=g) * 1.5 + 0.5).requires_grad_()
    w = rounded(torch.randn(c, inner, *[1] * len(spatial), generator=g)).requires_grad_() if norm in WITH_LAYER else None
    upstream = rounded(torch.randn(batch, c, *spatial, generator=g))

    norms = Norms(case)
    h = x
    if w is not None:
        layer = {0: F.linear, 1: F.conv1d, 2: F.conv2d}[len(spatial)]
        h = layer(x, reparametrized(norm, w, p, options))
    y = getattr(norms, norm)(h, p, b, options)
    (y * upstream).sum().backward()

    activation = "leaky_relu" if norm == "batch_inplace" else "relu"
    mode = {True: "training", False: "evaluation", None: "either mode"}[case["training"]]
    shown = ", ".join([f"{batch}x" + "x".join(map(str, [c, *spatial])), mode] +
                      [f"{k} {json.dumps(v)}" for k, v in options.items()] +
                      [f"{k} {case[k]}" for k in ("step", "count") if k in case])
    result = {
        "case": shown, "training": case["training"], "settings": options,
        "slot": {"name": case.get("name", "norm1"), "channels": c, "spatial": spatial, "activation": activation,
                 "after_layer": case.get("after_layer", True), "steps": 3 if "step" in case else 0},
        "x": tensor(x), "upstream": tensor(upstream), "y": tensor(y), "dx": tensor(x.grad),
        "parameters": {k: tensor(v) for k, v in p.items()}, "gradients": {k: tensor(v.grad) for k, v in p.items()},
        "buffers": {k: tensor(v) for k, v in b.items()}, "buffers_after": {k: tensor(v) for k, v in norms.after.items()},
    }
    if "step" in case:
        result["step"] = case["step"]
    if w is not None:
        result |= {"layer_weight": tensor(w), "layer_gradient": tensor(w.grad)}
    return result


def fixture(norm):
    modes = [True, False] if norm in WITH_STATE else [None]
    if norm == "noisy_batch":
        modes = [False]
    cases = []
    for number, (spatial, settings, parts) in enumerate(CASES[norm]):
        for training in modes:
            case = {"spatial": spatial, "settings": settings, "training": training, **parts}
            cases.append(compute(norm, case, seed=1000 + number))
    return {"norm": norm, "reference": REFERENCES[norm], "torch": torch.__version__.split("+")[0], "cases": cases}


def differences(kept, now, where, found):
    """Tensors are compared as the tests do, relative to the largest value: processors may round the last bit apart."""
    if isinstance(now, dict) and set(now) == {"shape", "values"} and kept and kept.get("shape") == now["shape"]:
        largest = max(map(abs, now["values"]), default=0) or 1
        if any(abs(a - b) > 1e-12 * largest for a, b in zip(kept["values"], now["values"])):
            found.append(where)
    elif isinstance(now, dict) and isinstance(kept, dict) and set(now) == set(kept):
        for key in now:
            differences(kept[key], now[key], f"{where}.{key}", found)
    elif isinstance(now, list) and isinstance(kept, list) and len(now) == len(kept):
        for i, (a, b) in enumerate(zip(kept, now)):
            differences(a, b, f"{where}[{i}]", found)
    elif kept != now:
        found.append(where)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for norm in CASES:
        now = fixture(norm)
        path = folder / f"{norm}.json"
        if arguments.check:
            kept = json.loads(path.read_text()) if path.exists() else None
            if kept:
                kept["torch"] = now["torch"]
            differences(kept, now, norm, found)
        else:
            lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in now.pop("cases"))
            head = json.dumps(now, separators=(",", ":"))[:-1]
            path.write_text(f'{head},"cases":[\n{lines}\n]}}\n')
    for where in found:
        print(f"differs: {where}")
    print(f"{len(CASES)} norms, {sum(len(fixture(n)['cases']) for n in CASES)} cases" + (", checked" if arguments.check else ""))
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
