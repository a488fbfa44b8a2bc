"""The one place for substitutions, features and environment of the tests."""

import ctypes
import os
import shutil
import subprocess

import lit.formats

config.name = "sattn"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.sattn_binary_dir, "test")

# Variables of FileCheck do not leak from one CHECK-LABEL block to the next.
# No byte code beside the sources.
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
config.environment["FILECHECK_OPTS"] = "--enable-var-scope"
for variable in ("HOME", "OMP_NUM_THREADS", "LD_LIBRARY_PATH", "TMPDIR", "CCACHE_DIR"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]

config.environment["PATH"] = os.pathsep.join(
    [
        os.path.join(config.sattn_binary_dir, "bin"),
        config.llvm_tools_dir,
        os.environ["PATH"],
    ]
)

config.substitutions.append(("%python", config.python))
config.substitutions.append(("%source_dir", config.sattn_source_dir))
config.substitutions.append(("%binary_dir", config.sattn_binary_dir))
config.substitutions.append(("%llvm_library_dir", config.llvm_library_dir))
config.substitutions.append(("%gpu_runtime", os.path.join(config.sattn_binary_dir, "lib", "libsattn_gpu_runtime.so")))
config.substitutions.append(("%mlir_include_dirs", config.mlir_include_dirs))
config.substitutions.append(("%mlir_dir", config.mlir_dir))
config.substitutions.append(("%host_cc", config.c_compiler))
config.substitutions.append(("%host_cxx", config.cxx_compiler))
config.substitutions.append(("%ccache", config.ccache))

# numpy: the Python of the tests has NumPy and ml_dtypes (tools/dev/requirements.txt).
if subprocess.run([config.python, "-c", "import numpy, ml_dtypes"], capture_output=True).returncode == 0:
    config.available_features.add("numpy")

# qemu-aarch64: code for AArch64 can be linked and executed.
emulation = {"qemu-aarch64": "qemu-user", "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"}
missing = [package for program, package in emulation.items() if not shutil.which(program)]
if missing:
    lit_config.note("tests that execute AArch64 code are skipped: apt-get install " + " ".join(missing))
else:
    config.available_features.add("qemu-aarch64")

# mlir-dylib: MLIR is one shared library.
if config.link_mlir_dylib:
    config.available_features.add("mlir-dylib")

# ptxas: the assembler of the CUDA Toolkit; the tests need nothing else of it.
if shutil.which("ptxas", path=config.environment["PATH"]):
    config.available_features.add("ptxas")

# no-cuda-driver: there is no library of NVIDIA's driver.
try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    config.available_features.add("no-cuda-driver")
