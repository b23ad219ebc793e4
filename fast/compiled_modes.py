"""The modes of the leads through one step, in loops that numba compiles: the arguments of `sliced.modes`.

Several poles go abreast, in real numbers: what belongs to a site is one row, in which each quantity has a
place of `ABREAST` numbers and one for their imaginary parts. Within a row a compiler sees that no two places
overlap, and makes vector instructions of the loops over poles; of arrays of their own it would not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["loops_modes"]

Array = np.ndarray[Any, Any]
# Poles that are followed together. Of fewer no vector instructions are made.
ABREAST = 16
# Where the imaginary parts are, from the real ones on.
IM = ABREAST
# The mode, the Green's function at the start, the rate at the beginning of the step, the drive at its end, a
# combination of the three that the matrix is applied to, the two upper bands of the factors, the solution.
MODE, GREEN, RATE, DRIVE, AHEAD, FIRST, SECOND, SOLVED = (2 * ABREAST * k for k in range(8))


def loops_modes(
    now: Array,
    hopping: Array,
    start: Array,
    levels: Array,
    green: Array,
    points: Array,
    owners: Array,
    weights: Array,
    step: float,
    inflow: Array,
) -> Array:
    """Take the modes through a step, and add what they make leads inject; see `sliced.modes`."""
    n, count = now.shape
    square, third = step * step / 12, step / 3
    end = np.empty_like(now)
    # Hopping to the left of a site, and from n on none, at start, middle and end; and what it has gained.
    a, b, c, s = np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    for i in range(1, n):
        a[i], b[i], c[i], s[i] = hopping[0, i - 1], hopping[1, i - 1], hopping[2, i - 1], start[i - 1]
    # Two rows of zeros on either side.
    rows = np.zeros((n + 4, 16 * ABREAST))
    pole, height = np.zeros(ABREAST), np.zeros(ABREAST)
    for begin in range(0, count, ABREAST):
        width = min(ABREAST, count - begin)
        for p in range(width):
            pole[p], height[p] = points[begin + p].real, points[begin + p].imag
        for i in range(n):
            at = rows[i + 2]
            for p in range(width):
                mode, pull = now[i, begin + p], green[i, begin + p]
                at[MODE + p], at[MODE + IM + p] = mode.real, mode.imag
                at[GREEN + p], at[GREEN + IM + p] = pull.real, pull.imag
        for i in range(n):
            over, at, under = rows[i + 1], rows[i + 2], rows[i + 3]
            a0, a1, da0, da1 = a[i], a[i + 1], a[i] - s[i], a[i + 1] - s[i + 1]
            dc0, dc1 = c[i] - s[i], c[i + 1] - s[i + 1]
            level, fade = levels[i].real, levels[i].imag
            for p in range(ABREAST):
                x, y = level - pole[p], fade - height[p]
                u = x * at[MODE + p] - y * at[MODE + IM + p] + a0 * over[MODE + p] + a1 * under[MODE + p]
                v = x * at[MODE + IM + p] + y * at[MODE + p]
                v += a0 * over[MODE + IM + p] + a1 * under[MODE + IM + p]
                u += da0 * over[GREEN + p] + da1 * under[GREEN + p]
                v += da0 * over[GREEN + IM + p] + da1 * under[GREEN + IM + p]
                f = dc0 * over[GREEN + p] + dc1 * under[GREEN + p]
                g = dc0 * over[GREEN + IM + p] + dc1 * under[GREEN + IM + p]
                # Both times -i.
                at[RATE + p], at[RATE + IM + p] = v, -u
                at[DRIVE + p], at[DRIVE + IM + p] = g, -f
                at[AHEAD + p] = third * at[MODE + p] + square * (v - g)
                at[AHEAD + IM + p] = third * at[MODE + IM + p] - square * (u - f)
        for i in range(n):
            # Row i of the matrix with five diagonals; h is zero beyond the ends.
            above, over, at, under = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
            b0, b1, c0, c1 = b[i], b[i + 1], c[i], c[i + 1]
            db0, db1 = 2 * third * (b0 - s[i]), 2 * third * (b1 - s[i + 1])
            far = -square * b0 * (c[i - 1] if i > 0 else 0.0)
            beyond = -square * b1 * (c[i + 2] if i + 2 <= n else 0.0)
            side0, side1 = step * (b0 / 3 + c0 / 6), step * (b1 / 3 + c1 / 6)
            core = b0 * c0 + b1 * c1
            level, fade = levels[i].real, levels[i].imag
            before, after = levels[max(i - 1, 0)], levels[min(i + 1, n - 1)]
            for p in range(ABREAST):
                x, y = level - pole[p], fade - height[p]
                u = x * at[AHEAD + p] - y * at[AHEAD + IM + p] + b0 * over[AHEAD + p] + b1 * under[AHEAD + p]
                v = x * at[AHEAD + IM + p] + y * at[AHEAD + p]
                v += b0 * over[AHEAD + IM + p] + b1 * under[AHEAD + IM + p]
                value = at[MODE + p] + third / 2 * (at[RATE + p] + at[DRIVE + p]) + v
                other = at[MODE + IM + p] + third / 2 * (at[RATE + IM + p] + at[DRIVE + IM + p]) - u
                value += db0 * over[GREEN + IM + p] + db1 * under[GREEN + IM + p]
                other -= db0 * over[GREEN + p] + db1 * under[GREEN + p]
                near = -square * (x * c0 + b0 * (before.real - pole[p])) - far * above[FIRST + p]
                near_i = side0 - square * (y * c0 + b0 * (before.imag - height[p]))
                near_i -= far * above[FIRST + IM + p]
                next1 = -square * (x * c1 + b1 * (after.real - pole[p]))
                next1_i = side1 - square * (y * c1 + b1 * (after.imag - height[p]))
                pivot = 1 - step / 2 * y - square * (x * x - y * y + core) - far * above[SECOND + p]
                pivot_i = step / 2 * x - 2 * square * x * y - far * above[SECOND + IM + p]
                value -= far * above[SOLVED + p]
                other -= far * above[SOLVED + IM + p]
                pivot -= near * over[FIRST + p] - near_i * over[FIRST + IM + p]
                pivot_i -= near * over[FIRST + IM + p] + near_i * over[FIRST + p]
                next1 -= near * over[SECOND + p] - near_i * over[SECOND + IM + p]
                next1_i -= near * over[SECOND + IM + p] + near_i * over[SECOND + p]
                value -= near * over[SOLVED + p] - near_i * over[SOLVED + IM + p]
                other -= near * over[SOLVED + IM + p] + near_i * over[SOLVED + p]
                size = 1 / (pivot * pivot + pivot_i * pivot_i)
                inverse, inverse_i = pivot * size, -pivot_i * size
                at[FIRST + p] = next1 * inverse - next1_i * inverse_i
                at[FIRST + IM + p] = next1 * inverse_i + next1_i * inverse
                at[SECOND + p], at[SECOND + IM + p] = beyond * inverse, beyond * inverse_i
                at[SOLVED + p] = value * inverse - other * inverse_i
                at[SOLVED + IM + p] = value * inverse_i + other * inverse
        for i in range(n - 1, -1, -1):
            at, under, below = rows[i + 2], rows[i + 3], rows[min(i + 4, n + 3)]
            for p in range(ABREAST):
                u, v = at[SOLVED + p], at[SOLVED + IM + p]
                u -= at[FIRST + p] * under[SOLVED + p] - at[FIRST + IM + p] * under[SOLVED + IM + p]
                v -= at[FIRST + p] * under[SOLVED + IM + p] + at[FIRST + IM + p] * under[SOLVED + p]
                u -= at[SECOND + p] * below[SOLVED + p] - at[SECOND + IM + p] * below[SOLVED + IM + p]
                v -= at[SECOND + p] * below[SOLVED + IM + p] + at[SECOND + IM + p] * below[SOLVED + p]
                at[SOLVED + p], at[SOLVED + IM + p] = u, v
        for i in range(n):
            over, at, under = rows[i + 1], rows[i + 2], rows[i + 3]
            c0, c1 = c[i], c[i + 1]
            level, fade = levels[i].real, levels[i].imag
            for p in range(ABREAST):
                x, y = level - pole[p], fade - height[p]
                u = x * at[SOLVED + p] - y * at[SOLVED + IM + p]
                v = x * at[SOLVED + IM + p] + y * at[SOLVED + p]
                u += c0 * over[SOLVED + p] + c1 * under[SOLVED + p]
                v += c0 * over[SOLVED + IM + p] + c1 * under[SOLVED + IM + p]
                # The middle of the step takes the place of its beginning.
                slope, slope_i = at[RATE + p] - v - at[DRIVE + p], at[RATE + IM + p] + u - at[DRIVE + IM + p]
                at[MODE + p] = (at[MODE + p] + at[SOLVED + p]) / 2 + step / 8 * slope
                at[MODE + IM + p] = (at[MODE + IM + p] + at[SOLVED + IM + p]) / 2 + step / 8 * slope_i
            for p in range(width):
                weight, owner = weights[begin + p], owners[begin + p]
                last = at[SOLVED + p] + 1j * at[SOLVED + IM + p]
                inflow[0, owner, i] += weight * (at[MODE + p] + 1j * at[MODE + IM + p])
                inflow[1, owner, i] += weight * last
                end[i, begin + p] = last
    return end
