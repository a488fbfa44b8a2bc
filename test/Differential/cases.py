"""Seeded random cases: a program, its inputs, and what its results must be.

`make(family, seed)` gives one case; FAMILIES lists the kinds. The same family and seed give the same case everywhere.
"""

from dataclasses import dataclass, field
from typing import Callable

import numpy as np

from compare import Rule, mismatch
from program import DTYPES, Program


@dataclass
class Check:
    title: str
    actual: Callable  # of the list of outputs (float64 arrays)
    expected: Callable
    rule: Rule

    def run(self, outputs):
        problem = mismatch(self.actual(outputs), self.expected(outputs), self.rule)
        return None if problem is None else f"{self.title}: {problem}"


@dataclass
class Case:
    family: str
    seed: int
    note: str = ""
    program: Program = field(default_factory=Program)
    checks: list = field(default_factory=list)
    known: dict = field(default_factory=dict)  # place of an output -> what the oracle says of it

    @property
    def name(self):
        return f"{self.family}:{self.seed}"

    def expect(self, value, title, expected, rule):
        """Returns `value` from the program and demands that it equals `expected`."""
        place, = self.program.returns(value)
        shape = value.array.shape if value.array is not None else np.shape(expected)
        expected = np.broadcast_to(np.asarray(expected, np.float64), shape)
        self.known[place] = expected
        self.checks.append(Check(title, lambda outputs: outputs[place], lambda outputs: expected, rule))
        return place

    def relate(self, title, actual, expected, rule):
        """Demands that two functions of the outputs agree."""
        self.checks.append(Check(title, actual, expected, rule))

    def problems(self, outputs):
        return [p for p in (check.run(outputs) for check in self.checks) if p]


def as_float(array, element):
    """An output file's array in float64; bf16 arrives as any two-byte type."""
    if element == "bf16" and array.dtype != DTYPES["bf16"]:
        array = array.view(DTYPES["bf16"])
    return array.astype(np.float64)


FAMILIES = {}


def family(name, weight=1):
    """Registers a generator: a function of (case, rng) that fills the case."""
    def register(function):
        FAMILIES[name] = (function, weight)
        return function
    return register


def make(name, seed):
    case = Case(name, seed)
    # The name takes part in the seed, so that equal seeds of two families are not alike.
    rng = np.random.default_rng([seed, *name.encode()])
    FAMILIES[name][0](case, rng)
    return case


def pick(seed, names=None):
    """The family that a seed draws when any (of `names`) will do."""
    names = sorted(names or FAMILIES)
    weights = np.array([FAMILIES[name][1] for name in names], float)
    return str(np.random.default_rng([seed, 0]).choice(names, p=weights / weights.sum()))
