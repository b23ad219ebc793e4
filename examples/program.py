"""A program in Python: transmission, for batches of systems and lists of energies."""

import json
import sys

import numpy as np

DESCRIPTION = {
    "protocol": "electronwind/1",
    "name": "program.py",
    "version": "1.0",
    "observables": ["transmission"],
    "limits": {"chains": False},
    "conventions": {"self_energy": "-i Gamma/2", "transmission": "T[a,b] from lead b to lead a"},
}


def array(parts):
    return np.array(parts["re"]) + 1j * np.array(parts["im"])


def transmission(system, energy):
    h, gammas = array(system["hamiltonian"]), [array(lead["broadening"]) for lead in system["leads"]]
    energy = np.array(energy)[..., None, None]
    if energy.ndim == 3:  # a list of energies: one more axis, after those of the batch
        h, gammas = h[..., None, :, :], [gamma[..., None, :, :] for gamma in gammas]
    g = np.linalg.inv(energy * np.eye(h.shape[-1]) - h + 0.5j * sum(gammas))
    back = g.conj().swapaxes(-1, -2)
    rows = [[np.trace(a @ g @ b @ back, axis1=-2, axis2=-1).real for b in gammas] for a in gammas]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "describe":
        answer = DESCRIPTION
    else:
        answer = {"value": transmission(request["system"], request["energy"]).tolist()}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
