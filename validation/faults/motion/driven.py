"""Mistakes in driven runs: the step, the start, the path, the grid, and what is reported."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from electronwind import Model, Path, Trajectory, fast

from ..registry import Kind
from .registry import LAG, Fields, keeping_state, plant_run, refitted, reported, rows, rows_late, steady
from .stepping import Stepping

Array = NDArray[Any]

SOFTWARE: Kind = "software"
FORCE = "preston2022 Eq. 11"
FLOW = "continuity: d Tr sigma/dt = sum of currents"
STEP = "preston2022 Eq. 49-51"
START = "steady state at x(times[0])"
PATH = "electrons feel h(x(t))"
GRID = "preston2022 Sec. II E: integrals over all energies"
LEADS = "each lead has a Fermi function of its own"

# --- what is reported -----------------------------------------------------------------------------

driven = partial(reported, "driven")
driven("driven-force-sign", "The force has the wrong sign.", lambda f, *_: {"force": -f["force"]},
       source=FORCE)  # fmt: skip
driven("driven-force-doubled", "The force is twice too large.", lambda f, *_: {"force": 2 * f["force"]},
       source=FORCE)  # fmt: skip
driven("driven-force-reversed", "The forces on the coordinates come in reverse order.",
       lambda f, *_: {"force": f["force"][:, ::-1]}, source=FORCE, kind=SOFTWARE)  # fmt: skip
driven("driven-spin-dropped", "The spin factor is left out.",
       lambda f, m, *_: {key: f[key] / m.degeneracy for key in ("force", "current")},
       source="definition of the spin factor")  # fmt: skip
driven("driven-spin-on-density", "The density matrix is multiplied by the spin factor.",
       lambda f, m, *_: {"density_matrix": m.degeneracy * f["density_matrix"]},
       source="definition of the spin factor")  # fmt: skip
driven("driven-density-transposed", "The density matrix is transposed.",
       lambda f, *_: {"density_matrix": np.swapaxes(f["density_matrix"], -1, -2)},
       source="sigma_ij = <d_j^+ d_i>")  # fmt: skip
driven("driven-not-hermitian", "The lower triangle of sigma is the upper one, not conjugated.",
       lambda f, *_: {"density_matrix": np.triu(f["density_matrix"])
                      + np.swapaxes(np.triu(f["density_matrix"], 1), -1, -2)},
       source="sigma is Hermitian")  # fmt: skip
driven("driven-pi-for-two-pi", "1/pi stands where 1/2pi belongs.",
       lambda f, *_: {key: 2 * f[key] for key in ("density_matrix", "force")}, source=FORCE)  # fmt: skip
driven("driven-current-sign", "Currents count out of the junction.",
       lambda f, *_: {"current": -f["current"]}, source=FLOW)  # fmt: skip
driven("driven-current-doubled", "The current lacks a factor 1/2.",
       lambda f, *_: {"current": 2 * f["current"]}, source=FLOW)  # fmt: skip
driven("currents-add-to-zero", "The currents are made to add up to zero.",
       lambda f, *_: {"current": f["current"] - np.mean(f["current"], axis=-1, keepdims=True)},
       source=FLOW)  # fmt: skip
driven("steady-current", "The current is that of the junction at rest.",
       lambda f, m, p, t: {"current": fast.current(steady(m, p, t))}, source=FLOW)  # fmt: skip


def _elementwise(f: Fields, model: Model, path: Any, times: Any) -> Fields:
    slopes = steady(model, path, times).gradient
    trace = np.einsum("tmij,tij->tm", slopes, f["density_matrix"]).real
    return {"force": -model.degeneracy * trace}


def _frozen(f: Fields, model: Model, path: Any, times: Any) -> Fields:
    slope = model.gradient(path(float(times[0])))
    return {"force": -model.degeneracy * np.einsum("mij,tji->tm", slope, f["density_matrix"]).real}


def _quasistatic(f: Fields, model: Model, path: Any, times: Any) -> Fields:
    rest = steady(model, path, times)
    away = f["density_matrix"] - fast.density_matrix(rest)
    lost = np.stack([np.einsum("ij,tji->t", lead.broadening, away).real for lead in rest.leads], axis=-1)
    return {"current": fast.current(rest) - model.degeneracy * lost}


def _between(share: float, f: Fields, model: Model, path: Any, times: Any) -> Fields:
    """Return what moves by `share` of what it should from the state at rest."""
    rest = steady(model, path, times)
    still = {key: getattr(fast, key)(rest) for key in ("density_matrix", "force", "current")}
    return {key: value + share * (f[key] - value) for key, value in still.items()}


driven("driven-elementwise-force", "The trace of a product is taken as the sum over products of entries.",
       _elementwise, source=FORCE)  # fmt: skip
driven("frozen-gradient", "dh/dx is that of the first position.", _frozen, source=FORCE)
driven("quasistatic-current", "What is injected is that of the junction at rest.", _quasistatic, source=FLOW)
driven("adiabatic-electrons", "The electrons follow at once.", partial(_between, 0.0), source=PATH)
driven("driven-half-response", "The electrons lag behind by half of what they should.",
       partial(_between, 0.5), source="preston2022 Eq. 26")  # fmt: skip
driven("driven-double-response", "The electrons lag behind by twice what they should.",
       partial(_between, 2.0), source="preston2022 Eq. 26")  # fmt: skip
plant_run("driven-late-force", "The force is that of the density matrix one step before.",
          {"driven": lambda m, p, t, **o: rows_late("driven", ("force",), m, p, t, **o)},
          source=FORCE)  # fmt: skip

# --- the step -------------------------------------------------------------------------------------


def _with(orders: Mapping[int, int]) -> Any:
    def wrong(model: Model, path: Any, times: Any, *, order: int | None = None, **options: Any) -> Any:
        return fast.driven(model, path, times, order=None if order is None else orders[order], **options)

    return wrong


plant_run("left-point-step", "The step takes h at its start and says that it is of second order.",
          {"driven": _with({2: 1})}, source=STEP, orders=(2,))  # fmt: skip
plant_run("fourth-order-is-second", "The step takes h at its midpoint and says that it is of fourth order.",
          {"driven": _with({1: 1, 4: 2})}, source=STEP, orders=(1, 4))  # fmt: skip


def _stepping(name: str, says: str, source: str, **hooks: Any) -> None:
    def make() -> dict[str, Any]:
        wrong = Stepping(**hooks)
        return {"driven": lambda model, path, times, **_: wrong.driven(model, path, times)}

    plant_run(name, says, make, source=source, runs=("driven",))


_stepping("source-sign", "The source in the equation of motion has the wrong sign.", STEP, feed=1j)
_stepping("step-without-i", "The source in the equation of motion lacks its -i.", STEP, feed=-1.0)
_stepping("driven-doubled-width", "The evolution damps by Gamma, not Gamma/2.", STEP, width=2.0)
_stepping("backward-damping", "The evolution grows where it should decay.", STEP, width=-1.0)
_stepping("backward-evolution", "The evolution turns the other way.", STEP, turn=-1.0)
_stepping("empty-start", "The junction is empty before the first time.", START, start=0.0)
_stepping("truncated-grid", "Energies beyond a fixed window are left out.", GRID, edge=8.0)
_stepping("coarse-grid", "A uniform grid of energies is wider than the temperature.", GRID, spacing=0.75)
_stepping("revival", "A uniform grid of energies brings the past back.", GRID, spacing=0.4)

# --- the start ------------------------------------------------------------------------------------


def _dropping(first: Any, model: Model, path: Any, times: Any, **options: Any) -> Fields:
    """Return the run that begins earlier, without its first row."""
    found = rows(fast.driven(model, path, [first, *times], **options), "driven")
    return {field: value[1:] for field, value in found.items()}


def _felt(model: Model, path: Any, times: Any, **options: Any) -> Any:
    begin = float(times[0])
    here = np.asarray(path(begin))
    speed = (np.asarray(path(begin + 2.0**-20)) - here) * 2.0**20

    def longer(t: float) -> Array:
        return np.asarray(path(t)) if t >= begin else here + (t - begin) * speed

    return _dropping(begin - 4, model, longer, times, **options)


def _origin(model: Model, path: Any, times: Any, **options: Any) -> Any:
    begin = float(times[0])
    here = np.asarray(path(begin))

    def ramped(t: float) -> Array:
        s = 1 + (t - begin) / LAG
        return np.asarray(path(t)) if s >= 1 else here * max(s, 0.0) ** 2 * (3 - 2 * max(s, 0.0))

    return _dropping(begin - LAG, model, ramped, times, **options)


def _zero(model: Model, path: Any, times: Any, **options: Any) -> Any:
    if float(times[0]) <= 0:
        return fast.driven(model, path, times, **options)
    return _dropping(0.0, model, path, times, **options)


plant_run("velocity-felt-at-start", "The electrons know the velocity at the first time.",
          {"driven": _felt}, source=START)  # fmt: skip
plant_run("starts-at-origin", "The electrons start in the steady state at x = 0.", {"driven": _origin},
          source=START)  # fmt: skip
plant_run("starts-at-zero", "The motion begins at t = 0 whatever the first time.", {"driven": _zero},
          source=START)  # fmt: skip

# --- the path -------------------------------------------------------------------------------------


def _moved(name: str, says: str, change: Any, kind: Kind = "physics") -> None:
    def wrong(model: Model, path: Any, times: Any, **options: Any) -> Any:
        return fast.driven(model, change(path, np.asarray(times, dtype=float)), times, **options)

    plant_run(name, says, {"driven": wrong}, source=PATH, kind=kind)


def _chords(path: Any, times: Array) -> Any:
    points = np.array([path(float(t)) for t in times])
    return lambda t: np.array([np.interp(t, times, column) for column in points.T])


def _ahead(path: Any, times: Array) -> Any:
    # A trajectory ends at its last time; beyond it goes on at its velocity, without a kink.
    end = float(times[-1])
    last = np.asarray(path(end))
    speed = (last - np.asarray(path(end - 2.0**-20))) * 2.0**20

    def early(t: float) -> Array:
        later = float(t) + LAG
        return np.asarray(path(later)) if later <= end else last + (later - end) * speed

    return early


def _sampled(path: Any, times: Array) -> Any:
    return path if isinstance(path, Path) else _chords(path, np.linspace(times[0], times[-1], 6))


def _splined(path: Any, times: Array) -> Any:
    if not isinstance(path, Trajectory):
        return path
    spline = scipy.interpolate.CubicSpline(path.times, path.position)
    return lambda t: spline(max(float(t), path.times[0]))


_moved("stale-hamiltonian", "h is that of one step before.",
       lambda path, times: lambda t: path(float(t) - LAG))  # fmt: skip
_moved("looks-ahead", "h is that of one step later.", _ahead)
_moved("time-since-start", "The path is evaluated at the time since the start.",
       lambda path, times: lambda t: path(float(t) - times[0]))  # fmt: skip
_moved("path-of-chords", "Between the times asked for the path is a straight line.", _chords, SOFTWARE)
_moved("splined-trajectory", "The velocities of a trajectory are not read: its positions are splined.",
       _splined, SOFTWARE)  # fmt: skip
_moved("plain-path-sampled", "A path that is a plain function is sampled at a few times.", _sampled, SOFTWARE)


def _anew(model: Model, path: Any, times: Any, **options: Any) -> Any:
    runs = [rows(fast.driven(model, path, times[:1], **options), "driven")]
    for pair in pairwise(times):
        found = rows(fast.driven(model, path, pair, **options), "driven")
        runs.append({field: value[1:] for field, value in found.items()})
    return {field: np.concatenate([one[field] for one in runs]) for field in runs[0]}


def _one_step(model: Model, path: Any, times: Any, **_: Any) -> Any:
    return fast.driven(model, path, times, order=2, step=float(np.max(np.diff(times), initial=1e-3)))


plant_run("restarts-at-each-time", "The electrons start anew at each time asked for.", {"driven": _anew},
          source=START, kind=SOFTWARE)  # fmt: skip
plant_run("step-of-the-list", "The time step is the distance of the times asked for.",
          {"driven": _one_step}, source=STEP, kind=SOFTWARE)  # fmt: skip


keeping_state("driven", "density_matrix")

# --- the leads ------------------------------------------------------------------------------------


def _swapped(model: Model) -> Any:
    mus = [lead.mu for lead in model.leads]
    mus[:2] = mus[1::-1]
    return lambda a, lead: {"mu": mus[a]}


def eta(_: int, lead: Any) -> Fields:
    """Return the lead with a little more broadening."""
    return {"broadening": lead.broadening + 2.0**-8 * np.eye(len(lead.broadening))}


leads = partial(refitted, ("driven",), "driven", source=LEADS)
leads("swapped-potentials", "The potentials of the first two leads are exchanged.", _swapped)
leads("one-temperature", "The first lead's temperature serves all leads.",
      lambda m: lambda a, lead: {"temperature": m.leads[0].temperature})  # fmt: skip
leads("averaged-potentials", "All leads get the mean of the potentials.",
      lambda m: lambda a, lead: {"mu": np.mean([one.mu for one in m.leads])})  # fmt: skip
leads("mirrored-bias", "The bias is applied as +V/2 and -V/2 about zero.",
      lambda m: lambda a, lead: {"mu": lead.mu - (m.leads[0].mu + m.leads[1].mu) / 2
                                 if len(m.leads) > 1 else 0 * lead.mu})  # fmt: skip
leads("diagonal-broadening", "Only the diagonal of each Gamma is used.",
      lambda m: lambda a, lead: {"broadening": lead.broadening * np.eye(len(lead.broadening))})  # fmt: skip
leads("finite-eta", "Every level is broadened by a fixed small i eta.", lambda m: eta)
