"""Runs programs through sattn-run and brings their results back."""

import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cases import as_float
from program import render

PIPELINES = {"reference": "sattn-to-reference", "cpu": "sattn-to-cpu", "nvidia": "sattn-to-nvvm{stop-after=program}"}
# What sattn-run needs besides, unless another target is given.
TARGETS = {"nvidia": "--target=emulated-sm_80"}


@dataclass
class Failure(Exception):
    """Why a run gave no results. `kind`: refused (a diagnostic, status 1), crashed, timeout or output."""

    kind: str
    message: str

    def __str__(self):
        return f"{self.kind}: {self.message}"


def first_error(text):
    """The line of a tool's messages that says most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        if "error:" in line:
            return line
    return lines[0] if lines else "no message"


def spell_out(tool, pipeline):
    """The passes that a pipeline on modules consists of, as sattn-opt (which lies beside `tool`) prints them."""
    path = Path(shutil.which(tool) or tool)
    done = subprocess.run([path.with_name(path.name.replace("sattn-run", "sattn-opt")), "--dump-pass-pipeline",
                           f"--pass-pipeline=builtin.module({pipeline})"],
                          input="module {}", capture_output=True, text=True, check=True)
    text = done.stderr[done.stderr.index("builtin.module("):].rstrip()
    passes = re.split(r",\n  (?! )", text.removeprefix("builtin.module(\n  ").removesuffix("\n)"))
    # An option with an empty value is not read back.
    return [re.sub(r"[\w-]+= ", "", " ".join(each.split())) for each in passes]


def interleave(extra, passes):
    """The text of a pipeline that runs `extra` before every pass and at the end."""
    return ",".join(text for each in passes for text in (extra, each)) + f",{extra}"


@dataclass
class Runner:
    tool: str = "sattn-run"
    pipeline: str = "reference"
    options: tuple = ()
    timeout: float = 120.0
    between: str | None = None  # a pass that runs before each pass of the pipeline

    def __post_init__(self):
        self.passes = PIPELINES.get(self.pipeline, self.pipeline)
        target = TARGETS.get(self.pipeline)
        if target and not any(option.startswith("--target") for option in self.options):
            self.options += (target,)
        if self.between:
            self.passes = interleave(self.between, spell_out(self.tool, self.passes))

    def command(self, folder, programs):
        """The command line that runs the files of `folder`."""
        inputs = sum(len(p.arguments) for p in programs)
        outputs = sum(len(p.results) for p in programs)
        return [self.tool, f"{folder}/case.mlir", f"--pipeline={self.passes}", *self.options,
                *(f"--input=@{folder}/in{k}.npy" for k in range(inputs)),
                *(f"--output=@{folder}/out{k}.npy" for k in range(outputs))]

    def write(self, folder, programs):
        Path(folder, "case.mlir").write_text(render(programs))
        for k, argument in enumerate(a for p in programs for a in p.arguments):
            np.save(Path(folder, f"in{k}.npy"), argument.array)

    def run(self, programs):
        """Outputs in float64, one list per program. Raises Failure."""
        with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
            self.write(folder, programs)
            try:
                done = subprocess.run(self.command(folder, programs), capture_output=True, text=True, errors="replace",
                                      timeout=self.timeout)
            except subprocess.TimeoutExpired:
                raise Failure("timeout", f"no result after {self.timeout:.0f} s") from None
            if done.returncode:
                kind = "refused" if done.returncode == 1 else f"crashed ({done.returncode})"
                raise Failure(kind, first_error(done.stderr + done.stdout))
            return self.read(folder, programs)

    def read(self, folder, programs):
        results, place = [], 0
        for program in programs:
            results.append([])
            for value in program.results:
                path = Path(folder, f"out{place}.npy")
                try:
                    results[-1].append(as_float(np.load(path), value.element))
                except (OSError, ValueError) as problem:
                    raise Failure("output", f"result {place}: {problem}") from None
                place += 1
        return results

    def keep(self, folder, case, message):
        """A folder from which the failure can be repeated by hand."""
        folder = Path(folder, f"{case.family}-{case.seed}-{self.pipeline}")
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        self.write(folder, [case.program])
        for place, expected in case.known.items():
            np.save(folder / f"expected{place}.npy", expected)
        command = " ".join(shlex.quote(word) for word in self.command(".", [case.program]))
        (folder / "run.sh").write_text(f"#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{command}\n")
        (folder / "run.sh").chmod(0o755)
        (folder / "message.txt").write_text(f"{case.name} {case.note}\n{message}\n")
        return folder
