# Two precompiled headers: most of the time of a compilation goes into reading
# headers. SattnPCH is for what uses MLIR, SattnSupportPCH for what uses LLVM's
# support library only.
if(SATTN_USE_PCH)
  file(WRITE "${PROJECT_BINARY_DIR}/SattnPCH.cpp" "")
  add_library(SattnPCH OBJECT "${PROJECT_BINARY_DIR}/SattnPCH.cpp")
  target_precompile_headers(SattnPCH PRIVATE
    "<mlir/Dialect/Affine/IR/AffineOps.h>"
    "<mlir/Dialect/Arith/IR/Arith.h>"
    "<mlir/Dialect/Func/IR/FuncOps.h>"
    "<mlir/Dialect/GPU/IR/GPUDialect.h>"
    "<mlir/Dialect/LLVMIR/NVVMDialect.h>"
    "<mlir/Dialect/Linalg/IR/Linalg.h>"
    "<mlir/Dialect/Math/IR/Math.h>"
    "<mlir/Dialect/SCF/IR/SCF.h>"
    "<mlir/Dialect/Tensor/IR/Tensor.h>"
    "<mlir/Dialect/Vector/IR/VectorOps.h>"
    "<mlir/IR/PatternMatch.h>"
    "<mlir/Interfaces/TilingInterface.h>"
    "<mlir/Pass/PassManager.h>"
    "<mlir/Transforms/DialectConversion.h>"
    "<mlir/Transforms/GreedyPatternRewriteDriver.h>")
  add_library(SattnSupportPCH OBJECT "${PROJECT_BINARY_DIR}/SattnPCH.cpp")
  target_precompile_headers(SattnSupportPCH PRIVATE
    "<llvm/ADT/ArrayRef.h>"
    "<llvm/ADT/DenseMap.h>"
    "<llvm/ADT/STLExtras.h>"
    "<llvm/ADT/SmallVector.h>"
    "<llvm/ADT/StringExtras.h>"
    "<llvm/ADT/StringMap.h>"
    "<llvm/ADT/StringSwitch.h>"
    "<llvm/Support/Error.h>"
    "<llvm/Support/FormatVariadic.h>"
    "<deque>"
    "<functional>"
    "<map>"
    "<memory>"
    "<string>"
    "<vector>")
  # Lets ccache keep objects that were compiled with it.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Xclang$<SEMICOLON>-fno-pch-timestamp>)
  endif()
endif()

# The target reads the precompiled headers, of the support library only if no_mlir.
# They were compiled with -fPIC; CMake's -fPIE for programs would reject them.
function(sattn_precompiled_headers target no_mlir)
  if(NOT SATTN_USE_PCH)
    return()
  endif()
  if(no_mlir)
    target_precompile_headers(${target} REUSE_FROM SattnSupportPCH)
  else()
    target_precompile_headers(${target} REUSE_FROM SattnPCH)
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
