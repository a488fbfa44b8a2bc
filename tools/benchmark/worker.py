"""The process of one peer: prepares problems and runs them when it is told to.

The parent talks to it over a pipe with (command, arguments) and gets ("ok", result), ("unsupported", reason) or
("failed", reason). Between two commands the process sleeps, so what is timed has the core for itself.
"""

import importlib
import os
import resource
import sys
import tempfile
import threading
import time
import traceback
from multiprocessing.connection import Connection

import numpy as np

import peers
from peers.base import Context, Unsupported
from probe import Probe

STACK_BYTES = 64 << 20
QUICK_SECONDS = 0.05  # a call that is quicker is timed more than once before the rounds


def relative_error(result, expected):
    """Frobenius norm of the difference over that of what is expected; infinite if anything is not finite."""
    result = np.asarray(result).astype(np.float64)
    if result.shape != expected.shape:
        raise ValueError(f"expected an output of shape {expected.shape}, got {result.shape}")
    error = np.linalg.norm(result - expected) / np.linalg.norm(expected)
    return float(error) if np.isfinite(error) else float("inf")


def _resident(field):
    with open("/proc/self/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


def added_memory(run):
    """Bytes of resident memory that a call on a new thread adds at its peak, None where the kernel does not count it.

    The stack of a new thread and its part of the heap are untouched, so scratch on either counts.
    """
    try:
        with open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
            file.write("5")  # resets the peak
    except OSError:
        return None
    before = _resident("VmRSS")
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return max(0, _resident("VmHWM") - before)


def measure(run, repeats):
    """(wall, processor) seconds per call and the page faults of all calls."""
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
    return wall / repeats, cpu / repeats, faults / repeats


class Worker:
    """The prepared calls of one peer, by number."""

    def __init__(self, peer, threads, build, kernels, hand_written):
        self.module = importlib.import_module(peers.MODULES[peer])
        self.options = dict(threads=threads, build=build, kernels=kernels, hand_written=hand_written)
        self.calls, self.folders, self.inputs, self.probe = {}, {}, {}, None
        self.compiled = {}  # seconds by program
        threading.stack_size(STACK_BYTES)

    def version(self):
        """That of the peer."""
        return self.module.version()

    def methods(self, problem):
        """Name of each method that suits a problem, and whether it is slow to prepare."""
        return [
            (method.name, method.slow_to_prepare)
            for method in self.module.METHODS
            if isinstance(problem, method.types) and method.suits(problem)
        ]

    def prepare(self, slot, method, problem, rows, expected):
        """Sets up a call, checks its output rows; returns error, seconds of a warm call, compile time, memory."""
        folder = tempfile.TemporaryDirectory()
        prepare = next(known.prepare for known in self.module.METHODS if known.name == method)
        if problem not in self.inputs:
            self.inputs[problem] = problem.inputs()
        start = time.perf_counter()
        call = prepare(problem, self.inputs[problem], Context(scratch=folder.name, **self.options))
        first = call.array(call.run())
        ready = time.perf_counter() - start
        error = relative_error(first[..., rows, :], expected)
        del first
        memory = added_memory(call.run)
        seconds = measure(call.run, 1)[0]
        if seconds < QUICK_SECONDS:
            seconds = measure(call.run, 3)[0]
        self.calls[slot], self.folders[slot] = call, folder
        return {
            "error": error,
            "seconds": seconds,
            "ready_seconds": ready,
            "compile_seconds": call.compile_seconds,
            "memory": memory,
        }

    def time(self, slot, repeats, warm):
        """One sample, after one call that is not timed if `warm`."""
        run = self.calls[slot].run
        if warm:
            run()
        return measure(run, repeats)

    def drop(self):
        """Forgets all calls."""
        self.calls.clear()
        self.inputs.clear()
        for folder in self.folders.values():
            folder.cleanup()
        self.folders.clear()

    def peak(self, bandwidth_bytes):
        """FLOP/s of the multiply-add probe, or with a size bytes per second of the read probe."""
        self._load_probe()
        return self.probe.read(bandwidth_bytes) if bandwidth_bytes else self.probe.flops(self.options["threads"])

    def compile_again(self, program):
        """Seconds to compile a program in a process that has compiled it before."""
        if program not in self.compiled:
            self._load_probe()
            with tempfile.NamedTemporaryFile("w", suffix=".mlir") as file:
                file.write(program)
                file.flush()
                self.compiled[program] = self.probe.compile(file.name)
        return self.compiled[program]

    def _load_probe(self):
        self.probe = self.probe or Probe(self.options["build"])


def serve(connection, worker):
    """Answers commands until the parent closes the pipe."""
    while True:
        try:
            command, arguments = connection.recv()
        except EOFError:
            return
        try:
            connection.send(("ok", getattr(worker, command)(*arguments)))
        except Unsupported as reason:
            connection.send(("unsupported", str(reason)))
        except Exception as error:  # whatever a peer raises is its result
            traceback.print_exc()
            connection.send(("failed", f"{type(error).__name__}: {str(error).strip()[:600]}"))


def main():
    """worker.py FD PEER THREADS BUILD KERNELS [HAND-WRITTEN]"""
    connection = Connection(int(sys.argv[1]))
    # What libraries print on standard output goes to the log as well.
    os.dup2(2, 1)
    try:
        worker = Worker(sys.argv[2], int(sys.argv[3]), *sys.argv[4:6], sys.argv[6] if len(sys.argv) > 6 else None)
    except ImportError as error:
        connection.send(("unsupported", f"not installed: {error}"))
        return
    connection.send(("ok", worker.version()))
    serve(connection, worker)


if __name__ == "__main__":
    main()
