"""Random attentions: extents, layouts, clauses, and the values that break careless code."""

import numpy as np

import oracle
import regions
from attention_op import AttentionOp

LINKS = ["softmax", "linear", "identity", "exp", "sigmoid", "argmax"]

# Label lists of query, key, value and output. The first few are canonical.
LAYOUTS = {
    "plain": ("m r", "n r", "n e", "m e"),
    "batch": ("b m r", "b n r", "b n e", "b m e"),
    "heads": ("b h m r", "b h n r", "b h n e", "b h m e"),
    "bthd": ("b m h r", "b n h r", "b n h e", "b m h e"),
    "grouped": ("b m g h r", "b n g r", "b n g e", "b m g h e"),
    "multi_query": ("b h m r", "b n r", "b n e", "b h m e"),
    "shared_query": ("b m r", "b h n r", "b h n e", "b h m e"),
    "learned_query": ("h m r", "b h n r", "b h n e", "b h m e"),
    "value_heads": ("b m r", "b n r", "b h n e", "b h m e"),
}
CANONICAL = ("plain", "batch", "heads")


def extent(rng, largest=70):
    """1 to `largest`, with the small and the round ones more often."""
    kind = rng.random()
    if kind < 0.15:
        return 1
    if kind < 0.35:
        return int(rng.choice([8, 16, 32, 64]))
    return int(rng.integers(1, largest + 1))


def nested_blocks(rng, count):
    """`count` block sizes: one or more '*', then divisors, coarse to fine, repeats included."""
    stars = 1 if rng.random() < 0.8 else int(rng.integers(1, count + 1))
    blocks, size = [None] * stars, 1
    for _ in range(count - stars):
        size *= int(rng.choice([1, 2, 2, 2, 3, 4, 5]))
        blocks.insert(stars, size if rng.random() < 0.9 or size > 1 else 1)
    return blocks


def structure(rng):
    count = int(rng.integers(1, 6))
    ranks = [int(rng.integers(1, 9)) for _ in range(count)]
    scales = [round(float(rng.uniform(0.2, 1.5)), 3) for _ in ranks] if rng.random() < 0.5 else None
    mean = bool(rng.random() < 0.5)
    if rng.random() < 0.7:
        return oracle.Levels(ranks, nested_blocks(rng, count), scales, mean)
    widths = sorted((int(rng.integers(1, 80)) for _ in range(count - 1)), reverse=True)
    return oracle.Bands(ranks, [None] + widths, scales, mean)


def window(rng):
    bound = lambda: int(rng.choice([0, 1, 3, 16, 64, 200]))
    return [(None, 0), (None, 0), (bound(), 0), (bound(), bound()), (None, bound()), (bound(), None)][rng.integers(6)]


def tiling(rng):
    query, key = int(rng.choice([1, 3, 5, 7, 8, 9, 16, 24, 64])), int(rng.choice([1, 3, 5, 8, 13, 16, 32, 64]))
    levels = str(rng.choice(["unrolled", "rolled"]))
    split = int(rng.choice([1, 1, 1, 2, 3]))
    return f"#sattn.tiling<query = {query}, key = {key}, levels = {levels}, split = {split}>"


