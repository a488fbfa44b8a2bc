"""What the module of a peer consists of."""

from dataclasses import dataclass
from typing import Callable


class Unsupported(Exception):
    """The peer cannot express a problem, or is known not to be the fast way; the message says why."""


@dataclass
class Call:
    """A prepared problem. `run` does all the work once and returns a result that `array` turns into a NumPy array."""

    run: Callable
    array: Callable
    compile_seconds: float | None = None


@dataclass(frozen=True)
class Method:
    """One way to compute problems of some types that pass the test `suits`.

    `prepare(problem, inputs, context)` returns a Call or raises Unsupported. A method that is `slow_to_prepare` compiles for
    seconds and takes part only in rows that ask for it.
    """

    name: str
    prepare: Callable
    types: tuple
    suits: Callable = lambda problem: True
    slow_to_prepare: bool = False


@dataclass(frozen=True)
class Context:
    """What a preparation may need besides the problem."""

    threads: int
    build: str  # the build folder of this project
    scratch: str  # a folder of this call for temporary files
    kernels: str  # a folder for compiled programs that all processes of a run share
    hand_written: str | None  # folder of the hand-written kernels


def demand(condition, reason):
    """Raises Unsupported unless `condition`."""
    if not condition:
        raise Unsupported(reason)
