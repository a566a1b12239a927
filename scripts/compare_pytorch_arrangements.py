"""What scripts/compare_pytorch speed measures: studies, and the arrangements that run them."""

import dataclasses

JOBS = 2  # threads or processes of every arrangement that doesn't say one


@dataclasses.dataclass(frozen=True)
class Arrangement:
    title: str
    program: str = "pytorch"  # or bnexp, jax
    options: dict = dataclasses.field(default_factory=dict)  # to a child, see compare_pytorch_studies.py
    words: tuple[str, ...] = ()  # to bnexp
    jobs: int = JOBS  # of bnexp
    against: str = "bnexp"  # what its ratio is to


@dataclasses.dataclass(frozen=True)
class Study:
    config: str
    overrides: dict[str, object]
    model: str
    steps: int
    batch_size: int
    train_images: int
    arrangements: dict[str, Arrangement]
    quantity: str = "seconds"  # or peak_bytes, step_ms


def pytorch(title: str, against: str = "bnexp", **options: object) -> Arrangement:
    return Arrangement(title, options={"threads": JOBS, "processes": 1} | options, against=against)


def two_processes(title: str, against: str = "bnexp", **options: object) -> Arrangement:
    return pytorch(title, against, threads=1, processes=JOBS, **options)


BNEXP = Arrangement("bnexp, 2 jobs", "bnexp")
ONE_JOB = {"bnexp": BNEXP, "one_job": Arrangement("bnexp, 1 job", "bnexp", jobs=1)}
DECK = pytorch("PyTorch as on the slides: DataLoader, 2 threads", deck=True)
COMPILED = {
    "compile_cold": pytorch("PyTorch in memory, 2 threads, torch.compile, nothing cached", compile="cold"),
    "compile": pytorch("PyTorch in memory, 2 threads, torch.compile, compiled by an earlier run", compile="cached"),
}
BF16 = {"against": "bnexp_bf16", "bf16": True}
CONVNET = {
    "bnexp": BNEXP,
    "deck": DECK,
    "eager": pytorch("PyTorch in memory, 2 threads"),
    "channels_last": pytorch("PyTorch in memory, 2 threads, channels last", channels_last=True),
    **COMPILED,
    "processes": two_processes("PyTorch in memory, 2 processes"),
    "processes_channels_last": two_processes("PyTorch in memory, 2 processes, channels last", channels_last=True),
    "bnexp_bf16": Arrangement("bnexp, 2 jobs, bf16", "bnexp", words=("--set", "precision=bf16")),
    "eager_bf16": pytorch("PyTorch in memory, 2 threads, bf16", **BF16),
    "channels_last_bf16": pytorch("PyTorch in memory, 2 threads, channels last, bf16", channels_last=True, **BF16),
    "processes_bf16": two_processes("PyTorch in memory, 2 processes, bf16", **BF16),
    "processes_channels_last_bf16": two_processes(
        "PyTorch in memory, 2 processes, channels last, bf16", channels_last=True, **BF16
    ),
}
MLP = {
    "bnexp": BNEXP,
    "deck": DECK,
    "eager": pytorch("PyTorch in memory, 2 threads"),
    **COMPILED,
    "processes": two_processes("PyTorch in memory, 2 processes"),
    "jax": Arrangement("JAX, 16 trials at once by vmap, compilation included", "jax"),
}
MEMORY = {
    "bnexp": dataclasses.replace(BNEXP, title="bnexp, one of 2 workers"),
    "deck": DECK,
    "two_threads": pytorch("PyTorch in memory, 2 threads"),
    "one_thread": pytorch("PyTorch in memory, 1 thread", threads=1),
    "processes": two_processes("PyTorch in memory, one of 2 processes forked from one"),
}

FLOOR = {
    "bnexp": dataclasses.replace(BNEXP, title="bnexp, 1 job, a training step", jobs=1),
    "floor": pytorch("its convolutions and matrix products alone, 1 thread", threads=1, floor=True),
}

LR_SWEEP = Study("lr_sweep", {"seeds": 1, "data.validation": 0}, "convnet", 300, 64, 60000, CONVNET)
SPEED_MLP = Study("speed_mlp", {}, "mlp", 1000, 60, 60000, MLP)
ONE_RATE = {"sweep.grid.train.optimizer.lr": [0.1]}
ONE_TRIAL = LR_SWEEP.overrides | ONE_RATE | {"sweep.grid.norm": "[batch]"}
STUDIES = {
    "convnet": {"convnet": LR_SWEEP},
    "mlp": {"mlp": SPEED_MLP},
    "memory": {
        "memory": dataclasses.replace(
            LR_SWEEP, overrides=ONE_TRIAL | {"seeds": 2}, arrangements=MEMORY, quantity="peak_bytes"
        )
    },
    "jobs": {
        "jobs_convnet": dataclasses.replace(LR_SWEEP, arrangements=ONE_JOB),
        "jobs_mlp": dataclasses.replace(SPEED_MLP, arrangements=ONE_JOB),
    },
    "floor": {
        "floor_convnet": dataclasses.replace(LR_SWEEP, overrides=ONE_TRIAL, arrangements=FLOOR, quantity="step_ms"),
        "floor_mlp": dataclasses.replace(SPEED_MLP, overrides=ONE_RATE, arrangements=FLOOR, quantity="step_ms"),
    },
}
