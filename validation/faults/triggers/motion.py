"""What triggers the mistakes in runs in time."""

from __future__ import annotations

from .declared import (
    ABOVE_ZERO,
    ALWAYS,
    CURVED,
    DIFFERENT,
    MANY,
    MORE,
    MOVING,
    OTHER_SPINS,
    having,
    nameless,
    no_question,
    shown,
)

__all__ = ["DECLARED"]

LATER = having(times=MORE)
AXES, LEVELS = having(coordinates=MANY), having(levels=MANY)
ORDERED, SPINS = having(potentials=DIFFERENT), having(spin=OTHER_SPINS)
FORTH = having(delays=ABOVE_ZERO)
STARTS = ("batch", "one velocity", "one position", "several axes")
BENT = having(path=("oscillation", "knots", "function"))

DECLARED = (
    shown(
        "driven-force-sign driven-force-doubled driven-pi-for-two-pi driven-current-sign "
        "driven-current-doubled empty-start truncated-grid coarse-grid revival starts-at-origin "
        "driven-mirrored-bias driven-finite-eta ehrenfest-force-sign kinetic-doubled adiabatic-ehrenfest "
        "wire-half-filled wire-doubled-width wire-holes wire-mass-in-amu wire-current-conjugate "
        "langevin-friction-sign langevin-no-friction memory-conjugated memory-real-part memory-halved "
        "memory-finite-eta",
        ALWAYS,
    ),
    shown("driven-needs-steps ehrenfest-needs-steps langevin-needs-steps", having(times=("one",))),
    shown("driven-force-reversed langevin-diagonal-friction memory-diagonal", AXES),
    shown("driven-spin-dropped driven-spin-on-density langevin-spin-dropped memory-spin-squared "
          "wire-current-per-spin", SPINS),
    # The energy of the electrons is counted from the start.
    shown("electronic-per-spin", SPINS, SPINS | LATER),
    shown("driven-density-transposed driven-not-hermitian driven-diagonal-broadening "
          "memory-diagonal-broadening", LEVELS),
    shown("langevin-friction-transposed", LEVELS | AXES),
    # On a path that moves through a curved h the record of one level is no symmetric matrix either.
    shown("memory-transposed", LEVELS | AXES, AXES),
    shown("driven-elementwise-force", having(entries=("complex",))),
    # --- the leads ---
    shown("driven-swapped-potentials driven-averaged-potentials ehrenfest-averaged-potentials "
          "langevin-averaged-potentials memory-averaged-potentials wire-bias-on-one-lead "
          "wire-bias-reversed", ORDERED),
    shown("driven-one-temperature", having(temperatures=("different",))),
    # --- along a path ---
    # Electrons start at rest: what follows from a motion shows later, and where there is one.
    shown("currents-add-to-zero steady-current quasistatic-current adiabatic-electrons driven-half-response "
          "driven-double-response driven-late-force step-of-the-list", MOVING | LATER),
    shown("frozen-gradient", CURVED | MOVING | LATER),
    shown("source-sign step-without-i", LATER),
    # What lies below the grid of energies follows the wrong evolution at once.
    shown("driven-doubled-width backward-damping backward-evolution", ALWAYS),
    shown("velocity-felt-at-start stale-hamiltonian", MOVING),
    shown("looks-ahead", MOVING, MOVING | LATER),
    shown("starts-at-zero", MOVING | having(times=("late",))),
    shown("time-since-start", MOVING | having(times=("late", "negative"))),
    shown("path-of-chords", BENT | LATER, BENT),
    shown("splined-trajectory", having(path=("knots",))),
    shown("plain-path-sampled", having(path=("function",)) | LATER, having(path=("function",))),
    shown("restarts-at-each-time", MOVING | having(times=("uneven", "even", "negative", "many"))),
    # The lag grows with the square of the time: a quarter is on the verge of what shows.
    shown("driven-clock-lags",
          MOVING | having(times=("long", "whole numbers")), MOVING | having(times=("long",)),
          MOVING | having(times=("long", "whole numbers", "uneven", "even", "negative", "many"))),
    no_question("left-point-step fourth-order-is-second",
                "runs with steps of several lengths, of an order that is asked for"),
    # --- bodies ---
    # A kinetic energy has the mass at once, a position later.
    shown("ehrenfest-one-mass", AXES | having(masses=("different",))),
    shown("langevin-one-mass", AXES | LATER | having(masses=("different",))),
    shown("ehrenfest-potential-linearised langevin-potential-linearised ehrenfest-late-velocity "
          "langevin-late-velocity ehrenfest-late-force ehrenfest-fixed-step ehrenfest-step-of-the-list "
          "work-left-out work-sign ehrenfest-leaks langevin-frozen-friction langevin-potential-sign "
          "langevin-fixed-step langevin-noise-unasked", LATER),
    # Where many times are asked for, steps are short enough.
    shown("langevin-step-of-the-list", LATER, having(times=tuple(t for t in MORE if t != "many"))),
    shown("ehrenfest-starts-at-zero langevin-starts-at-zero", having(times=("late",))),
    shown("ehrenfest-velocity-of-first langevin-velocity-of-first",
          having(start=("one velocity", "several axes"))),
    shown("ehrenfest-first-start langevin-first-start ehrenfest-mean-force", having(start=STARTS)),
    nameless("wire-frozen-source wire-coarse-step wire-one-bond", "an atomic wire"),
    no_question(
        "langevin-noise-doubled langevin-noise-halved langevin-noise-step-squared "
        "langevin-noise-uncorrelated langevin-noise-by-fdt langevin-noise-mirrored langevin-noise-shared "
        "langevin-noise-repeated langevin-noise-of-the-start langevin-noise-of-the-first "
        "langevin-seed-ignored langevin-seed-zero-is-none langevin-seed-fixed",
        "random runs: only many of them, or the same again, have a right answer",
    ),
    # --- the noise between two times ---
    shown("memory-delays-sorted", having(delays=("not in order", "the same twice"))),
    shown("memory-whole-numbers", MOVING | having(delays=("whole numbers",), since=("given",))),
    shown("memory-twin-at-earlier", MOVING | FORTH),
    shown("memory-vertices-of-now", CURVED | MOVING | FORTH),
    shown("memory-adiabatic adiabatic-at-the-start memory-since-zero memory-cut-off memory-late", MOVING),
    # The integral over delays ends at the largest, and so do times that are made of it.
    shown("correlation-time-of-rest", MOVING | FORTH),
    shown("memory-white-doubled memory-white-one-sided memory-sum-of-delays", FORTH),
    shown("memory-reversed", FORTH),
)  # fmt: skip
