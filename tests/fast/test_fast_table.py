"""Tables of the adiabatic force, friction and noise, and the Langevin runs that stand on them."""

import importlib
import sys

import numpy as np
import pytest
from junctions import draw

from electronwind import ClassicalBody, Harmonic, Oscillation, UnbroadenedLevelError, fast, models
from electronwind import progress as progress_module
from electronwind.fast import table as table_module
from electronwind.fast.table import NODES, PATIENCE, Table

langevin = importlib.import_module("electronwind.fast.langevin")


class Counted:
    """A function that counts the points it is asked for."""

    def __init__(self, function):
        self.function, self.points, self.calls = function, 0, 0

    def __call__(self, x):
        """Count, and return what the function returns."""
        self.points, self.calls = self.points + len(x), self.calls + 1
        return self.function(x)


def smooth(x):
    """Return two values that are analytic with poles a tenth away, and one of another size."""
    r = np.sum(x * np.arange(1, x.shape[-1] + 1), axis=-1)
    return np.stack([np.sin(3 * r), 1 / (1 + 100 * r**2), 1e-6 * np.cos(r)], axis=-1)


@pytest.mark.parametrize("d", [1, 2])
def test_a_table_is_as_good_as_it_says(d):
    """Values at points anywhere, asked for alone or together, err by no more than a few tolerances."""
    r = np.random.default_rng(d)
    for tolerance in (1e-6, 1e-12):
        counted = Counted(smooth)
        table = Table(counted, 1.7, tolerance, (2, 1))
        x = r.uniform(-1, 1, (1500, d))
        for part in (x[:40], x):
            table(part)
        alone = np.concatenate([table(point[None]) for point in x[:50]])

        error = np.abs(table(x) - smooth(x)) / [1, 1, 1e-6]
        assert np.max(error) <= 20 * tolerance
        assert np.allclose(alone, smooth(x[:50]), rtol=0, atol=20 * tolerance)
        assert counted.calls < len(x) / 4


def test_what_passes_through_is_computed():
    """A cell is tabulated only when it has been asked for a few points."""
    counted = Counted(smooth)
    table = Table(counted, 1.0, 1e-6, (2, 1))
    for k in range(PATIENCE):
        assert np.array_equal(table(np.array([[0.1 * k]])), smooth(np.array([[0.1 * k]])))

    assert counted.points == PATIENCE


def test_what_no_series_describes_is_computed():
    """A kink, a place where the function is not defined, and a place far away cost no digit."""

    def rough(x):
        if np.any(x > 2):
            raise UnbroadenedLevelError("beyond two")
        with np.errstate(invalid="raise"):
            return np.abs(x) + np.sqrt(x + 1)

    table = Table(rough, 4.0, 1e-10, (1,))
    x = np.concatenate([np.linspace(-0.999, 1.999, 2000), [0.0, 1e-9, -1e-9]])[:, None]
    for _ in range(3):
        assert np.allclose(table(x), np.abs(x) + np.sqrt(x + 1), rtol=0, atol=1e-8)
    for _ in range(PATIENCE + 1):
        with pytest.raises(UnbroadenedLevelError):
            table(np.array([[2.5]]))
    far = Table(np.cos, 1e-3, 1e-10, (1,))
    points = np.full((10, 1), 1e300)
    assert np.array_equal(far(points), np.cos(points))


def junction(d, temperature=0.1):
    return models.tangent(draw(23, 3, d, (temperature, temperature / 2)))


