"""The benchmark: a ladder of workloads, each timed only after its answer was judged."""

from __future__ import annotations
