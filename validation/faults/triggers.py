"""What triggers a planted fault, by construction: the kinds of questions that it answers wrongly.

Declared where the mistake itself says it, in the features of `systems.features`; ``{}`` is a mistake that
every question shows. What is not here is wrong for a kind that has no name there.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["TRIGGERS"]

_BATCHES = ("one", "some", "several axes", "100+")
_LARGER = _BATCHES[1:]
_OTHER_SPINS = ("2", "3+")
_OFF_ZERO = ("positive", "negative", "both")
_ALWAYS = (
    "relative-1e-7 relative-1e-10 five-digits-lost single-precision two-pi-missing pi-for-two-pi force-sign "
    "force-doubled friction-sign friction-halved noise-sign noise-doubled noise-halved spectrum-doubled "
    "response-sign response-halved transmission-sign"
)

# By fault, the values of the features that matter.
TRIGGERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {name: {} for name in _ALWAYS.split()} | {
    "doubled-width": {"kind": ("wide-band", "mixed")},
    # Planted in what integrates the definition on wide bands; other leads are left to the fast solver.
    "doubled-self-energy": {"kind": ("wide-band",)},
    "holes-for-electrons": {"kind": ("wide-band",)},
    "averaged-over-levels": {"levels": ("2", "3-4", "5-8", "9+")},
    "spin-dropped": {"spin": _OTHER_SPINS},
    "spin-squared": {"spin": _OTHER_SPINS},
    "spin-on-density": {"spin": _OTHER_SPINS},
    "spin-on-transmission": {"spin": _OTHER_SPINS},
    "force-squared-spin": {"spin": _OTHER_SPINS},
    "wrong-for-degeneracy-two": {"spin": ("2",)},
    "wrong-in-batches": {"batch": (*_BATCHES, "empty")},
    "wrong-in-grids": {"batch": ("several axes",)},
    "wrong-for-batch-of-one": {"batch": ("one",)},
    "batch-of-one-squeezed": {"batch": ("one",)},
    "batch-reversed": {"batch": _LARGER},
    "batch-averaged": {"batch": _LARGER},
    # There is no first and no last member of an empty batch: these raise.
    "first-of-batch": {"batch": (*_LARGER, "empty")},
    "last-of-batch-lost": {"batch": (*_BATCHES, "empty")},
    # A list of zeros is the same from either end.
    "first-of-array": {"shape": ("list",), "sign": _OFF_ZERO},
    "array-reversed": {"shape": ("list",), "sign": _OFF_ZERO},
    "wrong-above-two-levels": {"levels": ("3-4", "5-8", "9+")},
    "wrong-above-four-levels": {"levels": ("5-8", "9+")},
    "wrong-for-one-level": {"levels": ("1",)},
    "wrong-for-one-lead": {"leads": ("1",)},
    "wrong-for-four-leads": {"leads": ("4+",)},
    "wrong-for-three-leads": {"leads": ("3", "4+")},
    "wrong-for-one-coordinate": {"coordinates": ("1",)},
    "wrong-for-three-coordinates": {"coordinates": ("3", "4+")},
    "one-coordinate-squeezed": {"coordinates": ("1",)},
    "diagonal-coordinates": {"coordinates": ("2", "3", "4+")},
    "wrong-for-complex-matrices": {"entries": ("complex",)},
    "wrong-for-real-matrices": {"entries": ("real",)},
    "ignores-imaginary-hamiltonian": {"entries": ("complex",)},
    "one-temperature": {"temperatures": ("different", "nearly equal", "some zero")},
    "cold-branch": {"temperatures": ("zero",)},
    "absolute-frequency": {"sign": ("negative", "both")},
    "zero-frequency-branch": {"sign": ("zero",)},
    "correlation-even": {"sign": ("negative", "both")},
    "gives-up-on-degenerate-levels": {"gap": ("none",)},
}
