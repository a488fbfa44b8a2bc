#!/usr/bin/env python3
"""Feeds the tools broken input and demands that they refuse it politely.

Good IR, .npy files and command lines are damaged at random. A tool has to end with status 0 or 1, within the time limit,
without a stack dump, with a diagnostic if it refuses, and without an output file if it fails. What fails is kept with a script
that repeats it, under a name made of kind and seed.
"""

import argparse
import random
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cases
import families  # noqa: F401
from damage import TOKEN, damage_command, damage_npy, damage_text
from program import render
from runner import Runner

KINDS = ("ir", "run", "npy", "options")
PER_PROCESS = 25  # modules that one sattn-opt gets, split by its separator
UPSTREAM = "a crash of MLIR's own parser"
SEPARATOR = "\n// -----\n"


def limits(megabytes):
    def apply():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return apply


class Fuzzer:
    def __init__(self, options):
        self.options = options
        self.failures, self.total = 0, 0

    def tool(self, name):
        return str(Path(self.options.tools, name).resolve()) if self.options.tools else name

    def runner(self):
        return Runner(self.tool("sattn-run"), self.options.pipeline)

    def judge(self, command, folder, outputs=()):
        """None, or why the tool misbehaved."""
        before = set(Path(folder).iterdir())
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=self.options.timeout,
                                  stdin=subprocess.DEVNULL, preexec_fn=limits(self.options.megabytes))
        except subprocess.TimeoutExpired:
            return f"no end after {self.options.timeout:.0f} s"
        messages = (done.stderr + done.stdout).decode(errors="replace")
        if in_upstream_parser(messages):
            return UPSTREAM
        if done.returncode not in (0, 1):
            return f"status {done.returncode}: {last_line(messages)}"
        if "Stack dump" in messages or "PLEASE submit a bug report" in messages:
            return f"a stack dump: {last_line(messages)}"
        if done.returncode == 1 and not done.stderr.strip():
            return "status 1 without a diagnostic"
        left = {path.name for path in set(Path(folder).iterdir()) - before}
        if done.returncode == 1 and left:
            return f"status 1 but it left {sorted(left)[0]}"
        if done.returncode == 0 and not all(Path(folder, name).exists() for name in outputs):
            return "status 0 but no output file"
        return None

    def report(self, kind, seed, problem, command, folder):
        if problem == UPSTREAM:
            return
        self.failures += 1
        kept = Path(self.options.keep, f"{kind}-{seed}")
        if kept.exists():
            shutil.rmtree(kept)
        shutil.copytree(folder, kept)
        (kept / "run.sh").write_text("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n" + " ".join(shlex.quote(w) for w in command) + "\n")
        (kept / "run.sh").chmod(0o755)
        print(f"FAIL {kind}:{seed}: {problem} [{kept}]", flush=True)

    # ---- IR text ----

    def stages(self):
        return [[], ["--canonicalize", "--cse"], *(["--" + name] for name in self.options.stage)]

    def good_text(self, rng):
        family = rng.choice(sorted(set(cases.FAMILIES) - {"long"}))
        return render([cases.make(family, rng.randrange(1000)).program])

    def ir(self, seeds):
        """Many damaged modules in one sattn-opt; one by one only when the batch went wrong. Every other batch damages
        the generic form of the ops, which no parser of theirs checks."""
        rngs = {seed: random.Random(f"ir {seed}") for seed in seeds}
        good = {seed: self.good_text(rng) for seed, rng in rngs.items()}
        if (seeds[0] // PER_PROCESS) % 2:
            good = self.generic(good)
        vocabulary = TOKEN.findall("".join(good.values()))
        texts = {seed: damage_text(rngs[seed], text, vocabulary).replace("// -----", "") for seed, text in good.items()}
        stage = random.Random(f"stage {seeds[0]}").choice(self.stages())
        self.total += len(texts)
        if self.opt(SEPARATOR.join(texts.values()), stage):
            for seed, text in texts.items():
                self.opt(text, stage, seed)

    def generic(self, texts):
        command = [self.tool("sattn-opt"), "--split-input-file", "--mlir-print-op-generic", "--mlir-print-local-scope"]
        done = subprocess.run(command, input=SEPARATOR.join(texts.values()), capture_output=True, text=True)
        parts = done.stdout.split("// -----")
        return dict(zip(texts, parts)) if done.returncode == 0 and len(parts) == len(texts) else texts

    def opt(self, text, stage, seed=None):
        with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
            Path(folder, "in.mlir").write_text(text, encoding="utf-8", errors="replace")
            command = [self.tool("sattn-opt"), "in.mlir", "--split-input-file", "-o", "/dev/null", *stage]
            problem = self.judge(command, folder)
            if problem and seed is not None:
                self.report("ir", seed, problem, command, folder)
            return problem

    def executed(self, seed):
        """A damaged module through sattn-run, with the inputs of the good one."""
        rng = random.Random(f"run {seed}")
        program = cases.make(rng.choice(["attention", "levels", "merge", "norm", "project", "score"]), rng.randrange(1000)).program
        with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
            runner = self.runner()
            runner.write(folder, [program])
            text = damage_text(rng, render([program]), TOKEN.findall(self.good_text(rng)))
            Path(folder, "case.mlir").write_text(text, encoding="utf-8", errors="replace")
            command = runner.command(".", [program])
            self.check("run", seed, command, folder, [f"out{k}.npy" for k in range(len(program.results))])

    # ---- arrays ----

    def small(self):
        """A quick case whose damaged inputs are tried."""
        return cases.make("merge", 3).program

    def npy(self, seed):
        rng = random.Random(f"npy {seed}")
        program = self.small()
        with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
            runner = self.runner()
            runner.write(folder, [program])
            victim = Path(folder, f"in{rng.randrange(len(program.arguments))}.npy")
            victim.write_bytes(damage_npy(rng, victim.read_bytes()))
            command = runner.command(".", [program])
            self.check("npy", seed, command, folder, [f"out{k}.npy" for k in range(len(program.results))])

    def check(self, kind, seed, command, folder, outputs):
        self.total += 1
        problem = self.judge(command, folder, outputs)
        if problem:
            self.report(kind, seed, problem, command, folder)

    # ---- command lines ----

    def options_of(self, seed):
        rng = random.Random(f"options {seed}")
        program = self.small()
        with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
            runner = self.runner()
            runner.write(folder, [program])
            self.check("options", seed, damage_command(rng, runner.command(".", [program])), folder, [])

    def healthy(self):
        """Undamaged input must pass, or every refusal would look polite."""
        program = self.small()
        with tempfile.TemporaryDirectory(prefix="sattn-") as folder:
            Runner().write(folder, [program])
            commands = [[self.tool("sattn-opt"), "case.mlir", "-o", "/dev/null", *stage] for stage in self.stages()]
            if set(self.options.kind or KINDS) != {"ir"}:
                commands.append(self.runner().command(".", [program]))
            for command in commands:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, preexec_fn=limits(self.options.megabytes))
                if done.returncode:
                    print(f"FAIL undamaged input: {' '.join(command)}: {last_line(done.stderr)}")
                    return False
        return True

    def run(self):
        if not self.healthy():
            return 1
        started = time.monotonic()
        first, count = self.options.seed, self.options.cases
        single = {"run": self.executed, "npy": self.npy, "options": self.options_of}
        for kind in self.options.kind or KINDS:
            step = PER_PROCESS if kind == "ir" else 1
            for seed in range(first, first + count, step):
                if self.options.seconds and time.monotonic() - started > self.options.seconds:
                    break
                if kind == "ir":
                    self.ir(list(range(seed, min(seed + step, first + count))))
                else:
                    single[kind](seed)
        print(f"{self.total} damaged inputs: {self.failures} failed ({time.monotonic() - started:.1f} s)")
        return 1 if self.failures or not self.total else 0


