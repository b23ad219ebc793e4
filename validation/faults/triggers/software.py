"""What triggers the mistakes of software, at rest and in motion: batches, arrays, sizes, digits, calls."""

from __future__ import annotations

from .declared import (
    ALWAYS,
    BATCHES,
    HEATED,
    LARGER,
    LISTS,
    MANY,
    OFF_ZERO,
    UNEQUAL,
    UP_TO_USUAL,
    WIDE,
    having,
    nameless,
    no_question,
    shown,
)

__all__ = ["DECLARED"]

TINY = having(unit=("tiny",))
UNITS = having(unit=UP_TO_USUAL)
COLD, HOT = having(warmth=("cold",)), having(temperatures=HEATED)
# A list of zeros is the same from either end, and minus it.
ARRAYS = having(shape=("list",), sign=OFF_ZERO)
ANY_ARRAY = having(shape=LISTS, sign=OFF_ZERO)

DECLARED = (
    # --- digits ---
    shown("relative-1e-7 relative-1e-10 five-digits-lost single-precision eight-decimals complex-for-real "
          "single-precision-hamiltonian", ALWAYS),
    nameless("small-values-zero", "an entry of the answer is below a fixed number"),
    nameless("small-gradient-zero", "an entry of dh/dx is below a fixed number"),
    shown("real-part-kept", having(levels=MANY)),
    # Other temperatures that are drawn have few binary digits, and that of cold leads does not matter.
    shown("single-precision-temperature",
          having(temperatures=("nearly equal",)),
          having(temperatures=("nearly equal",), warmth=("warm",)),
          COLD | HOT),
    # Huge potentials are whole numbers.
    shown("truncated-potentials", UNITS),
    # --- batches ---
    shown("wrong-in-batches", having(batch=(*BATCHES, "empty"))),
    shown("wrong-in-grids grid-transposed", having(batch=("several axes",))),
    shown("wrong-for-batch-of-one batch-of-one-squeezed", having(batch=("one",))),
    shown("batch-reversed batch-averaged", having(batch=LARGER)),
    # There is no first and no last member of an empty batch: these raise.
    shown("first-of-batch", having(batch=(*LARGER, "empty"))),
    shown("last-of-batch-lost", having(batch=(*BATCHES, "empty"))),
    shown("batch-of-n-misaligned",
          having(batch=("some",), levels=("2",)), having(batch=("one",), levels=("1",))),
    shown("first-mu-of-batch", WIDE | having(batch=LARGER, parameters=("as h", "their own"))),
    shown("first-temperature-of-batch", WIDE | HOT | having(batch=LARGER, parameters=("as h",))),
    # All members of what is drawn have one dh/dx; of an empty batch there is no first.
    shown("first-gradient-of-batch", having(batch=("empty",))),
    nameless("first-broadening-of-batch", "broadenings that differ within a batch"),
    # --- energies, frequencies and delays ---
    shown("first-of-array array-reversed", ARRAYS),
    # Those drawn above 0 are in rising order.
    shown("array-sorted", having(shape=("list",), sign=("negative", "both"))),
    # What comes twice is zero.
    shown("array-without-repeats", having(shape=("list",), sign=("zero",))),
    # Of one frequency and one member the order of axes is open.
    shown("array-before-batch",
          having(batch=(*BATCHES, "empty"), shape=LISTS),
          having(batch=(*BATCHES, "empty"), shape=("list",)),
          having(batch=(*LARGER, "empty"), shape=LISTS)),
    # Large energies that are drawn are quarters.
    shown("point-rounded",
          UNITS | having(size=("usual", "small"), sign=OFF_ZERO), UNITS | having(size=("usual", "small"))),
    shown("point-clipped",
          having(size=("large",), unit=("usual", "huge")),
          having(sign=OFF_ZERO, unit=("huge",))),
    shown("absolute-frequency", having(sign=("negative", "both"))),
    shown("zero-frequency-branch", having(shape=("number",), sign=("zero",))),
    nameless("edge-of-band-divides", "an energy is the edge of a band"),
    # --- sizes and kinds ---
    shown("wrong-above-two-levels", having(levels=("3-4", "5-8", "9+"))),
    shown("wrong-above-four-levels", having(levels=("5-8", "9+"))),
    nameless("blocks-of-eight", "more than sixteen levels"),
    shown("wrong-for-one-level", having(levels=("1",))),
    shown("wrong-for-one-lead", having(leads=("1",))),
    shown("wrong-for-four-leads", having(leads=("4+",))),
    shown("wrong-for-one-coordinate one-coordinate-squeezed", having(coordinates=("1",))),
    shown("wrong-for-three-coordinates", having(coordinates=("3", "4+"))),
    shown("wrong-for-degeneracy-two", having(spin=("2",))),
    shown("wrong-for-complex-matrices", having(entries=("complex",))),
    shown("wrong-for-real-matrices", having(entries=("real",))),
    nameless("wrong-for-idle-lead", "a lead that touches nothing"),
    # Closer than 1e-9 is what has a tiny unit.
    shown("wrong-on-a-level", TINY),
    shown("gives-up-on-degenerate-levels",
          having(gap=("none", "1e-12")) | UNITS, having(gap=("none", "1e-12")), TINY | having(levels=MANY)),
    # --- temperatures ---
    shown("thermal-bias-ignored", having(potentials=("equal",), temperatures=UNEQUAL)),
    shown("wrong-below-a-temperature frozen-below-a-temperature", COLD | HOT | UNITS, TINY | HOT),
    shown("temperature-floor",
          COLD | UNITS, having(temperatures=("zero", "some zero")) | UNITS, TINY),
    nameless("hair-above-zero-is-no-number", "a temperature that has no inverse"),
    # --- order ---
    shown("sorted-levels", having(levels=MANY)),
    shown("sorted-leads", having(potentials=("different", "tiny bias"))),
    shown("leads-reversed", having(balance=("broken",))),
    # --- calls ---
    shown("depends-on-history draws-from-the-generator run-draws-from-the-generator writes-into-hamiltonian "
          "replaces-hamiltonian", ALWAYS),
    shown("writes-into-argument", ANY_ARRAY),
    # Any whole number counts where times are the only ones.
    shown("run-integer-results", having(times=("whole numbers",))),
    # Something is added besides.
    shown("rates-by-size", having(size=("small",)), having(mass=("light",))),
    no_question(
        "stale-cache cache-ignores-hamiltonian cache-ignores-leads cache-ignores-gradient "
        "cache-ignores-degeneracy cache-ignores-point noise-of-threads every-third-call "
        "answers-of-neighbours driven-keeps-state ehrenfest-keeps-state",
        "what was asked before makes it wrong",
    ),
    no_question(
        "one-output-buffer cache-handed-out shared-work-array seeds-the-generator answers-never-dropped "
        "slower-every-call integer-results strides-ignored run-strides-ignored run-one-output-buffer "
        "run-cache-handed-out run-reads-late run-times-in-place run-shared-work-array "
        "run-seeds-the-generator",
        "the answer is right: what a caller keeps, writes otherwise, shares or waits for is not",
    ),
    no_question(
        "isolated-level-half-filled isolated-level-of-first-lead edges-of-band-missed "
        "bound-state-of-mean-potential bound-state-of-first-potential refusals-become-zero run-times-sorted "
        "run-delays-by-size run-jump-smoothed run-start-mended run-isolated-level-touched",
        "there is no right answer: it has to be refused",
    ),
)  # fmt: skip
