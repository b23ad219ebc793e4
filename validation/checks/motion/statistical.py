"""Sequential tests of stochastic runs, with a stated probability of a false alarm.

A right solver fails one of these tests or that of `passing`, in a run of the suite however thorough, with a
probability of at most `ALPHA`. Each test looks at samples of growing size and stops at the first that is
incompatible, so a wrong solver is found out on a small one; the probability is split among tests and looks
(Bonferroni), which holds whatever their dependence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import gammainccinv, gammaincinv, ndtri

from electronwind import ClassicalBody, Harmonic, OpenSystem, WideBandLead, models

from ...core.check import Comparison, Problem, check
from ...systems.matrices import numbers
from ...systems.strategies import systems
from ...truth.oracle import truth
from .laws import felt
from .tools import Setting, run

Array = NDArray[Any]

# Probability that a right solver fails any test of this module in one run of the suite.
ALPHA = 1e-6
# Checks of this kind, problems that the most thorough run draws for each, statistics of each problem.
TESTS = 3 * 10 * 8


@dataclass(frozen=True)
class Statistic:
    """A number whose distribution is known where the solver is right.

    Attributes
    ----------
    value : float
        Sum of squares of `count` standard normal numbers, or a mean of products of two of them.
    count : int
        Number of squares or products.
    square : bool
        Which of the two.
    """

    value: float
    count: int
    square: bool = False

    def bounds(self, alpha: float) -> tuple[float, float]:
        """Return the interval that the mean leaves with probability `alpha`."""
        if self.square:
            # Quantiles of chi-squared.
            low, high = (2 * f(self.count / 2, alpha / 2) for f in (gammaincinv, gammainccinv))
            return float(low) / self.count, float(high) / self.count
        width = -float(ndtri(alpha / 2)) / np.sqrt(self.count)
        return -width, width

    @property
    def mean(self) -> float:
        """The value per square or product."""
        return self.value / self.count


def squares(z: Array) -> Statistic:
    """Return the sum of squares of standard normal numbers: chi squared."""
    return Statistic(float(np.sum(z**2)), z.size, True)


def products(a: Array, b: Array) -> Statistic:
    """Return the normalised sum of products of two independent samples: normal, whatever `a`.

    Given `a`, the sum of a b is normal with the variance sum a^2: no large numbers are assumed.
    """
    flat = a.ravel()
    root = float(np.sqrt(np.sum(flat**2)))
    return Statistic(float(flat @ b.ravel()) / root * np.sqrt(flat.size) if root else 0.0, flat.size)


def sequential(
    looks: int,
    sample: Callable[[int], Mapping[str, Statistic]],
    name: str = "langevin",
    alpha: float = ALPHA / TESTS,
    doubt: float = 0.0,
) -> Iterator[Comparison]:
    """Yield the verdicts of a group-sequential test.

    Parameters
    ----------
    looks : int
        Number of samples, each independent of those before.
    sample : callable
        Statistics of the sample of a look, by name.
    name : str
        What is judged.
    alpha : float
        Probability that a right solver fails, for each statistic over all looks.
    doubt : float
        What the mean of a right solver may differ by from that of its distribution.
    """
    for look in range(looks):
        # Halves add up to one: the last look gets what is left.
        share = alpha / 2 ** min(look + 1, looks - 1 or 1)
        for statistic in sample(look).values():
            low, high = statistic.bounds(share)
            # What is in doubt makes the chance deviations larger, too.
            low, high = low * (1 - min(doubt, 1.0)), high * (1 + doubt)
            middle, half = (low + high) / 2, (high - low) / 2
            # A small sample allows much: its error counts in units of what it allows.
            yield Comparison(name, statistic.mean, middle, max(1.0, 11 * half), "run", uncertainty=half)


# --- white noise ----------------------------------------------------------------------------------

# A body so heavy that the noise hardly moves it: the noise has one strength all the time.
HEAVY = 2.0**14
STEPS, SPACING = 16, 0.25
WALKERS = (16, 32)


@st.composite
def _resting(draw: Any) -> Problem:
    system = draw(systems((1, 2), (1, 2), (2, 2), temperatures=(0.2, 0.5, 0.05), bias=0.25))
    return felt(Problem(system, {"seed": draw(st.integers(0, 2**16))}))


def whitened(impulses: Array, strength: Array) -> Array:
    """Return independent standard normal numbers in place of impulses of that covariance."""
    values, vectors = np.linalg.eigh(strength)
    kept = values > 1e-6 * values[-1]
    return np.asarray(impulses @ vectors[:, kept] / np.sqrt(values[kept]))


@check(
    "statistical.noise.langevin",
    "langevin",
    problems=_resting(),
    source="preston2022 Eq. 20, 66-68: <df df> = D delta(t - t')",
    says="The impulses of the noise on a heavy body must have the covariance D dt of the white noise, at any "
    "bias; they must be independent from time to time, of the noise in reverse, between walkers. "
    "Usual mistakes: a factor of two, a square root of two, dt for sqrt(dt), noise from 2 T friction out "
    "of equilibrium, coordinates taken as independent, one noise for all walkers, noise from real "
    "Fourier amplitudes, which mirrors itself in time. A right solver fails with probability below 1e-6.",
    catches=(
        "langevin-noise-doubled",
        "langevin-noise-halved",
        "langevin-noise-mirrored",
        "langevin-noise-shared",
        "langevin-noise-uncorrelated",
        "langevin-noise-by-fdt",
        "langevin-noise-repeated",
        "langevin-noise-step-squared",
    ),
    cost="dear",
)
def _noise(solver: Any, problem: Problem) -> Iterator[Comparison]:
    system = problem.system
    d = system.coordinates
    strength = truth(solver, "white_noise", system).value
    body = ClassicalBody(HEAVY * np.ones(d), Harmonic(np.zeros(d)))
    times = tuple(SPACING * k for k in range(STEPS + 1))
    rest = Setting(models.tangent(system), times, None, body, (np.zeros(d), np.zeros(d)))
    drift = run(solver, "langevin", rest).velocity

    def sample(look: int) -> dict[str, Statistic]:
        still = np.zeros((WALKERS[look], d))
        found = run(solver, "langevin", _from(rest, still), noise=True, seed=problem.numbers["seed"] + look)
        impulses = HEAVY * np.diff(found.velocity - drift, axis=-2)
        z = whitened(impulses, strength * SPACING)
        half = STEPS // 2
        found_statistics = {
            "strength": squares(z),
            "mean": Statistic(float(np.sum(z)), z.size),
            "next": products(z[:, ::2], z[:, 1::2]),
            "mirror": products(z[:, :half], z[:, : half - 1 : -1]),
            "walkers": products(z[::2], z[1::2]),
        }
        if z.shape[-1] == 2:
            found_statistics["coordinates"] = products(z[..., 0], z[..., 1])
        return found_statistics

    yield from sequential(len(WALKERS), sample)


def _from(rest: Setting, x: Array) -> Setting:
    return Setting(rest.model, rest.times, None, rest.body, (x, 0 * x))


# --- the temperature of the bath ------------------------------------------------------------------

# The first time, and one at which a walker has forgotten its start.
LATE = (0.0, 3.5)
CROWDS = (16, 48)


@st.composite
def _thermal(draw: Any) -> Problem:
    heat = draw(st.sampled_from([0.2, 0.5]))
    level, width = draw(numbers(4)), draw(st.integers(4, 6)) / 8
    leads = [WideBandLead([[width]], 0.0, heat), WideBandLead([[1.0 - width]], 0.0, heat)]
    return Problem(OpenSystem([[level]], [[[1.0]]], leads), {"seed": draw(st.integers(0, 2**16))})


@check(
    "statistical.thermal.langevin",
    "langevin",
    problems=_thermal(),
    source="equipartition; fluctuation-dissipation theorem",
    says="Without bias the Langevin run must bring the body to the temperature of the leads: m v^2 is T "
    "on the average, whatever the start. Usual mistakes: a factor between noise and friction, the sign "
    "of the friction, noise that depends on the time step. A right solver fails with probability below 1e-6.",
    catches=("langevin-no-friction", "langevin-noise-step-squared"),
    cost="long",
)
def _equipartition(solver: Any, problem: Problem) -> Iterator[Comparison]:
    heat = float(problem.system.leads[0].temperature)
    mass = 0.25
    body = ClassicalBody([mass], Harmonic([4.0]))

    def sample(look: int) -> dict[str, Statistic]:
        x = np.full((CROWDS[look], 1), 0.125)
        given = Setting(models.tangent(problem.system), LATE, None, body, (x, 0 * x))
        found = run(solver, "langevin", given, noise=True, seed=problem.numbers["seed"] + look)
        v = found.velocity[:, 1:, 0]
        return {"temperature": squares(v * np.sqrt(mass / heat))}

    yield from sequential(len(CROWDS), sample)


# --- seeds ----------------------------------------------------------------------------------------


@check(
    "statistical.seed.langevin",
    "langevin",
    problems=_resting(),
    source="a seed fixes the noise",
    says="The same seed must give the same Langevin run, and another seed another one, 0 like any other; and "
    "two starts of a batch have noises of their own. Usual mistakes: the seed is ignored, the noise does not "
    "depend on it, 0 is taken for none, one noise for all.",
    catches=(
        "langevin-seed-ignored",
        "langevin-seed-fixed",
        "langevin-seed-zero-is-none",
        "langevin-noise-shared",
    ),
)
def _seed(solver: Any, problem: Problem) -> Iterator[Comparison]:
    d = problem.system.coordinates
    body = ClassicalBody(np.ones(d), Harmonic(np.ones(d)))
    given = Setting(models.tangent(problem.system), (0.0, 0.5), None, body, (np.zeros((2, d)),) * 2)
    seed = problem.numbers["seed"]
    # Zero is a seed like any other, and the one that is most easily taken for none.
    first, same, other = (
        run(solver, "langevin", given, noise=True, seed=s).velocity[:, 1] for s in (0, 0, seed + 1)
    )
    size = float(np.max(np.abs(first))) or 1.0
    yield Comparison("langevin", same, first, size, "run")
    yield Comparison("langevin", float(np.max(np.abs(first[1] - first[0])) > 1e-6 * size), 1.0, 1.0, "run")
    yield Comparison("langevin", float(np.max(np.abs(other - first)) > 1e-6 * size), 1.0, 1.0, "run")
