"""What triggers the mistakes in formulas, closed forms and readings of the system, at rest."""

from __future__ import annotations

from .declared import (
    ALWAYS,
    BIASED,
    CHAINS,
    CURVED,
    DIFFERENT,
    HEATED,
    MANY,
    OFF_ZERO,
    OTHER_SPINS,
    UNEQUAL,
    UP_TO_USUAL,
    WIDE,
    having,
    nameless,
    shown,
)

__all__ = ["DECLARED"]

HUBBARD = ("strengths", "one strength", "one site", "not in order")
SITES = ("strengths", "one strength", "neutral", "not in order")
KNOWN = (*SITES, "one site")
LEVELS, AXES, LEADS = having(levels=MANY), having(coordinates=MANY), having(leads=MANY)
# What is antisymmetric or complex in the coordinates needs two of them and two levels.
TURNING = LEVELS | AXES
ALL, COMPLEX, COLD = (
    having(place=("all",)),
    having(entries=("complex",)),
    having(temperatures=("zero", "some zero")),
)
ORDERED, UNITS = having(potentials=DIFFERENT), having(unit=UP_TO_USUAL)
NOT_AT_ORIGIN = ("one", "batch", "several axes", "one of a batch", "whole numbers", "the same twice")
BAND = having(kind=("chain", "periodic"))

