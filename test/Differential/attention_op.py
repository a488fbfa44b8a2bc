"""One sattn.attention or sattn.score: its text, and what the oracle says of it."""

from dataclasses import dataclass, field, replace

import numpy as np

import oracle
from compare import Rule, error, round_to, tolerance, typical
from program import Program, Value


def extent_list(values):
    return "[" + ", ".join("*" if v is None else str(v) for v in values) + "]"


def structure_text(structure):
    is_levels = isinstance(structure, oracle.Levels)
    name, key = ("levels", "blocks") if is_levels else ("bands", "widths")
    parts = [f"ranks = {extent_list(structure.ranks)}",
             f"{key} = {extent_list(structure.blocks if is_levels else structure.widths)}"]
    if structure.scales:
        parts.append("scales = [" + ", ".join(repr(float(s)) for s in structure.scales) + "]")
    if structure.mean:
        parts.append("mean")
    return f"#sattn.{name}<{', '.join(parts)}>"


def type_of(value):
    return value.type.removeprefix("tensor<")


@dataclass
class AttentionOp:
    """All clauses. Tensor operands are `Value`s, `labels` says what their axes mean."""

    program: Program
    element: str
    labels: dict  # query, key, value, out, mask, operands (a list)
    extents: dict  # of every label
    query: Value
    keys: list
    value: Value | None
    scale: float = 1.0
    structure: object = None
    window: tuple | None = None
    mask: Value | None = None
    segments: tuple | None = None
    query_offset: Value | None = None
    key_offset: Value | None = None
    key_limit: Value | None = None
    link: str = "softmax"
    normalizer: Value | None = None
    region: tuple | None = None  # text, function
    operands: list = field(default_factory=list)
    tiling: str | None = None
    lse: bool = False
    canonical: bool = False  # leave `dims` out
    dynamic: set = field(default_factory=set)
    out_element: str | None = None

    # ---- text ----

    def dims(self):
        lists = [self.labels["query"], self.labels["key"]]
        if self.value is not None:
            lists.append(self.labels["value"])
        if self.mask is not None:
            lists.append(self.labels["mask"])
        lists += self.labels.get("operands", [])
        return ", ".join(" ".join(labels) for labels in lists) + " -> " + " ".join(self.labels["out"])

    def _operand(self, name, values):
        values = [v for v in values if v is not None]
        if not values:
            return ""
        return f" {name}({', '.join(v.name for v in values)} : {', '.join(v.type for v in values)})"

    def _clauses(self):
        text = f" scale {self.scale!r}"
        if self.structure is not None:
            text += f" structure {structure_text(self.structure)}"
        if self.window is not None:
            text += " window <" + ", ".join("*" if w is None else str(w) for w in self.window) + ">"
        text += self._operand("mask", [self.mask]) + self._operand("segments", self.segments or ())
        text += self._operand("query_offset", [self.query_offset]) + self._operand("key_offset", [self.key_offset])
        text += self._operand("key_limit", [self.key_limit])
        if self.link != "softmax":
            text += f" link {self.link}"
        text += self._operand("normalizer", [self.normalizer])
        if self.region is not None:
            text += (self._operand("score", self.operands) or " score") + " " + self.region[0]
        return text

    def _suffix(self):
        return f" tiling {self.tiling}" if self.tiling else ""

    def emit(self):
        """Appends the op with destinations of its own; returns its results (output[, lse])."""
        element = self.out_element or self.element
        shape = lambda labels: [self.extents[label] for label in labels]
        dynamic = lambda labels: [axis for axis, label in enumerate(labels) if label in self.dynamic]
        out, row = self.labels["out"], [label for label in self.labels["out"] if label != "e"]
        outs = [self.program.destination("o", shape(out), element, dynamic(out))]
        if self.lse:
            outs.append(self.program.destination("l", shape(row), self.log_element, dynamic(row)))
        name = "attention" if self.value is not None else "score"
        text = f"sattn.{name} query({self.query})" + self._operand(" key", self.keys).replace("  ", " ")
        text += self._operand("value", [self.value]) + self._clauses()
        text += self._suffix() + self._operand("outs", outs)
        if not self.canonical or self.operands:  # score operands have no canonical labels
            text += f" dims({self.dims()})"
        text += " -> " + ", ".join(o.type for o in outs)
        names = [self.program.fresh("r") for _ in outs]
        self.program.lines.append(f"{', '.join(names)} = {text}")
        return [Value(n, o.type, o.element, o.array) for n, o in zip(names, outs)]

    # ---- meaning ----

    @property
    def log_element(self):
        return "f64" if self.element == "f64" else "f32"

    @property
    def batch(self):
        tail = ("m", "e") if self.value is not None else ("m", "n")
        return [label for label in self.labels["out"] if label not in tail]

    def _oracle_clauses(self):
        stored = lambda v: None if v is None else v.array
        return dict(
            scale=self.scale, structure=self.structure, window=self.window, mask=stored(self.mask),
            segments=None if self.segments is None else tuple(v.array for v in self.segments),
            query_offset=stored(self.query_offset), key_offset=stored(self.key_offset), key_limit=stored(self.key_limit),
            region=self.region and self.region[1], region_operands=[v.exact for v in self.operands])

    def evaluate(self, rounding=lambda x: x, absolute=False):
        """Output and log-sum-exp by the oracle."""
        more = {"absolute": absolute} if self.normalizer is None else {"absolute": absolute, "normalizer": self.normalizer.exact}
        return oracle.attention(self.query.exact, [k.exact for k in self.keys], self.value.exact, dims=self.dims(),
                                link=self.link, rounding=rounding, **more, **self._oracle_clauses())

    def grid(self):
        """Scores and presence of all pairs, axes batch..., m, n."""
        return oracle.scores(self.query.exact, [k.exact for k in self.keys], batch=self.batch,
                             query_labels=self.labels["query"], key_labels=self.labels["key"],
                             mask_labels=self.labels.get("mask"), region_labels=self.labels.get("operands", []),
                             **self._oracle_clauses())

    def terms(self):
        """Typical sum over the keys of |weight| |value|, or of |query| |key| |value| where scores are the weights."""
        op = self
        if self.link == "identity" and self.region is None:
            op = replace(self, query=self.query.magnitude, keys=[key.magnitude for key in self.keys])
        return typical(op.evaluate(absolute=True)[0])

    def rules(self):
        """How exact output and log-sum-exp have to be."""
        score, present = self.grid()
        finite = np.abs(np.where(present & np.isfinite(score), score, 0.0))
        largest = float(finite.max(initial=0.0))
        exact, unfused, log_error = self.evaluate(), 0.0, 0.0
        narrow = self.out_element or self.element
        if self.element in ("f16", "bf16"):
            rounded = self.evaluate(round_to(self.element))
            unfused = error(rounded[0], exact[0])
            if exact[1] is not None:
                finite = np.isfinite(rounded[1]) & np.isfinite(exact[1])
                log_error = float(np.abs(np.where(finite, rounded[1], 0.0) - np.where(finite, exact[1], 0.0)).max(initial=0.0))
            narrow = self.element
        bound = tolerance(narrow, largest, unfused)
        log_bound = max(2 * log_error, tolerance(self.log_element, largest))
        return Rule(bound, terms=self.terms()), Rule(log_bound, log=True)

    def check(self, case):
        """Emits the op, returns its results from the program and demands the oracle's values; gives their places."""
        (output, lse), (rule, log_rule) = self.evaluate(), self.rules()
        results = self.emit()
        places = [case.expect(results[0], "output", output, rule)]
        if self.lse:
            places.append(case.expect(results[1], "lse", lse, log_rule))
        return places


@dataclass
class ScoreOp(AttentionOp):
    """sattn.score: the same clauses without value and link."""

    zero_absent: bool = False

    def terms(self):
        return 0.0

    def _suffix(self):
        return " zero_absent" if self.zero_absent else ""

    def evaluate(self, rounding=lambda x: x):
        return oracle.score_matrix(self.query.exact, [k.exact for k in self.keys], dims=self.dims(),
                                   zero_absent=self.zero_absent, rounding=rounding, **self._oracle_clauses()), None
