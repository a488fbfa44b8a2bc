"""What is more than one attention: structured projections, bilinear layers, two softmaxes over one value."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from problems.arrays import aligned, normal, tensor_type
from problems.attention import CAUSAL, Attention


def _factors(rng, matrix, heads):
    """One factor after the other, with an axis for the heads, such that M keeps the size of what it is applied to."""
    return [normal(rng, (heads, *shape), "f32", shape[-1] ** -0.5) for shape in matrix.factor_shapes()]


def _exact(factors, head):
    return [factor[head].astype(np.float64) for factor in factors]


def _factor_types(matrix, heads):
    return [tensor_type((heads, *shape), "f32", range(len(shape) + 1)) for shape in matrix.factor_shapes()]


def _project(result, source, matrix, source_type, result_type, heads, part=""):
    """A line with sattn.project of %source."""
    names = ", ".join(f"%factor{number}" for number in range(len(matrix.factor_shapes())))
    types = ", ".join(_factor_types(matrix, heads))
    part = f" part {part}" if part else ""
    return f"%{result} = sattn.project %{source} by {matrix.text()}({names} : {types}){part} : {source_type} -> {result_type}"


@dataclass(frozen=True)
class Projection:
    """M_h x for every head h and every one of `tokens` rows x: sattn.project alone."""

    tokens: int
    heads: int
    matrix: object
    element: str = "f32"

    def flops(self):
        return self.tokens * self.heads * self.matrix.flops()

    def bytes(self):
        return 4.0 * self.tokens * (self.matrix.key + self.heads * self.matrix.query)

    def inputs(self):
        rng = np.random.default_rng(7)
        arrays = {"x": normal(rng, (1, self.tokens, self.matrix.key), "f32")}
        return arrays | {
            f"factor{number}": factor for number, factor in enumerate(_factors(rng, self.matrix, self.heads))
        }

    def output(self):
        return aligned((1, self.heads, self.tokens, self.matrix.query), "f32")

    def sample(self):
        return np.arange(0, self.tokens, max(1, self.tokens // 256))

    def reference(self, inputs, rows):
        x = inputs["x"][0][rows].astype(np.float64)
        factors = [array for name, array in inputs.items() if name.startswith("factor")]
        return np.stack([x @ self.matrix.dense(*_exact(factors, head)).T for head in range(self.heads)])[None]

    def program(self):
        x = tensor_type((1, self.tokens, self.matrix.key), "f32", (-1,))
        y = tensor_type((1, self.heads, self.tokens, self.matrix.query), "f32", (1, -1))
        arguments = "".join(
            f", %factor{number}: {type}" for number, type in enumerate(_factor_types(self.matrix, self.heads))
        )
        return (
            f"func.func @main(%x: {x}{arguments}) -> {y} {{\n"
            f"  {_project('y', 'x', self.matrix, x, y, self.heads)}\n  return %y : {y}\n}}\n"
        )


@dataclass(frozen=True)
class Bilinear:
    """Causal attention whose scores are x_i^T M_h x_j / sqrt(features), M_h a structured matrix, on given values.

    A matrix with `features` is evaluated as features of queries and keys, any other as keys M_h x_j that meet the shared
    queries x_i.
    """

    tokens: int
    heads: int
    matrix: object
    element: str = "f32"

    @property
    def by_features(self):
        return hasattr(self.matrix, "features")

    @property
    def attention(self):
        """The fused part on its own."""
        depth = self.matrix.features if self.by_features else self.matrix.query
        return Attention(
            self.tokens,
            depth=depth,
            width=self.matrix.query // self.heads,
            heads=self.heads,
            window=CAUSAL,
            shared_queries=not self.by_features,
        )

    def flops(self):
        return self.attention.flops() + self.tokens * self.heads * self.matrix.flops()

    def bytes(self):
        return self.attention.bytes()

    def inputs(self):
        rng = np.random.default_rng(7)
        arrays = {"x": normal(rng, (1, self.tokens, self.matrix.query), "f32")}
        for number, factor in enumerate(_factors(rng, self.matrix, self.heads)):
            arrays[f"factor{number}"] = factor
        return arrays | {"value": normal(rng, (1, self.heads, self.tokens, self.attention.value_width), "f32")}

    def output(self):
        return self.attention.output()

    def sample(self):
        return self.attention.sample()

    def reference(self, inputs, rows):
        x = inputs["x"][0].astype(np.float64)
        factors = [array for name, array in inputs.items() if name.startswith("factor")]
        exact = [_exact(factors, head) for head in range(self.heads)]
        if self.by_features:
            query = np.stack([x @ self.matrix.side(factor, "query") for factor in exact])[None]
            key = np.stack([x @ self.matrix.side(factor, "key") for factor in exact])[None]
        else:
            query, key = x[None], np.stack([x @ self.matrix.dense(*factor).T for factor in exact])[None]
        return self.attention.reference({"query": query, "key0": key, "value": inputs["value"]}, rows)

    def program(self):
        attention, heads = self.attention, self.heads
        x = tensor_type((1, self.tokens, self.matrix.query), "f32", (-1,))
        key = tensor_type((1, heads, self.tokens, attention.depth), "f32", (1, -1))
        value = tensor_type(attention.output_shape, "f32", (1, -1))
        lines = [_project("key", "x", self.matrix, x, key, heads, "key" if self.by_features else "")]
        if self.by_features:
            lines.append(_project("query", "x", self.matrix, x, key, heads, "query"))
        lines += [
            "%c0 = arith.constant 0 : index",
            f"%b = tensor.dim %x, %c0 : {x}",
            "%c1 = arith.constant 1 : index",
            f"%t = tensor.dim %x, %c1 : {x}",
            f"%init = tensor.empty(%b, %t) : {value}",
        ]
        names = {"query": "%query" if self.by_features else "%x", "key0": "%key", "value": "%value"}
        types = {"query": key if self.by_features else x, "key0": key, "value": value}
        lines += [f"%result = {attention.op(names, types, value)}", f"return %result : {value}"]
        arguments = "".join(
            f", %factor{number}: {type}" for number, type in enumerate(_factor_types(self.matrix, heads))
        )
        return f"func.func @main(%x: {x}{arguments}, %value: {value}) -> {value} {{\n  " + "\n  ".join(lines) + "\n}\n"


@dataclass(frozen=True)
class GlobalWindow:
    """Two softmaxes over one value, added: causal with half of the columns, a sliding window with the other half."""

    queries: int
    heads: int
    depth: int = 64
    window: int = 256
    element: str = "f32"

    @cached_property
    def parts(self):
        """The two attentions: all earlier keys, the window."""
        half = self.depth // 2
        return tuple(
            Attention(self.queries, depth=half, width=self.depth, heads=self.heads, window=window, element=self.element)
            for window in (CAUSAL, (self.window, 0))
        )

    def flops(self):
        return sum(part.flops() for part in self.parts)

    def bytes(self):
        return self.parts[0].bytes() + self.parts[1].bytes()

    def inputs(self):
        rng = np.random.default_rng(7)
        half = (1, self.heads, self.queries, self.depth // 2)
        arrays = {name: normal(rng, half, self.element) for name in ("query0", "key0", "query1", "key1")}
        return arrays | {"value": normal(rng, (1, self.heads, self.queries, self.depth), self.element)}

    def part_inputs(self, inputs, part):
        """The inputs of one of the two attentions."""
        return {"query": inputs[f"query{part}"], "key0": inputs[f"key{part}"], "value": inputs["value"]}

    def output(self):
        return self.parts[0].output()

    def sample(self):
        return self.parts[0].sample()

    def reference(self, inputs, rows):
        return sum(part.reference(self.part_inputs(inputs, number), rows) for number, part in enumerate(self.parts))

    def program(self):
        half, full = (tensor_type((1, 1, 1, width), self.element, (-1,)) for width in (self.depth // 2, self.depth))
        lines = []
        for axis in range(3):
            lines += [f"%c{axis} = arith.constant {axis} : index", f"%d{axis} = tensor.dim %value, %c{axis} : {full}"]
        lines.append(f"%init = tensor.empty(%d0, %d1, %d2) : {full}")
        for number, part in enumerate(self.parts):
            names = {"query": f"%query{number}", "key0": f"%key{number}", "value": "%value"}
            lines.append(f"%part{number} = {part.op(names, {'query': half, 'key0': half, 'value': full}, full)}")
        lines += [
            f"%result = linalg.add ins(%part0, %part1 : {full}, {full}) outs(%init : {full}) -> {full}",
            f"return %result : {full}",
        ]
        arguments = ", ".join(f"%{name}: {half}" for name in ("query0", "key0", "query1", "key1"))
        return f"func.func @main({arguments}, %value: {full}) -> {full} {{\n  " + "\n  ".join(lines) + "\n}\n"
