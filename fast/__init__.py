"""The fast solver: closed forms without a frequency grid, vectorised over batches.

Every function takes an `electronwind.OpenSystem` and returns numpy arrays. Wide-band leads: digamma functions
and Sylvester equations. Leads with bands: a contour for the equilibrium part and adaptive rules for the bias
window and where occupations change.
"""

if __name__ != "electronwind.fast":
    raise ImportError(f"this folder is the package electronwind.fast, not {__name__}")

from . import crystal_leads  # noqa: F401 - what a periodic lead answers is registered there
from .bound_states import bound_states
from .critical_bias import critical_bias
from .curl import curl
from .current import bond_current, current, transmission
from .density import density_matrix, force
from .driven import driven
from .ehrenfest import ehrenfest
from .force_correlation import force_correlation
from .friction import friction
from .jellium import jellium_curl, jellium_friction, jellium_vector_potential
from .langevin import langevin
from .mode_rates import mode_rates
from .noise import force_noise, white_noise
from .pair_density import pair_density
from .relaxed import relaxed
from .response import response
from .self_consistent import self_consistent
from .spectral import Grid
from .stiffness import stiffness
from .two_time import two_time_noise
from .vibrations import vibrations

__all__ = [
    "Grid",
    "bond_current",
    "bound_states",
    "critical_bias",
    "curl",
    "current",
    "density_matrix",
    "driven",
    "ehrenfest",
    "force",
    "force_correlation",
    "force_noise",
    "friction",
    "jellium_curl",
    "jellium_friction",
    "jellium_vector_potential",
    "langevin",
    "mode_rates",
    "pair_density",
    "relaxed",
    "response",
    "self_consistent",
    "stiffness",
    "transmission",
    "two_time_noise",
    "vibrations",
    "white_noise",
]

name = "fast"
# Orders in the length of the steps, and what runs in time reach where nothing else is asked for.
orders = (1, 2, 4)
time_accuracy = 1e-9
