"""Time and memory of one process and its descendants; see scripts/compare_pytorch."""

import os
import pathlib
import subprocess
import tempfile
import time
from collections.abc import Iterator


class Failed(Exception):
    """Why an arrangement gave no measurement."""


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
