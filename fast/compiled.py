"""One step of the electrons of a chain, in loops that numba compiles: the arguments and values of `sliced`.

Of the density matrix only the upper triangle is computed, and the diagonal below the main one, which the
next stage asks for. As plain Python the functions are right too, and slow. What prepares a step is in
loops, too: as functions of numpy it took longer to compile than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from . import sliced
from .compiled_modes import loops_modes

__all__ = ["Engine", "engine", "loops_density"]

Array = np.ndarray[Any, Any]
# Rows that are kept of a stage: the next one asks for three, and the last one for one of those before.
ROWS = 8


class Engine(NamedTuple):
    """The two functions of a step, see `sliced`, and the name of what does the work."""

    density: Callable[..., Any]
    modes: Callable[..., Any]
    name: str


@cache
def engine() -> Engine:
    """Return the functions `density` and `modes`, compiled where there is numba, and what does the work."""
    try:
        # Loading it takes longer than many a run; what is not asked for is not loaded.
        from numba import njit as decorator
    except ImportError:
        return Engine(sliced.density, sliced.modes, "numpy")
    # To a type checker every function it returns is of the types of all of them.
    njit: Any = decorator
    # A sum of products may be rounded once: that is all that is left to the compiler.
    # A division by zero gives no number, which a step is refused for; a test of each would be no vector
    # instruction.
    options: dict[str, Any] = {"fastmath": {"contract"}, "error_model": "numpy"}
    try:
        density, modes = (njit(cache=True, **options)(f) for f in (loops_density, loops_modes))
    except RuntimeError:
        # Inside a zip archive there is no place to keep what was compiled.
        density, modes = (njit(**options)(f) for f in (loops_density, loops_modes))
    return Engine(density, modes, "numba")


def loops_density(
    sigma: Array,
    hopping: Array,
    energies: Array,
    halves: Array,
    inflow: Array,
    sites: Array,
    step: float,
    end: Array,
) -> tuple[Array, Array]:
    """Take the density matrix through a step, and return what its stages saw; see `sliced.density`."""
    n = len(energies)
    e, g = np.zeros(n + 2), np.zeros(n + 2)
    h = np.zeros((3, n + 2))
    for i in range(1, n + 1):
        e[i], g[i] = energies[i - 1], halves[i - 1]
    for i in range(1, n):
        h[0, i], h[1, i], h[2, i] = hopping[0, i - 1], hopping[1, i - 1], hopping[2, i - 1]
    # Where levels begin to have an energy or a width of their own, and where that ends: in a wire on matched
    # ends at the outermost ones.
    turns, count = np.zeros(n + 2, np.int64), 0
    for i in range(1, n + 2):
        if (e[i] != 0 or g[i] != 0) != (e[i - 1] != 0 or g[i - 1] != 0):
            turns[count] = i
            count += 1
    seen, slopes = np.zeros((4, 2, n)), np.zeros((4, n - 1), np.complex128)
    # A stage follows the one before at a distance of a row: of what it looks at a few rows are kept, which
    # stay in the cache, where whole matrices would not.
    kept = np.zeros((3, 2, ROWS, n + 2))
    for turn in range(4 * (n + 3)):
        stage = turn % 4
        i = turn // 4 - stage + 1
        if i < 1 or i > n:
            continue
        hop = h[(stage + 1) // 2]
        reach = step / 2 if stage < 2 else step
        reach = step / 6 if stage == 3 else reach
        place, following = i % ROWS, (i + 1) % ROWS
        over, at, under = (i - 1, i, i + 1) if stage == 0 else ((i - 1) % ROWS, place, following)
        up, down = reach * hop[i - 1], reach * hop[i]
        now = sigma if stage == 0 else kept[stage - 1]
        real, imag = (end[0, i], end[1, i]) if stage == 3 else (kept[stage, 0, place], kept[stage, 1, place])
        # Rows of their own, each from the diagonal on, let the inner loops be of vector instructions.
        before, behind, to, to_i = hop[i - 1 : n], hop[i : n + 1], real[i : n + 1], imag[i : n + 1]
        above, below, here = now[0, over, i : n + 1], now[0, under, i : n + 1], now[0, at, i : n + 1]
        above_i, below_i, here_i = now[1, over, i : n + 1], now[1, under, i : n + 1], now[1, at, i : n + 1]
        left, right = now[0, at, i - 1 : n], now[0, at, i + 1 : n + 2]
        left_i, right_i = now[1, at, i - 1 : n], now[1, at, i + 1 : n + 2]
        base, base_i = sigma[0, i, i : n + 1], sigma[1, i, i : n + 1]
        seen[stage, 0, i - 1] = here[0]
        if i < n:
            seen[stage, 1, i - 1] = here[1]
        if stage < 3:
            for j in range(n + 1 - i):
                u, v = up * above_i[j] + down * below_i[j], up * above[j] + down * below[j]
                u -= reach * (before[j] * left_i[j] + behind[j] * right_i[j])
                v -= reach * (before[j] * left[j] + behind[j] * right[j])
                to[j], to_i[j] = base[j] + u, base_i[j] - v
        else:
            two, three = kept[0, 0, place, i : n + 1], kept[1, 0, place, i : n + 1]
            two_i, three_i = kept[0, 1, place, i : n + 1], kept[1, 1, place, i : n + 1]
            for j in range(n + 1 - i):
                u, v = up * above_i[j] + down * below_i[j], up * above[j] + down * below[j]
                u -= reach * (before[j] * left_i[j] + behind[j] * right_i[j])
                v -= reach * (before[j] * left[j] + behind[j] * right[j])
                # The sum of the slopes of the method is one of what its stages looked at.
                to[j] = (two[j] + 2 * three[j] + here[j] - base[j]) / 3 + u
                to_i[j] = (two_i[j] + 2 * three_i[j] + here_i[j] - base_i[j]) / 3 - v
        if e[i] != 0 or g[i] != 0:
            turn_by, fade = reach * e[i], reach * g[i]
            for j in range(n + 1 - i):
                to[j] += turn_by * here_i[j] - fade * here[j]
                to_i[j] -= turn_by * here[j] + fade * here_i[j]
        for k in range(0, count, 2):
            first, last = max(turns[k] - i, 0), turns[k + 1] - i
            for j in range(first, last):
                turn_by, fade = reach * e[i + j], reach * g[i + j]
                to[j] -= turn_by * here_i[j] + fade * here[j]
                to_i[j] += turn_by * here[j] - fade * here_i[j]
        for column in range(len(sites)):
            site, source = sites[column] + 1, inflow[(stage + 1) // 2, column]
            if i < site:
                real[site] += reach * source[i - 1].real
                imag[site] += reach * source[i - 1].imag
            elif i == site:
                real[site] += 2 * reach * source[site - 1].real
                for j in range(site + 1, n + 1):
                    real[j] += reach * source[j - 1].real
                    imag[j] -= reach * source[j - 1].imag
        if i < n and stage == 3:
            end[0, i + 1, i], end[1, i + 1, i] = real[i + 1], -imag[i + 1]
        elif stage < 3:
            # The row below the last one is one of zeros.
            if i == n:
                kept[stage, :, following] = 0.0
                continue
            kept[stage, 0, following, i], kept[stage, 1, following, i] = real[i + 1], -imag[i + 1]
            gained = (real[i + 1] - sigma[0, i, i + 1]) + 1j * (imag[i + 1] - sigma[1, i, i + 1])
            slopes[stage, i - 1] = gained / reach
    return seen, slopes
