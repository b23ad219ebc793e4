"""A Dask cluster does the work of a campaign as processes do, and what goes wrong there is told in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from importlib.util import find_spec
from multiprocessing import active_children
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from electronwind.validation.work import executor as module
from electronwind.validation.work.executor import executor

# To load it takes a second, also where none of these tests runs.
pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="the extra cluster is not installed")


@pytest.fixture(scope="module")
def distributed() -> Any:
    """The package."""
    import distributed

    return distributed


@pytest.fixture(scope="module")
def cluster(distributed: Any) -> Iterator[Any]:
    """A scheduler and a worker, as threads of this process."""
    options: dict[str, Any] = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **options) as made:
        yield made


def test_it_takes_work_and_stays_open(cluster: Any) -> None:
    """What is submitted comes back, in one use after the other."""
    for _ in range(2):
        with executor(1, cluster.scheduler_address) as pool:
            assert pool.submit(len, "four").result() == 4


def test_work_that_kills_its_workers(cluster: Any, distributed: Any) -> None:
    """What the cluster gives up is a broken executor, and a scheduler that is gone is told by its address."""
    lost = SimpleNamespace(address="tcp://gone")
    with pytest.raises(BrokenExecutor, match="task"), executor(1, cluster.scheduler_address):
        raise distributed.KilledWorker("task", lost, 3)
    words = f"scheduler {cluster.scheduler_address}: it does not answer any more"
    with pytest.raises(ConnectionError, match=words), executor(1, cluster.scheduler_address):
        raise CancelledError


def test_a_cluster_without_workers(
    cluster: Any,
    distributed: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its work waits, and that is said."""
    monkeypatch.setattr(module, "EVERY", 0.01)
    monkeypatch.setattr(distributed.Client, "scheduler_info", lambda *_, **__: {"workers": {}})
    said, end = "", time.monotonic() + 10
    with executor(1, cluster.scheduler_address):
        while not said and time.monotonic() < end:
            time.sleep(0.01)
            said = capsys.readouterr().err
    assert said.startswith(f"electronwind: scheduler {cluster.scheduler_address} has no worker; waiting")


def test_an_interrupt_while_a_pool_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the interrupt that is told, and no process is left."""
    others, start = set(active_children()), Thread.start

    def interrupted(thread: Thread) -> None:
        if type(thread).__name__ == "_ExecutorManagerThread":
            raise KeyboardInterrupt
        start(thread)

    monkeypatch.setattr(Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), executor(1) as pool:
        pool.submit(len, "four")
    for process in set(active_children()) - others:
        process.join(10)
    assert set(active_children()) == others


def test_an_address_where_nobody_answers() -> None:
    """It is named."""
    with pytest.raises(ConnectionError, match="scheduler nonsense"), executor(1, "nonsense"):
        raise AssertionError("there is no such executor")
