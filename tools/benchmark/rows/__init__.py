"""The rows of the benchmark, as data: one module per family, each with a list ROWS."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """What a row is expected to reach. `kind` says how `value` is meant:

    peak       share of the FMA peak, counting only FLOPs that are really needed
    bandwidth  share of the read bandwidth, counting each byte of keys and values once
    speedup    time of the baseline divided by ours
    bound      the same, divided by the ratio of FLOPs (of bytes for a decoding step)
    saving     share of the time that the saved bytes would save
    seconds    time of a call at most
    fastest    time divided by that of the fastest peer, at most
    error      relative error against float64 at most
    none       only reported
    """

    kind: str = "none"
    value: float = 0.0
    over_hand_written: float | None = None  # speed relative to the hand-written kernel, at least


@dataclass(frozen=True)
class Row:
    """One problem, measured beside its baseline (ours, too) and its peers."""

    group: str
    name: str
    problem: object
    target: Target = Target()
    baseline: object = None  # another problem
    baseline_name: str = ""
    baseline_threads: int | None = None
    threads: int = 1
    compute_bound: bool = True  # else limited by reading keys and values
    quick: bool = False  # one of the few rows of --quick
    slow_peers: bool = False  # with the methods that compile for many seconds
    axis: str | None = None  # the plot's line that the row is a point of
    peers: tuple | None = None  # names of peers, all by default


def all_rows():
    """Every row, in the order of the report."""
    from rows import accuracy, bilinear, decode, dense, narrow, short, sparse, structured, threads

    modules = (dense, structured, bilinear, sparse, narrow, decode, short, threads, accuracy)
    return [row for module in modules for row in module.ROWS]
