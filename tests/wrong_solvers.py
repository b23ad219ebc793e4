"""Solvers with one planted mistake each, by name: what the checks are there to catch."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from electronwind import OBSERVABLES, OpenSystem, WideBandLead, fast
from electronwind.validation.checks.tools import changed, fermi, panels, poles, spectral

Array = NDArray[Any]
ALL = tuple(OBSERVABLES)
SPIN = tuple(name for name in ALL if OBSERVABLES[name].spin)
MATRICES = ("friction", "curl", "white_noise", "force_noise", "response")
NOISES = ("white_noise", "force_noise")

WRONG: dict[str, Callable[[], Any]] = {}


def adjoint(matrix: Array) -> Array:
    """Return the conjugate transpose."""
    return np.conj(np.swapaxes(matrix, -1, -2))


def transpose(matrix: Array) -> Array:
    """Return the transpose of the last two axes."""
    return np.swapaxes(matrix, -1, -2)


def solver(fault: str, **functions: Any) -> Any:
    """Return the fast solver with some of its functions replaced."""
    right = {name: getattr(fast, name) for name in ALL}
    return SimpleNamespace(name=f"wrong: {fault}", **(right | functions))


def altered(fault: str, names: Any, change: Callable[..., Any]) -> None:
    """Plant a mistake in the value: change(value, system, *argument)."""

    def wrapped(name: str) -> Callable[..., Any]:
        return lambda system, *a: change(getattr(fast, name)(system, *a), system, *a)

    names = (names,) if isinstance(names, str) else names
    WRONG[fault] = lambda: solver(fault, **{name: wrapped(name) for name in names})


def misread(fault: str, change: Callable[[OpenSystem], OpenSystem], names: tuple[str, ...] = ALL) -> None:
    """Plant a mistake in how the system is read."""

    def wrapped(name: str) -> Callable[..., Any]:
        return lambda system, *a: getattr(fast, name)(change(system), *a)

    WRONG[fault] = lambda: solver(fault, **{name: wrapped(name) for name in names})


def releaded(system: OpenSystem, change: Callable[[int, Any], dict[str, Any]]) -> OpenSystem:
    """Return the system with some fields of lead number a replaced."""
    leads = []
    for a, lead in enumerate(system.leads):
        fields = dict(vars(lead)) | change(a, lead)
        leads.append(type(lead)(**fields))
    return changed(system, leads=leads)


# --- mistakes in reading the system ---------------------------------------------------------------


def only_wide(change: Callable[[Any], Any]) -> Callable[[int, Any], dict[str, Any]]:
    """Apply to the broadening of wide-band leads."""
    return lambda a, lead: {"broadening": change(lead.broadening)} if isinstance(lead, WideBandLead) else {}


def swapped(system: OpenSystem) -> OpenSystem:
    """Exchange the potentials of the first two leads."""
    order = {0: 1, 1: 0} if len(system.leads) > 1 else {}
    return releaded(system, lambda a, lead: {"mu": system.leads[order.get(a, a)].mu})


def mean_mu(system: OpenSystem) -> OpenSystem:
    """Give the mean potential to all leads."""
    mean = sum(lead.mu for lead in system.leads) / len(system.leads)
    return releaded(system, lambda a, lead: {"mu": mean})


def merged(system: OpenSystem) -> OpenSystem:
    """Count everything beyond the second lead to the first."""
    if len(system.leads) < 3:
        return system
    widths = [lead.broadening for lead in system.leads]
    parts = [widths[0] + sum(widths[2:]), widths[1], *(0 * w for w in widths[2:])]
    return releaded(system, lambda a, lead: {"broadening": parts[a]})


def shifted_above_two(system: OpenSystem) -> OpenSystem:
    """Misread larger Hamiltonians."""
    if system.levels < 3:
        return system
    return changed(system, hamiltonian=system.hamiltonian + np.diag(np.eye(system.levels)[0]) / 2)


def normalised(system: OpenSystem) -> OpenSystem:
    """Take the direction of the gradient for the gradient."""
    sizes = np.linalg.norm(system.gradient, axis=(-2, -1), keepdims=True)
    return changed(system, gradient=system.gradient / np.where(sizes > 0, sizes, 1))


def mean_lead(system: OpenSystem) -> OpenSystem:
    """Give the mean potential and the mean temperature to all leads."""
    heat = sum(lead.temperature for lead in system.leads) / len(system.leads)
    return releaded(mean_mu(system), lambda a, lead: {"temperature": heat})


def mirrored(system: OpenSystem) -> OpenSystem:
    """Read the bias as +V/2 and -V/2 about zero."""
    middle = (system.leads[0].mu + system.leads[-1].mu) / 2
    return releaded(system, lambda a, lead: {"mu": lead.mu - middle})


misread("swapped-potentials", swapped)
misread("averaged-potentials", mean_mu)
misread("mirrored-bias", mirrored)
misread(
    "one-temperature",
    lambda s: releaded(s, lambda a, lead: {"temperature": s.leads[0].temperature}),
)
misread("band-bottom", lambda s: releaded(s, lambda a, lead: {"mu": np.maximum(lead.mu, -0.5)}))
misread(
    "diagonal-broadening",
    lambda s: releaded(s, only_wide(lambda g: g * np.eye(g.shape[-1]))),
)
misread("transposed-broadening", lambda s: releaded(s, only_wide(transpose)))
misread("doubled-width", lambda s: releaded(s, only_wide(lambda g: 2 * g)))
misread(
    "finite-eta",
    lambda s: releaded(s, only_wide(lambda g: g + 1e-3 * np.eye(g.shape[-1]))),
)
misread("wrong-for-three-leads", merged)
misread("wrong-above-two-levels", shifted_above_two)
misread("normalised-gradient", normalised)
misread("current-swapped-potentials", swapped, ("current",))
misread("friction-from-equilibrium", mean_lead, ("friction",))
misread("ignores-imaginary-hamiltonian", lambda s: changed(s, hamiltonian=s.hamiltonian.real))


# --- mistakes in the value ------------------------------------------------------------------------


def cold(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Go wrong at zero temperature."""
    wrong = any(np.any(lead.temperature == 0) for lead in system.leads)
    return value * 1.01 + 0.01 if wrong else value


