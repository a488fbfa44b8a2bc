"""Score regions as MLIR text and as the NumPy function that means the same."""

import numpy as np


class Region:
    """A region under construction: every method emits one scalar op and returns (name, function of the arguments)."""

    def __init__(self, float_type, operands):
        """`operands`: element types of the score operands."""
        self.type = float_type
        self.lines = []
        self.names = ["%s", "%i", "%j"] + [f"%x{k}" for k in range(len(operands))]
        header = [f"%s: {float_type}", "%i: index", "%j: index"]
        header += [f"%x{k}: {element}" for k, element in enumerate(operands)]
        self.header = "^bb0(" + ", ".join(header) + "):"
        self.operand_types = operands
        self.count = 0

    def argument(self, number):
        return self.names[number], lambda *a: a[number]

    def emit(self, text, function, *inputs):
        self.count += 1
        name = f"%t{self.count}"
        self.lines.append(f"{name} = {text}")
        functions = [f for _, f in inputs]
        return name, lambda *a: function(*(f(*a) for f in functions))

    def constant(self, number, type=None):
        type = type or self.type
        text = f"{float(number)!r}" if type not in ("index", "i32") else str(number)
        return self.emit(f"arith.constant {text} : {type}", lambda: number)

    def element(self, k):
        """Score operand k as a value of the score's type."""
        value, source = self.argument(3 + k), self.operand_types[k]
        if source == self.type:
            return value
        if source == "i32":
            return self.emit(f"arith.sitofp {value[0]} : i32 to {self.type}", lambda x: x, value)
        cast = "arith.truncf" if source == "f64" else "arith.extf"
        return self.emit(f"{cast} {value[0]} : {source} to {self.type}", lambda x: x, value)

    def distance(self):
        """j - i as a float."""
        i, j = self.argument(1), self.argument(2)
        d = self.emit(f"arith.subi {j[0]}, {i[0]} : index", lambda a, b: a - b, j, i)
        d = self.emit(f"arith.index_cast {d[0]} : index to i32", lambda a: a, d)
        return self.emit(f"arith.sitofp {d[0]} : i32 to {self.type}", lambda a: a.astype(np.float64), d)

    def binary(self, name, a, b):
        function = {"addf": np.add, "subf": np.subtract, "mulf": np.multiply, "divf": np.divide,
                    "maximumf": np.maximum, "minimumf": np.minimum}[name]
        return self.emit(f"arith.{name} {a[0]}, {b[0]} : {self.type}", function, a, b)

    def unary(self, name, a):
        function = {"math.tanh": np.tanh, "math.absf": np.abs, "arith.negf": np.negative, "math.sin": np.sin}[name]
        return self.emit(f"{name} {a[0]} : {self.type}", function, a)

    def every(self, step, phase):
        """True where (i + j) mod step == phase. Positions may be negative: a large multiple of step is added first."""
        i, j = self.argument(1), self.argument(2)
        total = self.emit(f"arith.addi {i[0]}, {j[0]} : index", lambda a, b: a + b, i, j)
        shift = self.constant(step * 4096, "index")
        total = self.emit(f"arith.addi {total[0]}, {shift[0]} : index", lambda a, b: a + b, total, shift)
        modulus, wanted = self.constant(step, "index"), self.constant(phase, "index")
        rest = self.emit(f"arith.remui {total[0]}, {modulus[0]} : index", np.remainder, total, modulus)
        return self.emit(f"arith.cmpi eq, {rest[0]}, {wanted[0]} : index", lambda a, b: a == b, rest, wanted)

    def finish(self, score, keep=None):
        """The text of the region's body and the oracle's function."""
        values = [score] if keep is None else [score, keep]
        types = [self.type] if keep is None else [self.type, "i1"]
        self.lines.append(f"sattn.yield {', '.join(v[0] for v in values)} : {', '.join(types)}")
        text = "{\n" + self.header + "\n" + "".join(f"  {line}\n" for line in self.lines) + "}"
        return text, lambda *a: (score[1](*a), None if keep is None else keep[1](*a))


def soft_cap(region, score, bound):
    """bound * tanh(score / bound)"""
    limit = region.constant(bound)
    inner = region.unary("math.tanh", region.binary("divf", score, limit))
    return region.binary("mulf", inner, limit)


def alibi(region, score, k):
    """score + slope * (j - i), the slope being score operand k."""
    return region.binary("addf", score, region.binary("mulf", region.distance(), region.element(k)))


def arbitrary(rng, region, score, budget=6):
    """A random expression that stays moderate: bounded functions, sums, products with numbers below 2."""
    pool = [score] + [region.element(k) for k in range(len(region.operand_types))]
    for _ in range(budget):
        a, b = (pool[rng.integers(len(pool))] for _ in range(2))
        kind = rng.integers(6)
        if kind == 0:
            pool.append(region.binary("addf", a, b))
        elif kind == 1:
            pool.append(region.unary(str(rng.choice(["math.tanh", "math.absf", "arith.negf", "math.sin"])), a))
        elif kind == 2:
            pool.append(region.binary("mulf", a, region.constant(round(float(rng.uniform(-1.5, 1.5)), 3))))
        elif kind == 3:
            pool.append(region.binary(str(rng.choice(["maximumf", "minimumf"])), a, b))
        elif kind == 4:
            pool.append(region.binary("subf", a, region.unary("math.tanh", region.distance())))
        else:
            pool.append(soft_cap(region, a, float(rng.integers(2, 30))))
    # The score itself always takes part.
    return region.binary("addf", score, soft_cap(region, pool[-1], 4.0))
