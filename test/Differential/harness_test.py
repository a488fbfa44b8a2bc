"""The harness must accept what the oracle says and reject what is a little wrong, for every family."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import numpy as np

import cases
import families  # noqa: F401
import fuzz
import run
from program import render


def wrong(rng, outputs):
    """A copy with one mistake in it: a row scaled, a row shifted, or a NaN."""
    outputs = [output.copy() for output in outputs]
    sized = [output for output in outputs if output.size]
    chosen = sized[rng.integers(len(sized))]
    flat = chosen.reshape(-1, chosen.shape[-1])
    row = rng.integers(len(flat))
    kind = rng.integers(3)
    if kind == 0:
        flat[row] = flat[row] * 1.5 + 0.7
    elif kind == 1:
        flat[row] = flat[row] + 1.0 + np.abs(flat).max(initial=0.0, where=np.isfinite(flat))
    else:
        flat[row, rng.integers(flat.shape[-1])] = np.nan
    return outputs, np.array_equal(flat, chosen.reshape(flat.shape))


class Families(unittest.TestCase):
    def test_accepts_the_oracle_and_rejects_mistakes(self):
        for name in cases.FAMILIES:
            caught = tried = 0
            for seed in range(6):
                case = cases.make(name, seed)
                self.assertIn("func.func @main(", render([case.program]))
                if set(case.known) != set(range(len(case.program.results))):
                    continue  # some outputs are only related to each other
                ideal = [np.array(case.known[place]) for place in sorted(case.known)]
                self.assertEqual(case.problems(ideal), [], case.name)
                if not any(np.isfinite(output).any() for output in ideal):
                    continue
                bad, _ = wrong(np.random.default_rng(seed), ideal)
                tried += 1
                caught += bool(case.problems(bad))
            # A NaN put where NaN is expected, or a row changed that is not finite, is no mistake.
            self.assertGreaterEqual(caught, 0.6 * tried, name)

    def test_same_seed_same_case(self):
        for name in cases.FAMILIES:
            first, second = (cases.make(name, 5).program for _ in range(2))
            self.assertEqual(render([first]), render([second]))
            for a, b in zip(first.arguments, second.arguments):
                self.assertEqual(a.array.tobytes(), b.array.tobytes())


class Measure(unittest.TestCase):
    """A result of one entry that is near 0 by chance: its error is measured against the terms of the sum."""

    def test_cancellation(self):
        case = cases.make("batch_concatenation", 200839)
        expected, = (known for place, known in case.known.items() if place == 0)
        self.assertLess(np.abs(expected).max(), 1e-3)
        rounding = 2.0**-24
        self.assertEqual(case.problems([expected + rounding] * 2), [])
        self.assertTrue(case.problems([expected + 64 * rounding] * 2))


class Reports(unittest.TestCase):
    def test_failures_leave_a_reproducer(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as text:
            status = run.main(["--tool=false", "--case=merge:1", f"--keep={folder}"])
            kept = {path.name for path in Path(folder, "merge-1-reference").iterdir()}
        self.assertEqual(status, 1)
        self.assertIn("FAIL merge:1: refused", text.getvalue())
        self.assertTrue({"case.mlir", "in0.npy", "expected0.npy", "run.sh", "message.txt"} <= kept)


class Fuzzer(unittest.TestCase):
    def verdict(self, script):
        fuzzer = fuzz.Fuzzer(fuzz.parse(["--timeout=1"]))
        with tempfile.TemporaryDirectory() as folder:
            return fuzzer.judge(["sh", "-c", script], folder, ["out0.npy"])

    def test_verdicts(self):
        self.assertIsNone(self.verdict("echo error: no >&2; exit 1"))
        self.assertIsNone(self.verdict("touch out0.npy"))
        self.assertIn("status -11", self.verdict("kill -SEGV $$"))
        self.assertIn("status 3", self.verdict("exit 3"))
        self.assertIn("without a diagnostic", self.verdict("exit 1"))
        self.assertIn("left out0.npy", self.verdict("touch out0.npy; echo error: no >&2; exit 1"))
        self.assertIn("no output file", self.verdict("true"))
        self.assertIn("stack dump", self.verdict("echo Stack dump: >&2; touch out0.npy"))
        self.assertIn("no end after", self.verdict("sleep 5"))


if __name__ == "__main__":
    unittest.main()
