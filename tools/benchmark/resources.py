"""Compile time inside a process, and heap memory of a call, as sattn-run reports them."""

import json
import os
import subprocess


def _splat(array):
    element = {"int32": "i32", "int64": "index", "float16": "f16", "bfloat16": "bf16", "float32": "f32"}[array.dtype.name]
    value = "0" if element == "i32" else str(array.max()) if element == "index" else "0.5"
    return f"--input={'x'.join(map(str, array.shape))}x{element}={value}"


def measure(build, problem, threads, scratch):
    """{"compile_seconds": {...}, "heap": {...}} of one run of the program, or {"failed": message}."""
    program, report = os.path.join(scratch, "program.mlir"), os.path.join(scratch, "report.json")
    with open(program, "w", encoding="utf-8") as file:
        file.write(problem.program())
    command = [os.path.join(build, "bin", "sattn-run"), program, f"--threads={threads}", f"--report={report}",
               *(_splat(array) for array in problem.inputs().values())]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        message = result.stderr.strip() or f"sattn-run ended with status {result.returncode}"
        return {"failed": message.replace(scratch + os.sep, "")}
    with open(report, encoding="utf-8") as file:
        known = json.load(file)
    return {"compile_seconds": known["compile_seconds"], "heap": known["heap"]}
