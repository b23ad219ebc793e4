"""Figures 6, 7 and 8 of cunningham2014: where wires settle, by their length, bias and mass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from electronwind import Units, pen_and_paper

from ..simulation.run import MICROAMPERE, quantum
from .figure import BLACK, BLUE, GREEN, GREY, RED, Figure, Floats, Statement, stack, write
from .wire_runs import REDUCED, STIFFNESS, Plan, Pool, einstein

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["cunningham2014_fig6", "cunningham2014_fig7", "cunningham2014_fig8"]

COLOURS = (BLUE, RED)
# The paper's fits at 0.5 V and at 1 V, and those it uses for Fig. 8.
ALPHAS, SCALES, BETAS = (0.94, 0.79), (16.9, 12.9), (23.2, 18.7)
# Wires of fewer atoms have hardly one growing mode, and no law of length.
LONG = 20
# Inverse quanta above which a wire moves enough for a law of its energy.
MOVING = 1.25


def _words(values: Floats, form: str = ".3g") -> str:
    return ", ".join(f"{v:{form}}" for v in values)


def _fitted(fits: list[pen_and_paper.Fit]) -> str:
    return ", ".join(f"{fit.value:.3g} ± {fit.error:.3g}" for fit in fits)


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Return slope and correlation of points; no number and zero where they are on no line."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan"), 0.0
    return float(np.polyfit(x, y, 1)[0]), float(np.corrcoef(x, y)[0, 1])


def _alpha(pool: Pool, plan: Plan, bias: float) -> tuple[pen_and_paper.Fit, float, Floats, Floats]:
    """Return alpha of a bias, the correlation of 1/I and root M, and the two, of the masses that move."""
    masses = np.array([m for m in plan.masses if not pool.rests(plan.atoms, bias, m)])
    currents = pool.means("mean", [(plan.atoms, bias, float(m)) for m in masses])
    fit, _ = pen_and_paper.fit_current(Units().from_amu(masses), currents / MICROAMPERE, STIFFNESS)
    return fit, _line(np.sqrt(masses), 1 / currents)[1], masses, currents


def cunningham2014_fig6(out: Path, plan: Plan = REDUCED) -> Figure:
    """Compute the mean current by mass and by length.

    Notes
    -----
    Source: cunningham2014 Fig. 6 and Eq. 12.
    """
    name = "cunningham2014-fig6"
    pool = Pool(out, plan.behind(name), plan.since)
    fits = [_alpha(pool, plan, v) for v in plan.biases]
    lengths = np.array(plan.lengths)
    by_length = [pool.means("mean", [(int(n), v, 10.0) for n in lengths]) for v in plan.biases]
    first, last = ([c[k] / quantum(v) for c, v in zip(by_length, plan.biases, strict=True)] for k in (0, -1))
    alphas = [fit.value for fit, *_ in fits]
    limits = [MICROAMPERE * float(pen_and_paper.saturation_current(einstein(10.0), a)) for a in alphas]

    def draw(canvas: Canvas) -> None:
        left, right = canvas.subplots(1, 2)
        for (_, _, masses, currents), current, bias, colour in zip(
            fits, by_length, plan.biases, COLOURS, strict=True
        ):
            left.plot(np.sqrt(masses), 1 / currents, "o", color=colour, label=f"{bias:g} V")
            line = np.polyfit(np.sqrt(masses), 1 / currents, 1)
            left.plot(np.sqrt(masses), np.polyval(line, np.sqrt(masses)), color=colour)
            right.plot(lengths, current, "o-", color=colour)
            right.axhline(quantum(bias), color=colour, linestyle=":")
        left.set_xlabel("root of the mass (amu)")
        left.set_ylabel("1 / I (1/µA)")
        left.legend(frameon=False)
        right.set_xlabel("moving atoms N")
        right.set_ylabel("mean current (µA); dotted: one quantum")

    correlations = np.array([r for _, r, *_ in fits])
    values = ", ".join(f"{f.value:.2f} ± {f.error:.2f}" for f, *_ in fits)
    chosen = f"{plan.atoms} atoms; {pool.words('mean')}"
    full = plan.atoms == 200
    statements = [
        Statement(
            "1 / I is linear in the root of the mass",
            f"correlation {_words(correlations, '.4f')} at 0.5 and 1 V",
            bool(np.min(correlations) > 0.99),
            chosen,
        ),
        Statement(
            "with a weak dependence on the bias: alpha is 0.94 at 0.5 V and 0.79 at 1 V",
            f"alpha {values} from the gradients",
            bool(
                abs(alphas[0] - alphas[1]) < 0.4 * alphas[0]
                and (not full or all(0.6 < a < 1.1 for a in alphas))
            ),
            f"{chosen}; read as the two within 40%, "
            + (
                "and between 0.6 and 1.1: a line need not go through the origin"
                if full
                else "not as those of 200 atoms: the ends of a shorter wire add a part that no mass changes, "
                "and take it from the gradient"
            ),
        ),
        Statement(
            "for small N the conductance is almost the quantum",
            f"{_words(np.array(first), '.3f')} quanta at N = {lengths[0]}, "
            f"{_words(np.array(last), '.3f')} at N = {lengths[-1]}, under 0.5 and 1 V",
            bool(min(first) > 0.95 and max(last) < 0.5),
            chosen,
        ),
    ]
    if full:
        away = [abs(c[-1] / limit - 1) for c, limit in zip(by_length, limits, strict=True)]
        statements.append(
            Statement(
                "Eq. 12 predicts the current of long wires, which does not depend on length",
                f"Eq. 12 with our alphas {_words(np.array(limits), '.1f')} µA; N = 200: "
                f"{_words(np.array([c[-1] for c in by_length]), '.1f')} µA",
                max(away) < 0.25,
                chosen,
            )
        )
    rows: list[dict[str, Floats | float]] = [
        {"atoms": float(plan.atoms), "bias_V": v, "mass_amu": m, "current_uA": i}
        for (_, _, m, i), v in zip(fits, plan.biases, strict=True)
    ]
    rows += [
        {"atoms": lengths.astype(float), "bias_V": v, "mass_amu": 10.0, "current_uA": i}
        for i, v in zip(by_length, plan.biases, strict=True)
    ]
    columns = stack(rows)
    numbers = {f"alpha_{v:g}V": a for v, a in zip(plan.biases, alphas, strict=True)}
    return Figure(name, tuple(statements), numbers, write(out, name, columns, draw, (8, 4)))


def cunningham2014_fig7(out: Path, plan: Plan = REDUCED) -> Figure:
    """Compute the kinetic energy by length.

    Notes
    -----
    Source: cunningham2014 Fig. 7 and Eq. 13, 16.
    """
    name = "cunningham2014-fig7"
    pool = Pool(out, plan.behind(name), plan.since)
    lengths = np.array([n for n in plan.lengths if n >= LONG])
    frequency = einstein(10.0)
    energies = [pool.means("kinetic", [(int(n), v, 10.0) for n in lengths]) for v in plan.biases]
    fits = [
        pen_and_paper.fit_energy(lengths, e, v, frequency, a)
        for e, v, a in zip(energies, plan.biases, ALPHAS, strict=True)
    ]
    straight = np.array([_line(1 / lengths, 1 / e)[1] for e in energies])
    each = [e / lengths for e in energies]
    wide = pool.reach("kinetic")
    drops, doubts = [], []
    for e, v in zip(each, plan.biases, strict=True):
        peak = int(np.argmax(e))
        drops.append(1 - e[-1] / e[peak])
        relative = [
            pool.mean("kinetic", int(lengths[k]), v, 10.0).error / (e[k] * lengths[k]) for k in (peak, -1)
        ]
        doubts.append(float(np.hypot(*relative)))
    paper = [
        np.array(pen_and_paper.energy(lengths, v, frequency, a, s, b))
        for v, a, s, b in zip(plan.biases, ALPHAS, SCALES, BETAS, strict=True)
    ]
    off = np.array([np.max(np.abs(e / p - 1)) for e, p in zip(energies, paper, strict=True)])

    def draw(canvas: Canvas) -> None:
        # The inset of the paper would cover points.
        axes, inset = canvas.subplots(1, 2)
        for e, p, bias, colour in zip(energies, paper, plan.biases, COLOURS, strict=True):
            errors = [pool.mean("kinetic", int(n), bias, 10.0).error / n for n in lengths]
            axes.errorbar(lengths, e / lengths, errors, fmt="o", color=colour, ms=4, label=f"{bias:g} V")
            axes.plot(lengths, p / lengths, color=colour, linestyle=":")
            inset.plot(1 / lengths, 1 / e, "o", color=colour, ms=4)
        for mass, colour in ((5.0, GREEN), (20.0, BLACK)):
            if plan.inset:
                n = np.array(plan.inset)
                e = pool.means("kinetic", [(int(k), plan.biases[1], mass) for k in n])
                inset.plot(1 / n, 1 / e, "o", color=colour, ms=4, label=f"{mass:g} amu, {plan.biases[1]:g} V")
        axes.set_xlabel("moving atoms N; dotted: the paper's Eq. 13")
        axes.set_ylabel("kinetic energy per atom (eV)")
        axes.legend(frameon=False)
        inset.set_xlabel("1 / N")
        inset.set_ylabel("1 / E (1/eV)")
        if plan.inset:
            inset.legend(frameon=False)

    chosen = f"{pool.words('kinetic')}"
    statements = (
        Statement(
            "the energy per atom decreases with the length beyond about 40 atoms",
            f"from its largest value to N = {lengths[-1]} it falls by {100 * drops[0]:.0f}% and "
            f"{100 * drops[1]:.0f}% at 0.5 and 1 V (standard errors {100 * doubts[0]:.0f}% and "
            f"{100 * doubts[1]:.0f}%)",
            bool(min(drops) > 0 and max(d / s for d, s in zip(drops, doubts, strict=True)) > min(wide, 3.0)),
            f"N = {_words(lengths, 'd')}; {chosen}",
        ),
        Statement(
            "1 / E is linear in 1 / N (inset)",
            f"correlation {_words(straight, '.3f')} at 0.5 and 1 V",
            bool(np.min(straight) > 0.99),
            f"N = {_words(lengths, 'd')}; {chosen}",
        ),
        Statement(
            "E0 is 16.9 and 12.9 eV, beta 23.2 and 18.7 eV, of the order of the bandwidth 19 eV",
            f"E0 {_fitted([f.scale for f in fits])} eV, beta {_fitted([f.beta for f in fits])} eV; our "
            f"energies are within {_words(100 * off, '.0f')}% of those of the paper's constants",
            bool(np.max(off) < 0.3),
            f"with the paper's alphas; read as energies within 30%; {chosen}",
        ),
    )
    columns = stack(
        [
            {"atoms": lengths.astype(float), "bias_V": v, "kinetic_eV": e, "paper_eV": p}
            for v, e, p in zip(plan.biases, energies, paper, strict=True)
        ]
    )
    numbers = {f"scale_{v:g}V": f.scale.value for v, f in zip(plan.biases, fits, strict=True)}
    numbers |= {f"beta_{v:g}V": f.beta.value for v, f in zip(plan.biases, fits, strict=True)}
    return Figure(name, statements, numbers, write(out, name, columns, draw, (8, 4)))


def cunningham2014_fig8(out: Path, plan: Plan = REDUCED) -> Figure:
    """Compute energy against bias over current, about the critical bias, and against the mass.

    Notes
    -----
    Source: cunningham2014 Fig. 8 and Eq. 16, 17.
    """
    name = "cunningham2014-fig8"
    pool = Pool(out, plan.behind(name), plan.since)
    ladders = {
        n: [(v, *(pool.mean(k, n, v, 10.0).value for k in ("mean", "kinetic"))) for v in biases]
        for n, biases in plan.ladder
    }
    tables = {n: np.array(rows) for n, rows in ladders.items()}
    inverse = {n: np.array([quantum(v) / i for v, i, _ in rows]) for n, rows in tables.items()}
    atoms = min(tables)
    short = tables[atoms]
    below = short[:, 0] <= 0.15
    above = short[:, 0] >= 0.3
    quanta = 1 / inverse[atoms]
    bias = plan.biases[1]
    masses = np.array([m for m in plan.masses if not pool.rests(plan.atoms, bias, m)])
    energy = pool.means("kinetic", [(plan.atoms, bias, float(m)) for m in masses])
    heavy = masses >= 5
    roots = np.sqrt(masses)
    r = _line(roots[heavy], (roots / energy)[heavy])[1]
    # What hardly moves yet is no part of a line.
    lines = {n: _line(inverse[n][inverse[n] > MOVING], t[inverse[n] > MOVING, 2]) for n, t in tables.items()}
    slopes, linear = ({n: line[k] for n, line in lines.items()} for k in (0, 1))
    model = {n: _slope(n) for n in tables}

    def draw(canvas: Canvas) -> None:
        left, right = canvas.subplots(1, 2)
        for (n, table), colour in zip(tables.items(), COLOURS, strict=False):
            left.plot(inverse[n], table[:, 2], "o", color=colour, label=f"N = {n}", ms=4)
            line = np.array([1.0, float(inverse[n].max())])
            left.plot(line, model[n] * (line - 1), color=colour, linestyle=":")
        left.set_xlabel("V / I over one inverse quantum; dotted: Eq. 16")
        left.set_ylabel("kinetic energy (eV)")
        left.legend(frameon=False)
        right.plot(roots, roots / energy, "o-", color=GREY)
        right.set_xlabel("root of the mass (amu)")
        right.set_ylabel("root of the mass over E")

    statements = (
        Statement(
            "below a critical bias the wire carries one quantum, and above it the energy of the atoms rises",
            ", ".join(f"{q:.3f} at {v:g} V" for q, v in zip(quanta, short[:, 0], strict=True) if v <= 0.5),
            bool(
                np.all(quanta[below] > 0.99)
                and np.all(quanta[above] < 0.85)
                and short[-1, 2] > 50 * short[0, 2]
            ),
            f"{atoms} atoms, one trajectory for each bias",
        ),
        Statement(
            "the energy follows V / I by Eq. 16",
            f"slope of E over V / I {_words(np.array(list(slopes.values())))} eV against "
            f"{_words(np.array(list(model.values())))} by Eq. 16, N = {_words(np.array(list(tables)), 'd')}; "
            f"correlation {_words(np.array(list(linear.values())), '.3f')}",
            bool(min(linear.values()) > 0.9 and all(0.5 < slopes[n] / model[n] < 2 for n in tables)),
            "constants of the paper at 1 V; read as a slope within a factor of two",
        ),
        Statement(
            "the root of the mass over E is linear in the root of the mass where that is large",
            f"correlation {r:.3f} for {_words(masses[heavy], 'g')} amu at {bias:g} V",
            r > 0.9,
            f"{plan.atoms} atoms",
        ),
    )
    columns = stack(
        [
            {"atoms": float(n), "mass_amu": 10.0, "bias_V": t[:, 0], "quanta": 1 / inverse[n],
             "kinetic_eV": t[:, 2]}
            for n, t in tables.items()
        ]
    )  # fmt: skip
    numbers = {f"quanta_{v:g}V": float(q) for v, q in zip(short[:, 0], quanta, strict=True)}
    return Figure(name, statements, numbers, write(out, name, columns, draw, (8, 4)))


def _slope(atoms: int) -> float:
    """Return the slope of E over V/I in quanta by Eq. 16 with the paper's constants at 1 V."""
    return SCALES[1] / (1 + BETAS[1] / (atoms * einstein(10.0)))
