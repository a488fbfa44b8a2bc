"""What the processor can do at this moment, and warm compile times: lib/SattnProbe.so of the build."""

import ctypes
import os


class Probe:
    """FMA peak, read bandwidth and compile time. Time is that of the processor for one thread, that of the wall for more."""

    def __init__(self, build):
        self._library = ctypes.CDLL(os.path.join(build, "lib", "SattnProbe.so"))
        self._library.sattn_probe_flops.restype = ctypes.c_double
        self._library.sattn_probe_flops.argtypes = [ctypes.c_int32, ctypes.c_int32]
        self._library.sattn_probe_read.restype = ctypes.c_double
        self._library.sattn_probe_read.argtypes = [ctypes.c_uint64, ctypes.c_int32]
        self._library.sattn_probe_compile.restype = ctypes.c_double
        self._library.sattn_probe_compile.argtypes = [ctypes.c_char_p]

    def flops(self, threads):
        """FLOP/s of `threads` threads."""
        return self._checked(self._library.sattn_probe_flops(threads, threads == 1))

    def read(self, size):
        """Bytes per second that one thread reads from a buffer of `size` bytes."""
        return self._checked(self._library.sattn_probe_read(int(size), 1))

    def compile(self, path):
        """Seconds to compile a program that has been compiled in this process before: passes, code, linking."""
        self._checked(self._library.sattn_probe_compile(path.encode()))
        return min(self._checked(self._library.sattn_probe_compile(path.encode())) for _ in range(2))

    @staticmethod
    def _checked(value):
        if value <= 0:
            raise RuntimeError("the probe failed, see above")
        return value
