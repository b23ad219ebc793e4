"""Mistakes in the formula of the friction: preston2022 Eq. 26 term by term, and formulas of equilibrium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OpenSystem, WideBandLead, fast

from ...systems.strategies import wide
from ..registry import adjoint, altered, transpose
from .axis import fermi, panels, poles
from .direct import Direct
from .formula import derived, lead_by_lead
from .reading import one_temperature

Array = NDArray[Any]

EQ_26 = "preston2022 Eq. 26"
# Beyond this many temperatures from mu f' is nothing.
WARMTH = 40.0


class _Slopes(Direct):
    """Friction as an integral over the slopes of the Fermi functions."""

    def _over_slopes(self, system: OpenSystem, integrand: Callable[[Array, WideBandLead], Array]) -> Array:
        """Return the sum over the leads of the integral of -f' times ``integrand(g, lead)``."""
        total: Any = 0
        for lead in wide(system):
            mu, heat = float(lead.mu), float(lead.temperature)
            if heat > 0:
                w, weights = panels(poles(system)[0], [mu], mu - WARMTH * heat, mu + WARMTH * heat)
                f = fermi(w, lead)
                weights = weights * f * (1 - f) / heat
            else:
                w, weights = np.array([mu]), np.ones(1)
            found = integrand(self._green(system, w), lead)
            total = total + np.einsum("w,w...->...", weights, found) / (2 * np.pi)
        return total

    def _traced(self, system: OpenSystem, products: Array) -> Array:
        """Return Re Tr[dh X] for X of each coordinate."""
        traces = np.einsum("mij,...vji->...mv", system.gradient, products)
        return system.degeneracy * traces.real


class CentralTime(_Slopes):
    """Friction by the expansion about the central time, preston2022 Eq. 26.

    Parameters
    ----------
    green, slope, conjugate : float
        Multiply the terms with G_(1), the one with the slope of S^<, and h.c. in the parentheses.
    sloped : callable
        Returns the system whose Fermi functions have the slopes.
    """

    def __init__(
        self,
        green: float = 1.0,
        slope: float = 1.0,
        conjugate: float = 1.0,
        sloped: Callable[[OpenSystem], OpenSystem] = lambda system: system,
    ) -> None:
        super().__init__()
        self.green, self.slope, self.conjugate, self.sloped = green, slope, conjugate, sloped

    def friction(self, system: OpenSystem) -> Array:
        """Integrate -i G_(1)^<, its part with the slope of S^< apart."""
        w, weights = self._axis(system)
        g = self._green(system, w)[:, None]
        push = system.gradient
        first = (g @ g @ push @ g - g @ push @ g @ g) / 2j
        source = np.einsum("aw,aij->wij", self.filled(w, system.leads), self._widths(system, w)[:, 0])
        entry = first @ source[:, None] @ adjoint(g)
        n = self._electrons(system, w)[:, None]
        # With h.c. the anti-Hermitian G^< = i N changes sign.
        inner = g @ (n @ push - self.conjugate * push @ n) @ adjoint(g) / 2j
        whole = self.green * (entry + adjoint(entry)) + inner
        return np.einsum("w,wmv->mv", weights, self._traced(system, whole)) - self._sloped(system)

    def _sloped(self, system: OpenSystem) -> Array:
        def integrand(g: Array, lead: WideBandLead) -> Array:
            g, push = g[:, None], system.gradient
            term = push @ g @ lead.broadening
            products = g @ (term - self.conjugate * adjoint(term)) @ adjoint(g) / 2j
            return self._traced(system, products)

        return self.slope * self._over_slopes(self.sloped(system), integrand)


def eq_26(name: str, says: str, **changes: Any) -> None:
    """Plant a mistake in a term of preston2022 Eq. 26."""
    derived(name, says, "friction", EQ_26, kind=CentralTime, **changes)


