"""Case families of sattn.attention and sattn.score."""

from dataclasses import replace

import numpy as np

import oracle
import random_attention
from attention_op import ScoreOp
from cases import family
from program import Program, tensor_type
from random_attention import Builder


def builder(case, rng, **fixed):
    return Builder(rng, case.program, **fixed)


@family("attention", weight=8)
def attention(case, rng):
    """Anything that the op can say."""
    builder(case, rng).build().check(case)


@family("levels", weight=4)
def levels(case, rng):
    """Multi-level attention, mostly causal, with tile sizes of every kind."""
    builder(case, rng, structure=True, link="softmax", window=bool(rng.random() < 0.8)).build().check(case)


@family("tilings", weight=4)
def tilings(case, rng):
    """Tile sizes that divide nothing, rolled and unrolled loops, keys in parts."""
    builder(case, rng, tiling=True, structure=bool(rng.random() < 0.6), window=bool(rng.random() < 0.7)).build().check(case)


@family("edges", weight=2)
def edges(case, rng):
    """No key, one key, one query, no batch, below windows and blocks that are wider than everything."""
    few = lambda: int(rng.choice([1, 1, 2, 9, 70]))
    builder(case, rng, m=few(), n=few(), empty=bool(rng.random() < 0.4)).build().check(case)


@family("sweep", weight=4)
def sweep(case, rng):
    """Every length from 1 to 70, one after the other."""
    rows = case.seed % 70 + 1
    builder(case, rng, m=rows, n=rows, structure=bool(rng.random() < 0.5), query_offset=False,
            empty=False).build().check(case)


@family("every_length", weight=1)
def every_length(case, rng):
    """One kernel of open length, called with the lengths 1 to 70 in turn (every third in one case)."""
    draw = builder(case, rng, structure=bool(rng.random() < 0.6), link=str(rng.choice(["softmax", "softmax", "identity", "sigmoid"])),
                   element=str(rng.choice(["f32", "f32", "f64", "bf16"])), layout=str(rng.choice(["plain", "heads", "grouped"])),
                   lse=False, empty=False, shuffled=False, mask=False, segments=False, region=False, query_offset=False,
                   key_offset=False, key_limit=False, m=1, n=1)
    draw.open_lengths = True
    op = draw.build()
    case.program.arguments.clear()
    for rows in range(1 + case.seed % 3, 71, 3):
        call_kernel(case, rng, op, rows)


def resized(rng, op, rows):
    """The same op over `rows` queries and keys of new data, in a program of its own."""
    body, extents = Program(), {**op.extents, "m": rows, "n": rows}

    def operand(value, labels):
        shape = [value.array.shape[axis] if label in ("r", "e") else extents[label] for axis, label in enumerate(labels)]
        return body.tensor(value.name[1], rng.normal(size=shape), value.element,
                           [axis for axis, label in enumerate(labels) if label in op.dynamic])

    return replace(op, program=body, extents=extents, query=operand(op.query, op.labels["query"]),
                   keys=[operand(key, op.labels["key"]) for key in op.keys], value=operand(op.value, op.labels["value"]))


def call_kernel(case, rng, op, rows):
    """Adds the arguments of one length and a call to the case, and checks the result."""
    op, prefix = resized(rng, op, rows), f"t{rows}_"
    body, expected, rule = op.program, op.evaluate()[0], op.rules()[0]
    body.results = op.emit()
    if case.program.kernel is None:
        case.program.kernel = body
    arguments = [replace(a, name=f"%{prefix}{a.name[1:]}") for a in body.arguments]
    case.program.arguments += arguments
    result = body.results[0]
    name = f"%{prefix}{result.name[1:]}"
    types = ", ".join(a.type for a in arguments)
    case.program.lines.append(f"{name} = func.call @kernel({', '.join(a.name for a in arguments)}) : ({types}) -> {result.type}")
    # The caller of a program allocates its results, so their extents must not hang on what a call returns.
    fixed = tensor_type(result.array.shape, result.element)
    known = case.program.op(f"tensor.cast {name} : {result.type} to {fixed}", (f"{prefix}s", fixed, result.element))
    known.array = result.array
    case.expect(known, f"length {rows}", expected, rule)


