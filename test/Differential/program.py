"""A small writer of MLIR functions: typed arguments that carry their data, lines of text, results."""

import re
from dataclasses import dataclass, field, replace

import ml_dtypes
import numpy as np

DTYPES = {
    "f64": np.dtype(np.float64), "f32": np.dtype(np.float32), "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16), "i1": np.dtype(np.bool_), "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64), "index": np.dtype(np.int64),
}


@dataclass
class Value:
    name: str  # with its '%'
    type: str
    element: str
    array: np.ndarray | None = None  # the data of an argument

    @property
    def exact(self):
        """The stored data in float64: what the oracle reads."""
        return self.array.astype(np.float64)

    @property
    def magnitude(self):
        """The same value without signs."""
        return replace(self, array=np.abs(self.array))

    def __str__(self):
        return f"{self.name} : {self.type}"


def tensor_type(shape, element, dynamic=()):
    """`dynamic` holds the axes whose extent the type leaves open."""
    extents = ["?" if axis in dynamic else str(extent) for axis, extent in enumerate(shape)]
    return "tensor<" + "x".join(extents + [element]) + ">"


@dataclass
class Program:
    """One function under construction. Names are local; `render` makes them unique across programs."""

    arguments: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    results: list = field(default_factory=list)
    kernel: "Program | None" = None  # a private function @kernel that the lines may call
    counter: int = 0

    def fresh(self, hint):
        self.counter += 1
        return f"%{hint}{self.counter}"

    def tensor(self, hint, data, element, dynamic=()):
        array = np.asarray(data).astype(DTYPES[element])
        value = Value(self.fresh(hint), tensor_type(array.shape, element, dynamic), element, array)
        self.arguments.append(value)
        return value

    def index(self, hint, number):
        value = Value(self.fresh(hint), "index", "index", np.asarray(number, np.int64))
        self.arguments.append(value)
        return value

    def destination(self, hint, shape, element, dynamic=()):
        """An argument for `outs`; filled with NaN, since no op may read it."""
        return self.tensor(hint, np.full(shape, np.nan), element, dynamic)

    def op(self, text, *results):
        """Appends `%r1, %r2 = text` for results given as (hint, type, element); returns their values."""
        values = [Value(self.fresh(hint), type, element) for hint, type, element in results]
        names = ", ".join(value.name for value in values)
        self.lines.append(f"{names} = {text}" if values else text)
        return values[0] if len(values) == 1 else values

    def returns(self, *values):
        """Makes the values results; gives their places in the list of outputs."""
        first = len(self.results)
        self.results += values
        return list(range(first, len(self.results)))


def _rename(text, prefix):
    return re.sub(r"%(?=[A-Za-z_])", f"%{prefix}", text).replace("@kernel(", f"@{prefix}kernel(")


def _function(name, private, arguments, results, lines):
    """Text of a function; `arguments` and `results` are (name, type) pairs."""
    types = ", ".join(type for _, type in results)
    body = "".join("  " + line.replace("\n", "\n  ") + "\n" for line in lines)
    head = f"func.func {'private ' if private else ''}@{name}("
    signature = (",\n" + " " * len(head)).join(f"{name}: {type}" for name, type in arguments)
    return (f"{head}{signature})\n    -> ({types}) {{\n{body}"
            f"  return {', '.join(n for n, _ in results)} : {types}\n}}\n")


def render(programs, name="main"):
    """One public function that does the work of all programs: arguments and results in order."""
    pairs = lambda values, prefix: [(_rename(v.name, prefix), v.type) for v in values]
    arguments, results, lines, kernels = [], [], [], ""
    for number, program in enumerate(programs):
        prefix = f"p{number}_" if len(programs) > 1 else ""
        arguments += pairs(program.arguments, prefix)
        lines += [_rename(line, prefix) for line in program.lines]
        results += pairs(program.results, prefix)
        if program.kernel is not None:
            kernel = program.kernel
            kernels += _function(f"{prefix}kernel", True, pairs(kernel.arguments, ""), pairs(kernel.results, ""), kernel.lines)
    return kernels + _function(name, False, arguments, results, lines)
