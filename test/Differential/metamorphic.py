"""Case families that compare two programs with each other: what must not change, or must change in a known way.

Both sides are also compared with the oracle, so a relation that fails alone points at the oracle.
"""

from dataclasses import replace

import numpy as np

import oracle
from cases import family
from compare import Rule
from random_attention import Builder


class Pair:
    """Draws a base op and derives others from it."""

    def __init__(self, case, rng, **fixed):
        self.case, self.rng = case, rng
        fixed = {"tiling": False, "element": "f32", "empty": False, "segments": False, **fixed}
        self.draw = Builder(rng, case.program, **fixed)
        self.op = self.draw.build()

    def copy(self, value, data, labels):
        return self.draw.typed("c", data, value.element, labels)

    def variant(self, op=None, **changes):
        """A copy of the op with some operands or clauses replaced; new arrays become arguments. `changes` may hold
        functions array -> array for query, keys, value, mask and normalizer."""
        op = op or self.op
        made = {}
        for name, change in changes.items():
            old = getattr(op, name)
            if old is None or not callable(change):
                made[name] = change if not callable(change) else None
            elif name == "keys":
                made[name] = [self.copy(k, change(k.array), op.labels["key"]) for k in old]
            else:
                labels = op.labels.get(name) or [label for label in op.labels["out"] if label != "e"]
                made[name] = self.copy(old, change(old.array), labels)
        return replace(op, **made)

    def relate(self, title, actual, expected):
        """Twice the rule of a single comparison: both sides carry an error."""
        rule, _ = self.op.rules()
        self.case.relate(title, actual, expected, rule.twice())


def at(place):
    return lambda outputs: outputs[place]


@family("one_level", weight=1)
def one_level(case, rng):
    """A single level that covers everything is ordinary attention."""
    pair = Pair(case, rng, structure=False)
    levels = oracle.Levels([pair.op.extents["r"]], [None], None, bool(rng.random() < 0.5))
    offset = pair.op.query_offset or case.program.index("qo", 0)
    base = replace(pair.op, query_offset=offset)
    a, b = base.check(case)[0], replace(base, structure=levels).check(case)[0]
    pair.relate("one level = attention", at(b), at(a))


@family("equal_blocks", weight=1)
def equal_blocks(case, rng):
    """Neighbouring levels of one block size are one level of the summed rank."""
    pair = Pair(case, rng, structure=False)
    r = pair.op.extents["r"]
    block = int(rng.choice([2, 3, 4, 8, 16]))
    cut = sorted(int(c) for c in rng.integers(1, r, size=2)) if r > 2 else None
    if cut is None or cut[0] == cut[1]:
        wide, narrow = oracle.Levels([r], [None]), oracle.Levels([r], [None])
    else:
        wide = oracle.Levels([cut[0], r - cut[0]], [None, block])
        narrow = oracle.Levels([cut[0], cut[1] - cut[0], r - cut[1]], [None, block, block])
    base = replace(pair.op, query_offset=pair.op.query_offset or case.program.index("qo", 0))
    a, b = replace(base, structure=wide).check(case)[0], replace(base, structure=narrow).check(case)[0]
    pair.relate("equal blocks = summed ranks", at(b), at(a))


@family("split_merge", weight=2)
def split_merge(case, rng):
    """Attention over parts of the keys, each with its offset, merged, is attention over all keys."""
    pair = Pair(case, rng, link="softmax", layout=str(rng.choice(["plain", "batch", "heads"])), shuffled=False,
                mask=False, region=False, key_offset=False, lse=True)
    op = replace(pair.op, query_offset=pair.op.query_offset or case.program.index("qo", 0))
    whole = op.check(case)
    n = op.extents["n"]
    cuts = [0, *sorted(int(c) for c in rng.integers(0, n + 1, size=rng.integers(1, 4))), n]
    parts = []
    for low, high in zip(cuts, cuts[1:]):
        rows = lambda x: x[..., low:high, :]
        part = pair.variant(op, keys=rows, value=rows, extents={**op.extents, "n": high - low})
        part.key_offset = case.program.index("ko", low)
        parts.append(part.emit())
    listing = lambda k: ", ".join(p[k].name for p in parts) + " : " + ", ".join(p[k].type for p in parts)
    types = parts[0][0].type, parts[0][1].type
    out, log = case.program.op(f"sattn.merge outputs({listing(0)}) lse({listing(1)}) -> {types[0]}, {types[1]}",
                               ("m", types[0], "f32"), ("n", types[1], "f32"))
    places = case.program.returns(out, log)
    pair.relate("merge of parts = whole", at(places[0]), at(whole[0]))
    case.relate("lse of parts = lse of whole", at(places[1]), at(whole[1]), Rule(2 * op.rules()[1].bound, log=True))


@family("head_permutation", weight=1)
def head_permutation(case, rng):
    """Heads do not see each other."""
    pair = Pair(case, rng, layout="heads", mask=False, region=False)
    order = rng.permutation(pair.op.extents["h"])
    turn = lambda x: x[:, order]
    a = pair.op.check(case)[0]
    b = pair.variant(query=turn, keys=turn, value=turn, normalizer=turn).check(case)[0]
    pair.relate("permuted heads", at(b), lambda outputs: outputs[a][:, order])


