"""Runs each raised program of this folder beside the program it was.

usage: equality.py FOLDER

Both versions of a function, lowered by the reference pipeline, get the same
pseudo-random inputs in one process; the largest difference is compared with the
largest value. Prints one line per function and fails if one of them differs.
"""

import pathlib
import re
import shutil
import subprocess
import sys

TOLERANCE = {"f32": 1.0e-5, "f16": 4.0e-3, "bf16": 4.0e-2}


def run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[:4000]}")
    return done.stdout


def optimize(texts, *passes):
    """Runs passes on many modules at once."""
    options = ["--mlir-print-local-scope", "--split-input-file"]
    printed = run(["sattn-opt", *options, *passes], "\n// -----\n".join(texts))
    modules = printed.split("// -----\n")
    assert len(modules) == len(texts)
    return modules


def get_body(module):
    start = module.index("\n", module.index("module")) + 1
    return module[start : module.rindex("}")]


def get_resources(text):
    """Stored constants, which are not printed with a local scope."""
    return "{-#" + text.split("{-#", 1)[1] if "{-#" in text else ""


class Function:
    def __init__(self, text):
        signature = re.search(r"func\.func @(\w+)\((.*?)\) -> (.*) \{\n", text)
        self.name = signature.group(1)
        self.arguments = re.findall(r"%\w+: ([^,)]+>|\w+)", signature.group(2))
        self.result = signature.group(3)
        assert self.result.startswith("tensor<"), self.result


def element_of(tensor):
    return tensor[tensor.index("<") + 1 : -1].split("x")[-1]


def shape_of(tensor):
    return tensor[tensor.index("<") + 1 : -1].split("x")[:-1]


def fill(name, tensor, seed):
    """Text that fills a tensor with numbers that depend on all its indices."""
    shape, element = shape_of(tensor), element_of(tensor)
    dims = ", ".join(f"d{i}" for i in range(len(shape)))
    sizes = ", ".join("%dynamic" for extent in shape if extent == "?")
    lines = [f"  %{name}_init = tensor.empty({sizes}) : {tensor}"]
    lines.append(
        f"  %{name} = linalg.generic {{indexing_maps = [affine_map<({dims}) -> ({dims})>], "
        f'iterator_types = [{", ".join(chr(34) + "parallel" + chr(34) for _ in shape)}]}} '
        f"outs(%{name}_init : {tensor}) {{"
    )
    lines.append(f"  ^bb0(%out: {element}):")
    lines.append(f"    %h0 = arith.constant {seed * 7919 + 17} : i64")
    for i in range(len(shape)):
        lines += [
            f"    %x{i} = linalg.index {i} : index",
            f"    %y{i} = arith.index_cast %x{i} : index to i64",
            f"    %m{i} = arith.constant {1103515245 + 2 * i} : i64",
            f"    %a{i} = arith.addi %h{i}, %y{i} : i64",
            f"    %b{i} = arith.muli %a{i}, %m{i} : i64",
            f"    %s{i} = arith.constant 29 : i64",
            f"    %c{i} = arith.shrui %b{i}, %s{i} : i64",
            f"    %h{i + 1} = arith.xori %b{i}, %c{i} : i64",
        ]
    last = f"%h{len(shape)}"
    lines += [
        "    %mask = arith.constant 1023 : i64",
        f"    %small = arith.andi {last}, %mask : i64",
    ]
    if element == "i1":
        lines += [
            "    %limit = arith.constant 700 : i64",
            "    %value = arith.cmpi ult, %small, %limit : i64",
        ]
    elif element.startswith("i"):
        lines += [
            "    %two = arith.constant 7 : i64",
            "    %part = arith.andi %small, %two : i64",
            "    %one = arith.constant 1 : i64",
            "    %wide = arith.addi %part, %one : i64",
            f"    %value = arith.trunci %wide : i64 to {element}",
        ]
    else:
        lines += [
            f"    %real = arith.sitofp %small : i64 to {element}",
            f"    %middle = arith.constant 512.0 : {element}",
            f"    %centred = arith.subf %real, %middle : {element}",
            f"    %range = arith.constant 256.0 : {element}",
            f"    %value = arith.divf %centred, %range : {element}",
        ]
    lines.append(f"    linalg.yield %value : {element}")
    lines.append(f"  }} -> {tensor}")
    return lines


