"""What is measured of one configuration: resources, instructions of the main loop, compile time, error of an emulated run."""

import json
import os
import subprocess
import tempfile

import numpy as np

import loops


class Failure(Exception):
    """A tool that says no; its diagnostic."""


def run_tool(build, name, *arguments):
    command = [os.path.join(build, "bin", name), *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        errors = [line for line in result.stderr.splitlines() if "error: " in line]
        raise Failure(errors[0].split("error: ", 1)[1] if errors else f"exit status {result.returncode}")
    return result.stdout


def kernel_text(text, name):
    """The kernel `name` of a PTX file."""
    start = text.index(f".entry {name}(")
    end = text.find(".entry ", start + 1)
    return text[start : end if end >= 0 else len(text)]


def emulated_error(build, configuration, program, folder):
    """Relative Frobenius error against float64."""
    problem = configuration.problem
    inputs = problem.inputs()
    arguments = [program, f"--target=emulated-{configuration.target}"]
    for name, array in inputs.items():
        path = os.path.join(folder, name + ".npy")
        np.save(path, array)
        arguments.append(f"--input=@{path}")
    path = os.path.join(folder, "output.npy")
    run_tool(build, "sattn-run", *arguments, f"--output=@{path}")
    output = problem.output()
    output.reshape(-1).view(np.uint8)[...] = np.load(path).reshape(-1).view(np.uint8)
    rows = problem.sample()
    expected = problem.reference(inputs, rows)
    actual = output[..., rows, :].astype(np.float64)
    return float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))


def choose_kernel(report):
    """The emitted kernel that is attention's: of those with most threads and shared memory, the one with most registers."""
    key = lambda kernel: (kernel["shared_bytes"], kernel["threads"], kernel.get("ptxas", {}).get("registers", 0))
    return max(report["emitted"]["kernels"], key=key)


def measure(build, configuration, emulate=True):
    """A row of the page; {"failure": ...} where a tool refuses."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, configuration.name + ".mlir")
        with open(program, "w", encoding="utf-8") as file:
            file.write(configuration.problem.program())
        target = f"--target={configuration.target}"
        try:
            explained = json.loads(run_tool(build, "sattn-explain", program, target, "--format=json"))
            report = explained["attentions"][0]["kernel"]
            if report["emitted"]["compile_error"]:
                raise Failure(report["emitted"]["compile_error"])
            text = run_tool(build, "sattn-compile", program, target, "--emit=ptx")
            kernel = choose_kernel(report)
            row = {
                "path": report["path"],
                "tiles": report.get("tiles"),
                "split": report["split"],
                "threads": kernel["threads"],
                "shared_bytes": kernel["shared_bytes"],
                "kernels": len(report["emitted"]["kernels"]),
                "seconds_to_ptx": report["emitted"]["seconds_to_ptx"],
                "estimate": report.get("registers", {}).get("estimate"),
                "ptxas": kernel.get("ptxas"),
                "loop": loops.main_loop(kernel_text(text, kernel["kernel"])),
            }
            if emulate:
                row["error"] = emulated_error(build, configuration, program, folder)
            return row
        except Failure as failure:
            return {"failure": str(failure)}
