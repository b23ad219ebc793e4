"""The fast solver on coordinates that the electrons push: Ehrenfest, Langevin, batches."""

from dataclasses import fields

import numpy as np
import pytest
from junctions import junction
from threadpoolctl import threadpool_info, threadpool_limits

from electronwind import InvalidSystemError, OpenSystem, WideBandLead, fast, models
from electronwind.body import ClassicalBody, Harmonic, Potential
from electronwind.fast.brownian import Noisy
from electronwind.fast.field import Field

BODY = ClassicalBody([30.0, 50.0], Harmonic([1.0, 2.0], [0.1, -0.2]))
START = np.array([0.2, -0.3]), np.array([0.01, 0.02])


def arrays(run):
    found = {f.name: getattr(run, f.name) for f in fields(run)}
    # What only a chain has is not there, and the name of the way is no number.
    return {name: part for name, part in found.items() if part is not None and not isinstance(part, str)}


def test_energy_is_kept():
    """Kinetic, potential and electronic energy change by what the leads do, for complex h and spin."""
    run = fast.ehrenfest(junction(), BODY, START, np.linspace(0, 30, 7))
    total = run.kinetic + run.potential + run.electronic - run.work

    assert np.ptp(total) < 1e-9
    assert np.ptp(run.work) > 1e-2
    assert np.ptp(run.kinetic) > 1e-3


def test_ehrenfest_obeys_newton_and_the_driven_electrons():
    """Along its trajectory the force is that of driven electrons, and the motion is that of the force."""
    model = junction()
    x, w = np.polynomial.legendre.leggauss(40)
    times = np.concatenate([[0.0], 5 + 5 * x, [10.0]])
    run = fast.ehrenfest(model, BODY, START, times)
    at = np.polynomial.legendre.Legendre

    def path(t):
        return np.stack([at.fit(times, c, 30, domain=[0, 10])(t) for c in run.position.T], axis=-1)

    driven = fast.driven(model, path, times, accuracy=1e-8)
    pull = (driven.force - BODY.potential.gradient(run.position)) / BODY.mass

    assert np.allclose(driven.force, run.force, rtol=0, atol=1e-6)
    assert np.allclose(driven.current, run.current, rtol=0, atol=1e-6)
    assert np.allclose(START[1] + 5 * w @ pull[1:-1], run.velocity[-1], rtol=0, atol=1e-7)
    assert np.allclose(START[0] + 5 * w @ run.velocity[1:-1], run.position[-1], rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("order", "method"), [(2, "modes"), (4, "modes"), pytest.param(2, "spectral", marks=pytest.mark.slow)]
)
def test_orders_of_the_coupled_steps(order, method):
    """Coordinates and electrons together keep the order of the step, and the spectral method its own."""
    times = [0.0, 20.0]
    model, body, start = models.two_level(), ClassicalBody(20.0, Harmonic(1.0, -0.22)), ([-0.2], [0.02])
    want = fast.ehrenfest(model, body, start, times, accuracy=1e-11)
    options = {"order": order, "method": method}
    step = 0.5 if method == "spectral" else 1.0
    runs = [fast.ehrenfest(model, body, start, times, step=step / k, **options) for k in (1, 2)]
    errors = [np.max(np.abs(run.position - want.position)) for run in runs]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.4)
    assert errors[1] < runs[1].error
    assert want.error < 1e-9


def test_a_batch_of_starts_is_one_run():
    """Every member of a batch moves as it does alone."""
    model, times = models.two_level(), [0.0, 30.0, 100.0]
    body = ClassicalBody(100.0, Harmonic(1.0, -0.22))
    x, v = np.linspace(-0.4, 0.1, 6).reshape(2, 3, 1), np.full((3, 1), 0.01)
    batch = fast.ehrenfest(model, body, (x, v), times)
    alone = fast.ehrenfest(model, body, (x[1, 2], v[2]), times)

    assert batch.position.shape == (2, 3, 3, 1)
    assert batch.work.shape == (2, 3, 3)
    for name, value in arrays(alone).items():
        if name not in ("times", "error"):
            assert np.allclose(arrays(batch)[name][1, 2], value, rtol=0, atol=1e-9)


def test_outputs_do_not_change_the_motion():
    """Asking for few times or many gives the same motion."""
    model, body = models.two_level(), ClassicalBody(20.0, Harmonic(1.0, -0.22))
    many = fast.ehrenfest(model, body, ([-0.2], [0.02]), np.linspace(0, 60, 61))
    few = fast.ehrenfest(model, body, ([-0.2], [0.02]), [0.0, 60.0])

    assert np.allclose(many.position[-1], few.position[-1], rtol=0, atol=1e-10)
    assert np.allclose(many.work[-1], few.work[-1], rtol=0, atol=1e-9)