def last_line(text):
    for line in text.splitlines():
        if any(word in line for word in ("error:", "LLVM ERROR", "Assertion", "terminate called", "runtime error:")):
            return line.strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "no message"


def in_upstream_parser(messages):
    """Whether a crash lies in MLIR's own parser of text, with nothing of this project on the stack above it."""
    above, found, _ = messages.partition("mlir::parseAsmSourceFile")
    frames = [line for line in above.splitlines() if re.match(r"\s*#\d+ ", line)]
    return bool(found and frames) and not any("sattn" in frame for frame in frames)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", metavar="DIR", help="folder of sattn-opt and sattn-run (default: PATH)")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this kind; may be repeated")
    parser.add_argument("--cases", type=int, default=100, metavar="N", help="damaged inputs per kind (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the first (default: 0)")
    parser.add_argument("--stage", action="append", default=[], metavar="NAME",
                        help="also through this pass or pipeline of sattn-opt, such as sattn-to-cpu; may be repeated")
    parser.add_argument("--pipeline", default="reference", help="pipeline of sattn-run (default: reference)")
    parser.add_argument("--seconds", type=float, metavar="T", help="start nothing new after this time")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="T", help="seconds that one run may take (default: 30)")
    parser.add_argument("--megabytes", type=int, default=4096, metavar="N", help="address space of one run (default: 4096)")
    parser.add_argument("--keep", default="fuzz-failures", metavar="DIR", help="folder for failures (default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(Fuzzer(parse(sys.argv[1:])).run())
