"""Every error that electronwind raises on purpose, in one place."""

from __future__ import annotations

__all__ = [
    "GradientWarning",
    "InvalidSystemError",
    "PrecisionError",
    "ProbeWarning",
    "SolverLoadError",
    "SolverProcessError",
    "UnbroadenedLevelError",
    "UnsupportedError",
]


class InvalidSystemError(ValueError):
    """The problem itself is ill-formed: which argument, what came and what was expected.

    Parameters
    ----------
    argument : str
        Name of the offending argument, with the index inside it where there is one.
    got : str
        What came.
    expected : str
        What was expected.
    """

    def __init__(self, argument: str, got: str, expected: str) -> None:
        super().__init__(argument, got, expected)
        self.argument = argument
        self.got = got
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.argument}: expected {self.expected}, got {self.got}"


class UnbroadenedLevelError(ArithmeticError):
    """A level keeps an infinite lifetime, so the steady state depends on the past and is undefined."""


class UnsupportedError(NotImplementedError):
    """The observable exists, but this solver does not offer it for this system."""


class PrecisionError(ArithmeticError):
    """A solver could not reach the precision that was asked for, and says how far it came."""


class ProbeWarning(UserWarning):
    """Electrodes of broadened sites that are too short to absorb what enters them."""


class GradientWarning(UserWarning):
    """The gradient of a family is not the derivative of its Hamiltonian."""


class SolverLoadError(ImportError):
    """A solver could not be found or imported."""


class SolverProcessError(RuntimeError):
    """A solver in a process of its own gave no value: it failed, hung, ended or broke the protocol.

    Parameters
    ----------
    words : str
        What it did.
    details : str
        What it was asked, and what it said on its error output.
    hung : bool
        Whether it did not answer in time.
    """

    def __init__(self, words: str, details: str = "", hung: bool = False) -> None:
        super().__init__(words, details, hung)
        self.words = words
        self.details = details
        self.hung = hung

    def __str__(self) -> str:
        return self.words
