"""Mistakes in the force noise between two times."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import Model, fast

from ..registry import Kind, adjoint, transpose
from .driven import eta
from .registry import Fields, plant_run, refitted, reported

Array = NDArray[Any]

SOFTWARE: Kind = "software"
NOISE = "preston2022 Eq. 62-65"
WHITE = "preston2022 Eq. 66-69"
LEADS = "each lead has a Fermi function of its own"
ALL = ("exact", "adiabatic", "white", "adiabatic_white")
RECORDS = ALL[:2]

memory = partial(reported, "two_time_noise", source=NOISE)


def _each(names: tuple[str, ...], change: Any) -> Any:
    return lambda f, m, *_: {name: change(f[name], m) for name in names}


memory("memory-adiabatic", "The junction is taken to be at rest in its last position.",
       lambda f, *_: {"exact": f["adiabatic"], "white": f["adiabatic_white"]})  # fmt: skip
memory("memory-conjugated", "The delay has the wrong sign.", _each(RECORDS, lambda v, m: v.conj()))
memory("memory-transposed", "The order of the coordinates is exchanged.",
       _each(RECORDS, lambda v, m: transpose(v)))  # fmt: skip
memory("memory-reversed", "The force at the earlier time comes first.",
       _each(RECORDS, lambda v, m: adjoint(v)))  # fmt: skip
memory("memory-real-part", "The imaginary part of the record is left out.",
       _each(RECORDS, lambda v, m: v.real))  # fmt: skip
memory("memory-spin-squared", "The spin factor is counted twice.", _each(ALL, lambda v, m: m.degeneracy * v))
memory("memory-halved", "The record lacks a factor of two.", _each(ALL, lambda v, m: v / 2))
memory("memory-diagonal", "Only the diagonal in the coordinates is computed.",
       _each(ALL, lambda v, m: v * np.eye(v.shape[-1])))  # fmt: skip
memory("memory-white-doubled", "The integral over delays is counted twice.",
       _each(ALL[2:], lambda v, m: 2 * v), source=WHITE)  # fmt: skip
memory("memory-white-one-sided", "The integral is over delays of one sign only.",
       _each(ALL[2:], lambda v, m: v / 2), source=WHITE)  # fmt: skip


def _at_rest(f: Fields, model: Model, path: Any, time: float, *_: Any) -> Fields:
    variance = np.real(np.diag(fast.two_time_noise(model, path, time, [0.0]).adiabatic[0]))
    return {"correlation_time": np.diag(f["adiabatic_white"]) / variance}


memory("correlation-time-of-rest", "The correlation time is that of the junction at rest.", _at_rest,
       source=WHITE)  # fmt: skip


def _sum(f: Fields, model: Model, path: Any, time: float, delays: Any) -> Fields:
    def total(record: Array) -> Array:
        real = np.real(record + transpose(record))
        return np.asarray(np.trapezoid(real, np.asarray(delays), axis=0))

    return {"white": total(f["exact"]), "adiabatic_white": total(f["adiabatic"])}


memory("memory-sum-of-delays", "The integral is a sum over the delays asked for.", _sum, source=WHITE,
       kind=SOFTWARE)  # fmt: skip


def _adiabatic_at_start(model: Model, path: Any, time: float, delays: Any, **options: Any) -> Fields:
    found = fast.two_time_noise(model, path, time, delays, **options)
    begin = np.asarray(path(options.get("since", time - float(np.max(delays)))))
    rest = fast.two_time_noise(model, lambda t: begin, time, delays, **options)
    return vars(found) | {"adiabatic": rest.adiabatic, "adiabatic_white": rest.adiabatic_white}


def _since(change: Any) -> Any:
    def wrong(model: Model, path: Any, time: float, delays: Any, **options: Any) -> Any:
        begin = change(options.get("since"), time, delays)
        return fast.two_time_noise(model, path, time, delays, **(options | {"since": begin}))

    return wrong


def _like_delays(since: float | None, time: float, delays: Any) -> float | None:
    return None if since is None else float(np.asarray(delays).dtype.type(since))


plant_run("adiabatic-at-the-start", "The adiabatic record is that of the first position.",
          {"two_time_noise": _adiabatic_at_start}, source=NOISE)  # fmt: skip
plant_run("memory-since-zero", "The junction rests until t = 0, whenever it began to move.",
          {"two_time_noise": _since(lambda since, time, delays: min(0.0, time))}, source=NOISE)  # fmt: skip
plant_run("memory-cut-off", "The motion before the largest delay is forgotten.",
          {"two_time_noise": _since(lambda since, time, delays: time - float(np.max(delays)))},
          source=NOISE)  # fmt: skip
plant_run("memory-whole-numbers",
          "Times are kept in an array like the delays: where these are whole numbers, the start becomes one.",
          {"two_time_noise": _since(_like_delays)}, source=NOISE, kind=SOFTWARE)  # fmt: skip
plant_run("memory-late", "Delays are counted from a moment before the time asked for.",
          {"two_time_noise": lambda model, path, time, delays, **o: fast.two_time_noise(
              model, path, time - 0.05, delays, **o)}, source=NOISE)  # fmt: skip

leads = partial(refitted, ("two_time_noise",), "memory", source=LEADS)
leads("averaged-potentials", "All leads get the mean of the potentials.",
      lambda m: lambda a, lead: {"mu": np.mean([one.mu for one in m.leads])})  # fmt: skip
leads("diagonal-broadening", "Only the diagonal of each Gamma is used.",
      lambda m: lambda a, lead: {"broadening": lead.broadening * np.eye(len(lead.broadening))})  # fmt: skip
leads("band-bottom", "Potentials below a fixed energy are raised to it.",
      lambda m: lambda a, lead: {"mu": np.maximum(lead.mu, -0.25)})  # fmt: skip
leads("finite-eta", "Every level is broadened by a fixed small i eta.", lambda m: eta)
