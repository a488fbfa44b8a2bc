"""Makes a folder that checks and times the kernels on a machine with a card.

    pack.py --build=build FOLDER

FOLDER gets `run`, bin/sattn-run with the libraries that it needs, and a folder per kernel with its program, its inputs, rows
that are expected in float64, its PTX for each target, and a larger program to time.
"""

import argparse
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(HERE)), "benchmark", "nvidia"))

import cases
import configurations
import numpy as np

# Kernels that are timed, on problems of this size, and what of PyTorch does the same (or the dense version of it).
TIMED = re.compile(r"^(full|causal|levels-paper|levels-8|window)-f16-(64|128)$")
QUERIES, HEADS = 4096, 16
# Largest relative error of an output (Frobenius norm): the rounding of weights and output, scalar kernels sum in f32.
TOLERANCES = {"f16": 1e-3, "bf16": 8e-3, "f32": 1e-5}
# The C library and its loader, which must go together.
LIBC = re.compile(r"(libc|libm|libdl|libpthread|librt|ld-linux.*)\.so")


def find_libraries(program):
    """The shared libraries of `program` as paths."""
    output = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [match[1] for match in re.finditer(r"(?:=> |^\s*)(/\S+)", output, re.MULTILINE)]


def copy_program(build, folder):
    program = os.path.join(build, "bin", "sattn-run")
    for name in ("bin", "lib", "libc"):
        os.makedirs(os.path.join(folder, name))
    shutil.copy(program, os.path.join(folder, "bin"))
    libraries = find_libraries(program)
    # What a driver may ask for beside them.
    system = next(os.path.dirname(path) for path in libraries if os.path.basename(path).startswith("libc.so"))
    libraries += [os.path.join(system, name) for name in ("libdl.so.2", "libpthread.so.0", "librt.so.1")]
    for path in libraries:
        if os.path.exists(path):
            shutil.copy(path, os.path.join(folder, "libc" if LIBC.match(os.path.basename(path)) else "lib"))


def describe_timing(configuration):
    """The problem to time, and the operands of PyTorch's function that go with it; None where there is none."""
    if not TIMED.match(configuration.kernel):
        return None
    problem = dataclasses.replace(configuration.problem, queries=QUERIES, heads=HEADS)
    return problem, {
        "shape": [problem.batch, problem.heads, problem.queries, problem.depth],
        "causal": configuration.problem.window is not None,
        "dense": configuration.problem.structure is not None or configuration.kernel.startswith("window"),
    }


def write_ptx(build, configuration, program, folder):
    """False where it does not compile, which is said."""
    output = os.path.join(folder, configuration.target + ".ptx")
    command = [os.path.join(build, "bin", "sattn-compile"), program, f"--target={configuration.target}", "--emit=ptx"]
    result = subprocess.run([*command, "-o", output], capture_output=True, text=True)
    if result.returncode != 0:
        error = next((line for line in result.stderr.splitlines() if "error:" in line), "failed")
        print(f"{configuration.name} is left out: {error.partition('error: ')[2]}", file=sys.stderr)
    return result.returncode == 0


def write_kernel(build, kernel, chosen, folder):
    """One kernel for several targets."""
    problem = chosen[0].problem
    arguments = cases.write_case(chosen[0], folder)
    rows = problem.sample()
    np.save(os.path.join(folder, "rows.npy"), np.asarray(rows, np.int64))
    np.save(os.path.join(folder, "expected.npy"), np.asarray(problem.reference(problem.inputs(), rows), np.float64))
    case = {
        "kernel": kernel,
        "targets": [configuration.target for configuration in chosen if write_ptx(build, configuration, arguments[0], folder)],
        "element": problem.element,
        "tolerance": TOLERANCES[problem.element],
        "inputs": [os.path.basename(argument) for argument in arguments[1:]],
        "timing": None,
    }
    timing = describe_timing(chosen[0])
    if timing:
        large, case["timing"] = timing
        with open(os.path.join(folder, "timed.mlir"), "w", encoding="utf-8") as file:
            file.write(large.program())
        case["timing"]["inputs"] = [
            "x".join(map(str, shape)) + f"x{element}=random:{number}"
            for number, (shape, element) in enumerate(large.operands().values())
        ]
        case["timing"]["flops"] = large.flops()
    with open(os.path.join(folder, "case.json"), "w", encoding="utf-8") as file:
        json.dump(case, file, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    kernels = {}
    for configuration in configurations.load():
        if re.search(arguments.filter, configuration.kernel):
            kernels.setdefault(configuration.kernel, []).append(configuration)
    if not kernels:
        sys.exit(f"error: no kernel's name contains '{arguments.filter}'")
    copy_program(arguments.build, arguments.folder)
    for name in ("run", "check.py", "npy.py", "sdpa.py"):
        shutil.copy(os.path.join(HERE, name), arguments.folder)
    for kernel, chosen in kernels.items():
        write_kernel(arguments.build, kernel, chosen, os.path.join(arguments.folder, "cases", kernel))


main()
