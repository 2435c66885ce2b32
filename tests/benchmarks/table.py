"""Collects the figures of a run, prints them as a table and writes ``build/bench.json``."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BUILD = Path(__file__).resolve().parents[2] / "build"


@dataclass(frozen=True)
class Figure:
    """One value; ``ours`` and ``reference`` are its two sides, in ``unit`` or as the note says."""

    key: str
    value: float
    unit: str
    ours: float | None = None
    reference: float | None = None
    note: str = ""


def machine() -> dict[str, Any]:
    """Describe this machine."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else ""
    return {
        "platform": platform.platform(),
        "processor": model or platform.processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "python": platform.python_version(),
    }


def write(figures: list[Figure]) -> Path:
    """Merge the figures into ``build/bench.json`` and print them."""
    BUILD.mkdir(exist_ok=True)
    path = BUILD / "bench.json"
    values = json.loads(path.read_text())["values"] if path.exists() else {}
    for figure in figures:
        entry = asdict(figure)
        values[entry.pop("key")] = entry
    path.write_text(json.dumps({"machine": machine(), "values": values}, indent=2))
    print(f"{'key':<40} {'value':>9} {'unit':<8} {'ours':>9} {'reference':>9}  note")
    for figure in figures:
        print(
            f"{figure.key:<40} {figure.value:>9.3g} {figure.unit:<8} "
            f"{_cell(figure.ours)} {_cell(figure.reference)}  {figure.note}"
        )
    print(f"\nWritten to {path}")
    return path


def _cell(value: float | None) -> str:
    return f"{'':>9}" if value is None else f"{value:>9.4g}"
