"""What a program says of itself: who is refused, and that limits, conventions and numbers are heeded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import programs
import pytest
import toys
from command import electronwind
from programs import Write

from electronwind import OpenSystem, PeriodicLead, SolverLoadError, load_solver, models
from electronwind.claims import CONVENTIONS
from electronwind.solvers import offers
from electronwind.validation import validate
from electronwind.validation.under_test.guard import Guarded, Unsupported

pytestmark = pytest.mark.usefixtures("hasty")

if sys.platform == "win32":
    pytest.skip("solvers in processes of their own need POSIX", allow_module_level=True)

write = programs.write


@pytest.mark.thin(most=6)
@pytest.mark.parametrize(
    ("describe", "words"),
    [
        ({"protocol": "electronwind/2"}, "protocol: expected 'electronwind/1', got 'electronwind/2'"),
        ({"name": ""}, "name, version: expected texts"),
        ({"name": "\x1b[31m"}, "name, version: expected texts"),
        ({"observables": "force"}, "observables: expected a list of names"),
        ({"observables": ["forse"]}, "observables: 'forse' is none; expected some of density_matrix"),
        ({"floats": "octal"}, "floats: expected decimal or hexadecimal, got 'octal'"),
        ({"accuracy": 0.5}, "accuracy: expected a relative error"),
        ({"limits": {"levls": 2}}, "limits: unknown key 'levls'; did you mean 'levels'?"),
        ({"limits": {"levels": "2"}}, "limits: levels: expected a whole number above 0, got '2'"),
        ({"limits": {"batch": 1}}, "limits: batch: expected true or false, got 1"),
        ({"limits": {"temperature": [1, 0]}}, "limits: temperature: expected [lowest, highest]"),
        ({"limits": [2]}, "limits: expected a table"),
        ({"conventions": {"self_energy": "-i Gamma"}},
         "the solver declares self_energy '-i Gamma'; the suite is in '-i Gamma/2'"),
        ({"conventions": {"fourrier": "x"}}, "conventions: unknown key 'fourrier'; did you mean 'fourier'?"),
        ({"conventions": "yours"}, "conventions: expected a table of texts"),
        ({"error": "failed", "message": "no licence"}, "failed: no licence"),
        ({"error": "unsupported"}, "not supported"),
        ({"id": 7}, "answered request 1 with the id 7"),
    ],
)  # fmt: skip
def test_refused(
    describe: dict[str, Any], words: str, write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A program whose description does not fit is refused with exit code 3 and the reason."""
    spec = write(**describe)
    if "id" in describe:
        path = tmp_path / "program.py"
        path.write_text(path.read_text().replace("say(id=id, **({", "say(**({"))
    assert electronwind("validate", spec, "--report", str(tmp_path / "out")) == 3
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("exec:", "exec:COMMAND"),
        ("exec:no-such-program-here", "there is no executable 'no-such-program-here'"),
        ("exec:'", "No closing quotation"),
        ("exec:false", "ended with exit code 1"),
        ("exec:cat", "name, version: expected texts, got None"),
    ],
)
def test_not_a_solver(spec: str, words: str) -> None:
    """A command that is no solver is refused in words."""
    with pytest.raises(SolverLoadError, match=words):
        load_solver(spec)


def test_own_conventions_are_sent(write: Write, tmp_path: Path) -> None:
    """The suite states its conventions; a program that repeats them is accepted."""
    path = tmp_path / "program.py"
    spec = write()
    path.write_text(path.read_text().replace("| {}", '| {"conventions": request["conventions"]}'))
    assert load_solver(spec).force(toys.system(2.0)) == -2.0
    assert set(CONVENTIONS) >= {"units", "spin", "self_energy", "force", "fourier"}


LIMITED = toys.system(0.5)