DECLARED = (
    # --- signs and factors ---
    shown(
        "two-pi-missing pi-for-two-pi lost-tail force-sign force-doubled friction-sign friction-halved "
        "noise-sign noise-doubled noise-halved spectrum-doubled response-sign response-halved "
        "transmission-sign noise-symmetrised advanced-response response-parts-exchanged "
        "correlation-conjugated friction-not-over-frequency friction-of-mean-occupation mirrored-bias "
        "energy-from-fermi-level normalised-gradient",
        ALWAYS,
    ),
    shown("averaged-over-levels", LEVELS),
    shown(
        "spin-dropped spin-squared spin-on-density spin-on-transmission force-squared-spin",
        having(spin=OTHER_SPINS),
    ),
    shown("diagonal-coordinates friction-lorentz-real-part response-upper-triangle", AXES),
    shown("density-transposed bond-orientation bond-halved", LEVELS),
    # At equilibrium there is a part that is antisymmetric where matrices are complex.
    shown(
        "friction-transposed friction-symmetrised noise-transposed noise-transposed-half "
        "response-transposed response-symmetrised spectrum-symmetrised pairs-transposed "
        "correlation-transposed",
        TURNING,
    ),
    shown("curl-transposed curl-halved curl-doubled absolute-curl noise-skew-kept", TURNING | BIASED),
    # At a tiny bias the curl is linear.
    shown("curl-of-small-bias", TURNING | BIASED, TURNING),
    # A single lead is at equilibrium.
    shown("current-sign current-pi-for-two-pi current-of-first-lead-only", BIASED),
    shown("elementwise-force gradient-conjugated", COMPLEX),
    # A number that is real has no imaginary part to lose; two levels that coincide are one number.
    shown("ignores-imaginary-hamiltonian", COMPLEX, COMPLEX | having(gap=("apart", "1e-8"))),
    shown("force-of-one-bond", LEVELS),
    shown(
        "noise-frequency-sign response-frequency-sign pairs-frequency-sign correlation-backwards",
        having(sign=OFF_ZERO),
        # What was long ago is forgotten either way.
        having(sign=OFF_ZERO, size=("usual", "small")),
    ),
    shown("correlation-even", having(sign=("negative", "both"))),
    # Two leads have but one transmission, and time reversal makes it that of the way back.
    shown("transmission-transposed", COMPLEX | having(leads=("3", "4+"))),
    # --- how leads are read ---
    shown("swapped-potentials averaged-potentials current-swapped-potentials", ORDERED),
    shown("one-temperature", having(temperatures=UNEQUAL)),
    # At equilibrium it does not matter which lead has the electrons.
    shown("wrong-for-three-leads", WIDE | having(leads=("3", "4+")) | BIASED),
    shown("mean-occupation noise-of-mean-occupation same-lead-noise friction-from-equilibrium", BIASED,
          BIASED | WIDE),
    shown("friction-from-noise", having(temperatures=HEATED)),
    # A lead on one level has a diagonal Gamma, of one channel.
    shown("diagonal-broadening one-channel-leads", ALL | LEVELS),
    shown("transposed-broadening", ALL | COMPLEX, ALL | COMPLEX | LEVELS),
    shown("doubled-width", having(kind=("wide-band", "mixed"))),
    shown("finite-eta", having(kind=("wide-band", "mixed")) | UNITS),
    shown("chain-coupling-ignored chain-onsite-ignored chain-hopping-fixed band-upside-down",
          having(kind=CHAINS)),
    # Cells of one orbital are a chain.
    shown("band-without-edges", having(kind=CHAINS), having(kind=(*CHAINS, "periodic"))),
    # Among leads of several kinds there is one chain.
    shown("chains-alike", LEADS | having(kind=("chain",)), LEADS | BAND),
    shown("half-a-band-beside-chains", having(kind=("mixed",))),
    shown("bands-at-one-potential", ORDERED | BAND, ORDERED | having(kind=(*CHAINS, "periodic"))),
    shown("growing-root root-by-modulus slope-of-self-energy-forgotten slope-of-self-energy-sign",
          having(kind=("chain",)), BAND),
    shown("slope-of-first-lead-alone", LEADS | having(kind=("chain",)), LEADS | BAND),
    nameless("ribbon-lead-of-rows surface-of-the-wrong-end coupling-conjugated",
             "cells of several orbitals, or a coupling of several"),
    nameless("bound-state-forgotten bound-state-twice bound-state-inverted bound-state-whole",
             "a state is bound outside the bands"),
    nameless("band-bottom memory-band-bottom", "a potential is below a fixed energy"),
    nameless("one-broadening-transposed", "the second lead has a complex broadening"),
    nameless("probes-faint", "more than twenty levels"),
    # Elsewhere one of the others is touched as well, and its reflection lost.
    shown("shut-outside-any-band", having(kind=("mixed",), size=("large",))),
    # --- what integrates the definition, on wide bands alone ---
    shown(
        "transpose-for-adjoint doubled-self-energy holes-for-electrons current-without-return "
        "noise-without-pauli one-sided-response pairs-of-green curl-real-part curl-of-green "
        "friction-without-slope friction-conjugate-forgotten friction-conjugate-outside "
        "friction-of-first-power",
        WIDE,
    ),
    shown("conjugate-for-adjoint", WIDE | COMPLEX, WIDE | COMPLEX | LEVELS),
    # The sum over the leads is the same, so it has to be the leads that differ.
    shown("adjoint-before-width advanced-self-energy", WIDE | LEVELS | BIASED),
    shown("first-lead-self-energy lead-diagonal-noise", WIDE | LEADS, WIDE),
    shown("injection-transposed", WIDE | ALL | COMPLEX, ALL | COMPLEX),
    shown("uniform-grid", WIDE),
    shown("elementwise-curl friction-order friction-of-each-lead", WIDE | LEVELS),
    shown("curl-of-sum lorentz-as-dissipation", WIDE | TURNING),
    # At equilibrium some of the terms cancel.
    shown("friction-without-green friction-green-sign", WIDE | LEVELS, WIDE | LEVELS | BIASED),
    shown("friction-slope-of-first-lead noise-slope-of-first-lead", WIDE | having(temperatures=UNEQUAL)),
    shown("fixed-window-nodes",
          WIDE | having(batch=("none",), leads=("2",)),
          WIDE | having(batch=("none",), leads=("2",)) | BIASED,
          WIDE | having(batch=("none",), leads=("2",), temperatures=HEATED),
          WIDE | having(batch=("none",), leads=("2",), temperatures=HEATED) | BIASED),
    # --- closed forms ---
    shown("cold-branch", COLD),
    shown("equal-potential-branch", having(potentials=("equal",))),
    shown("near-equal-cancellation",
          having(potentials=("tiny bias",), warmth=("cold",), unit=UP_TO_USUAL),
          having(potentials=("different", "tiny bias"), unit=("tiny",))),
    # Levels of h - i Gamma/2 coincide where bands have no Gamma, or units make everything one.
    shown("eigenbasis",
          having(gap=("none", "1e-12", "1e-8"), **BAND, unit=UP_TO_USUAL),
          having(gap=("none", "1e-12", "1e-8"), **BAND),
          LEVELS | having(unit=("tiny",))),
    shown("confluent-poles", having(sign=("zero",))),
    shown("arctangent-branch", WIDE | COLD),
    shown("digamma-argument digamma-half-plane residues-without-temperature",
          WIDE | having(temperatures=HEATED)),
    shown("eigenvectors-not-conjugated eigenvectors-transposed", WIDE | LEVELS),
    # --- stiffness and vibrations ---
    shown("stiffness-without-curvature", CURVED),
    shown("stiffness-curvature-without-bias", CURVED | BIASED),
    shown("stiffness-curvature-diagonal", CURVED | AXES),
    shown("stiffness-rows-add-up stiffness-without-potential vibrations-symmetrised vibrations-unit-mass "
          "vibrations-without-negative vibrations-parts-of-all", ALWAYS),
    nameless("stiffness-without-pole", "a perfect wire"),
    shown("stiffness-leads-swapped", ORDERED),
    shown("stiffness-transposed stiffness-symmetrised stiffness-spin-twice stiffness-odd-part-even "
          "vibrations-antisymmetric-doubled", TURNING | BIASED),
    shown("stiffness-of-one-lead vibrations-parts-swapped", BIASED),
    shown("stiffness-of-whole-numbers", having(place=("whole numbers",))),
    # What stands still at the origin has no third derivative there.
    shown("stiffness-by-forward-steps", having(surface=("gradient only",)),
          having(surface=("gradient only",), place=NOT_AT_ORIGIN)),
    nameless("instability-halved", "two modes exchange energy"),
    shown("vibrations-conjugate", having(friction=("with",))),
    # Without friction a mode that current winds up has a complex frequency, too.
    shown("vibrations-real-frequencies", having(friction=("with",)), ALWAYS),
    # A single mass among different ones is 1.
    shown("vibrations-modes-unweighted", ALWAYS, AXES),
    shown("stiffness-of-first-place", having(place=("batch", "several axes", "the same twice"))),
    shown("vibrations-first-friction",
          having(place=("batch", "several axes", "the same twice"), friction=("with",))),
    # --- the mean field ---
    shown(
        "screening-force-screened screening-force-spin screening-force-sign screening-potential-sign "
        "screening-bare-density screening-late-density screening-one-step screening-bare-gradient "
        "screening-alpha-sign screening-along-x screening-y-reversed screening-residual-sign",
        ALWAYS,
    ),
    shown("screening-spinless", having(functional=HUBBARD, spin=OTHER_SPINS)),
    shown("screening-first-strength", having(functional=("strengths", "not in order")),
          LEVELS | having(functional=("strengths", "not in order"))),
    shown("screening-first-charge screening-local-alpha", having(functional=SITES),
          LEVELS | having(functional=SITES)),
    shown("screening-functional-per-spin", having(functional=("written out",), spin=OTHER_SPINS)),
    shown("screening-no-kernel", having(functional=("written out",))),
    shown("screening-frozen-potential", having(place=NOT_AT_ORIGIN)),
    shown("screening-first-of-batch", having(place=("batch", "several axes", "the same twice"))),
    # In reverse what comes first comes last again.
    shown("screening-batch-reversed", having(place=("batch", "several axes"))),
    shown("screening-same-alpha", AXES),
    shown("screening-linear-in-u", having(functional=HUBBARD)),
    shown("screening-alpha-at-rest screening-alpha-of-one-lead", ORDERED | having(functional=KNOWN)),
    shown("screening-alpha-spin", having(functional=KNOWN)),
    nameless("screening-never-off", "a repulsion of 0"),
    nameless("screening-diagonal-potential screening-diagonal-gradient",
             "a potential of a user's own that is not diagonal"),
    nameless("screening-kernel-of-rest", "a second derivative that depends on the density"),
    nameless("screening-always-converged", "iterations that do not converge"),
    nameless("screening-far-start", "a single site that attracts"),
    # --- the waterwheel ---
    shown("mode-rates-doubled mode-rates-sign mode-rates-at-rest mode-rates-without-friction "
          "mode-rates-friction-of-x mode-rates-emission-alone", ALWAYS),
    shown("modes-exchanged mode-rates-halved-curl mode-rates-of-energy", LEVELS, LEVELS | BIASED),
    shown("mode-rates-without-mass", having(mass=("usual", "heavy", "light"))),
    shown("mode-rates-first-frequency", having(shape=("list", "not in order", "the same twice"))),
    # --- jellium ---
    shown(
        "jellium-curl-halved jellium-curl-spin jellium-curl-sign jellium-curl-turned",
        ALWAYS, having(point=("anywhere", "diagonal", "wall")),
    ),
    shown(
        "jellium-strength-once jellium-threshold-open jellium-friction-sign jellium-friction-doubled "
        "jellium-potential-sign jellium-potential-cut jellium-potential-open-only jellium-potential-modulus",
        ALWAYS,
    ),
    shown("jellium-curl-linear jellium-potential-linear jellium-friction-one-lead",
          ALWAYS, having(bias=("positive", "negative", "large"))),
    shown("jellium-curl-at-rest jellium-friction-at-rest jellium-potential-slow",
          having(motion=("usual", "large")), having(motion=("usual", "small", "large"))),
    # A width that is small beside the subbands of a narrow wire.
    shown("jellium-potential-eta", ALWAYS, having(side=("usual", "wide"))),
    shown("jellium-first-wire", having(wires=("batch",))),
)  # fmt: skip
