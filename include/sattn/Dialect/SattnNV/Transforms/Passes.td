//===- Passes.td - Passes on the sattn_nv dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_TRANSFORMS_PASSES_TD
#define SATTN_DIALECT_SATTNNV_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SattnNVPipelinePass : Pass<"sattn-nv-pipeline"> {
  let summary = "Stage tiles through rings of slots in shared memory";
  let description = [{
    All streamed tiles of a block, those of several loops and of single steps, are
    one stream: while one tile of an operand is used, the next is fetched into the
    other slot. In the last iteration of a loop the next tile is the first of the
    next loop that is not empty, so there is no bubble between levels.

    With n operands per step (key and value: 2) each use is

    ```
    wait n - 1, barrier, fetch the operand's next tile into the other slot, commit
    ```

    There is one commit per use, whether or not something was fetched: so counts
    of groups are right by construction.

    **Input**: bufferized `scf.forall` loops with `sattn_nv.config` without producers.
    **Requires**: streamed tiles directly in the loop or in `scf.for` in it, equally
    many per step; addresses that depend on loop counters alone (diagnosed).
    **Output**: `alloc`, `slot`, `copy_async`, `commit`, `wait` and `barrier` instead of
    `stage`; `sattn_nv.shared_bytes` on the loop.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/SattnNV/Transforms/pipeline/loops.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::sattn_nv::SattnNVDialect",
                           "::mlir::scf::SCFDialect"];
}

def SattnNVMapThreadsPass : Pass<"sattn-nv-map-threads"> {
  let summary = "Give each thread of a block one iteration";
  let description = [{
    Loops over single queries and linalg ops become loops over blocks of 64 threads.
    The number of an iteration is divided by the extents of the loop, or of the
    parallel axes of the op, last first; reductions are loops inside a thread. Copies
    become linalg. Scratch buffers become the thread's stack.

    **Input**: bufferized IR; `scf.forall` mapped to threads, as
    `convert-sattn-to-threads` makes it, and linalg ops on memrefs. Loops that have a
    `sattn_nv.config` are kernels already.
    **Requires**: buffers of static size in the loops (diagnosed).
    **Output**: `scf.forall` over blocks with `sattn_nv.config`; linalg in them.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/SattnNV/Transforms/map-threads/loops.mlir
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::sattn_nv::SattnNVDialect", "::mlir::scf::SCFDialect"
  ];
}

def SattnNVSpecializePass : Pass<"sattn-nv-specialize"> {
  let summary = "Split the warps of blocks into producers and consumers of tiles";
  let description = [{
    For sm_90 and later. The nest is built twice. In the producer's, one thread runs the
    loops and fetches tiles by TMA (PTX ISA, "cp.async.bulk.tensor") as soon as a slot is
    free; in the consumers', all other warps take tiles as they arrive:

    ```
    producer                              consumer
    for j:  push K[j] into ring at n      for j:  pop ring at n, products, release
            push V[j] into ring at n              pop ring at n, products, release
            n = n + 1                             n = n + 1
    ```

    The counter n of tiles goes through all loops, so there is no bubble between levels;
    slot and phase of a barrier follow from it. A tile may be released in a later step than
    it arrives in: loops carry it (`convert-sattn-to-nv{overlap}` makes such nests).

    **Input**: bufferized `scf.forall` loops with `sattn_nv.config` with producers.
    **Requires**: as `sattn-nv-pipeline`; tiles that are slices of tensors of at most five
    axes from the first column on, and that are released (diagnosed).
    **Output**: `tensor_map` in front of the loop; `ring`, `ring_init` and `roles` with
    `push`, `pop` and `release` in it; `sattn_nv.shared_bytes` on the loop. Rows of a tile
    that a slice lacks are those of the tensor behind it; only behind the tensor are they
    zero. A slice of no row at all is a tile of zeros. `convert-sattn-to-nv{roles}` makes
    nests that do not mind.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/SattnNV/Transforms/specialize/loops.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::sattn_nv::SattnNVDialect", "::mlir::scf::SCFDialect"];
}

def SattnNVOutlinePass : Pass<"sattn-nv-outline", "::mlir::ModuleOp"> {
  let summary = "Turn loops over query tiles into kernels and their launches";
  let description = [{
    The signature is decided here. For each buffer that the loop uses, in the order
    of the function's arguments: pointer (`!llvm.ptr<1>`, 16-byte aligned), i32
    dynamic sizes, i64 dynamic strides in elements; then tensor maps (the 128 bytes, by
    value) and scalars (`index` as i32). What can be computed from these is computed in the kernel.

    Grid: x is the last dimension of the loop (query tiles), y the one before, z all
    others together. The kernel has the name of the function, with `_1`, `_2`, ... for
    more of them. All kernels are in one `gpu.module`, `@sattn_kernels`.

    **Input**: bufferized `scf.forall` loops with `sattn_nv.config`.
    **Requires**: loops without results that count from 0 in steps of 1 (diagnosed).
    **Output**: `gpu.module`, `llvm.func` with `nvvm.kernel`, `gpu.launch_func` with the
    numbers of the pointers that the kernel writes through in `sattn_nv.written`.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/SattnNV/Transforms/outline/outline.mlir
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect", "::mlir::sattn_nv::SattnNVDialect"
  ];
}

def SattnNVDeviceBuffersPass : Pass<"sattn-nv-device-buffers", "::mlir::ModuleOp"> {
  let summary = "Copy buffers to device memory and back around launches";
  let description = [{
    A launch gets pointers into buffers of the host. Each buffer is copied to memory
    of the device before the launch, and back after it if the kernel writes it; the
    pointers change by the difference of the two addresses. So views, which are
    offsets and strides, stay as they are. A `tensor_map` becomes a call of
    `sattnEncodeTensorMap`, which the runtime has, for the copy.

    ```
    %0 = memref.extract_aligned_pointer_as_index %q : memref<?x64xf16> -> index
    gpu.launch_func @kernels::@f ... args(%pointer_from_0 : !llvm.ptr<1>)
    -->
    %device, %token = gpu.alloc async [...] (%n) : memref<?x64xf16>
    gpu.memcpy async [...] %device, %q
    gpu.launch_func @kernels::@f ... args(%pointer_into_device : !llvm.ptr<1>)
    gpu.memcpy async [...] %q, %device
    gpu.dealloc async [...] %device
    ```

    **Input**: `gpu.launch_func` as `sattn-nv-outline` makes them, memrefs deallocated.
    **Requires**: pointers computed from one buffer each, buffers with the identity
    layout (diagnosed). Without `sattn_nv.written` every buffer counts as written.
    **Output**: `gpu.alloc`, `gpu.memcpy`, `gpu.dealloc`, `gpu.wait`.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/SattnNV/Transforms/device-buffers/copies.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def SattnNVReportHostCodePass : Pass<"sattn-nv-report-host-code", "::mlir::func::FuncOp"> {
  let summary = "Say which ops of a function have no kernel";
  let description = [{
    One remark per function, with the number of ops of each kind that are not in a
    kernel and compute something: those of sattn, and of linalg but for `fill` and
    `copy`.

    **Input**: functions after `sattn-nv-map-threads`.
    **Requires**: nothing.
    **Output**: the input.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/SattnNV/Transforms/report-host-code/remark.mlir
  }];
}

#endif // SATTN_DIALECT_SATTNNV_TRANSFORMS_PASSES_TD
