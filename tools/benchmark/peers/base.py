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
    """One way to compute a problem. `prepare(problem, inputs, context)` returns a Call or raises Unsupported."""

    name: str
    prepare: Callable


@dataclass(frozen=True)
class Context:
    """What a preparation may need besides the problem."""

    threads: int
    build: str  # the build folder of this project
    scratch: str  # a folder for temporary files
    hand_written: str | None  # folder of the hand-written kernels


def demand(condition, reason):
    """Raises Unsupported unless `condition`."""
    if not condition:
        raise Unsupported(reason)
