"""electronwind.reference: every observable straight from its definition, to as many digits as asked for.

Dense algebra and quadrature of the defining integrals in multiple precision: slow, plain, to be read
beside the papers. Each function takes `digits` and returns numpy arrays of mpmath numbers. Junctions in
motion are followed in the time domain, panel by panel of Gauss-Legendre nodes.
"""

if __name__ != "electronwind.reference":
    raise ImportError(f"this folder is the package electronwind.reference, not {__name__}")

from .bound_states import bound_states
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
from .response import response
from .self_consistent import self_consistent
from .stiffness import stiffness
from .two_time import two_time_noise
from .vibrations import vibrations

__all__ = [
    "bond_current",
    "bound_states",
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
    "response",
    "self_consistent",
    "stiffness",
    "transmission",
    "two_time_noise",
    "vibrations",
    "white_noise",
]