@family("batch_concatenation", weight=1)
def batch_concatenation(case, rng):
    """A batch is its entries one by one."""
    pair = Pair(case, rng, layout=str(rng.choice(["batch", "heads", "bthd"])), shuffled=False, mask=False, region=False,
                query_offset=False, key_offset=False, key_limit=False)
    op, b = pair.op, pair.op.extents["b"]
    if (op.structure or op.window) and op.query_offset is None:
        op = replace(op, query_offset=case.program.index("qo", 3))
    whole = op.check(case)[0]
    entries = []
    for k in range(b):
        one = lambda x: x[k:k + 1]
        part = pair.variant(op, query=one, keys=one, value=one, normalizer=one, extents={**op.extents, "b": 1})
        entries.append(part.check(case)[0])
    pair.relate("entries one by one", lambda outputs: np.concatenate([outputs[e] for e in entries]), at(whole))


@family("linear_in_value", weight=1)
def linear_in_value(case, rng):
    """output(x V + y W) = x output(V) + y output(W) for every link."""
    pair = Pair(case, rng, element="f64")
    x, y = (float(v) for v in rng.uniform(-2, 2, size=2))
    other = rng.normal(size=pair.op.value.array.shape)
    a = pair.op.check(case)[0]
    b = pair.variant(value=lambda v: other).check(case)[0]
    c = pair.variant(value=lambda v: x * v + y * other).check(case)[0]
    pair.relate("linear in the value", at(c), lambda outputs: x * outputs[a] + y * outputs[b])


@family("key_permutation", weight=1)
def key_permutation(case, rng):
    """Without positions the order of the keys does not matter (argmax apart, which prefers the first)."""
    link = str(rng.choice(["softmax", "linear", "identity", "exp", "sigmoid"]))
    pair = Pair(case, rng, layout="heads", link=link, structure=False, window=False, region=False, mask=False,
                key_limit=False, query_offset=False, key_offset=False)
    order = rng.permutation(pair.op.extents["n"])
    a = pair.op.check(case)[0]
    b = pair.variant(keys=lambda k: k[:, :, order], value=lambda v: v[:, :, order]).check(case)[0]
    pair.relate("permuted keys", at(b), at(a))


@family("decode", weight=2)
def decode(case, rng):
    """One query at a time over the keys so far gives the rows of the causal whole."""
    pair = Pair(case, rng, layout=str(rng.choice(["plain", "batch", "heads"])), mask=False, region=False,
                query_offset=False, key_offset=False, key_limit=False, window=False, split_keys=False,
                link=str(rng.choice(["softmax", "softmax", "identity", "sigmoid"])))
    op = pair.op
    n = op.extents["n"]
    left = None if rng.random() < 0.5 else int(rng.integers(0, 20))
    rows = np.concatenate([rng.normal(size=op.query.array.shape[:-2] + (n, op.extents["r"]))])
    whole = pair.variant(op, query=lambda q: rows, window=(left, 0), lse=False, extents={**op.extents, "m": n},
                         query_offset=case.program.index("qo", 0))
    full = whole.check(case)[0]
    for t in sorted(set(int(t) for t in rng.integers(0, n, size=4))):
        so_far = lambda x: x[..., :t + 1, :]
        step = pair.variant(whole, query=lambda q: q[..., t:t + 1, :], keys=so_far, value=so_far,
                            extents={**op.extents, "m": 1, "n": t + 1}, query_offset=case.program.index("qo", t))
        row = step.check(case)[0]
        pair.relate(f"step {t} = row {t}", at(row), lambda outputs, t=t: outputs[full][..., t:t + 1, :])


@family("shifted_positions", weight=1)
def shifted_positions(case, rng):
    """Moving queries and keys by a multiple of every block leaves the result alone; a window allows any move."""
    pair = Pair(case, rng, region=False, key_limit=False, query_offset=False, key_offset=False, window=True)
    op = pair.op
    blocks = [b for b in getattr(op.structure, "blocks", []) if b]
    step = (blocks[0] if blocks else 1) * int(rng.integers(1, 5))
    start = int(rng.integers(0, 9))
    if op.query_offset is not None:
        start = int(op.query_offset.array)
    index = lambda hint, value: case.program.index(hint, value)
    a = replace(op, query_offset=index("qo", start), key_offset=index("ko", 0)).check(case)[0]
    b = replace(op, query_offset=index("qo", start + step), key_offset=index("ko", step)).check(case)[0]
    pair.relate("shifted positions", at(b), at(a))


@family("causal_window", weight=1)
def causal_window(case, rng):
    """A window is the boolean mask of its pairs."""
    pair = Pair(case, rng, layout="heads", window=True, mask=False, key_limit=False, query_offset=False,
                key_offset=False)
    op = replace(pair.op, query_offset=pair.op.query_offset or case.program.index("qo", 0))
    _, present = replace(op, region=None, operands=[], labels={**op.labels, "operands": []}).grid()
    shape = [op.extents[label] for label in "bhmn"]
    mask = pair.draw.typed("mask", np.broadcast_to(present, shape), "i1", list("bhmn"))
    a = op.check(case)[0]
    b = replace(op, window=None, mask=mask, labels={**op.labels, "mask": list("bhmn")}).check(case)[0]
    pair.relate("window = mask", at(b), at(a))