@pytest.mark.night("2 levels", "2 leads", "2 coordinates", "a periodic lead", "at most 0.05")
@pytest.mark.parametrize(
    ("limits", "system", "words"),
    [
        ({"levels": 1}, models.two_level().at(0.0), "2 levels, and the solver declares at most 1"),
        ({"leads": 1}, models.single_level().at(0.0), "2 leads, and the solver declares at most 1"),
        ({"coordinates": 1}, models.stretch_and_turn().at([1.0, 1.0]), "2 coordinates, and"),
        ({"chains": False}, models.bent_chain().at([0.0, 0.0]), "a chain lead, and"),
        ({"periodic": False},
         OpenSystem([[0.0]], [[[1.0]]], [PeriodicLead([0], [[0.0]], [[-1.0]], 0.0, 0.1)]),
         "a periodic lead, and"),
        ({"temperature": [0.2, None]}, LIMITED, "temperature 0.1, and the solver declares at least 0.2"),
        ({"temperature": [None, 0.05]}, LIMITED, "temperature 0.1, and the solver declares at most 0.05"),
        ({"complex": False},
         OpenSystem(np.array([[0, 1j], [-1j, 0]]), np.zeros((1, 2, 2)),
                    models.two_level().at(0.0).leads), "complex matrices"),
        ({"batch": False}, toys.system(shape=(0,)), "an empty batch"),
    ],
)  # fmt: skip
def test_limits(limits: dict[str, Any], system: OpenSystem, words: str, write: Write) -> None:
    """A problem beyond the declared limits is unsupported, in words, and reaches no solver."""
    solver = Guarded(load_solver(write("os._exit(1)", limits=limits)))
    with pytest.raises(Unsupported, match=words):
        solver.force(system)
    inside = toys.solver(limits={"levels": 1, "leads": 1, "temperature": [0.1, 0.1], "complex": False})
    assert Guarded(inside).force(LIMITED) == -0.5


def test_one_by_one(write: Write) -> None:
    """Batches and lists are taken apart for a solver that declares it cannot take them."""
    does = 'say(id=id, value=[[request["system"]["hamiltonian"]["re"][0][0] + 10 * request["energy"]]])'
    solver = load_solver(write(does, limits={"batch": False, "lists": False}))
    batch = OpenSystem(np.arange(6.0).reshape(2, 3, 1, 1), np.ones((1, 1, 1)), toys.system().leads)
    want = np.arange(6.0).reshape(2, 3)
    for given in (solver, Guarded(solver)):
        assert given.transmission(batch, 1.0)[..., 0, 0].tolist() == (want + 10).tolist()
        values = given.transmission(batch, [1.0, 2.0])
        assert values.shape == (2, 3, 2, 1, 1)
        assert values[..., 1, 0, 0].tolist() == (want + 20).tolist()


def test_hexadecimal_requests(write: Write) -> None:
    """A program that asks for hexadecimal numbers gets them."""
    does = (
        'h = request["system"]["hamiltonian"]["re"][0][0]; '
        'say(id=id, value=[h]) if h.startswith("0x") else os._exit(1)'
    )
    assert load_solver(write(does, floats="hexadecimal")).force(toys.system(0.1)) == 0.1


def test_runs_in_time_stay_behind(write: Write) -> None:
    """The protocol carries systems only: a program is not asked for runs, and the report says why."""
    for more in ({}, {"runs": ["driven"], "orders": "none"}):
        solver = load_solver(write("os._exit(1)", **more))
        assert offers(solver) == ("force", "current", "transmission")
        checks = toys.suite(toys.make(toys.compare_force, "law.run", "force driven two_time_noise"))
        record = validate(solver, checks=checks, quick=True, **toys.RULES).records[0]
        assert record.status == "unsupported"
        words = "The protocol of programs carries systems, no families: it cannot ask for driven or "
        assert record.message == f"{words}two_time_noise."
    checks = toys.suite(toys.make(toys.compare_force, "law.friction", "force friction"))
    record = validate(write(), checks=checks, quick=True, **toys.RULES).records[0]
    assert record.message == "The solver does not offer friction."
