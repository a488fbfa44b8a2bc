"""One sattn.attention: dense, causal, structured, windowed, grouped, ragged, 16-bit or a decoding step."""

import math
from dataclasses import dataclass

import numpy as np

from problems.arrays import ELEMENTS, aligned, normal, stored, tensor_type

CAUSAL = (None, 0)


@dataclass(frozen=True)
class Attention:
    """Keys are batch x heads x keys x depth; each has `group` query heads. Positions of the queries are the last ones."""

    queries: int
    keys: int | None = None  # as many as queries
    depth: int = 64
    width: int | None = None  # of the values: depth
    heads: int = 1
    group: int = 1
    batch: int = 1
    element: str = "f32"
    window: tuple | None = None  # keys before and after the position of a query, inclusive; None is all
    structure: object = None
    lengths: tuple | None = None  # keys that each batch row really has
    documents: tuple | None = None  # lengths of documents that lie one after the other
    level_caches: bool = False  # one key operand per level, which holds the current block only
    shared_queries: bool = False  # all heads read the same queries
    scaling: float | None = None

    # ---- sizes ----

    @property
    def num_keys(self):
        return self.queries if self.keys is None else self.keys

    @property
    def value_width(self):
        return self.depth if self.width is None else self.width

    @property
    def scale(self):
        if self.scaling is not None:
            return self.scaling
        return 1.0 if self.structure is not None else 1.0 / math.sqrt(self.depth)

    @property
    def causal(self):
        return self.window == CAUSAL

    @property
    def offset(self):
        """Position of the first query."""
        return self.num_keys - self.queries if self.window is not None or self.structure is not None else 0

    @property
    def plain(self):
        """Neither structure nor anything else that a plain call of a library could not say."""
        return self.structure is None and self.lengths is None and self.documents is None and not self.level_caches

    @property
    def query_shape(self):
        if self.shared_queries:
            return (self.batch, self.queries, self.depth)
        group = (self.group,) if self.group > 1 else ()
        return (self.batch, self.heads, *group, self.queries, self.depth)

    @property
    def output_shape(self):
        group = (self.group,) if self.group > 1 else ()
        return (self.batch, self.heads, *group, self.queries, self.value_width)

    def key_shapes(self):
        if not self.level_caches:
            return [(self.batch, self.heads, self.num_keys, self.depth)]
        starts = [self.structure.cache_start(level, self.offset) for level in range(len(self.structure.ranks))]
        return [
            (self.batch, self.heads, self.num_keys - start, rank) for start, rank in zip(starts, self.structure.ranks)
        ]

    # ---- which pairs there are ----

    def intervals(self):
        """Half-open interval of keys of each query: two arrays batch x queries."""
        positions = np.broadcast_to(self.offset + np.arange(self.queries), (self.batch, self.queries))
        low, high = np.zeros_like(positions), np.full_like(positions, self.num_keys)
        if self.window is not None:
            left, right = self.window
            low = low if left is None else np.maximum(low, positions - left)
            high = high if right is None else np.minimum(high, positions + right + 1)
        if self.lengths is not None:
            high = np.minimum(high, np.asarray(self.lengths)[:, None])
        if self.documents is not None:
            ends = np.cumsum(self.documents)
            document = np.searchsorted(ends, positions, side="right")
            low, high = np.maximum(low, (ends - self.documents)[document]), np.minimum(high, ends[document])
        return positions, low, np.maximum(low, high)

    def level_intervals(self):
        """(columns, scale, low, high) of each level; a single one without structure."""
        positions, low, high = self.intervals()
        if self.structure is None:
            return [(slice(0, self.depth), 1.0, low, high)]
        reached = self.structure.intervals(positions, low, high)
        return [
            (columns, scale, *reach)
            for columns, scale, reach in zip(self.structure.columns(), self.structure.scales(), reached)
        ]

    # ---- cost ----

    def flops(self):
        """Multiplications and additions of the pairs that exist; masks, exponentials and packing count as nothing."""
        _, low, high = self.intervals()
        work = self.value_width * int((high - low).sum())
        for columns, _, first, last in self.level_intervals():
            work += (columns.stop - columns.start) * int((last - first).sum())
        return 2.0 * work * self.heads * self.group

    def bytes(self):
        """Bytes of keys and values, each read once."""
        item = ELEMENTS[self.element].itemsize
        values = self.batch * self.heads * self.num_keys * self.value_width
        return float(item * (values + sum(math.prod(shape) for shape in self.key_shapes())))

    # ---- data ----

    def operands(self):
        """(shape, element) of each argument of the program, in order."""
        result = {"query": (self.query_shape, self.element)}
        for number, shape in enumerate(self.key_shapes()):
            result[f"key{number}"] = (shape, self.element)
        result["value"] = ((self.batch, self.heads, self.num_keys, self.value_width), self.element)
        if self.lengths is not None:
            result["limit"] = ((self.batch,), "index")
        if self.documents is not None:
            result["document"] = ((self.num_keys,), "i32")
        return result

    def inputs(self):
        """Arrays by name."""
        rng = np.random.default_rng(7)
        contents = {
            "limit": lambda: self.lengths,
            "document": lambda: np.repeat(np.arange(len(self.documents)), self.documents),
        }
        return {
            name: stored(contents[name](), element) if name in contents else normal(rng, shape, element)
            for name, (shape, element) in self.operands().items()
        }

    def output(self):
        return aligned(self.output_shape, self.element)

    # ---- meaning ----

    def sample(self):
        """Query rows that are checked: all of a short problem, else both ends and some between."""
        if self.queries <= 512:
            return np.arange(self.queries)
        spread = np.linspace(0, self.queries - 1, 224).astype(int)
        return np.unique(np.concatenate([np.arange(16), spread, np.arange(self.queries - 16, self.queries)]))

    def reference(self, inputs, rows):
        """The output rows in float64, straight from the formula."""
        result = np.empty((*self.output_shape[:-2], len(rows), self.value_width))
        for index in np.ndindex(*self.output_shape[:-2]):
            batch, head = index[0], index[1]
            query = inputs["query"][batch if self.shared_queries else index][rows].astype(np.float64)
            score, present = self._scores(query, inputs, batch, head, rows)
            score = np.where(present, score * self.scale, -np.inf)
            top = score.max(axis=1, keepdims=True, initial=-np.inf)
            weight = np.exp(score - np.where(np.isinf(top), 0.0, top))
            total = weight.sum(axis=1, keepdims=True)
            result[index] = (weight / np.where(total == 0, 1, total)) @ inputs["value"][batch, head].astype(np.float64)
        return result

    def _scores(self, query, inputs, batch, head, rows):
        """Weighted sum over the levels and which pairs there are, for the rows of one head."""
        position = np.arange(self.num_keys)
        inside = lambda low, high: (position >= low[batch, rows, None]) & (position < high[batch, rows, None])
        _, low, high = self.intervals()
        score, depth = np.zeros((len(rows), self.num_keys)), np.zeros((len(rows), self.num_keys))
        for level, (columns, scale, first, last) in enumerate(self.level_intervals()):
            active = inside(first, last)
            key = inputs[f"key{level if self.level_caches else 0}"][batch, head].astype(np.float64)
            start = self.num_keys - len(key)
            if not self.level_caches:
                key = key[:, columns]
            score[:, start:] += active[:, start:] * scale * (query[:, columns] @ key.T)
            depth += active
        if self.structure is not None and self.structure.mean:
            score /= np.maximum(depth, 1)
        return score, inside(low, high)

    # ---- text ----

    def _dims(self):
        if self.shared_queries:
            return " dims(b m r, b h n r, b h n e -> b h m e)"
        return " dims(b h g m r, b h n r, b h n e -> b h g m e)" if self.group > 1 else ""

    def op(self, names, types, result):
        """The text of the op from the names and types of its operands."""
        keys = [name for name in names if name.startswith("key")]
        text = (
            f"sattn.attention query({names['query']} : {types['query']})"
            f" key({', '.join(names[key] for key in keys)} : {', '.join(types[key] for key in keys)})"
            f" value({names['value']} : {types['value']}) scale {self.scale!r}"
        )
        if self.structure is not None:
            text += f" structure {self.structure.text()}"
        if self.window is not None:
            text += " window <" + ", ".join("*" if side is None else str(side) for side in self.window) + ">"
        if self.documents is not None:
            text += f" segments({names['document']}, {names['document']} : {types['document']}, {types['document']})"
        if self.offset:
            text += " query_offset(%offset : index)"
        if self.lengths is not None:
            text += f" key_limit({names['limit']} : {types['limit']})"
        return f"{text} outs(%init : {result}){self._dims()} -> {result}"

    def types(self):
        """MLIR types of the arguments; batch, heads and lengths are dynamic, but not the few queries of a decoding step."""

        def static(name, shape):
            if len(shape) == 1:
                return ()
            return self._static_rows() if name == "query" else (-1,)

        return {
            name: tensor_type(shape, element, static(name, shape)) for name, (shape, element) in self.operands().items()
        }

    def _static_rows(self):
        return (-2, -1) if self.queries <= 8 else (-1,)

    def program(self):
        """A module with the function @main."""
        types = self.types()
        result = tensor_type(self.output_shape, self.element, self._static_rows())
        names = {name: f"%{name}" for name in types}
        lines = self._extents(types, result) + self._query_offset(types)
        lines += [f"%result = {self.op(names, types, result)}", f"return %result : {result}"]
        arguments = ", ".join(f"%{name}: {type}" for name, type in types.items())
        return f"func.func @main({arguments}) -> {result} {{\n  " + "\n  ".join(lines) + "\n}\n"

    def _extents(self, types, result):
        """Lines that make %init. Its axes are those of the query, but for the heads of shared queries."""
        lines, extents = [], []
        for axis in range(len(self.output_shape) - len(self._static_rows())):
            source, its = "query", axis
            if self.shared_queries and axis > 0:
                source, its = ("key0", 1) if axis == 1 else ("query", 1)
            lines += [
                f"%c{axis} = arith.constant {its} : index",
                f"%d{axis} = tensor.dim %{source}, %c{axis} : {types[source]}",
            ]
            extents.append(f"%d{axis}")
        return [*lines, f"%init = tensor.empty({', '.join(extents)}) : {result}"]

    def _query_offset(self, types):
        """Lines that make %offset, which puts the queries last."""
        if not self.offset:
            return []
        axis = len(self.query_shape) - 2
        return [
            "%two = arith.constant 2 : index",
            f"%n = tensor.dim %value, %two : {types['value']}",
            f"%rows = arith.constant {axis} : index",
            f"%m = tensor.dim %query, %rows : {types['query']}",
            "%offset = arith.subi %n, %m : index",
        ]