class Builder:
    """Draws one attention. `fixed` entries override what would be drawn: layout, element, link, and any clause name
    mapped to True (always) or False (never)."""

    def __init__(self, rng, program, **fixed):
        self.rng, self.program, self.fixed = rng, program, fixed
        self.element = self.draw("element", ["f32"] * 5 + ["f64", "f16", "bf16"])
        self.link = self.draw("link", ["softmax"] * 6 + LINKS)
        self.layout = self.draw("layout", list(LAYOUTS))
        self.narrow = self.element in ("f16", "bf16")
        self.open_lengths = False
        self.exact_scores = self.link == "argmax"  # small integers: equal scores must be equal in every type

    def draw(self, name, options):
        value = self.fixed.get(name)
        return options[self.rng.integers(len(options))] if value is None else value

    def wants(self, name, probability):
        return self.fixed.get(name, bool(self.rng.random() < probability))

    def numbers(self, shape, size=1.0):
        rng = self.rng
        if self.exact_scores:
            return rng.integers(-2, 3, size=shape).astype(float)
        data = rng.normal(size=shape) * size
        return np.abs(data) if self.link == "linear" else data

    def typed(self, hint, data, element, labels):
        dynamic = [axis for axis, label in enumerate(labels) if label in self.dynamic]
        return self.program.tensor(hint, data, element, dynamic)

    def build(self):
        self.choose_extents()
        op = self.basic_op()
        self.add_positions(op)
        self.add_masks(op)
        self.add_region(op)
        self.add_link(op)
        if self.wants("lse", 0.3) and self.link in ("softmax", "linear"):
            op.lse = True
        if self.wants("tiling", 0.3):
            op.tiling = tiling(self.rng)
        return op

    def choose_extents(self):
        rng = self.rng
        wanted = self.wants("structure", 0.4)  # True, False or a structure
        self.structure = structure(rng) if wanted is True else wanted or None
        if self.exact_scores and self.structure is not None:
            self.structure.scales, self.structure.mean = None, False
        m = self.fixed.get("m", 0) or extent(rng)
        n = self.fixed.get("n") or (m if rng.random() < 0.6 else extent(rng))
        self.extents = {"m": m, "n": n, "e": extent(rng, 40), "b": int(rng.integers(1, 4)),
                        "h": int(rng.integers(1, 4)), "g": int(rng.integers(1, 3))}
        self.extents["r"] = sum(self.structure.ranks) if self.structure else extent(rng, 40)
        if self.wants("empty", 0.03):
            self.extents[str(rng.choice(["n", "b", "m"]))] = 0
        self.dynamic = {label for label in "bhgmn" if rng.random() < 0.5} if self.wants("dynamic", 0.8) else set()
        if self.open_lengths:
            self.dynamic |= {"m", "n"}
        lists = [text.split() for text in LAYOUTS[self.layout]]
        self.canonical = self.layout in CANONICAL
        if self.layout not in CANONICAL and self.wants("shuffled", 0.25):
            lists = [list(rng.permutation(labels)) for labels in lists]
        self.labels = dict(zip(("query", "key", "value", "out"), lists))
        self.batch = [label for label in self.labels["out"] if label not in ("m", "e")]

    def shape(self, labels):
        return [self.extents[label] for label in labels]

    def basic_op(self):
        rng, labels = self.rng, self.labels
        size = self.draw("size", [1.0, 1.0, 1.0, 2.0, 0.1])
        query = self.typed("q", self.numbers(self.shape(labels["query"]), size), self.element, labels["query"])
        keys = []
        sizes = getattr(self.structure, "blocks", None) or getattr(self.structure, "widths", None) or []
        split = bool(sizes) and not any(sizes) and self.wants("split_keys", 0.5)  # others are caches
        for rank in (self.structure.ranks if split else [self.extents["r"]]):
            shape = [rank if label == "r" else self.extents[label] for label in labels["key"]]
            keys.append(self.typed("k", self.numbers(shape, size), self.element, labels["key"]))
        value = self.typed("v", rng.normal(size=self.shape(labels["value"])), self.element, labels["value"])
        scale = 1.0 if self.exact_scores else float(rng.choice([self.extents["r"]**-0.5, 0.125, 1.0 / 3, 0.5]))
        return AttentionOp(self.program, self.element, labels, self.extents, query, keys, value, scale=scale,
                           structure=self.structure, link=self.link, canonical=self.canonical, dynamic=self.dynamic)

    def position(self, hint, low, high):
        """An index, or one per entry of the first batch label."""
        rng = self.rng
        if self.batch and rng.random() < 0.3:
            label = self.batch[0]
            return self.typed(hint, rng.integers(low, high + 1, size=self.extents[label]), "index", [label])
        return self.program.index(hint, int(rng.integers(low, high + 1)))

    def add_positions(self, op):
        rng, m, n = self.rng, self.extents["m"], self.extents["n"]
        if self.wants("window", 0.5):
            op.window = self.fixed.get("window_bounds") or window(rng)
        if self.wants("query_offset", 0.2):
            op.query_offset = self.position("qo", -5, 80)
        elif op.window or op.structure:
            if m != n and (not {"m", "n"} & self.dynamic or rng.random() < 0.5):
                op.query_offset = self.program.index("qo", n - m)
        if self.wants("key_offset", 0.1):
            op.key_offset = self.position("ko", -5, 10)
        if self.wants("key_limit", 0.2):
            op.key_limit = self.position("kl", -2, n + 3)

    def some_labels(self, must):
        """`must`, and any of the batch labels, in any order if the dims are printed anyway."""
        chosen = [label for label in self.batch if self.rng.random() < 0.5] + list(must)
        return chosen if self.rng.random() < 0.7 else list(self.rng.permutation(chosen))

    def add_masks(self, op):
        rng = self.rng
        if self.wants("mask", 0.2):
            labels = self.some_labels([["m", "n"], ["m", "n"], ["n"], ["m"]][rng.integers(4)])
            if self.canonical and rng.random() < 0.5:
                labels = self.batch + ["m", "n"]
            op.canonical = op.canonical and labels == self.batch + ["m", "n"]
            kept = rng.random(self.shape(labels)) < rng.choice([0.1, 0.5, 0.9])
            op.labels["mask"] = labels
            op.mask = self.typed("mask", kept, "i1", labels)
        if self.wants("segments", 0.1):
            element = str(rng.choice(["i32", "i64", "index"]))
            ids = lambda labels: self.typed("seg", np.sort(rng.integers(0, 4, self.shape(labels)), axis=-1), element, labels)
            front = lambda: self.batch[:1] if rng.random() < 0.4 else []
            op.segments = ids(front() + ["m"]), ids(front() + ["n"])

    def add_region(self, op):
        if not self.wants("region", 0.25):
            return
        rng = self.rng
        count = int(rng.integers(0, 3))
        elements = ["f32" if self.element != "f64" else "f64"] * count
        if self.narrow and rng.random() < 0.5:
            elements = [self.element] * count
        if count and rng.random() < 0.2:
            elements[0] = "i32"
        op.labels["operands"] = []
        for element in elements:
            labels = self.some_labels([["m", "n"], ["m", "n"], ["n"], ["m"], []][rng.integers(5)])
            if not labels:
                labels = ["n"]
            whole = element == "i32" or self.exact_scores
            data = rng.integers(-3, 4, self.shape(labels)) if whole else rng.normal(size=self.shape(labels))
            op.labels["operands"].append(labels)
            op.operands.append(self.typed("x", data, element, labels))
        op.region = self.random_region(elements)

    def random_region(self, elements):
        rng = self.rng
        region = regions.Region("f64" if self.element == "f64" else "f32", elements)
        score = region.argument(0)
        if self.link == "linear" or self.exact_scores:
            if self.exact_scores and elements:
                score = region.binary("addf", score, region.element(0))
        elif not elements:
            score = regions.soft_cap(region, score, 20.0)
        else:
            kind = rng.integers(3)
            if kind == 0:
                score = region.binary("addf", score, region.element(0))  # bias
            elif kind == 1:
                score = regions.alibi(region, regions.soft_cap(region, score, 30.0), 0)
            else:
                score = regions.arbitrary(rng, region, score)
        keep = region.every(int(rng.integers(2, 5)), 0) if rng.random() < 0.3 else None
        return region.finish(score, keep)

    def add_link(self, op):
        if self.link != "exp":
            return
        score, present = op.grid()
        _, lse = oracle.softmax(score, present)[1:]
        labels = [label for label in op.labels["out"] if label != "e"]
        size = self.shape(labels)
        lse = np.where(np.isfinite(lse), lse, 0.0)
        data = oracle.spread(np.broadcast_to(lse, self.shape(self.batch + ["m"])), self.batch + ["m"], labels)
        op.normalizer = self.typed("z", data + self.rng.normal(size=size) * 0.3, op.log_element, labels)


