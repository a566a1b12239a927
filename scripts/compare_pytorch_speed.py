"""Wall time and memory of whole studies, in bnexp and in plain PyTorch; see scripts/compare_pytorch.

Each measurement is a separate process, timed from outside, from its start to its end: imports, data, training, and an
evaluation of every trial on all test images. Every arrangement is measured once per round, and a ratio compares
measurements of one round. bnexp also evaluates the suite's validation images, runs its probes, writes records and a
report.
"""

import argparse
import dataclasses
import gzip
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from compare_pytorch_arrangements import ONE_RATE, STUDIES, Arrangement, Study


def read_mnist(folder: str, split: str):
    """Images (count x 28 x 28 bytes) and labels, from plain or gzipped files. Child processes use it too."""
    import numpy as np

    def read(name: str, offset: int):
        path = pathlib.Path(folder) / name
        raw = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
        return np.frombuffer(bytearray(raw), np.uint8, offset=offset)

    return read(f"{split}-images-idx3-ubyte", 16).reshape(-1, 28, 28), read(f"{split}-labels-idx1-ubyte", 8)


class Failed(Exception):
    """Why an arrangement gave no measurement."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def shares(root: int) -> Iterator[int]:
    """Resident bytes of a process and of each that descends from it, pages that several map counted once: as each one's
    share. None for a process that has ended meanwhile."""
    waiting = [root]
    while waiting:
        folder = pathlib.Path("/proc", str(waiting.pop()))
        try:
            rollup = (folder / "smaps_rollup").read_text()
            yield 1024 * int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:")))
            waiting += [int(pid) for file in folder.glob("task/*/children") for pid in file.read_text().split()]
        except (OSError, StopIteration):
            continue


def timed(
    command: list[object], accepted: tuple[int, ...], cache: pathlib.Path, environment: dict[str, str], watch: bool
) -> tuple[dict, str]:
    """Seconds and stdout of a process that keeps what torch.compile makes in the cache; if watched, the bytes that the
    largest of it and its descendants held at most."""
    environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(cache)} | environment
    result = {}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen([*map(str, command)], stdout=output, stderr=errors, env=environment)
        while watch and process.poll() is None:
            result["peak_bytes"] = max(result.get("peak_bytes", 0), *shares(process.pid), 0)
            time.sleep(0.05)
        code = process.wait()
        result["seconds"] = time.perf_counter() - start
        output.seek(0)
        errors.seek(0)
        if code not in accepted:
            lines = [line for line in errors.read().splitlines() if line.strip()] or [f"exit code {code}"]
            raise Failed(next((line for line in lines if "error:" in line.lower()), lines[-1]).strip())
        return result, output.read()


class Bench:
    def __init__(self, arguments: argparse.Namespace, scratch: pathlib.Path):
        self.arguments, self.scratch = arguments, scratch
        self.python = {"pytorch": sys.executable, "jax": os.environ.get("JAX_PYTHON", sys.executable)}
        self.versions = {"bnexp": subprocess.check_output([arguments.bnexp, "--version"], text=True).split()[-1]}

    def words(self, study: Study) -> list[object]:
        """The suite, as arguments to bnexp."""
        overrides = study.overrides | {"train.steps": study.steps} | (ONE_RATE if self.arguments.quick else {})
        words = [self.arguments.root / "configs" / f"{study.config}.yaml", "--data-dir", self.arguments.data_dir]
        return words + [word for key, value in overrides.items() for word in ("--set", f"{key}={value}")]

    def trials(self, study: Study) -> list[dict]:
        """The trials that bnexp plans for the suite."""
        command = [self.arguments.bnexp, "plan", *self.words(study), "--store", self.scratch / "none", "--json"]
        plan = json.loads(subprocess.check_output([*map(str, command)], text=True))
        arms = {arm["label"]: arm["values"] for arm in plan["arms"]}
        return [
            {
                "label": f"{trial['arm']}, seed {trial['seed']}",
                "norm": arms[trial["arm"]].get("norm", "batch"),
                "lr": arms[trial["arm"]]["train.optimizer.lr"],
                "seed": trial["seed"],
            }
            for trial in plan["trials"]
        ]

    def run_bnexp(self, study: Study, arrangement: Arrangement) -> dict:
        with tempfile.TemporaryDirectory(dir=self.scratch) as store:
            command = [self.arguments.bnexp, "run", *self.words(study), *arrangement.words]
            command += ["--store", store, "--jobs", arrangement.jobs]
            watch = study.quantity == "peak_bytes"
            result, _ = timed(command, (0, 1), self.scratch, {}, watch)  # 1: a trial diverged
            records = [json.loads(path.read_text()) for path in (pathlib.Path(store) / "records").glob("*.json")]
        broken = [record for record in records if record["status"] not in ("ok", "diverged")]
        if broken or not records:
            raise Failed(f"bnexp: {broken[0]['failure']['message'] if broken else 'no records'}")
        names = [f"{record['arm']['label']}, seed {record['seed']}" for record in records]
        accuracies = [record["metrics"].get("test_accuracy") for record in records]
        return result | {
            "step_ms": statistics.median(1000 * record["timing"]["train_s"] / study.steps for record in records),
            "accuracies": dict(zip(names, accuracies, strict=True)),
        }

    def run_child(self, study: Study, arrangement: Arrangement, trials: list[dict], cache: pathlib.Path) -> dict:
        task = {
            "model": study.model,
            "trials": trials,
            "steps": study.steps,
            "batch_size": study.batch_size,
            "train_images": study.train_images,
            "data_dir": str(self.arguments.data_dir),
            **arrangement.options,
        }
        script = "compare_pytorch_jax.py" if arrangement.program == "jax" else "compare_pytorch_studies.py"
        command = [self.python[arrangement.program], pathlib.Path(__file__).with_name(script), json.dumps(task)]
        # The floor is without page faults, as in bnexp: freed memory is kept.
        kept = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "-1", "MALLOC_TOP_PAD_": "67108864"}
        environment = kept if arrangement.options.get("floor") else {}
        measured, output = timed(command, (0,), cache, environment, study.quantity == "peak_bytes")
        result = json.loads(output.splitlines()[-1])
        self.versions |= result["versions"]
        return result | measured

    def run_deck(self, study: Study, arrangement: Arrangement, trials: list[dict]) -> dict:
        """With --deck-trials, the time of all trials is estimated from some that are spread over the suite."""
        count = min(self.arguments.deck_trials or len(trials), len(trials))
        some = trials[:: len(trials) // count][:count]
        result = self.run_child(study, arrangement, some, self.scratch)
        if count < len(trials):
            result["seconds"] += sum(result["trial_seconds"]) * (len(trials) / count - 1)
            result["estimated_from_trials"] = count
        return result

    def run(self, study: Study, arrangement: Arrangement, trials: list[dict]) -> dict:
        if arrangement.program == "bnexp":
            return self.run_bnexp(study, arrangement)
        if arrangement.options.get("deck"):
            return self.run_deck(study, arrangement, trials)
        compiled = arrangement.options.get("compile")
        if compiled != "cached":
            with tempfile.TemporaryDirectory(dir=self.scratch) as cache:
                return self.run_child(study, arrangement, trials, pathlib.Path(cache))
        cache = self.scratch / f"compiled_{study.model}"
        if not cache.exists():  # filled outside the measurement, by one short trial of each norm
            first = {trial["norm"]: trial for trial in trials}
            self.run_child(dataclasses.replace(study, steps=3), arrangement, [*first.values()], cache)
        return self.run_child(study, arrangement, trials, cache)

    def chosen(self, study: Study) -> dict[str, Arrangement]:
        only = self.arguments.only
        if not only:
            return {name: a for name, a in study.arrangements.items() if a.program != "jax" or self.arguments.jax}
        needed = {"bnexp"} | {study.arrangements[name].against for name in only if name in study.arrangements}
        return {name: a for name, a in study.arrangements.items() if name in only or name in needed}

    def measure(self, name: str, study: Study) -> Iterator[dict]:
        """The results after each round."""
        trials, chosen = self.trials(study), self.chosen(study)
        rounds: dict[str, list[dict]] = {key: [] for key in chosen}
        left_out: dict[str, str] = {}
        for number in range(1, self.arguments.pairs + 1):
            for key, arrangement in chosen.items():
                if arrangement.against in left_out:
                    left_out[key] = f"no {arrangement.against} to compare with"
                if key in left_out:
                    continue
                try:
                    result = self.run(study, arrangement, trials)
                except Failed as failed:
                    if key == "bnexp":
                        sys.exit(f"compare_pytorch: {failed}")
                    left_out[key] = str(failed)
                    say(f"{name}: {key} is left out: {failed}")
                    continue
                rounds[key].append(result)
                say(f"{name}, round {number} of {self.arguments.pairs}: {key} {result['seconds']:.1f} s")
            yield summary(study, trials, {key: rounds[key] for key in chosen if key not in left_out}, left_out)


def summary(study: Study, trials: list[dict], rounds: dict[str, list[dict]], left_out: dict[str, str]) -> dict:
    with_norm = {trial["label"] for trial in trials if trial["norm"] == "batch"}
    table = {}
    for name, results in rounds.items():
        arrangement = study.arrangements[name]
        values = [result[study.quantity] for result in results]
        base = [result[study.quantity] for result in rounds[arrangement.against]]
        ratios = [value / other for value, other in zip(values, base, strict=True)]
        accuracies = results[-1]["accuracies"]
        finished = [value for label, value in accuracies.items() if label in with_norm and value is not None]
        table[name] = {
            "title": arrangement.title,
            study.quantity: values,
            "median": statistics.median(values),
            "against": arrangement.against,
            "ratios": ratios,
            "ratio": statistics.median(ratios),
            "accuracies": accuracies,
            "accuracy_with_batch_norm": statistics.mean(finished) if finished else None,
            "diverged": sum(accuracy is None for accuracy in accuracies.values()),
            "estimated_from_trials": results[-1].get("estimated_from_trials"),
        }
    return {
        "config": study.config,
        "steps": study.steps,
        "trials": len(trials),
        "quantity": study.quantity,
        "arrangements": table,
        "left_out": left_out,
    }


def markdown(name: str, study: dict) -> str:
    in_mib = study["quantity"] == "peak_bytes"
    unit, scale = {"peak_bytes": ("MiB", 2**20), "seconds": ("s", 1), "step_ms": ("ms", 1)}[study["quantity"]]
    digits = 3 if unit == "ms" else 1
    lines = [
        f"\n{name}: configs/{study['config']}.yaml, trials: {study['trials']}, steps of each: {study['steps']}\n",
        f"| arrangement | median, {unit} | min to max, {unit} | times {'as much' if in_mib else 'as long'} | as | "
        "accuracy with batch norm, % | diverged |",
        "|---|---:|---:|---:|---|---:|---:|",
    ]
    for row in study["arrangements"].values():
        values = [value / scale for value in row[study["quantity"]]]
        part = row["estimated_from_trials"]
        title = row["title"] + (f" (estimated from {part} of {study['trials']} trials)" if part else "")
        accuracy = row["accuracy_with_batch_norm"]
        against = study["arrangements"][row["against"]]["title"]
        itself = against == row["title"]
        ratio = "" if itself else f"{row['ratio']:.2f} ({min(row['ratios']):.2f} to {max(row['ratios']):.2f})"
        cells = [
            title,
            f"{row['median'] / scale:.{digits}f}",
            f"{min(values):.{digits}f} to {max(values):.{digits}f}",
            ratio,
            "" if itself else against,
            "" if accuracy is None else f"{100 * accuracy:.2f}",
            str(row["diverged"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    left_out = [f"- left out: {key}: {reason}" for key, reason in study["left_out"].items()]
    return "\n".join(lines + [""] * bool(left_out) + left_out)


def hardware() -> dict:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    info = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = info.get("flags", "").split()
    return {
        "cpu": info.get("model name", platform.machine()),
        "family": info.get("cpu family"),
        "model": info.get("model"),
        "cores": os.cpu_count(),
        "isa": [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if flag in flags],
        "load_at_start": os.getloadavg()[0],
    }


def main() -> int:
    names = sorted({name for studies in STUDIES.values() for study in studies.values() for name in study.arrangements})
    parser = argparse.ArgumentParser(prog="scripts/compare_pytorch speed")
    parser.add_argument("--bnexp", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--root", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--study", nargs="+", choices=STUDIES, default=["convnet", "mlp"])
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--pairs", type=int, default=5, help="rounds; each measures every arrangement once")
    parser.add_argument("--jax", action="store_true", help="also JAX, with this Python or with JAX_PYTHON")
    parser.add_argument("--deck-trials", type=int, help="trials to train with a DataLoader; the rest is estimated")
    parser.add_argument("--quick", action="store_true", help="10 steps at one rate: shows that everything works")
    parser.add_argument("--data-dir", type=pathlib.Path, default=os.environ.get("BNEXP_DATA_DIR"),
                        help="MNIST's four files; default: BNEXP_DATA_DIR")
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE.json", help="rewritten after every round")
    arguments = parser.parse_args()
    if arguments.data_dir is None:
        parser.error("--data-dir or BNEXP_DATA_DIR must say where MNIST's files are")

    results = {"hardware": hardware(), "rounds": arguments.pairs, "quick": arguments.quick, "studies": {}}
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(arguments, pathlib.Path(scratch))
        results["versions"] = bench.versions
        for name, study in (item for choice in arguments.study for item in STUDIES[choice].items()):
            if arguments.quick:
                study = dataclasses.replace(study, steps=10)
            for outcome in bench.measure(name, study):
                results["studies"][name] = outcome
                if arguments.out:
                    arguments.out.write_text(json.dumps(results, indent=1) + "\n")
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    print(f"{results['hardware']['cpu']}, {results['hardware']['cores']} cores; {versions}; rounds: {arguments.pairs}")
    for name, outcome in results["studies"].items():
        print(markdown(name, outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