def test_checkpoints_of_other_problems_are_refused(tmp_path):
    """A checkpoint serves the run that wrote it and no other; a file that is none is refused in words."""
    model, body, state = models.two_level(), ClassicalBody(20.0, Harmonic(1.0, -0.22)), tmp_path / "state.npz"
    first = fast.ehrenfest(model, body, ([-0.2], [0.02]), [0.0, 5.0], checkpoint=state, progress=True)
    again = fast.ehrenfest(model, body, ([-0.2], [0.02]), [0.0, 5.0], checkpoint=state)

    assert np.array_equal(first.position, again.position)
    other = ClassicalBody(20.0, Harmonic(1.1, -0.22))
    for m, b, times in (
        (model, other, [0.0, 5.0]),
        (model, body, [0.0, 6.0]),
        (models.two_level(eta=0.2), body, [0.0, 5.0]),
    ):
        with pytest.raises(InvalidSystemError, match="another problem"):
            fast.ehrenfest(m, b, ([-0.2], [0.02]), times, checkpoint=state)
    state.write_text("nothing")
    with pytest.raises(InvalidSystemError, match="cannot be read"):
        fast.ehrenfest(model, body, ([-0.2], [0.02]), [0.0, 5.0], checkpoint=state)


def test_langevin_is_its_equation():
    """Without noise the velocity changes by force, friction and potential; slow Ehrenfest motion agrees."""
    model = junction()
    x, w = np.polynomial.legendre.leggauss(40)
    times = np.concatenate([[0.0], 5 + 5 * x, [10.0]])
    run = fast.langevin(model, BODY, START, times, accuracy=1e-10)
    system = model.at(run.position)
    want = fast.force(system) - np.einsum("tij,tj->ti", fast.friction(system), run.velocity)
    pull = (run.force - BODY.potential.gradient(run.position)) / BODY.mass

    assert run.seed is None
    assert np.allclose(run.force, want, rtol=0, atol=1e-12)
    assert np.allclose(START[1] + 5 * w @ pull[1:-1], run.velocity[-1], rtol=0, atol=1e-8)
    heavy = ClassicalBody(1e5, Harmonic(1.0, -0.22))
    pair = [
        f(models.two_level(), heavy, ([-0.2], [0.0]), [0.0, 500.0]) for f in (fast.langevin, fast.ehrenfest)
    ]
    assert np.allclose(pair[0].position, pair[1].position, rtol=0, atol=1e-6)


class Flat(models.Model):
    """A junction whose friction and noise are those of `junction` at one point, everywhere."""

    coordinates = ("x", "y")
    degeneracy = 2
    leads = junction((0.2, 0.2, 0.2)).leads

    def _hamiltonian(self, x, xp):
        rows = junction().hamiltonian([0.1, -0.2])
        return [[rows[i, j] + 0 * x[0] for j in range(2)] for i in range(2)]

    def _gradient(self, x, xp):
        slopes = junction().gradient([0.1, -0.2])
        return [[[s[i, j] + 0 * x[0] for j in range(2)] for i in range(2)] for s in slopes]


# The same force everywhere is what the test wants, and no Hamiltonian has.
@pytest.mark.filterwarnings("ignore::electronwind.GradientWarning")
def test_noise_of_langevin_is_white_noise():
    """The velocity of a free body spreads as white noise of the given strength and its friction make it."""
    start = np.zeros((2_000, 2)), np.zeros((2_000, 2))
    free = ClassicalBody([20.0, 30.0], Potential(lambda x: 0 * x[..., 0], lambda x: 0 * x))
    system = Flat().at([0.0, 0.0])
    force = fast.force(system)
    held = ClassicalBody(free.mass, Potential(lambda x: x @ force, lambda x: force + 0 * x))
    run = fast.langevin(Flat(), held, start, [0.0, 4.0], noise=True, seed=7, step=2.0)
    decay = fast.friction(system) / free.mass[:, None]
    spread = fast.white_noise(system) / np.multiply.outer(free.mass, free.mass)
    values, vectors = np.linalg.eig(decay)
    inner = np.linalg.inv(vectors) @ spread @ np.linalg.inv(vectors).T
    both = values[:, None] + values
    want = (vectors @ (inner * (1 - np.exp(-4.0 * both)) / both) @ vectors.T).real

    got = np.cov(run.velocity[:, -1].T)
    scale = np.sqrt(np.multiply.outer(np.diag(want), np.diag(want)))
    assert run.seed == 7
    assert np.max(np.abs(got - want) / scale) < 5 * np.sqrt(2 / 2_000)
    assert np.max(np.abs(np.mean(run.velocity[:, -1], axis=0)) / np.sqrt(np.diag(want))) < 5 / np.sqrt(2_000)


