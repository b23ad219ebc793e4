"""A solver under test, opened once: what it is called, what it offers and claims, and what it is here for.

All that the judge knows of it is read at the beginning: a claim that changes while the checks run is none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self

from electronwind import SolverLoadError
from electronwind.claims import Limits, check_conventions, declared_orders
from electronwind.external import Program
from electronwind.solvers import lacking, offers, solver_name, solver_version

from .intact import kept

__all__ = ["Role", "SolverUnderTest", "claimed_accuracy", "role_of"]

Role = Literal["police", "on trial"]

# A solver that claims less than two digits leaves nothing to judge: ten times its claim is allowed.
COARSEST_CLAIM = 1e-2
# What is expected of an integration over time whose author claims nothing.
TIME_ACCURACY = 1e-6
# A name goes into every file and line.
LONGEST_NAME = 200
CLAIMS = ("accuracy", "time_accuracy", "orders", "limits", "conventions")


@dataclass(frozen=True, eq=False)
class SolverUnderTest:
    """What the judge knows of a solver, from before the first check to after the last one.

    Attributes
    ----------
    solver : object
        The module or object itself, whose functions are asked.
    name, version : str
        As the solver calls itself.
    role : {"police", "on trial"}
        Whether it is the fast solver, which all others are held against and the reference judges.
    offers : tuple of str
        Names of the functions it has.
    accuracy : float
        Relative accuracy that the solver claims, 0 where it claims none.
    time_accuracy : float
        The same for what it integrates over time, `TIME_ACCURACY` where it claims none.
    orders : tuple of int
        Orders of convergence that its runs in time offer as ``order=``, together with ``step=``.
    limits : Limits
        The problems that it declares to be made for; others are not passed on to it.
    """

    solver: Any
    name: str
    version: str
    role: Role
    offers: tuple[str, ...]
    accuracy: float
    time_accuracy: float
    orders: tuple[int, ...]
    limits: Limits

    @classmethod
    def opened(cls, solver: Any) -> Self:
        """Return what there is to know of a solver; what was opened already is returned as it is.

        Raises
        ------
        SolverLoadError
            An attribute that cannot be read, or a claim of accuracy, orders, limits or conventions that is
            none.
        """
        if isinstance(solver, cls):
            return solver
        try:
            with kept():
                name, version, offered = solver_name(solver), solver_version(solver), offers(solver)
                said = {claim: getattr(solver, claim, None) for claim in CLAIMS}
        except KeyboardInterrupt:
            raise
        # Properties of a third party, which may do anything, and leave as they like.
        except BaseException as error:
            words = f"its name, version and claims cannot be read: {type(error).__name__}"
            raise SolverLoadError(f"solver: {words}") from error
        for what, text in (("name", name), ("version", version)):
            if len(text) > LONGEST_NAME:
                raise SolverLoadError(f"solver: {what}: expected at most {LONGEST_NAME} characters")
        check_conventions(said["conventions"])
        return cls(
            solver,
            name,
            version,
            role_of(solver),
            offered,
            claimed_accuracy("accuracy", said["accuracy"]),
            claimed_accuracy("time_accuracy", said["time_accuracy"]) or TIME_ACCURACY,
            declared_orders(said["orders"]),
            Limits.declared(said["limits"]),
        )

    def lacking(self, names: Iterable[str]) -> str:
        """Return in words why it cannot be asked for all of `names`, or an empty string."""
        missing = [name for name in names if name not in self.offers]
        return lacking(self.solver, missing) if missing else ""

    @property
    def ended(self) -> bool:
        """Whether it has a process of its own that is gone: the next call starts another."""
        return isinstance(self.solver, Program) and self.solver.pid is None

    def release(self) -> None:
        """End its process, if it has one: it must not outlive its verdict."""
        if isinstance(self.solver, Program):
            self.solver.close()


def claimed_accuracy(attribute: str, claim: Any) -> float:
    """Return the relative accuracy that is claimed, 0 where there is no claim.

    Parameters
    ----------
    attribute : str
        ``accuracy``, or ``time_accuracy`` for what is integrated over time.
    claim : object
        What the solver has there.

    Raises
    ------
    SolverLoadError
        A claim that is no number, is not positive, or is coarser than two digits.
    """
    if claim is None:
        return 0.0
    expected = f"expected a relative error above 0 and at most {COARSEST_CLAIM:g}"
    try:
        value = float(claim)
    except (TypeError, ValueError) as error:
        raise SolverLoadError(f"attribute {attribute}: {expected}, got {claim!r:.60}") from error
    if not 0 < value <= COARSEST_CLAIM:
        raise SolverLoadError(f"attribute {attribute}: {expected}, got {value:g}")
    return value


def role_of(solver: Any) -> Role:
    """Return what a solver is here for, by what it is: a name can be borrowed."""
    if isinstance(solver, SolverUnderTest):
        return solver.role
    spec = getattr(solver, "spec", "") if isinstance(solver, Program) else ""
    police = solver is sys.modules.get("electronwind.fast") or spec == "fast"
    return "police" if police else "on trial"