eq_26("friction-without-green", "The terms with the first order of G are left out.", green=0.0)
eq_26("friction-green-sign", "The first order of G has the wrong sign.", green=-1.0)
eq_26("friction-without-slope", "The term with the slope of S^< is left out.", slope=0.0)
eq_26("friction-conjugate-forgotten", "The h.c. in the parentheses is left out.", conjugate=0.0)
eq_26(
    "friction-conjugate-outside",
    "The h.c. stands outside the parentheses, where 1/2i turns it into its negative.",
    conjugate=-1.0,
)
eq_26(
    "friction-slope-of-first-lead",
    "The slope of every Fermi function has the first lead's temperature.",
    sloped=one_temperature,
)

# --- the integrand --------------------------------------------------------------------------------

derived(
    "friction-of-first-power",
    "G stands for G^2.",
    "friction",
    EQ_26,
    kernel=lambda g, push: g @ push,
)
derived(
    "friction-order",
    "G dh G stands for G^2 dh.",
    "friction",
    EQ_26,
    kernel=lambda g, push: g @ push @ g,
)


class _EachLead(_Slopes):
    """The formula of equilibrium, with -f' X of each lead for -f' A."""

    def friction(self, system: OpenSystem) -> Array:
        """Integrate Tr[dh A dh X_a]/2 over the slope of each f_a."""

        def integrand(g: Array, lead: WideBandLead) -> Array:
            a, x = 1j * (g - adjoint(g)), g @ lead.broadening @ adjoint(g)
            return self._traced(system, a[:, None] @ system.gradient @ x[:, None]) / 2

        return self._over_slopes(system, integrand)


derived(
    "friction-of-each-lead",
    "The formula of equilibrium is taken for each lead alone, -f_a' Tr[dh A dh X_a]/2.",
    "friction",
    EQ_26,
    kind=_EachLead,
)


def _mean_slope(_: Array, system: OpenSystem) -> Array:
    """Return the formula of equilibrium, which is linear in f', for the mean of f over the leads."""
    total = np.mean([fast.friction(one) for one in lead_by_lead(system)], axis=0)
    return (total + transpose(total)) / 2


altered(
    "friction-of-mean-occupation",
    "The formula of equilibrium is taken with the mean of the Fermi functions over the leads.",
    "friction",
    _mean_slope,
    source=EQ_26,
)


def _from_noise(value: Array, system: OpenSystem) -> Array:
    """Divide the white noise by twice the mean temperature; at T = 0 leave the value alone."""
    heat = np.asarray(sum(lead.temperature for lead in system.leads) / len(system.leads))[..., None, None]
    return np.where(heat > 0, fast.white_noise(system) / (2 * np.where(heat > 0, heat, 1.0)), value)


altered(
    "friction-from-noise",
    "The friction is the white noise over 2 T, as at equilibrium.",
    "friction",
    _from_noise,
    source="the fluctuation-dissipation theorem holds at equilibrium",
)
altered(
    "friction-not-over-frequency",
    "Im response at a low frequency is not divided by the frequency.",
    "friction",
    lambda v, s: fast.response(s, 2.0**-10).imag,
    source="todorov2014 Eq. 21",
)


class _Dissipative(Direct):
    """The Lorentz-like force from the formula in terms of dS^+ A, which holds for the symmetric part."""

    def friction(self, system: OpenSystem) -> Array:
        """Replace the antisymmetric part: Tr over lead k of dS_m^+ A_v is i Tr[dh_m A [dh_v, G] X_k]/2."""
        w, weights = self._axis(system)
        g, push = self._green(system, w)[:, None], system.gradient
        a = 1j * (g - adjoint(g))
        products = a @ (push @ g - g @ push) @ self._electrons(system, w)[:, None]
        traces = np.einsum("mij,wvji->wmv", push, products).real * system.degeneracy
        wrong, right = np.einsum("w,wmv->mv", weights, traces), fast.friction(system)
        return (right + right.T + wrong - wrong.T) / 2


derived(
    "lorentz-as-dissipation",
    "The antisymmetric part has the scattering formula of the symmetric one, dS^+ A - A^+ dS.",
    "friction",
    "scattering matrices: the Lorentz-like part is S^+ dA - (dA)^+ S",
    kind=_Dissipative,
)