@pytest.mark.night("3-0.1", "1-0.1")
@pytest.mark.thin(most=1)
@pytest.mark.parametrize("end", [6, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("d", "temperature", "accuracy"),
    [
        (1, 0.1, 1e-9),
        (1, 1e-3, 1e-6),
        (2, 0.1, 1e-6),
        (2, 1e-3, 1e-9),
        (3, 0.1, 1e-9),
        pytest.param(1, 0.1, 1e-12, marks=pytest.mark.slow),
    ],
)
def test_runs_on_tables_are_those_without(monkeypatch, d, temperature, accuracy, end):
    """A motion on interpolated forces is that on computed ones within the accuracy, for many starts too."""
    model, body = junction(d, temperature), ClassicalBody(20.0, Harmonic(0.5, np.zeros(d)))
    start = np.linspace(-0.2, 0.3, 3 * d).reshape(3, d), np.zeros((3, d))
    times = np.linspace(0, end, 7)
    found = fast.langevin(model, body, start, times, accuracy=accuracy)
    again = fast.langevin(model, body, start, times, accuracy=accuracy)
    monkeypatch.setattr(table_module, "NODES", {})
    right = fast.langevin(model, body, start, times, accuracy=max(accuracy / 10, 1e-12))

    assert np.array_equal(found.position, again.position)
    size = np.max(np.abs(right.position))
    # The accuracy is that of a step; friction forgets what was before.
    assert np.max(np.abs(found.position - right.position)) <= 20 * accuracy * size
    assert np.max(np.abs(found.force - right.force)) <= 200 * accuracy * np.max(np.abs(right.force))


@pytest.mark.parametrize("d", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_noise_on_tables_is_that_without(monkeypatch, d):
    """With one seed the noisy path is the same on interpolated and on computed forces, time after time."""
    model, body = junction(d), ClassicalBody(20.0, Harmonic(0.5, np.zeros(d)))
    start = np.zeros((4, d)), np.zeros((4, d))
    runs = [
        fast.langevin(model, body, start, [0.0, 2.0, 4.0], noise=True, seed=11, step=0.25) for _ in range(2)
    ]
    monkeypatch.setattr(table_module, "NODES", {})
    right = fast.langevin(model, body, start, [0.0, 2.0, 4.0], noise=True, seed=11, step=0.25)

    assert np.array_equal(runs[0].position, runs[1].position)
    assert np.allclose(runs[0].position, right.position, rtol=0, atol=1e-8)
    assert len({tuple(part) for part in right.position[:, -1]}) == 4


# By day the calls of a table are counted alone.
@pytest.mark.slow
@pytest.mark.parametrize("noise", [False, True])
def test_tables_spare_work(monkeypatch, noise):
    """A long run asks for the forces at far fewer places than it takes steps."""
    at = Counted(lambda x: None)
    model = junction(1)
    original = type(model).at
    monkeypatch.setattr(type(model), "at", lambda self, x: at(np.atleast_2d(x)) or original(self, x))
    body = ClassicalBody(50.0, Harmonic(0.5))
    # Noise takes steps of one length, and it goes further: a table begins to pay later.
    options, end = ({"noise": True, "seed": 1, "step": 0.3}, 300.0) if noise else ({}, 100.0)
    fast.langevin(model, body, ([0.2], [0.0]), [0.0, end], **options)
    tabled = at.calls
    monkeypatch.setattr(table_module, "NODES", {})
    fast.langevin(model, body, ([0.2], [0.0]), [0.0, end], **options)

    assert tabled < (at.calls - tabled) / 4
    assert set(NODES) == {1, 2}


RUNS = {
    "driven": lambda **k: fast.driven(junction(1), Oscillation([0.0], [0.1], 1.0), [0.0, 1.0, 2.0], **k),
    "ehrenfest": lambda **k: fast.ehrenfest(
        junction(1), ClassicalBody(20.0, Harmonic(0.5)), ([0.1], [0.0]), [0.0, 1.0, 2.0], **k
    ),
    "langevin": lambda **k: fast.langevin(
        junction(1), ClassicalBody(20.0, Harmonic(0.5)), ([0.1], [0.0]), [0.0, 4.0, 8.0], **k
    ),
    "two_time_noise": lambda **k: fast.two_time_noise(
        junction(1), Oscillation([0.0], [0.1], 1.0), 4.0, [0.5, 3.0], since=0.0, **k
    ),
}
RUNS["langevin with noise"] = lambda **k: RUNS["langevin"](noise=True, seed=1, **k)


@pytest.mark.night("two_time_noise", "langevin")
@pytest.mark.parametrize("name", RUNS)
def test_progress_is_told(name):
    """Every run in time tells a function how far it is, from little to all, and is not changed by it."""
    told = []
    run = RUNS[name](progress=told.append)
    silent = RUNS[name]()

    assert len(told) > 2
    assert 0 <= min(told) <= 0.5
    assert 0.9 < max(told) <= 1 + 1e-12
    field = "exact" if name == "two_time_noise" else "force"
    assert np.array_equal(getattr(run, field), getattr(silent, field))


@pytest.mark.thin(most=2)
@pytest.mark.parametrize("name", RUNS)
def test_progress_without_a_terminal_is_lines(monkeypatch, capsys, name):
    """Where there is no terminal a plain line on the error output names the run, not too often."""
    monkeypatch.setattr(progress_module, "EVERY", 0.0)
    RUNS[name](progress=True)
    out, err = capsys.readouterr()
    assert not out
    lines = err.splitlines()
    assert lines
    assert all(line.startswith(f"{name.split()[0]}: ") and line.endswith(" % done") for line in lines)

    monkeypatch.setattr(progress_module, "EVERY", 1e6)
    RUNS[name](progress=True)
    assert capsys.readouterr() == ("", "")


def test_a_closed_error_output_ends_no_run(monkeypatch):
    """Where nothing can be said nothing is, and the run goes on."""

    class Closed:
        def write(self, text):
            raise ValueError("closed")

        def flush(self):
            raise OSError("closed")

        def isatty(self):
            return False

    monkeypatch.setattr(progress_module, "EVERY", 0.0)
    monkeypatch.setattr(sys, "stderr", Closed())

    assert RUNS["langevin"](progress=True).position.shape == (3, 1)
