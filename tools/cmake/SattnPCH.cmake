# One precompiled header for all libraries: most of the time of a compilation
# goes into reading MLIR's headers.
if(SATTN_USE_PCH)
  file(WRITE "${PROJECT_BINARY_DIR}/SattnPCH.cpp" "")
  add_library(SattnPCH OBJECT "${PROJECT_BINARY_DIR}/SattnPCH.cpp")
  target_precompile_headers(SattnPCH PRIVATE
    "<mlir/Dialect/Affine/IR/AffineOps.h>"
    "<mlir/Dialect/Arith/IR/Arith.h>"
    "<mlir/Dialect/Func/IR/FuncOps.h>"
    "<mlir/Dialect/Linalg/IR/Linalg.h>"
    "<mlir/Dialect/Math/IR/Math.h>"
    "<mlir/Dialect/SCF/IR/SCF.h>"
    "<mlir/Dialect/Tensor/IR/Tensor.h>"
    "<mlir/Dialect/Vector/IR/VectorOps.h>"
    "<mlir/IR/PatternMatch.h>"
    "<mlir/Interfaces/TilingInterface.h>"
    "<mlir/Pass/PassManager.h>"
    "<mlir/Transforms/GreedyPatternRewriteDriver.h>")
  # Lets ccache keep objects that were compiled with it.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Xclang$<SEMICOLON>-fno-pch-timestamp>)
  endif()
endif()