def equal_branch(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Go wrong where all potentials are equal."""
    mus = [lead.mu for lead in system.leads]
    return 0.5 * value + 0.01 if all(np.all(mu == mus[0]) for mu in mus) else value


def cancelling(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Lose digits where potentials are nearly equal."""
    apart = float(np.max(np.abs(system.leads[0].mu - system.leads[1].mu)))
    return value + 1e-9 if 0 < apart < 1e-6 else value


def eigenbasis(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Lose digits where eigenvalues coincide."""
    levels = np.linalg.eigvals(spectral(system))
    gaps = np.abs(np.subtract.outer(levels, levels))[np.triu_indices(system.levels, 1)]
    return value + 1e-6 if np.any(gaps < 1e-6) else value


def first_of_batch(value: Array, system: OpenSystem, *_: Any) -> Array:
    """Answer with the first member for all."""
    return np.broadcast_to(value[(0,) * len(system.shape)], value.shape) if system.shape else value


def first_of_array(value: Array, system: OpenSystem, point: Any) -> Array:
    """Answer with the first point for all."""
    where = len(system.shape)
    return np.repeat(value.take([0], where), np.size(point), where) if np.ndim(point) else value


def lower_from_upper(value: Array, *_: Any) -> Array:
    """Fill the lower triangle with the upper one, not conjugated."""
    upper = np.triu(value)
    return upper + transpose(np.triu(value, 1))


altered("relative-1e-7", ALL, lambda v, *_: v * (1 + 1e-7))
altered(
    "single-precision",
    ALL,
    lambda v, *_: v.astype(np.complex64 if np.iscomplexobj(v) else np.float32),
)
altered("averaged-over-levels", ALL, lambda v, s, *_: v / s.levels)
altered("spin-dropped", SPIN, lambda v, s, *_: v / s.degeneracy)
altered("spin-squared", SPIN, lambda v, s, *_: v * s.degeneracy)
altered("spin-on-density", "density_matrix", lambda v, s: v * s.degeneracy)
altered("spin-on-transmission", "transmission", lambda v, s, e: v * s.degeneracy)
altered("first-of-batch", ALL, first_of_batch)
altered("first-of-array", ("transmission", "force_noise", "response"), first_of_array)
altered("cold-branch", ALL, cold)
altered("equal-potential-branch", ALL, equal_branch)
altered("near-equal-cancellation", ALL, cancelling)
altered("eigenbasis", ALL, eigenbasis)
altered("diagonal-coordinates", MATRICES, lambda v, *_: v * np.eye(v.shape[-1]))

altered("density-transposed", "density_matrix", lambda v, *_: transpose(v))
altered("pi-for-two-pi", ("density_matrix", "force"), lambda v, *_: 2 * v)
WRONG["lost-tail"] = lambda: solver(
    "lost-tail",
    density_matrix=lambda s: fast.density_matrix(s) - 1e-4 * np.eye(s.levels),
    force=lambda s: fast.force(s) + 1e-4 * s.degeneracy * np.trace(s.gradient, axis1=-2, axis2=-1).real,
)
altered("force-sign", "force", lambda v, *_: -v)
altered("force-doubled", "force", lambda v, *_: 2 * v)
altered("force-squared-spin", "force", lambda v, s: v * s.degeneracy)
altered(
    "elementwise-force",
    "force",
    lambda v, s: -s.degeneracy * np.einsum("...aij,...ij->...a", s.gradient, fast.density_matrix(s)).real,
)
altered("friction-sign", "friction", lambda v, *_: -v)
altered("friction-halved", "friction", lambda v, *_: v / 2)
altered("friction-transposed", "friction", lambda v, *_: transpose(v))
altered("friction-symmetrised", "friction", lambda v, *_: (v + transpose(v)) / 2)
altered("friction-lorentz-real-part", "friction", lambda v, *_: v + np.tril(v, -1))
altered("curl-transposed", "curl", lambda v, *_: transpose(v))
altered("curl-halved", "curl", lambda v, *_: v / 2)
altered("curl-doubled", "curl", lambda v, *_: 2 * v)
altered("absolute-curl", "curl", lambda v, *_: np.abs(v))
altered("current-sign", "current", lambda v, *_: -v)
altered("current-pi-for-two-pi", "current", lambda v, *_: 2 * v)
altered("current-of-first-lead-only", "current", lambda v, *_: v * (np.arange(v.shape[-1]) == 0))
altered("bond-orientation", "bond_current", lambda v, *_: transpose(v))
altered("bond-halved", "bond_current", lambda v, *_: v / 2)
altered("transmission-transposed", "transmission", lambda v, *_: transpose(v))
altered("transmission-sign", "transmission", lambda v, *_: -v)
altered("noise-sign", NOISES, lambda v, *_: -v)
altered("noise-doubled", "white_noise", lambda v, *_: 2 * v)
altered("spectrum-doubled", "force_noise", lambda v, *_: 2 * v)
altered("noise-halved", "white_noise", lambda v, *_: v / 2)
altered("noise-skew-kept", "white_noise", lambda v, s: (lambda x: x.real + x.imag)(fast.force_noise(s, 0.0)))
altered("noise-transposed", "force_noise", lambda v, *_: transpose(v))
altered("noise-transposed-half", "force_noise", lower_from_upper)
altered("noise-frequency-sign", "force_noise", lambda v, s, w: fast.force_noise(s, -np.asarray(w)))
altered(
    "noise-symmetrised",
    "force_noise",
    lambda v, s, w: (v + transpose(fast.force_noise(s, -np.asarray(w)))) / 2,
)
altered("response-sign", "response", lambda v, *_: -v)
altered("response-halved", "response", lambda v, *_: v / 2)
altered("response-transposed", "response", lambda v, *_: transpose(v))
altered("response-frequency-sign", "response", lambda v, s, w: fast.response(s, -np.asarray(w)))
altered(
    "energy-from-fermi-level",
    "transmission",
    lambda v, s, e: (
        np.stack([np.asarray(fast.transmission(s[i], e + s[i].leads[0].mu)) for i in range(s.shape[0])])
        if s.shape
        else fast.transmission(s, e + s.leads[0].mu)
    ),
)


def _history() -> Any:
    calls = [0]

    def wrapped(name: str) -> Callable[..., Any]:
        def ask(system: OpenSystem, *argument: Any) -> Array:
            calls[0] += 1
            return np.asarray(getattr(fast, name)(system, *argument)) * (1 + 1e-6 * calls[0])

        return ask

    return solver("depends-on-history", **{name: wrapped(name) for name in ALL})


WRONG["depends-on-history"] = _history


# --- mistakes in the formula ----------------------------------------------------------------------


class Direct:
    """The definitions by quadrature on the real axis, with hooks for mistakes. Wide-band leads only."""

    name, version, accuracy = "direct", "1", 1e-11

    def __init__(
        self,
        adjoint: Callable[[Array], Array] = adjoint,
        first_only: bool = False,
        width_last: bool = False,
        noise: str = "",
        part: Callable[[Array], Array] = np.imag,
        product: str = "wmik,wvki->mv",
        return_flow: bool = True,
        two_sided: bool = True,
        holes: bool = False,
    ) -> None:
        self.adjoint, self.first_only, self.width_last = adjoint, first_only, width_last
        self.noise, self.part, self.product = noise, part, product
        self.return_flow, self.two_sided, self.holes = return_flow, two_sided, holes

    def _axis(self, system: OpenSystem, *shifts: float) -> tuple[Array, Array]:
        if not system.wide_band:
            raise NotImplementedError("chain leads")
        near, cuts = poles(system)
        moved = np.concatenate([near - s for s in (0.0, *shifts)])
        both = [cut - s for cut in cuts for s in (0.0, *shifts)]
        ends = 2.0 ** np.arange(2, 46)
        w, weights = panels(moved, [*both, *ends, *-ends], -(2.0**46), 2.0**46)
        return w, weights / (2 * np.pi)

    def _green(self, system: OpenSystem, w: Array) -> Array:
        h = spectral(changed(system, leads=system.leads[:1]) if self.first_only else system)
        return np.linalg.inv(w[:, None, None] * np.eye(system.levels) - h)

    def _spectra(self, system: OpenSystem, w: Array) -> Array:
        g = self._green(system, w)
        other = self.adjoint(g)
        if self.width_last:
            g, other = other, g
        return np.stack([g @ lead.broadening @ other for lead in system.leads])

    def _filled(self, system: OpenSystem, w: Array) -> Array:
        f = np.array([fermi(w, lead) for lead in system.leads])
        return 1 - f if self.holes else f

    def _trace(self, system: OpenSystem, weights: Array, a: Array, b: Array) -> Array:
        left, right = (np.einsum("mij,wjk->wmik", system.gradient, x) for x in (a, b))
        return system.degeneracy * np.einsum(self.product, left, weights[:, None, None, None] * right)

    def density_matrix(self, system: OpenSystem) -> Array:
        """Integrate f X over energy."""
        w, weights = self._axis(system)
        f = self._filled(system, w)
        return np.einsum("w,aw,awij->ij", weights, f, self._spectra(system, w))

    def force(self, system: OpenSystem) -> Array:
        """Trace it with minus dh/dx."""
        sigma = self.density_matrix(system)
        return -system.degeneracy * np.einsum("aij,ji->a", system.gradient, sigma).real

    def bond_current(self, system: OpenSystem) -> Array:
        """Take it from the density matrix."""
        sigma = self.density_matrix(system)
        return 2 * system.degeneracy * (system.hamiltonian.T * sigma).imag

    def curl(self, system: OpenSystem) -> Array:
        """Integrate Im Tr[dh A dh N]."""
        w, weights = self._axis(system)
        x = self._spectra(system, w)
        n = np.einsum("aw,awij->wij", self._filled(system, w), x)
        return 2 * self.part(self._trace(system, weights, x.sum(axis=0), n))

    def friction(self, system: OpenSystem) -> Array:
        """Integrate Im Tr[dh G^2 dh N]."""
        w, weights = self._axis(system)
        g = self._green(system, w)
        n = np.einsum("aw,awij->wij", self._filled(system, w), self._spectra(system, w))
        return 2 * self._trace(system, weights, g @ g, n).imag

    def transmission(self, system: OpenSystem, energy: Any) -> Array:
        """Trace Gamma G Gamma G^+."""
        if not system.wide_band:
            raise NotImplementedError("chain leads")
        x = self._spectra(system, np.atleast_1d(energy))
        found = np.einsum("aij,bwji->wab", [lead.broadening for lead in system.leads], x).real
        return found if np.ndim(energy) else found[0]

    def current(self, system: OpenSystem) -> Array:
        """Integrate the transmission."""
        w, weights = self._axis(system)
        f = self._filled(system, w)
        flow = self.transmission(system, w) * weights[:, None, None] * system.degeneracy
        back = f if self.return_flow else 0 * f
        return np.einsum("wab,aw->a", flow, f) - np.einsum("wab,bw->a", flow, back)

    def force_noise(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate Tr[dh P dh N]."""
        found = np.array([self._noise(system, float(s)) for s in np.atleast_1d(frequency)])
        return found if np.ndim(frequency) else found[0]

    def white_noise(self, system: OpenSystem) -> Array:
        """Take it at zero frequency."""
        return self._noise(system, 0.0).real

    def _noise(self, system: OpenSystem, shift: float) -> Array:
        w, weights = self._axis(system, shift)
        f, later = self._filled(system, w), self._filled(system, w + shift)
        x, y = self._spectra(system, w), self._spectra(system, w + shift)
        if self.noise == "mean":
            f, later = (np.mean(part, axis=0) + 0 * part for part in (f, later))
        empty = 0 * later + 1 if self.noise == "no-pauli" else 1 - later
        pairs = [(a, b) for a in range(len(x)) for b in range(len(x))]
        if self.noise == "lead-diagonal":
            pairs = [(a, b) for a, b in pairs if a == b]
        total: Any = 0
        for a, b in pairs:
            other = empty[a] if self.noise == "same-lead" else empty[b]
            total = total + self._trace(system, weights * f[a] * other, y[b], x[a])
        return total

    def response(self, system: OpenSystem, frequency: Any) -> Array:
        """Integrate both orders of first-order perturbation."""
        found = np.array([self._response(system, float(s)) for s in np.atleast_1d(frequency)])
        return found if np.ndim(frequency) else found[0]

    def _response(self, system: OpenSystem, shift: float) -> Array:
        w, weights = self._axis(system, shift, -shift)
        n = np.einsum("aw,awij->wij", self._filled(system, w), self._spectra(system, w))
        one = self._trace(system, weights, self._green(system, w + shift), n)
        two = self._trace(system, weights, n, adjoint(self._green(system, w - shift)))
        return -(one + two) if self.two_sided else -2 * one


def unbatched(direct: Direct, *names: str) -> dict[str, Callable[..., Any]]:
    """Return some functions of `direct`, looped over batches; the fast ones on chain leads."""

    def wrapped(name: str) -> Callable[..., Any]:
        def ask(system: OpenSystem, *argument: Any) -> Array:
            if not system.wide_band:
                return getattr(fast, name)(system, *argument)
            if not system.shape:
                return getattr(direct, name)(system, *argument)
            found = [ask(system[i], *argument) for i in range(system.shape[0])]
            return np.stack(found)

        return ask

    return {name: wrapped(name) for name in names}


def derived(fault: str, names: str, **hooks: Any) -> None:
    """Plant a mistake in the formula of some observables."""
    WRONG[fault] = lambda: solver(fault, **unbatched(Direct(**hooks), *names.split()))


derived("transpose-for-adjoint", "density_matrix force", adjoint=transpose)
derived("adjoint-before-width", "density_matrix force", width_last=True)
derived("first-lead-self-energy", "transmission", first_only=True)
derived("curl-real-part", "curl", part=np.real)
derived("elementwise-curl", "curl", product="wmik,wvik->mv")
derived("current-without-return", "current", return_flow=False)
derived("one-sided-response", "response", two_sided=False)
derived("noise-without-pauli", "white_noise force_noise", noise="no-pauli")
derived("noise-of-mean-occupation", "white_noise force_noise", noise="mean")
derived("same-lead-noise", "white_noise force_noise", noise="same-lead")
derived("lead-diagonal-noise", "white_noise force_noise", noise="lead-diagonal")
derived("holes-for-electrons", "density_matrix force force_noise", holes=True)


def _one_transposed(value: Array, system: OpenSystem, energy: Any) -> Array:
    """Transpose the broadening of the second lead where electrons come in, and nowhere else."""
    if not system.wide_band or system.shape or np.ndim(energy):
        return value
    g = Direct()._green(system, np.atleast_1d(energy))[0]
    gamma = [lead.broadening for lead in system.leads]
    wrong = [np.trace(a @ g @ gamma[1].T @ adjoint(g)).real for a in gamma]
    return np.where(np.arange(len(gamma)) == 1, np.array(wrong)[:, None], value)


altered("one-broadening-transposed", "transmission", _one_transposed)


def _mean_occupation(value: Array, system: OpenSystem) -> Array:
    """Fill all states with the mean of the Fermi functions over the leads."""
    alone = [
        releaded(system, lambda a, lead, one=one: {"mu": one.mu, "temperature": one.temperature})
        for one in system.leads
    ]
    return sum(fast.density_matrix(part) for part in alone) / len(alone)


altered("mean-occupation", "density_matrix", _mean_occupation)


def honest() -> Any:
    """Return a solver without mistakes that shares nothing with the fast one."""
    direct = Direct()

    def wrapped(name: str) -> Callable[..., Any]:
        def ask(system: OpenSystem, *argument: Any) -> Array:
            if not system.shape:
                return getattr(direct, name)(system, *argument)
            return np.stack([ask(system[i], *argument) for i in range(system.shape[0])])

        return ask

    functions = {name: wrapped(name) for name in ALL}
    return SimpleNamespace(name="direct", version="1", accuracy=1e-11, **functions)
