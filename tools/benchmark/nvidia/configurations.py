"""The kernels of the page: configurations.json as programs with inputs and references.

A configuration is a kernel for a target. Its name, `sm_80-causal-f16-64`, is that of its file when programs are written and its
key in files of scores. The fields of a kernel are those of `Attention`, or of `GlobalWindow` with "problem": "global-window";
f16 and static extents, unless the entry says something else.
"""

import json
import os
import sys
from dataclasses import dataclass

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from problems.arrays import tensor_type
from problems.attention import Attention
from problems.layers import GlobalWindow
from problems.structure import Bands, Levels

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "configurations.json")


@dataclass(frozen=True)
class _Static(Attention):
    """The same with every extent in the types."""

    def types(self):
        return {name: tensor_type(shape, element, range(len(shape))) for name, (shape, element) in self.operands().items()}

    def _static_rows(self):
        return range(len(self.output_shape))

    def _query_offset(self, types):
        return [f"%offset = arith.constant {self.offset} : index"] if self.offset else []


@dataclass(frozen=True)
class Configuration:
    name: str
    target: str
    kernel: str
    problem: object
    dynamic: bool


def _structure(fields):
    for key, kind, extents in (("levels", Levels, "blocks"), ("bands", Bands, "widths")):
        if key in fields:
            entry = fields.pop(key)
            return kind(tuple(entry["ranks"]), tuple(entry[extents]))
    return None


def _problem(fields, dynamic):
    if fields.pop("problem", "attention") == "global-window":
        return GlobalWindow(**({"heads": 1, "element": "f16"} | fields))
    structure = _structure(fields)
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    kind = Attention if dynamic else _Static
    return kind(**({"element": "f16", "structure": structure} | fields))


def load(path=FILE):
    """All configurations, by target and then in the order of the file."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    result = []
    for target in data["targets"]:
        for kernel, entry in data["kernels"].items():
            fields = dict(entry)
            dynamic = fields.pop("dynamic", False)
            result.append(Configuration(f"{target}-{kernel}", target, kernel, _problem(fields, dynamic), dynamic))
    return result
