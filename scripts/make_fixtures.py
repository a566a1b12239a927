"""Reference values of every norm of fixture_norms.py; see scripts/make_fixtures. Everything is in double precision;
gradients are autograd's."""

import argparse
import json
import math
import pathlib

import torch
from torch.nn import functional as F

from fixture_norms import Norms, reparametrized

torch.set_default_dtype(torch.float64)
FOLDER = "tests/norm/fixtures"
VECTOR, LINE, IMAGE, POINT = [], [3], [2, 3], [1, 1]

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
    "torchscript": "torch.nn.functional.batch_norm, of the module tests/norm/torchscript/batchlike.pt",
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
                                  (IMAGE, {"r_max": 1.1, "d_max": 0.1, "momentum": 0.3}, {"count": 60000}),
                                  (VECTOR, {"average": "deviation"}, {"count": 60000}),
                                  (IMAGE, {"average": "deviation", "momentum": 0.3}, {"count": 15000})],
    "lp": EVERYWHERE + [(IMAGE, {"p": "1", "rescale": False}, {})] +
          [(spatial, {"p": p}, {}) for p in ("2", "inf") for spatial in (VECTOR, IMAGE)] +
          [(IMAGE, {"p": p, "norm_of": "input"}, {}) for p in ("1", "2", "inf")] +
          [(VECTOR, {"norm_of": "input", "rescale": False}, {})],
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
    "torchscript": [(spatial, {"path": "torchscript/batchlike.pt"}, {}) for spatial in (VECTOR, LINE, IMAGE)],
}
# Norms of the batch that are more than one operation of PyTorch, on values far from 0.
for far in ("batch_reference", "batch_efficient", "batch_inplace", "sync_batch", "ghost", "batch_renorm", "lp"):
    CASES[far] = CASES[far] + [(VECTOR, {}, {"mean": 10000}), (IMAGE, {}, {"mean": 10000})]
PARAMETERS = {
    "none": [], "instance": AFFINE, "rms": ["weight"], "weight": ["weight_g", "bias"], "mean_only": ["weight_g", "bias"],
    "weight_standardization": [], "dyt": ["alpha"] + AFFINE, "frn": AFFINE + ["threshold"],
    "evonorm_s0": AFFINE + ["slope"], "evonorm_b0": AFFINE + ["slope"],
    "switchable": AFFINE + ["mean_weight", "var_weight"],
}
BUFFERS = {"torchscript": ["running_mean", "running_var"],
           "lp": ["running_mean", "running_scale"], "mean_only": ["running_mean"], "evonorm_b0": ["running_var"],
           "switchable": ["running_mean", "running_var"], "recurrent_batch": ["running_mean", "running_var"]}
WITH_STATE = {norm for norm in CASES if norm in BUFFERS or norm.startswith("batch") or
              norm in ("ghost", "noisy_batch", "sync_batch")}
WITH_LAYER = {"weight", "mean_only", "weight_standardization"}


def rounded(x):
    """To multiples of 1/64, which are exact in single precision too: only the arithmetic can differ there."""
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
    x = (rounded(torch.randn(batch, inner, *spatial, generator=g) * 1.5 + 0.5) + case.get("mean", 0)).requires_grad_()
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
                      [f"{k} {case[k]}" for k in ("step", "count", "mean") if k in case])
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