# ---- values that break careless code ----


def reach(op, selected, labels):
    """Reduces a boolean grid (batch..., m, n) to the axes `labels` of an operand, by any()."""
    axes = op.batch + ["m", "n"]
    gone = tuple(axis for axis, label in enumerate(axes) if label not in labels)
    return oracle.spread(selected.any(axis=gone), [label for label in axes if label in labels], labels)


def fill(value, rows, labels, depth_label, filler, columns=slice(None)):
    """Writes `filler` into the rows of `value` that the boolean array `rows` selects."""
    axis = labels.index(depth_label)
    selected = np.zeros(value.array.shape, bool)
    moved = np.moveaxis(selected, axis, -1)
    moved[..., columns] |= rows[..., None]
    value.array[selected] = np.asarray(filler, value.array.dtype)


def hide_garbage(rng, op):
    """NaN and infinities wherever no pair may read: behind limits, windows, masks, and in the columns of levels that
    a key shares with no query."""
    _, present = op.grid()
    present = np.broadcast_to(present, [op.extents[label] for label in op.batch + ["m", "n"]])
    filler = float(rng.choice([np.nan, np.inf, -np.inf]))
    without = lambda labels, depth: [label for label in labels if label != depth]
    fill(op.value, ~reach(op, present, without(op.labels["value"], "e")), op.labels["value"], "e", filler)
    key_rows = without(op.labels["key"], "r")
    if op.structure is None:
        fill(op.keys[0], ~reach(op, present, key_rows), op.labels["key"], "r", filler)
        return
    pairs = oracle.Pairs(op.query.exact, [k.exact for k in op.keys], op.batch, op.labels["query"], op.labels["key"],
                          None if op.query_offset is None else op.query_offset.array,
                          None if op.key_offset is None else op.key_offset.array)
    column = 0
    for level, active in enumerate(op.structure.active(pairs.i, pairs.j)):
        read = reach(op, present & active, key_rows)
        width = op.structure.ranks[level]
        if len(op.keys) > 1:
            fill(op.keys[level], ~read, op.labels["key"], "r", filler)
        else:
            fill(op.keys[0], ~read, op.labels["key"], "r", filler, slice(column, column + width))
        column += width


def plant(rng, op):
    """NaN or infinity in some rows of query, key or value: it must reach its readers, all of them and nobody else."""
    name = str(rng.choice(["query", "key", "value"]))
    value = {"query": op.query, "key": op.keys[-1], "value": op.value}[name]
    labels, depth = op.labels[name], "e" if name == "value" else "r"
    rows = rng.random([op.extents[label] for label in labels if label != depth]) < 0.08
    columns = slice(None) if rng.random() < 0.5 else slice(0, 1)
    infinite = (name == "value" or op.link == "softmax") and rng.random() < 0.5
    filler = float(rng.choice([np.inf, -np.inf])) if infinite else np.nan
    fill(value, rows, labels, depth, filler, columns)
    return name


def exclude_by_score(rng, op):
    """-inf in an additive score operand excludes the pair for softmax and exp: the value there may hold anything."""
    bias = op.operands[0]
    chosen = rng.random(bias.array.shape) < 0.4
    bias.array[chosen] = -np.inf
