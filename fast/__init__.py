"""The fast solver: closed forms without a frequency grid, vectorised over batches.

Every function takes an `electronwind.OpenSystem` and returns numpy arrays. Wide-band leads: digamma functions
and Sylvester equations, all observables. Chain leads: a contour for the equilibrium part and an adaptive
rule for the bias window; density matrix, force, curl, currents and transmission.
"""

if __name__ != "electronwind.fast":
    raise ImportError(f"this folder is the package electronwind.fast, not {__name__}")

from .curl import curl
from .current import bond_current, current, transmission
from .density import density_matrix, force
from .friction import friction
from .noise import force_noise, white_noise
from .response import response

__all__ = [
    "bond_current",
    "curl",
    "current",
    "density_matrix",
    "force",
    "force_noise",
    "friction",
    "response",
    "transmission",
    "white_noise",
]

name = "fast"
