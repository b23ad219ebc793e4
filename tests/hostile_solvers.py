"""Solvers that leave with 0, replace the judge or live on after it, each in a file of the current folder."""

from __future__ import annotations

import textwrap
from pathlib import Path

# Its force is wrong by one unless it is told to be right; what else it does is filled in.
HOSTILE = """
import atexit, builtins, ctypes, gc, json, os, resource, signal, struct, sys, threading, time
import numpy as np

class Leaves:
    def __array__(self, *given, **more):
        os._exit(0)
    def __str__(self):
        os._exit(0)
    __repr__ = __str__

class Trouble(Exception):
    __str__ = Leaves.__str__

WRONG = {wrong}

def force(system):
{does}
    return WRONG - system.hamiltonian[..., 0].real

def current(system):
    return np.zeros(1)

{top}
"""
# Every open descriptor is written to: with lines, with messages, and with what looks like a whole report.
WRITES = """
for fd in range(3, 64):
    try:
        os.write(fd, b'{"id": 2, "value": [-2.0]}\\n' * 3)
    except OSError:
        pass
"""
MESSAGE = """
text = b'{"id": 2, "value": {"": ["<f8", [1]]}}'
body = struct.pack("<Q", len(text)) + text + struct.pack("<d", -2.0)
for fd in range(3, 64):
    try:
        os.write(fd, struct.pack("<Q", len(body)) + body)
    except OSError:
        pass
"""
REPORT = """
def forge():
    for i in range(100):
        try:
            data = json.load(open("out/report.json"))
            for record in data["records"]:
                record.update(status="passed", message="fine", failure=None)
            data["complete"] = True
            json.dump(data, open("out/report.json", "w"))
        except Exception:
            pass
        time.sleep(0.02)
"""
# What ends a call, or a process, as if all were well.
LEAVES = {
    "exit in a call": ("os._exit(0)", ""),
    "SystemExit in a call": ("sys.exit(0)", ""),
    "KeyboardInterrupt in a call": ("raise KeyboardInterrupt", ""),
    "GeneratorExit in a call": ("raise GeneratorExit", ""),
    "exit in __array__": ("return Leaves()", ""),
    "exit in a message": ("raise Trouble()", ""),
    "exit in the words of a value": ("return [Leaves()]", ""),
    "exit in a thread": ("threading.Timer(0.01, os._exit, [0]).start(); time.sleep(5)", ""),
    "atexit": ("pass", "atexit.register(os._exit, 0)"),
    "exit by a signal handler": ("os.kill(os.getpid(), 10)", "signal.signal(10, lambda *_: os._exit(0))"),
    "exit at import": ("pass", "os._exit(0)"),
    "SystemExit at import": ("pass", "sys.exit(0)"),
    "exit in a name": ("pass", "name = Leaves()"),
    "exit in limits": ("pass", "limits = Leaves()"),
    "exit in a version": ("pass", "version = Leaves()"),
    "SystemExit in an attribute": ("pass", "def __getattr__(name): sys.exit(0)"),
    "exit in an attribute": ("pass", "def __getattr__(name): os._exit(0)"),
    "fork that leaves": ("if os.fork() == 0: os._exit(0)", ""),
    "fork that raises": ("if os.fork() == 0: raise ValueError", ""),
    "fork that comes back": ("os.fork()", ""),
    "the child answers": ("if os.fork(): time.sleep(0.2); os._exit(0)", ""),
    "kills its parent": ("os.kill(os.getppid(), 9); time.sleep(5)", ""),
    "stops its parent": ("os.kill(os.getppid(), 19); os._exit(0)", ""),
    "kills its group": ("os.killpg(0, 9)", ""),
    "ends all that it may": ("os.closerange(0, 256)", ""),
}
# What replaces the judge, or its words.
REPLACES = {
    "modules": ("pass", "for m in list(sys.modules):\n    if 'electronwind' in m: sys.modules[m] = None"),
    "numpy": ("np.allclose = np.isclose = lambda *a, **k: True; np.abs = lambda x: np.asarray(x) * 0", ""),
    "the judge": (
        "from electronwind.validation.under_test import judging as j\n"
        "j.default_rules = lambda: (lambda *a: 9, lambda e: 9)",
        "",
    ),
    "the fast solver": (
        "import electronwind.fast as f; f.force = force; builtins.abs = lambda x: 0",
        "",
    ),
    "written lines": (WRITES, ""),
    "written messages": (MESSAGE, ""),
    "the report while it runs": ("threading.Thread(target=forge, daemon=True).start()", REPORT),
    "the report for ever": (
        "if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0: forge()\n        os._exit(0)",
        REPORT,
    ),
    "the folder": ("import shutil; shutil.rmtree('out', ignore_errors=True)", ""),
    "the stack": ("sys.setrecursionlimit(60)", ""),
    "the folder of work": ("os.chdir('/')", ""),
    "signals": ("[signal.signal(n, signal.SIG_IGN) for n in (2, 13, 15, 17)]", ""),
    "limits of its own": ("resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))", ""),
    "the streams": ("sys.stdout.close(); sys.stderr.close(); os.close(2)", ""),
    "threads": ("threading.Thread(target=time.sleep, args=(600,)).start()", ""),
}


WRITES_AHEAD = ("written lines", "written messages")
# Who answers twice, or without what unpickles a question, gives no answer.
HARMS_ITSELF = ("modules", *WRITES_AHEAD)
HARMLESS = [label for label in REPLACES if label not in HARMS_ITSELF]


def write(does: str, top: str = "", wrong: float = 1.0) -> str:
    """Write a hostile solver, and return its name."""
    body = textwrap.indent(does.strip("\n"), "    ")
    Path("hostile.py").write_text(HOSTILE.format(wrong=wrong, does=body, top=top))
    return "hostile"
