"""What single systems may cost, as ratios of processor times: the benchmarks of asv, held to a bound."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from electronwind import OBSERVABLES, fast

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks import chains

MOVED = ("friction", "white_noise", "response")


def ratio(make, name):
    """Return the least processor time of a call over that of one eigenvalue problem, in turns."""
    asked = [chains.FREQUENCY] if OBSERVABLES[name].argument else []
    matrix = np.array(make().hamiltonian, complex)
    matrix[0, 0] -= 0.5j
    times = []
    for _ in range(4):
        system = make()
        start = time.process_time()
        getattr(fast, name)(system, *asked)
        middle = time.process_time()
        np.linalg.eig(matrix)
        times.append((middle - start, time.process_time() - middle))
    return min(spent for spent, _ in times) / min(spent for _, spent in times)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["density_matrix", "force", "curl", *MOVED])
def test_a_ribbon_costs_some_eigenvalue_problems(name):
    """Of 8 x 20 sites: twice what it took when this was written."""
    bound = {"response": 320}.get(name, 90 if name in MOVED else 56)
    assert ratio(lambda: chains.ribbon(20, 8), name) < bound


@pytest.mark.slow
@pytest.mark.parametrize("name", ["density_matrix", "force", "curl", *MOVED])
def test_a_chain_costs_few_eigenvalue_problems(name):
    """Of 100 sites: twice what it took when this was written."""
    assert ratio(lambda: chains.chain(100, 0.1, 0.01), name) < (26 if name in MOVED else 12)


@pytest.mark.slow
def test_many_frequencies_cost_little_more_than_one():
    """The response of 60 levels at 50 of them, over panels at equal accuracy and over one problem."""
    spectrum = chains.Spectrum()

    assert spectrum.track_over_one_eig() < 50
    assert spectrum.track_gauss_panels() > 100
