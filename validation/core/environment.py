"""What a run stood on: versions and machine, so that a report can be read a year later."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["environment"]

LIBRARIES = ("electronwind", "numpy", "scipy", "mpmath", "hypothesis")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def environment() -> dict[str, str]:
    """Return versions, BLAS, processor and thread settings, as words."""
    found = {"python": platform.python_version()}
    found |= {name: version(name) for name in LIBRARIES}
    found["BLAS"] = _blas()
    found["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    found["processor"] = f"{_processor()}, {os.cpu_count()} cores"
    found["threads"] = " ".join(f"{k}={os.environ[k]}" for k in THREADS if k in os.environ)
    return found


def _blas() -> str:
    config: dict[str, Any] = np.show_config(mode="dicts") or {}  # type: ignore[assignment]  # stubs say None
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".rstrip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")
