"""The processes of the peers: started when first needed, one for each peer, allocator setting and number of threads."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import Pipe

HERE = os.path.dirname(os.path.abspath(__file__))
# glibc gives memory back to the system and faults it in again in every call unless it is told to keep it.
KEEP = {"MALLOC_MMAP_THRESHOLD_": str(8 << 30), "MALLOC_TRIM_THRESHOLD_": str(8 << 30)}
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Key:
    """Which process: `malloc` is kept or default."""

    peer: str
    malloc: str
    threads: int


class PeerGone(Exception):
    """A process that does not exist or is no more; `status` is missing or failed."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Refused(Exception):
    """The process lives and said no; `status` is unsupported or failed."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Process:
    """One worker.py and the pipe to it."""

    def __init__(self, key, build, kernels, hand_written, cores, log):
        self.connection, theirs = Pipe()
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(key.threads)) | {"PYTHONUNBUFFERED": "1"}
        if key.malloc == "kept":
            environment |= KEEP
        command = [
            sys.executable,
            os.path.join(HERE, "worker.py"),
            str(theirs.fileno()),
            key.peer,
            str(key.threads),
            build,
            kernels,
        ]
        command += [hand_written] if hand_written else []
        self.process = subprocess.Popen(
            command,
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        theirs.close()
        self.gone = None
        try:
            self.version = self.receive(timeout=180)
        except Refused as refusal:
            self.stop("missing", str(refusal))
        except PeerGone:
            pass  # told to whoever asks for it

    def receive(self, timeout):
        """The answer to the last command."""
        try:
            if not self.connection.poll(timeout):
                self.stop("failed", f"no answer in {timeout:.0f} s")
                raise self.gone
            status, result = self.connection.recv()
        except (EOFError, OSError) as error:
            self.stop("failed", self._epitaph())
            raise self.gone from error
        if status != "ok":
            raise Refused(status, result)
        return result

    def request(self, command, *arguments, timeout=180):
        """Sends a command and waits for its answer."""
        if self.gone:
            raise self.gone
        try:
            self.connection.send((command, arguments))
        except OSError as error:
            self.stop("failed", self._epitaph())
            raise self.gone from error
        return self.receive(timeout)

    def _epitaph(self):
        try:
            code = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            return "the process closed its pipe"
        return (
            f"the process was ended by {signal.Signals(-code).name}"
            if code < 0
            else f"the process exited with status {code}"
        )

    def stop(self, status="failed", reason="stopped"):
        """Ends the process; every later request raises PeerGone with this reason."""
        self.gone = self.gone or PeerGone(status, reason)
        self.connection.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Processes:
    """All processes of a run."""

    def __init__(self, build, kernels, hand_written, core, log):
        self.options = (build, kernels, hand_written)
        self.core, self.log = core, log
        self.running, self.versions = {}, {}

    def get(self, key):
        """The process of a key. One that failed is started anew, one that is not installed stays missing."""
        process = self.running.get(key)
        if process is None or (process.gone and process.gone.status != "missing"):
            cores = {self.core} if key.threads == 1 else os.sched_getaffinity(0)
            process = Process(key, *self.options, cores, self.log)
            self.running[key] = process
            if not process.gone:
                self.versions[key.peer] = process.version
        if process.gone:
            raise process.gone
        return process

    def drop_calls(self):
        """Lets every process forget its prepared calls."""
        for process in self.running.values():
            if not process.gone:
                try:
                    process.request("drop")
                except (PeerGone, Refused):
                    pass  # its next use starts it anew

    def close(self):
        """Ends all processes."""
        for process in self.running.values():
            process.stop()
