"""stages.py PROGRAM FOLDER: runs the text of each stage and the reference.

sattn-run goes on from the text of a stage to the end, sattn-compile to the next.
"""

import pathlib
import subprocess
import sys

import numpy

STAGES = ["entries", "tilings", "level-nest", "vectors", "llvm-dialect"]
INPUTS = ["2x71x16xf32=random:1", "16x16xf32=random:2", "16x16xf32=random:3", "16xf32=random:4", "2x71x16xf32=random:5"]

program = sys.argv[1]
folder = pathlib.Path(sys.argv[2])
folder.mkdir(exist_ok=True)


def run(program, name, *options):
    outputs = [folder / f"{name}.{number}.npy" for number in range(2)]
    subprocess.run(["sattn-run", program, *(f"--input={text}" for text in INPUTS), *(f"--output=@{path}" for path in outputs),
                    *options], check=True)
    return [numpy.load(path).astype(float) for path in outputs]


def differ(results, expected):
    return [numpy.linalg.norm(result - wanted) / numpy.linalg.norm(wanted) for result, wanted in zip(results, expected)]


reference = run(program, "reference", "--pipeline=sattn-to-reference")
source = program
for stage in STAGES:
    text = folder / f"{stage}.mlir"
    subprocess.run(["sattn-compile", source, f"--emit={stage}", "-o", text], check=True)
    errors = differ(run(text, stage), reference)
    print(f"{stage}: equal" if max(errors) < 1e-5 else f"{stage}: DIFFERENT by {errors}")
    source = text
