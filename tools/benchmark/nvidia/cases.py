"""A configuration as files: the program, its inputs and what is expected, ready for sattn-run."""

import os

import numpy as np


def write_case(configuration, folder):
    """Writes FOLDER/program.mlir and inputs, returns the arguments of sattn-run that name them."""
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, "program.mlir")
    with open(program, "w", encoding="utf-8") as file:
        file.write(configuration.problem.program())
    arguments = [program]
    for name, array in configuration.problem.inputs().items():
        path = os.path.join(folder, name + ".npy")
        np.save(path, array)
        arguments.append(f"--input=@{path}")
    return arguments
