"""Functions without an instruction, in emulated kernels, against those of the host's C library.

    device-functions.py SATTN_RUN FOLDER

Prints one line per function: the largest relative error in units of 2^-53 that is allowed, `ok`
or the arguments for which it is exceeded. Zeros, infinities and NaN have to be equal.
"""

import math
import random
import struct
import subprocess
import sys

DESCRIPTIONS = {"f64": ("<f8", "d"), "i32": ("<i4", "i")}
EDGES = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 0.5, -0.5, 1e-300, 5e-324, 27.3, -27.3, 30.0]


def write(path, values, element):
    description, code = DESCRIPTIONS[element]
    header = f"{{'descr': '{description}', 'fortran_order': False, 'shape': ({len(values)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack(f"<{len(values)}{code}", *values))


def read(path, count):
    with open(path, "rb") as file:
        return struct.unpack(f"<{count}d", file.read()[-8 * count:])


def evaluate(run, folder, text, columns, elements):
    """`text` is an op on %x0, %x1 of `elements` with a result of f64."""
    count = len(columns[0])
    types = [f"tensor<{count}x{element}>" for element in elements]
    program = f"""func.func @f({", ".join(f"%a{k}: {type}" for k, type in enumerate(types))}) -> tensor<{count}xf64> {{
  %e = tensor.empty() : tensor<{count}xf64>
  %r = linalg.generic {{indexing_maps = [{", ".join(["affine_map<(d0) -> (d0)>"] * (len(types) + 1))}],
                       iterator_types = ["parallel"]}}
         ins({", ".join(f"%a{k}" for k in range(len(types)))} : {", ".join(types)}) outs(%e : tensor<{count}xf64>) {{
  ^bb0({", ".join(f"%x{k}: {element}" for k, element in enumerate(elements))}, %o: f64):
    %y = {text}
    linalg.yield %y : f64
  }} -> tensor<{count}xf64>
  return %r : tensor<{count}xf64>
}}
"""
    with open(f"{folder}/program.mlir", "w") as file:
        file.write(program)
    inputs = []
    for k, (values, element) in enumerate(zip(columns, elements)):
        write(f"{folder}/{k}.npy", values, element)
        inputs.append(f"--input=@{folder}/{k}.npy")
    subprocess.run([run, f"{folder}/program.mlir", "--target=emulated-sm_80", *inputs,
                    f"--output=@{folder}/result.npy"], check=True)
    return read(f"{folder}/result.npy", count)


def agrees(got, wanted, units):
    if math.isnan(wanted):
        return math.isnan(got)
    if math.isinf(wanted) or wanted == 0:
        return got == wanted and math.copysign(1, got) == math.copysign(1, wanted)
    # Denormal results have no relative error.
    return abs(got - wanted) <= units * 2.0**-53 * abs(wanted) + 2.0**-1070


def power(base, exponent):
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf
    except ValueError:
        return math.copysign(math.inf, base) if exponent % 2 else math.inf


def main():
    run, folder = sys.argv[1:]
    rng = random.Random(1)

    def check(name, units, text, function, columns, elements):
        results = evaluate(run, folder, text, columns, elements)
        wrong = [(*arguments, got) for *arguments, got in zip(*columns, results)
                 if not agrees(got, function(*arguments), units)]
        print(name, units, f"wrong: {wrong[:5]}" if wrong else "ok")

    numbers = EDGES + [rng.uniform(-6, 6) for _ in range(300)] + [rng.uniform(0, 27) for _ in range(300)]
    numbers += [rng.choice([1, -1]) * 10 ** rng.uniform(-20, 0) for _ in range(100)]
    check("erf", 4, "math.erf %x0 : f64", math.erf, [numbers], ["f64"])
    check("erfc", 12, "math.erfc %x0 : f64", math.erfc, [numbers], ["f64"])

    points = [(y, x) for y in EDGES[:7] for x in EDGES[:7]]
    points += [tuple(rng.choice([1, -1]) * 10 ** rng.uniform(-8, 8) for _ in range(2)) for _ in range(500)]
    check("atan2", 8, "math.atan2 %x0, %x1 : f64", math.atan2, list(zip(*points)), ["f64", "f64"])

    # An error of 2^-53 per factor, of which there are 40 at most.
    powers = [(x, n) for x in EDGES[:7] for n in (0, 1, 2, 3, -1, -2, -3, 2**31 - 1, -(2**31))]
    powers += [(rng.uniform(-3, 3), rng.randint(-40, 40)) for _ in range(300)]
    check("fpowi", 40, "math.fpowi %x0, %x1 : f64, i32", power, list(zip(*powers)), ["f64", "i32"])


main()
