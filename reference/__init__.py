"""electronwind.reference: every observable straight from its definition, to as many digits as asked for.

Dense algebra and quadrature of the defining integrals in multiple precision: slow, plain, to be read
beside the papers. Each function takes `digits` and returns numpy arrays of mpmath numbers.
"""

if __name__ != "electronwind.reference":
    raise ImportError(f"this folder is the package electronwind.reference, not {__name__}")

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
