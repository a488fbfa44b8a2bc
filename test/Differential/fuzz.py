#!/usr/bin/env python3
"""Feeds the tools broken input and demands that they refuse it politely.

Good IR, .npy files and command lines are damaged at random. A tool has to end with status 0 or 1, within the time limit,
without a stack dump, with a diagnostic if it refuses, and without an output file if it fails. What fails is kept with a script
that repeats it, under a name made of kind and seed.
"""

import argparse
import io
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

import numpy as np

import cases
import families  # noqa: F401
from program import render
from runner import Runner

KINDS = ("ir", "run", "npy", "options")
PER_PROCESS = 25  # modules that one sattn-opt gets, split by its separator


# ---- damage to text ----

INTERESTING = ["0", "1", "-1", "2", "3", "7", "8", "64", "65", "255", "256", "2147483647", "2147483648", "4294967296",
               "9223372036854775807", "9223372036854775808", "-9223372036854775808", "99999999999999999999", "1.0e400",
               "0x7FC00000", "nan", "*", "?", "[]", "<>", "()", '""', "-0.0", "1e-320"]
TOKEN = re.compile(r"#?[A-Za-z_][\w.$]*|%\w+|@\w+|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|->|\s+|.", re.S)


def damage_text(rng, text, vocabulary):
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        if not tokens:
            return ""
        at, kind = rng.randrange(len(tokens)), rng.randrange(10)
        if kind == 0:
            del tokens[at:at + rng.choice([1, 1, 2, 5, 20])]
        elif kind == 1:
            tokens[at:at] = tokens[at:at + rng.choice([1, 2, 6])]
        elif kind == 2:
            other = rng.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = rng.choice(vocabulary)
        elif kind == 4:
            numbers = [k for k, token in enumerate(tokens) if token[-1].isdigit() and not token.startswith(("%", "#", "@"))]
            if numbers:
                tokens[rng.choice(numbers)] = rng.choice(INTERESTING)
        elif kind == 5:
            tokens[at] = "".join(chr(rng.randrange(1, 256)) for _ in range(rng.choice([1, 2, 9])))
        elif kind == 6:
            names = [k for k, token in enumerate(tokens) if token.startswith("%")]
            if len(names) > 1:
                a, b = rng.sample(names, 2)
                tokens[a] = tokens[b]
        elif kind == 7:
            types = [k for k, token in enumerate(tokens) if re.fullmatch(r"x?(f32|f64|f16|bf16|i1|i32|index)", token)]
            if types:
                tokens[rng.choice(types)] = rng.choice(["f32", "f64", "f16", "bf16", "i1", "i32", "index", "xf32", "complex<f32>"])
        elif kind == 8:
            del tokens[at:]
        else:
            tokens.insert(at, rng.choice(vocabulary))
    return "".join(tokens)


# ---- one run of a tool ----

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
        return str(Path(self.options.tools, name)) if self.options.tools else name

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
        """Many damaged modules in one sattn-opt; one by one only when the batch went wrong."""
        texts = {}
        for seed in seeds:
            rng = random.Random(f"ir {seed}")
            text, other = self.good_text(rng), self.good_text(rng)
            texts[seed] = damage_text(rng, text, TOKEN.findall(other)).replace("// -----", "")
        stage = random.Random(f"stage {seeds[0]}").choice(self.stages())
        self.total += len(texts)
        if self.opt("\n// -----\n".join(texts.values()), stage):
            for seed, text in texts.items():
                self.opt(text, stage, seed)

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
            victim.write_bytes(damage_npy(rng, victim.read_bytes(), program))
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


def damage_npy(rng, data, program):
    """A header that lies, a file cut short or too long, another type, other bytes."""
    kind = rng.randrange(9)
    if kind == 0:
        return data[:rng.randrange(len(data))]
    if kind == 1:
        return data + bytes(rng.randrange(256) for _ in range(rng.choice([1, 7, 100])))
    if kind == 2:
        at = rng.randrange(min(len(data), 128))
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    if kind == 3:
        shapes = ["()", "(-1,)", "(1", "(99999999999, 99999999999)", "(9223372036854775807, 2)", "(4294967296, 4294967296)",
                  "('a',)", "(1.5,)", "(True,)", "(" + "1," * 70 + ")", "None", "(0, 0)"]
        return re.sub(rb"'shape': \([^)]*\)", b"'shape': " + rng.choice(shapes).encode(), data, count=1)
    if kind == 4:
        types = ["<f4", ">f4", "<f8", "<f2", "|b1", "|O", "<U3", "<c8", "<M8[s]", "|V2", "<i99", "f", "", "<f4" * 40]
        return re.sub(rb"'descr': '[^']*'", f"'descr': '{rng.choice(types)}'".encode(), data, count=1)
    if kind == 5:
        length = rng.choice([0, 1, 10, 0xFFFF, len(data)])
        return data[:8] + length.to_bytes(2, "little") + data[10:]
    if kind == 6:
        return data[:6] + bytes(rng.choice([(0, 0), (1, 1), (2, 0), (3, 0), (9, 9), (255, 255)])) + data[8:]
    if kind == 7:
        buffer = io.BytesIO()
        shape = [rng.randrange(0, 4) for _ in range(rng.randrange(0, 6))]
        np.save(buffer, np.zeros(shape, rng.choice([np.float32, np.float64, np.int8, np.uint64, np.complex64, np.bool_])))
        return buffer.getvalue()
    return rng.choice([b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", bytes(rng.randrange(256) for _ in range(200))])


def damage_command(rng, command):
    """Options missing, repeated, misspelt, with odd values, or added."""
    extra = ["--threads=0", "--threads=-1", "--threads=99999999999", "--threads=x", "--benchmark", "--report=/no/such/dir/r.json",
             "--entry=missing", "--entry=", "--target=pdp11", "--target=native", "--pipeline=", "--pipeline=no-such",
             "--pipeline=builtin.module(", "--input=@", "--input=", "--input=@missing.npy", "--input=@.", "--output=@/no/such/o.npy",
             "--output=@.", "--output=", "--output=@case.mlir/x", "--no-such-option", "-", "missing.mlir", "", "--help", "--version",
             "--input=@/dev/null", "--target=emulated-sm_80", "--deterministic"]
    command = list(command)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at, kind = rng.randrange(1, len(command)) if len(command) > 1 else 0, rng.randrange(5)
        if kind == 0 and at:
            del command[at]
        elif kind == 1 and at:
            command.insert(at, command[at])
        elif kind == 2 and at and command[at]:
            place = rng.randrange(len(command[at]))
            command[at] = command[at][:place] + chr(rng.randrange(33, 127)) + command[at][place + 1:]
        elif kind == 3 and len(command) > 2:
            other = rng.randrange(1, len(command))
            command[at], command[other] = (command[other], command[at]) if at else (command[at], command[other])
        else:
            command.insert(rng.randrange(1, len(command) + 1), rng.choice(extra))
    return command


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