def largest(name, tensor, body, operands):
    """Text that computes the largest of a function of elements."""
    rank, element = len(shape_of(tensor)), element_of(tensor)
    dims = ", ".join(f"d{i}" for i in range(rank))
    full = f"affine_map<({dims}) -> ({dims})>"
    maps = ", ".join([full] * len(operands) + [f"affine_map<({dims}) -> ()>"])
    iterators = ", ".join(['"reduction"'] * rank)
    arguments = ", ".join(f"%i{i}: {element}" for i in range(len(operands)))
    lines = [
        f"  %{name}_empty = tensor.empty() : tensor<f32>",
        f"  %{name}_init = linalg.fill ins(%zero : f32) outs(%{name}_empty : tensor<f32>) -> tensor<f32>",
        f"  %{name}_max = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{iterators}]}} "
        f"ins({', '.join(operands)} : {', '.join([tensor] * len(operands))}) outs(%{name}_init : tensor<f32>) {{",
        f"  ^bb0({arguments}, %out: f32):",
    ]
    names = [f"%i{i}" for i in range(len(operands))]
    if element != "f32":
        for i in range(len(operands)):
            lines.append(f"    %e{i} = arith.extf %i{i} : {element} to f32")
            names[i] = f"%e{i}"
    lines.append(body.format(*names))
    # A NaN must not get lost in a maximum.
    lines += [
        "    %abs = math.absf %d : f32",
        "    %max = arith.maximumf %abs, %out : f32",
        "    linalg.yield %max : f32",
        "  } -> tensor<f32>",
        f"  %{name} = tensor.extract %{name}_max[] : tensor<f32>",
        f"  vector.print %{name} : f32",
    ]
    return lines


def driver(function, raised_name):
    lines = [
        f"func.func @run_{function.name}() {{",
        "  %zero = arith.constant 0.0 : f32",
        "  %dynamic = arith.constant 7 : index",
    ]
    values = []
    for i, argument in enumerate(function.arguments):
        assert argument.startswith("tensor<"), argument
        lines += fill(f"in{i}", argument, i + len(function.name))
        values.append(f"%in{i}")
    call = f"({', '.join(values)}) : ({', '.join(function.arguments)}) -> {function.result}"
    lines.append(f"  %before = func.call @{function.name}{call}")
    lines.append(f"  %after = func.call @{raised_name}{call}")
    difference = "    %d = arith.subf {}, {} : f32"
    value = "    %d = arith.addf {}, %zero : f32"
    lines += largest("difference", function.result, difference, ["%before", "%after"])
    lines += largest("magnitude", function.result, value, ["%before"])
    return "\n".join(lines + ["  return", "}", ""])


def compare(programs):
    """Runs programs (text, before, after) as one module.

    Returns (function, difference, magnitude) of each.
    """
    functions, text = [], ""
    for _, before, after in programs:
        body = get_body(before)
        function = Function(body)
        raised_name = function.name + "_raised"
        raised = get_body(after).replace(f"@{function.name}(", f"@{raised_name}(")
        text += body + raised + driver(function, raised_name)
        functions.append(function)
    resources = get_resources(programs[0][0])
    calls = "".join(f"  func.call @run_{f.name}() : () -> ()\n" for f in functions)
    text += f"func.func @main() {{\n{calls}  return\n}}\n"
    lowered = run(
        ["sattn-opt", "--verify-each=0", "--sattn-to-reference", "--sattn-lower-to-llvm"],
        f"module {{\n{text}}}\n{resources}",
    )
    runner = pathlib.Path(shutil.which("mlir-runner"))
    library = runner.parent.parent / "lib" / "libmlir_c_runner_utils.so"
    options = ["-e", "main", "--entry-point-result=void", "-O0"]
    command = [str(runner), *options, f"--shared-libs={library}"]
    numbers = run(command, lowered).split()
    assert len(numbers) == 2 * len(functions), numbers
    return [
        (f, float(numbers[2 * i]), float(numbers[2 * i + 1]))
        for i, f in enumerate(functions)
    ]


def main():
    folder = pathlib.Path(sys.argv[1])
    texts = [path.read_text() for path in sorted(folder.glob("*.mlir"))]
    run_line = "// RUN: sattn-opt %s --sattn-raise-attention | FileCheck"
    texts = [text for text in texts if text.startswith(run_line)]
    before = optimize(texts)
    after = optimize(texts, "--sattn-raise-attention")
    assert all("sattn.attention" in module for module in after)
    programs = list(zip(texts, before, after))
    # Resources of several files cannot be in one.
    plain = [program for program in programs if not get_resources(program[0])]
    results = compare(plain)
    for program in programs:
        if get_resources(program[0]):
            results += compare([program])
    failed = False
    for function, difference, magnitude in results:
        tolerance = TOLERANCE[element_of(function.result)] * magnitude
        same = magnitude > 0.01 and difference <= tolerance
        failed |= not same
        word = "equal" if same else "DIFFERENT"
        print(f"{function.name}: {word} ({difference:.3g} of {magnitude:.3g})")
    sys.exit(failed)


main()
