//===- NVChips.cpp - Table of what NVIDIA chips reach -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One product for each target, with where its numbers are from. Exponentials: 16 per
// clock and multiprocessor (CUDA C++ Programming Guide, "Throughput of Native Arithmetic
// Instructions") times multiprocessors and boost clock, where no other source is named.
//
//===----------------------------------------------------------------------===//

#include "sattn/Target/NVChip.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir::sattn;

static constexpr NVChip kChips[] = {
    // NVIDIA A100 data sheet (80 GB, SXM); boost 1.41 GHz.
    {"sm_80", "A100 SXM", 108, 2048, 312, 19.5, 9.7, 2.44, 2039},
    // NVIDIA A40 data sheet; boost 1.74 GHz. f64: 1/64 of f32 (GA102 whitepaper).
    {"sm_86", "A40", 84, 1536, 149.7, 37.4, 0.58, 2.34, 696},
    // Jetson AGX Orin Series technical brief (64 GB): 1.3 GHz, 170 TOPS of sparse INT8,
    // of which dense f16 is a quarter. f64: 1/64 of f32.
    {"sm_87", "Jetson AGX Orin", 16, 1536, 42.5, 5.3, 0.08, 0.33, 204.8},
    // NVIDIA L40S data sheet; boost 2.52 GHz. f64: 1/64 of f32 (Ada whitepaper).
    {"sm_89", "L40S", 142, 1536, 362, 91.6, 1.43, 5.73, 864},
    // NVIDIA H100 data sheet (SXM); 3.9 T exponentials per second as in FlashAttention-3
    // (arXiv 2407.08608, section 3).
    {"sm_90", "H100 SXM", 132, 2048, 989, 67, 34, 3.9, 3350},
    {"sm_90a", "H100 SXM", 132, 2048, 989, 67, 34, 3.9, 3350},
    // HGX B200 data sheet, by 8; exponentials: "Inside NVIDIA Blackwell Ultra" (NVIDIA's
    // developer blog, 2025). Tensor cores by tcgen05: mma.sync, which our kernels have
    // there, does not reach them.
    {"sm_100", "B200", 148, 2048, 2250, 75, 37, 5, 7700},
    // The same of HGX B300; ex2 at twice the rate.
    {"sm_103", "B300", 148, 2048, 2250, 75, 1.2, 10.7, 7700},
    // Jetson T5000 data sheet: 2560 cores, 1.57 GHz, 2070 TFLOP/s of sparse FP4, of which
    // dense f16 is an eighth. f64: 1/64 of f32.
    {"sm_110", "Jetson T5000", 20, 1536, 258, 8, 0.13, 0.5, 273},
    // NVIDIA RTX Blackwell whitepaper, GeForce RTX 5090; boost 2.41 GHz.
    {"sm_120", "GeForce RTX 5090", 170, 1536, 209.5, 104.8, 1.64, 6.55, 1792},
    // NVIDIA DGX Spark data sheet: 6144 cores, 1000 TFLOP/s of sparse FP4, of which dense
    // f16 is an eighth; 31 TFLOP/s of f32, that is 2.5 GHz. f64: 1/64 of f32.
    {"sm_121", "GB10", 48, 1536, 125, 31, 0.48, 1.94, 273},
};

const NVChip &mlir::sattn::getNVChip(const NVTarget &target) {
  const NVChip *chip =
      llvm::find_if(kChips, [&](const NVChip &row) { return row.target == target.name; });
  // Every target has a row: see the unit test.
  return chip == std::end(kChips) ? kChips[0] : *chip;
}
