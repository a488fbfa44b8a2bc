# Finds LLVM/MLIR 22.1 and decides, once, how the project links to it.
find_package(MLIR 22.1 CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
if(NOT MLIR_FOUND)
  message(FATAL_ERROR
    "sattn needs LLVM/MLIR 22.1. On Debian: apt-get install llvm-22-dev libmlir-22-dev mlir-22-tools "
    "llvm-22-tools (tools/dev/setup does that). Elsewhere: pass "
    "-DMLIR_DIR=<prefix>/lib/cmake/mlir of an LLVM 22.1 build.")
endif()
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")

# One copy of MLIR per process: either the shared library everywhere or static
# pieces everywhere. Mixing the two builds, runs and breaks type registration.
if(TARGET MLIR)
  set(sattn_dylib_default ON)
else()
  set(sattn_dylib_default OFF)
endif()
option(SATTN_LINK_MLIR_DYLIB "Link against libMLIR.so instead of static libraries"
       ${sattn_dylib_default})
set(MLIR_LINK_MLIR_DYLIB ${SATTN_LINK_MLIR_DYLIB})

include(TableGen)
include(AddLLVM)
include(AddMLIR)
add_definitions(${LLVM_DEFINITIONS_LIST})
