"""stages.py PROGRAM FOLDER [CHIP]: runs the text of each stage and the reference.

sattn-run goes on from the text of a stage to the end, sattn-compile to the next. With
an NVIDIA chip the stages are those of its pipeline, run in the interpreter, and the
inputs have 16 bits.
"""

import pathlib
import subprocess
import sys

import numpy

CPU_STAGES = ["entries", "tilings", "level-nest", "vectors", "llvm-dialect"]
NV_STAGES = ["tilings", "level-nest", "fragments", "kernels", "nvvm"]
SHAPES = ["2x71x16", "16x16", "16x16", "16", "2x71x16"]

program = sys.argv[1]
folder = pathlib.Path(sys.argv[2])
folder.mkdir(exist_ok=True)
chip = sys.argv[3] if len(sys.argv) > 3 else None
element = "f16" if chip else "f32"
tolerance = 3e-3 if chip else 1e-5


def run(program, name, *options):
    inputs = [f"--input={shape}x{element}=random:{seed}" for seed, shape in enumerate(SHAPES, 1)]
    outputs = [folder / f"{name}.{number}.npy" for number in range(2)]
    subprocess.run(["sattn-run", program, *inputs, *(f"--output=@{path}" for path in outputs), *options], check=True)
    return [numpy.load(path).astype(float) for path in outputs]


def differ(results, expected):
    return [numpy.linalg.norm(result - wanted) / numpy.linalg.norm(wanted) for result, wanted in zip(results, expected)]


reference = run(program, "reference", "--pipeline=sattn-to-reference")
source = program
for stage in NV_STAGES if chip else CPU_STAGES:
    text = folder / f"{stage}.mlir"
    subprocess.run(["sattn-compile", source, f"--emit={stage}", "-o", text, *([f"--target={chip}"] if chip else [])], check=True)
    errors = differ(run(text, stage, *([f"--target=emulated-{chip}"] if chip else [])), reference)
    print(f"{stage}: equal" if max(errors) < tolerance else f"{stage}: DIFFERENT by {errors}")
    source = text
