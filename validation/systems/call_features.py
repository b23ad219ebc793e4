"""What a question beyond the observables of a system can be: by function, features and their values.

Such a question is made from its features, and remembers them: what a function of x does between the places
where it is asked is not read off it. The simplest value of a feature comes first.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CALL_FEATURES", "OF_CALLS"]

# By value what is said of a question that has it, after "wrong".
Values = Mapping[str, str]

_FAMILY: Mapping[str, Values] = {
    "levels": {"2": "for two levels", "1": "for one level", "3+": "from three levels on"},
    "entries": {"complex": "for complex matrices", "real": "for real matrices"},
    "family": {
        "curved": "where h is not linear in x", "linear": "where h is linear in x",
        "tangent": "for a family that the package ships", "object": "for a family of a user's class",
    },
    "coordinates": {
        "2": "for two coordinates", "1": "for one coordinate", "3": "from three coordinates on",
        "4+": "from four coordinates on",
    },
    "spin": {"1": "for a spin factor of 1", "2": "for a spin factor of 2", "3+": "for a spin factor above 2"},
    "leads": {"2": "for two leads", "1": "for a single lead", "3+": "from three leads on"},
    "temperatures": {
        "different": "whenever two temperatures differ", "equal": "where all temperatures are equal",
    },
    "potentials": {
        "different": "whenever two potentials differ", "equal": "where all potentials are equal",
        "reversed": "where the first potential is the lower one",
    },
}  # fmt: skip
_SYSTEM = {name: values for name, values in _FAMILY.items() if name not in ("family", "coordinates")}
_ALONE: Mapping[str, Values] = {
    "masses": {
        "different": "where masses differ", "equal": "where all masses are equal",
        "one number": "where one number is the mass of all",
    },
    "surface": {
        "springs": "in a harmonic potential", "one spring": "where one force constant is that of all",
        "quartic": "in a potential with second derivatives that is not harmonic",
        "gradient only": "in a potential without second derivatives",
    },
}  # fmt: skip
_PLACE: Mapping[str, Values] = {
    "place": {
        "one": "at one position", "batch": "for a batch of positions",
        "several axes": "for a batch of several axes", "one of a batch": "for a batch of one",
        "whole numbers": "where positions are whole numbers", "origin": "at x = 0",
        "the same twice": "where a position comes twice",
    }
}  # fmt: skip
_START: Mapping[str, Values] = {
    "start": {
        "one": "for one start", "batch": "for a batch of starts",
        "one velocity": "where many positions share a velocity",
        "one position": "where many velocities share a position",
        "whole numbers": "where the start is of whole numbers", "at rest": "where the start is at rest",
        "several axes": "for starts of several batch axes",
    }
}  # fmt: skip
_PATH: Mapping[str, Values] = {
    "path": {
        "oscillation": "along an oscillation", "straight": "along a straight path",
        "knots": "along a trajectory given at a few times", "function": "along a path that is a function",
        "at rest": "along a path that rests",
    }
}  # fmt: skip
_TIMES: Mapping[str, Values] = {
    "times": {
        "uneven": "for times of uneven steps", "one": "for a single time", "even": "for times of even steps",
        "late": "where the first time is not 0", "negative": "where times are negative",
        "whole numbers": "where times are whole numbers", "long": "in a long run",
        "many": "for many times",
    }
}  # fmt: skip
_JELLIUM: Mapping[str, Values] = {
    "strength": {"positive": "for a positive strength", "negative": "for a negative strength"},
    "bias": {
        "positive": "for a positive bias", "negative": "for a negative bias", "small": "for a small bias",
        "large": "where the bias is not small beside the Fermi energy",
    },
    "motion": {"usual": "for a frequency like the bias", "zero": "at rest", "small": "for a low frequency",
               "large": "for a frequency above the bias"},
    "subbands": {"some": "for some subbands", "one": "for one subband", "many": "for many subbands"},
    "points": {
        "one": "at one point", "list": "at a list of points", "several axes": "for points of several axes",
        "one of a list": "for a list of one point", "the same twice": "where a point comes twice",
        "whole numbers": "where points are whole numbers",
    },
    "side": {"usual": "for a side of order 1", "wide": "for a wide side", "narrow": "for a narrow side"},
    "point": {"anywhere": "at points anywhere", "diagonal": "where x = y", "axis": "on the axis of the wire",
              "wall": "close to a wall"},
    "wires": {"one": "for one wire", "batch": "for a batch of wires"},
}  # fmt: skip

CALL_FEATURES: Mapping[str, Mapping[str, Values]] = {
    "stiffness": {**_FAMILY, **_ALONE, **_PLACE},
    "vibrations": {
        **_FAMILY, **_ALONE, **_PLACE,
        "friction": {"with": "with friction", "without": "without friction"},
    },
    "self_consistent": {
        **_FAMILY, **_PLACE,
        "functional": {
            "strengths": "where sites repel electrons differently",
            "one strength": "where one U is that of all",
            "neutral": "for sites that are kept neutral", "written out": "for a functional of a user's own",
            "one site": "where one site is charged", "not in order": "where sites are in no order",
        },
    },
    "mode_rates": {
        **_SYSTEM,
        "batch": {
            "none": "for a system that is no batch", "some": "for a batch", "one": "for a batch of one",
        },
        "shape": {
            "number": "for a single frequency", "list": "for a list of frequencies",
            "list of one": "for a list of one frequency", "not in order": "for frequencies in no order",
            "the same twice": "where a frequency comes twice",
        },
        "size": {"usual": "for frequencies like the levels", "small": "for a low frequency",
                 "large": "for a high frequency"},
        "mass": {"usual": "for a mass other than 1", "1": "for a mass of 1", "heavy": "for a heavy mass",
                 "light": "for a light mass"},
    },
    "jellium_curl": _JELLIUM,
    "jellium_friction": _JELLIUM,
    "jellium_vector_potential": _JELLIUM,
    "driven": {**_FAMILY, **_PATH, **_TIMES},
    "ehrenfest": {**_FAMILY, **_ALONE, **_START, **_TIMES},
    "langevin": {**_FAMILY, **_ALONE, **_START, **_TIMES},
    "two_time_noise": {
        **_FAMILY, **_PATH,
        "delays": {
            "rising": "for delays in rising order", "one": "for a single delay",
            "not in order": "for delays in no order", "the same twice": "where a delay comes twice",
            "zero": "for a delay of 0", "whole numbers": "where time and delays are whole numbers",
        },
        "since": {"given": "where the path begins somewhere", "always": "where the path has no beginning"},
    },
}  # fmt: skip

# What cannot be, as in `combinations`.
OF_CALLS: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {"levels": ("1",), "entries": ("complex",)},
    {"levels": ("1",), "functional": ("strengths", "one strength", "not in order")},
    {"leads": ("1",), "temperatures": ("different",)},
    {"leads": ("1",), "potentials": ("different", "reversed")},
    # At rest no subband may open between the two potentials.
    {"bias": ("large",), "motion": ("zero",)},
    # No point with whole numbers is in a narrow wire.
    {"points": ("whole numbers",), "side": ("narrow",)},
    # A trajectory begins at its first knot.
    {"path": ("knots",), "since": ("always",)},
)
