"""The text of the scripts that show a failure, with places for what a report says.

A solver is asked in a process of its own, and the one that leaves with the exit code takes nothing from it
but a line of numbers: a solver may leave with 0 as it likes.
"""

from __future__ import annotations

__all__ = [
    "ASKED_PROGRAM",
    "ASKED_PYTHON",
    "CERTIFIED",
    "HEAD",
    "LOADED",
    "MARK",
    "MARK_REQUESTS",
    "REPLAY",
    "UNKNOWN",
]

MARK = "# Written by electronwind validate."
MARK_REQUESTS = '{"id": 1, "op": "describe"'
# The words come third: in one of the first two lines they could name an encoding to Python.
HEAD = """\
{mark}
# Exit code: 0 right, 1 wrong, 125 cannot tell, as `git bisect run` reads them.
# {words}
"""
# Where electronwind is missing, plain data with the same attributes stand for its classes.
ASKED_PYTHON = """\
import json, os, sys
from subprocess import PIPE, Popen

if sys.argv[1:] == ["--apart"] and hasattr(os, "fork") and (solver := os.fork()):
    os.close(1)  # this process is there for a solver that ends or stops its parent
    sys.exit(os.waitpid(solver, 0)[1] > 0)

import numpy as np


def ask():
    try:
{solver}
        function = solver.{observable}
    except BaseException as error:
        raise NotImplementedError(repr(error)) from error
    hamiltonian = {hamiltonian}
    gradient = {gradient}
    leads = {leads}
    hamiltonian.flags.writeable = gradient.flags.writeable = False
    try:
        import electronwind as ew

        leads = [getattr(ew, kind)(**parts) for kind, parts in leads]
        system = ew.OpenSystem(hamiltonian, gradient, leads, {degeneracy})
    except ImportError:
        from types import SimpleNamespace as Data

        leads = [Data(**parts) for _, parts in leads]
        system = Data(hamiltonian=hamiltonian, gradient=gradient, leads=leads, degeneracy={degeneracy},
                      shape={shape}, levels={levels}, coordinates={coordinates}, wide_band={wide_band})
    got = function(system{argument})
    if np.asarray(got).dtype.kind not in "iufcO":
        raise TypeError(f"expected numbers, got {{got!r:.60}}")
    return np.ma.array(got, dtype=complex).filled(np.nan)


if sys.argv[1:] == ["--here"]:  # for a debugger; the solver can leave with any exit code
    got = ask()
elif sys.argv[1:] == ["--apart"]:
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the solver prints is no answer
    try:
        got = ask()
        line = [got.shape, got.real.ravel().tolist(), got.imag.ravel().tolist()]
    except NotImplementedError as error:
        line = [repr(error)]  # cannot tell
    sys.exit(print(json.dumps(line), file=said, flush=True))
else:
    child = Popen([sys.executable, __file__, "--apart"], stdout=PIPE, start_new_session=True)
    try:
        line = json.loads(child.stdout.readline(2**26))
        if [*map(type, line)] == [str]:
            sys.exit(print("cannot tell:", *line) or 125)
        shape, *parts = line
        real, imaginary = np.reshape(np.array(parts, float), (2, *shape))
        got = real + 1j * imaginary
    except (ValueError, TypeError):  # no such line
        sys.exit("wrong: the solver raised, or left without an answer")
    finally:
        os.killpg(child.pid, 9) if hasattr(os, "killpg") else child.kill()
"""
# `resolve_name` takes what names a module or an object as `load_solver` does.
LOADED = """\
try:
    from electronwind import load_solver
except ImportError:
    from pkgutil import resolve_name as load_solver
    sys.path.insert(0, "")  # the current folder
solver = load_solver({spec!r})"""
ASKED_PROGRAM = """\
import json, shlex, sys
from subprocess import PIPE, Popen

import numpy as np


def written(x):  # numbers as the program asks for them
    if isinstance(x, list):
        return [written(i) for i in x]
    if isinstance(x, dict):
        return {{key: written(i) for key, i in x.items()}}
    return x.hex() if hexadecimal and isinstance(x, float) else x


def read(x):
    if isinstance(x, dict):
        return np.array(read(x["re"])) + 1j * np.array(read(x["im"]))
    if isinstance(x, list):
        return [read(i) for i in x]
    return x if not isinstance(x, str) else float.fromhex(x) if "0x" in x else float(x.replace("D", "e"))


try:
    pipes = dict(stdin=PIPE, stdout=PIPE, text=True, bufsize=1)
    # In a session of its own: what it ends of its group is not this script.
    program = Popen(shlex.split({command}), **pipes, start_new_session=True)
    print({describe}, file=program.stdin)
    hexadecimal = json.loads(program.stdout.readline()).get("floats") == "hexadecimal"
except Exception as error:
    sys.exit(print("cannot tell:", repr(error)) or 125)
request = json.loads({request})
print(json.dumps({{key: x if key == "id" else written(x) for key, x in request.items()}}), file=program.stdin)
answer = json.loads(program.stdout.readline())
program.stdin.close()
if "value" not in answer:
    sys.exit(print(answer) or (125 if answer.get("error") == "unsupported" else 1))
got = np.array(read(answer["value"]), dtype=complex)
"""
# Rounded far below the digits of double precision; what is real is shown so.
CERTIFIED = """\
want = {want}  # certified
usable = got.shape == want.shape and np.isfinite(got).all()
error = np.max(np.abs(got - want), initial=0) / {scale!r} if usable else np.inf
for name, x in (("got", np.round(got, {places}) + 0.0), ("want", want + 0.0)):
    print(f"{{name}}\\n{{x if np.any(np.imag(x)) else np.real(x)}}")
digits = max(0, -np.log10(max(error, 1e-17)))
print(f"error {{error:.3g}} of {allowed:.3g} allowed: {{digits:.1f}} correct digits")
sys.exit(0 if error <= {allowed!r}{real} else 1)
"""
# Where the right value is not known, an answer of the right form is not known to be right.
UNKNOWN = """\
shown = got.copy()
least = 1e-17 * np.max(np.abs(got), initial=0, where=np.isfinite(got))  # what rounding leaves
for part in (shown.real, shown.imag):
    part[np.abs(part) <= least] = 0
print(f"got\\n{{shown}}\\nexpected finite {kind} numbers of shape {expected}")
sys.exit(125 if got.shape == {expected} and np.isfinite(got).all(){real} else 1)
"""
REPLAY = """\
# No single call shows it: this script needs electronwind.
import sys

from electronwind import OpenSystem, SolverLoadError
from electronwind.validation import replay

solver = {solver}
system = OpenSystem.from_json({system})

try:
    passed = replay({id}, solver, system, {numbers})
except SolverLoadError as error:
    sys.exit(print("cannot tell:", error) or 125)
sys.exit(125 if passed is None else 0 if passed else 1)
"""
