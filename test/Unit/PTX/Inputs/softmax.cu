// Rows of a softmax with a mask: one block of 128 threads per row. What LLVM
// makes of it is softmax.ptx:
//   clang++-22 -x cuda --cuda-device-only --cuda-gpu-arch=sm_80 -nocudainc
//     -nocudalib -O3 -S softmax.cu -o softmax.ptx
#define GLOBAL __attribute__((global))
#define DEVICE __attribute__((device))
#define SHARED __attribute__((shared))

/// The largest value, or the sum, over the block.
DEVICE __attribute__((noinline)) float reduce(float value, bool isMax,
                                              float *scratch) {
  for (int offset = 16; offset; offset /= 2) {
    float other = __builtin_bit_cast(
        float, __nvvm_shfl_sync_bfly_i32(
                   -1, __builtin_bit_cast(int, value), offset, 31));
    value = isMax ? __builtin_fmaxf(value, other) : value + other;
  }
  int thread = __nvvm_read_ptx_sreg_tid_x();
  if (thread % 32 == 0)
    scratch[thread / 32] = value;
  __syncthreads();
  value = scratch[0];
  for (int warp = 1; warp < 4; ++warp)
    value = isMax ? __builtin_fmaxf(value, scratch[warp])
                  : value + scratch[warp];
  __syncthreads();
  return value;
}

/// `kind` of a column: 0 keeps it, 1 masks it, 2 doubles it, else its sign
/// changes.
DEVICE float change(float x, unsigned char kind) {
  switch (kind) {
  case 0:
    return x;
  case 1:
    return -__builtin_inff();
  case 2:
    return 2 * x;
  default:
    return -x;
  }
}

extern "C" GLOBAL void softmax(const float *in, const unsigned char *kinds,
                               __fp16 *out, double *total, int *counts,
                               int columns) {
  SHARED float scratch[4];
  int row = __nvvm_read_ptx_sreg_ctaid_x();
  int thread = __nvvm_read_ptx_sreg_tid_x();
  float values[8];
  float most = -__builtin_inff();
  int kept = 0;
#pragma unroll 1
  for (int i = 0; i < 8; ++i) {
    int column = i * 128 + thread;
    values[i] = -__builtin_inff();
    if (column >= columns)
      continue;
    values[i] = change(in[(long)row * columns + column], kinds[column]);
    kept += kinds[column] != 1;
    most = __builtin_fmaxf(most, values[i]);
  }
  most = reduce(most, true, scratch);
  float sum = 0;
#pragma unroll 1
  for (int i = 0; i < 8; ++i) {
    values[i] = __nvvm_ex2_approx_ftz_f((values[i] - most) * 1.44269504f);
    sum += values[i];
  }
  sum = reduce(sum, false, scratch);
  for (int i = 0; i < 8; ++i)
    if (i * 128 + thread < columns)
      out[(long)row * columns + i * 128 + thread] = values[i] / sum;
  __nvvm_atom_add_gen_i(counts + row, kept);
  if (thread == 0)
    total[row] = columns / (double)sum;
}