@family("caches", weight=2)
def caches(case, rng):
    """Decode steps with one key operand per level: a finite level holds the block of the queries and no more."""
    levels = random_attention.structure(rng)
    sizes = levels.blocks if isinstance(levels, oracle.Levels) else levels.widths
    finest = sizes[-1]  # None if no level is finite
    rows = int(rng.integers(1, 4)) if isinstance(levels, oracle.Levels) and finest != 1 else 1
    rows = min(rows, finest or rows)
    first = int(rng.integers(0, 100))
    if finest:  # all queries lie in one block of every finite level
        first = first // finest * finest + int(rng.integers(0, finest - rows + 1))
    draw = builder(case, rng, structure=levels, split_keys=False, query_offset=False, key_offset=False, mask=False, region=False,
                   segments=False, key_limit=False, layout=str(rng.choice(["plain", "batch", "heads", "grouped"])), shuffled=False,
                   window_bounds=(None, 0), window=True, m=rows, n=first + rows, link="softmax", empty=False,
                   element=str(rng.choice(["f32", "bf16"])))
    op = draw.build()
    case.program.arguments.remove(op.keys[0])
    keys = []
    for level, rank in enumerate(levels.ranks):
        start = levels.cache_start(level, first)
        held = first + rows if start is None else sizes[level] if rng.random() < 0.5 else first + rows - start
        shape = [{**op.extents, "n": held, "r": rank}[label] for label in op.labels["key"]]
        keys.append(draw.typed("k", rng.normal(size=shape), op.element, op.labels["key"]))
    replace(op, keys=keys, query_offset=case.program.index("qo", first)).check(case)


@family("linear", weight=2)
def linear(case, rng):
    """Links that are linear in the scores, full, causal and with levels: what can be reassociated to linear time."""
    rows = int(rng.integers(1, 70)) if rng.random() < 0.7 else int(rng.integers(100, 330))
    columns = rows if rng.random() < 0.8 else int(rng.integers(1, 70))
    builder(case, rng, m=rows, n=columns, link=str(rng.choice(["identity", "linear"])), window_bounds=(None, 0),
            lse=False, tiling=False, mask=False, region=False, segments=False, key_limit=False, query_offset=False,
            key_offset=False).build().check(case)


@family("long", weight=2)
def long(case, rng):
    """Several default tiles."""
    rows = int(rng.integers(100, 330))
    columns = rows if rng.random() < 0.7 else int(rng.integers(100, 330))
    builder(case, rng, m=rows, n=columns, layout=str(rng.choice(["plain", "batch", "grouped"])), lse=True,
            empty=False).build().check(case)


@family("garbage", weight=4)
def garbage(case, rng):
    """NaN and infinity wherever no pair may read: results must not change."""
    op = builder(case, rng, mask=bool(rng.random() < 0.4), key_limit=bool(rng.random() < 0.6)).build()
    expected = op.evaluate()[0]
    random_attention.hide_garbage(rng, op)
    # A region may look at a hidden score but the pair stays absent, so the oracle must not see the garbage either.
    np.testing.assert_array_equal(expected, op.evaluate()[0])
    op.check(case)


@family("planted", weight=4)
def planted(case, rng):
    """NaN or infinity in a row: exactly its readers become non-finite."""
    op = builder(case, rng, empty=False).build()
    case.note = f"non-finite rows in {random_attention.plant(rng, op)}"
    op.check(case)


@family("excluded_by_score", weight=1)
def excluded_by_score(case, rng):
    """An additive -inf excludes a pair for softmax, whatever its value holds."""
    draw = builder(case, rng, link="softmax", region=False, element=str(rng.choice(["f32", "f64"])), layout="heads")
    op = draw.build()
    labels = draw.batch + ["m", "n"]
    op.labels["operands"] = [labels]
    op.operands = [draw.typed("x", rng.normal(size=draw.shape(labels)), op.element, labels)]
    region = random_attention.regions.Region(op.element, [op.element])
    op.region = region.finish(region.binary("addf", region.argument(0), region.argument(3)))
    random_attention.exclude_by_score(rng, op)
    score, present = op.grid()
    present = present & (score != -np.inf)
    rows = ~present.any(axis=-2)  # heads layout: batch axes first, so these are the axes of the value
    random_attention.fill(op.value, np.broadcast_to(rows, op.value.array.shape[:-1]), op.labels["value"], "e", np.nan)
    op.check(case)


@family("huge", weight=1)
def huge(case, rng):
    """Logits of hundreds and thousands, which overflow an exponential that does not subtract the maximum."""
    builder(case, rng, size=float(rng.choice([8.0, 30.0])), link="softmax", region=False,
            element=str(rng.choice(["f32", "f64"]))).build().check(case)


@family("score", weight=2)
def score(case, rng):
    """The score matrix on its own."""
    draw = builder(case, rng, link="softmax", split_keys=bool(rng.random() < 0.3), tiling=False, lse=False,
                   layout=str(rng.choice(["plain", "batch", "heads", "grouped", "multi_query", "shared_query"])))
    op = draw.build()
    case.program.arguments.remove(op.value)
    fields = {name: getattr(op, name) for name in op.__dataclass_fields__}
    op = ScoreOp(**{**fields, "value": None}, zero_absent=bool(rng.random() < 0.4))
    op.labels = {**op.labels, "out": ["n" if label == "e" else label for label in op.labels["out"]]}
    if "m" in op.labels["out"] and draw.layout == "grouped":
        op.labels["out"] = [label for label in op.labels["out"] if label not in "mn"] + ["m", "n"]
    op.canonical = op.canonical and draw.layout != "grouped"
    op.check(case)