@pytest.mark.slow
def test_langevin_thermalises():
    """At equilibrium noise and friction, which vary with x, keep a body at the temperature of the leads."""
    t = 0.1
    model = models.single_level(mu=(0.0, 0.0), temperature=(t, t), slope=0.3)
    body, start = ClassicalBody(2.0, Harmonic(1.0, 0.15)), (np.zeros((2000, 1)), np.zeros((2000, 1)))
    run = fast.langevin(model, body, start, [0.0, 25.0], noise=True, seed=3, step=0.4)
    pull = body.potential.gradient(run.position[:, -1]) - fast.force(model.at(run.position[:, -1]))

    assert 2.0 * np.mean(run.velocity[:, -1] ** 2) == pytest.approx(t, rel=5 * np.sqrt(2 / 2000))
    # Virial theorem.
    assert np.mean(run.position[:, -1] * pull) == pytest.approx(t, rel=0.2)


class Silence:
    """A generator of noise that is zero."""

    def standard_normal(self, shape):
        """Return zeros."""
        return np.zeros(shape)


def test_noisy_steps_are_of_second_order():
    """What the steps of a noisy run do to the mean falls with the square of their length."""
    model, x, v = junction(), START[0][None], START[1][None]
    want = fast.langevin(model, BODY, START, [0.0, 2.5], accuracy=1e-9).position[-1]
    field, times = Field(model, x, 1e-9, True), np.array([0.0, 2.5])

    def error(step):
        run = Noisy(field, BODY, x, v, times, step, 0)
        run._generator = Silence()
        while not run.done:
            run.advance()
        return np.max(np.abs(run.history.arrays()["position"][0, -1] - want))

    errors = [error(step) for step in (0.5, 0.25)]

    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)


def test_noise_takes_one_thread():
    """Exponentials of a run with noise are too small for threads of BLAS, which are given back after it."""
    model, body, seen = models.single_level(), ClassicalBody(2.0, Harmonic(0.1, 0.0)), []

    def threads():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    def told(_):
        seen.append(threads())

    with threadpool_limits(2, "blas"):
        fast.langevin(model, body, ([0.1], [0.0]), [0.0, 2.0], noise=True, seed=1, progress=told)
        after = threads()

    assert seen
    assert all(found == {1} for found in seen)
    assert after == {2}


def test_seed_is_told():
    """A seed that was drawn repeats the run."""
    model, body = models.single_level(), ClassicalBody(2.0, Harmonic(0.1, 0.0))
    run = fast.langevin(model, body, ([0.1], [0.0]), [0.0, 2.0], noise=True)
    same = fast.langevin(model, body, ([0.1], [0.0]), [0.0, 2.0], noise=True, seed=run.seed)

    assert np.array_equal(run.velocity, same.velocity)


def test_bad_bodies_are_refused():
    """Starts, masses, seeds and options that make no sense are named."""
    model, body, start = models.two_level(), ClassicalBody(1.0, Harmonic(1.0)), ([0.0], [0.0])
    with pytest.raises(InvalidSystemError, match="start"):
        fast.ehrenfest(model, body, ([0.0, 1.0], [0.0]), [0.0, 1.0])
    with pytest.raises(InvalidSystemError, match=r"body\.mass"):
        fast.ehrenfest(model, ClassicalBody([1.0, 2.0], Harmonic(1.0)), start, [0.0, 1.0])
    with pytest.raises(InvalidSystemError, match="progress"):
        fast.ehrenfest(model, body, start, [0.0, 1.0], progress="yes")
    with pytest.raises(InvalidSystemError, match="order"):
        fast.ehrenfest(model, body, start, [0.0, 1.0], method="spectral", step=0.1, order=4)
    with pytest.raises(InvalidSystemError, match="seed"):
        fast.langevin(model, body, start, [0.0, 1.0], noise=True, seed=-1)
    with pytest.raises(InvalidSystemError, match="body"):
        fast.langevin(model, "body", start, [0.0, 1.0])


def test_langevin_is_as_accurate_between_its_steps():
    """What is asked for between the steps errs no more than what a run that ends there finds."""
    h, gradient = (
        [[-0.375, -0.375 + 0.4375j], [-0.375 - 0.4375j, -0.8125]],
        [[[0, 1.25 - 1.4375j], [1.25 + 1.4375j, -0.125]]],
    )
    gammas = [[0.1797, 0.14 + 0.1j], [0.14 - 0.1j, 0.1953]], [[0.7031, 0.23 - 0.46j], [0.23 + 0.46j, 0.4]]
    leads = [WideBandLead(gammas[0], 0.1875, 0.2), WideBandLead(gammas[1], -0.3125, 0.2)]
    model, body = models.tangent(OpenSystem(h, gradient, leads)), ClassicalBody(5.0, Harmonic(3.5, -0.4375))
    run = fast.langevin(model, body, ([-0.0625], [-0.1875]), [0.0, 0.25, 0.5], accuracy=1e-9)
    alone = fast.langevin(model, body, ([-0.0625], [-0.1875]), [0.0, 0.25], accuracy=1e-12)
    for field in ("position", "velocity", "force"):
        np.testing.assert_allclose(getattr(run, field)[1], getattr(alone, field)[1], rtol=0, atol=2e-9)
