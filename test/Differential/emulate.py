#!/usr/bin/env python3
"""Stands in for sattn-run where the code is for another machine: sattn-compile, a C compiler, an emulator.

  run.py --tool=emulate.py --pipeline='sattn-to-cpu{target=aarch64 parallel=false}'

Takes what run.py passes to sattn-run: a file, --pipeline=, --input=@in.npy, --output=@out.npy. The pipeline's target is
AArch64. Nothing is parallel, so no OpenMP library of the other machine is needed. The compiler and the emulator are
aarch64-linux-gnu-gcc and qemu-aarch64 (Debian: gcc-aarch64-linux-gnu, qemu-user).
"""

import argparse
import ast
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
# Numbers of the generated header, and how NumPy writes the elements.
TYPES = {"i1": (0, "|b1"), "i8": (1, "|i1"), "i16": (2, "<i2"), "i32": (3, "<i4"), "i64": (4, "<i8"), "index": (5, "<i8"),
         "f16": (6, "<f2"), "bf16": (7, "<V2"), "f32": (8, "<f4"), "f64": (9, "<f8")}


def read_npy(path):
    """(shape, bytes) of a file in C order."""
    data = Path(path).read_bytes()
    assert data[:6] == b"\x93NUMPY", path
    size, start = struct.unpack_from("<H", data, 8)[0], 10
    header = ast.literal_eval(data[start:start + size].decode())
    assert not header["fortran_order"] or len(header["shape"]) < 2, path
    return header["shape"], data[start + size:]


def write_npy(path, description, shape, data):
    header = str({"descr": description, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def call(command, **options):
    """Output of a command; its failure is ours."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        sys.stderr.write(done.stderr)
        sys.exit(done.returncode if done.returncode > 0 else 128)
    return done.stdout


def read_signature(header):
    """(inputs, outputs) as lists of (element type, rank), from the comment of the generated header."""
    def tensors(kind):
        types = re.findall(rf"^ +{kind}\[\d+\]: (?:scalar )?((?:[?\d]+x)*)([a-z]+\d*)", header, re.M)
        return [(element, extents.count("x")) for extents, element in types]
    return tensors("inputs"), tensors("outputs")


def compile_program(arguments, folder):
    """Builds `folder`/program; returns its signature."""
    text = Path(arguments.file).read_text()
    Path(folder, "program.mlir").write_text(re.sub(r"@main\b", "@entry", text))
    call(["sattn-compile", "program.mlir", "--target=aarch64", f"--pipeline={arguments.pipeline}", "--entry=entry", "--emit=obj",
          "-o", "program.o"], cwd=folder)
    inputs, outputs = read_signature(Path(folder, "program.h").read_text())
    macros = ["-DENTRY=entry", "-DSHAPES=entry_shapes", f"-DINPUTS={len(inputs)}", f"-DOUTPUTS={len(outputs)}"]
    driver = Path(__file__).resolve().parent / "Inputs" / "emulated.c"
    call([COMPILER, "-static", "-O1", *macros, f"-I{folder}", str(driver), "program.o", "-lm", "-o", "program"], cwd=folder)
    return inputs, outputs


def execute(folder, inputs, outputs, arguments):
    words = []
    for k, ((element, _), path) in enumerate(zip(inputs, arguments.input, strict=True)):
        shape, data = read_npy(path.removeprefix("@"))
        Path(folder, f"in{k}").write_bytes(data)
        words.append(",".join(map(str, (TYPES[element][0], *shape))) + f":{folder}/in{k}")
    for k, (element, rank) in enumerate(outputs):
        words.append(",".join(map(str, (TYPES[element][0], *[0] * rank))) + f":{folder}/out{k}")
    shapes = call([EMULATOR, f"{folder}/program", *words]).splitlines()
    for k, ((element, _), path, shape) in enumerate(zip(outputs, arguments.output, shapes, strict=True)):
        write_npy(path.removeprefix("@"), TYPES[element][1], tuple(map(int, shape.split())), Path(folder, f"out{k}").read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--output", action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
        execute(folder, *compile_program(arguments, folder), arguments)


if __name__ == "__main__":
    main()
