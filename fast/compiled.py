"""One step of the electrons of a chain, in loops that numba compiles: the arguments and values of `sliced`.

Of the density matrix only the upper triangle is computed, and the diagonal below the main one, which the next
stage asks for. As plain Python the functions are right too, and slow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from . import sliced

__all__ = ["Engine", "engine", "loops_density", "loops_modes"]

Array = np.ndarray[Any, Any]
# The two functions of a step, and the name of what does the work.
Engine = tuple[Callable[..., Any], Callable[..., Any], str]
# Rows that are kept of a stage: the next one asks for three, and the last one for one of those before.
ROWS = 8
# Poles that are followed together: as many as a line of the cache has numbers for.
ABREAST = 4


@cache
def engine() -> Engine:
    """Return the functions `density` and `modes`, compiled where there is numba, and what does the work."""
    try:
        # Loading it takes longer than many a run; what is not asked for is not loaded.
        from numba import njit as decorator
    except ImportError:
        return sliced.density, sliced.modes, "numpy"
    # To a type checker every function it returns is of the types of all of them.
    njit: Any = decorator
    # A sum of products may be rounded once: that is all that is left to the compiler.
    options: dict[str, Any] = {"fastmath": {"contract"}}
    try:
        density, modes = (njit(cache=True, **options)(f) for f in (loops_density, loops_modes))
    except RuntimeError:
        # Inside a zip archive there is no place to keep what was compiled.
        density, modes = (njit(**options)(f) for f in (loops_density, loops_modes))
    return density, modes, "numba"


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
    e[1 : n + 1] = energies
    g[1 : n + 1] = halves
    h = np.zeros((3, n + 2))
    h[:, 1:n] = hopping
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
        up, down, own, fade = hop[i - 1], hop[i], e[i], g[i]
        # Rows of their own, each from the diagonal on, let the inner loops be of vector instructions.
        before, after_it, level, width = hop[i - 1 : n], hop[i : n + 1], e[i : n + 1], g[i : n + 1]
        for part in range(2):
            now = sigma[part] if stage == 0 else kept[stage - 1, part]
            other = sigma[1 - part] if stage == 0 else kept[stage - 1, 1 - part]
            sign = reach if part == 0 else -reach
            above, below = other[over, i : n + 1], other[under, i : n + 1]
            left, here, right = other[at, i - 1 : n], other[at, i : n + 1], other[at, i + 1 : n + 2]
            same, base = now[at, i : n + 1], sigma[part, i, i : n + 1]
            to = end[part, i, i : n + 1] if stage == 3 else kept[stage, part, place, i : n + 1]
            if part == 0:
                seen[stage, 0, i - 1] = same[0]
                if i < n:
                    seen[stage, 1, i - 1] = same[1]
            for j in range(n + 1 - i):
                turned = up * above[j] + down * below[j] + (own - level[j]) * here[j]
                turned -= before[j] * left[j] + after_it[j] * right[j]
                to[j] = base[j] + sign * turned - reach * (fade + width[j]) * same[j]
            if stage == 3:
                # The sum of the slopes of the method is one of what its stages looked at.
                two, three = kept[0, part, place, i : n + 1], kept[1, part, place, i : n + 1]
                for j in range(n + 1 - i):
                    to[j] += (two[j] + 2 * three[j] + same[j] - 4 * base[j]) / 3
        real, imag = (end[0, i], end[1, i]) if stage == 3 else (kept[stage, 0, place], kept[stage, 1, place])
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


def loops_modes(
    now: Array,
    hopping: Array,
    start: Array,
    levels: Array,
    green: Array,
    points: Array,
    step: float,
) -> tuple[Array, Array]:
    """Return the deviations of A(z_p) in the middle and at the end of a step; see `sliced.modes`."""
    n, count = now.shape
    square = step * step / 12
    middle, end = np.empty_like(now), np.empty_like(now)
    a, b, c = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    a[1:n] = hopping[0]
    b[1:n] = hopping[1]
    c[1:n] = hopping[2]
    s = np.zeros(n + 1)
    s[1:n] = start
    # Upper bands of the factors, and others; the pole is the inner index.
    room = np.zeros((7, n + 2, ABREAST), np.complex128)
    first, second, solved, ahead, rate, drive, right = room
    for begin in range(0, count, ABREAST):
        block = slice(begin, min(begin + ABREAST, count))
        width, poles = block.stop - begin, points[block]
        here, pull, half_way, last = now[:, block], green[:, block], middle[:, block], end[:, block]
        for i in range(n):
            up, down = max(i - 1, 0), min(i + 1, n - 1)
            for p in range(width):
                d = levels[i] - poles[p]
                g_up, g_down = pull[up, p], pull[down, p]
                rate[i, p] = -1j * (d * here[i, p] + a[i] * here[up, p] + a[i + 1] * here[down, p])
                rate[i, p] -= 1j * ((a[i] - s[i]) * g_up + (a[i + 1] - s[i + 1]) * g_down)
                drive[i, p] = -1j * ((c[i] - s[i]) * g_up + (c[i + 1] - s[i + 1]) * g_down)
                half = -1j * ((b[i] - s[i]) * g_up + (b[i + 1] - s[i + 1]) * g_down)
                right[i, p] = here[i, p] + step / 6 * (rate[i, p] + drive[i, p]) + 2 * step / 3 * half
                ahead[i + 1, p] = step / 3 * here[i, p] + square * (rate[i, p] - drive[i, p])
        for i in range(n):
            # Row i of the matrix with five diagonals; h is zero beyond the ends.
            up2, up1 = b[i] * (c[i - 1] if i > 0 else 0.0), b[i] / 3 + c[i] / 6
            down1, down2 = b[i + 1] / 3 + c[i + 1] / 6, b[i + 1] * (c[i + 2] if i + 2 <= n else 0.0)
            core = b[i] * c[i] + b[i + 1] * c[i + 1]
            before = levels[max(i - 1, 0)]
            after = levels[min(i + 1, n - 1)]
            for p in range(width):
                d = levels[i] - poles[p]
                value = right[i, p] - 1j * (
                    d * ahead[i + 1, p] + b[i] * ahead[i, p] + b[i + 1] * ahead[i + 2, p]
                )
                far = -square * up2 + 0j
                near = 1j * step * up1 - square * (d * c[i] + b[i] * (before - poles[p]))
                pivot = 1 + 0.5j * step * d - square * (d * d + core)
                next1 = 1j * step * down1 - square * (d * c[i + 1] + b[i + 1] * (after - poles[p]))
                next2 = -square * down2 + 0j
                if i > 1:
                    near -= far * first[i - 2, p]
                    pivot -= far * second[i - 2, p]
                    value -= far * solved[i - 2, p]
                if i > 0:
                    pivot -= near * first[i - 1, p]
                    next1 -= near * second[i - 1, p]
                    value -= near * solved[i - 1, p]
                inverse = 1 / pivot
                first[i, p] = next1 * inverse
                second[i, p] = next2 * inverse
                solved[i, p] = value * inverse
        for i in range(n - 1, -1, -1):
            for p in range(width):
                value = solved[i, p]
                if i + 1 < n:
                    value -= first[i, p] * last[i + 1, p]
                if i + 2 < n:
                    value -= second[i, p] * last[i + 2, p]
                last[i, p] = value
        for i in range(n):
            up, down = max(i - 1, 0), min(i + 1, n - 1)
            for p in range(width):
                d = levels[i] - poles[p]
                final = -1j * (d * last[i, p] + c[i] * last[up, p] + c[i + 1] * last[down, p]) + drive[i, p]
                half_way[i, p] = (here[i, p] + last[i, p]) / 2 + step / 8 * (rate[i, p] - final)
    return middle, end
