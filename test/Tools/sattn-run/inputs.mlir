// What --input understands, and how results are printed.

// RUN: sattn-run %s --entry=floats --pipeline='%lower' --input=2x1x2xf32=-1.5 | FileCheck %s --check-prefix=FLOATS
// FLOATS: result #0: 2x1x2xf32 = {{\[\[\[-1.5, -1.5\]\], \[\[-1.5, -1.5\]\]\]$}}
// RUN: sattn-run %s --entry=floats --pipeline='%lower' --input=2x1x2xf32=nan | FileCheck %s --check-prefix=NAN
// NAN: result #0: 2x1x2xf32 = {{\[\[\[nan, nan\]\], \[\[nan, nan\]\]\]$}}
// RUN: sattn-run %s --entry=floats --pipeline='%lower' --input=0x1x2xf32 | FileCheck %s --check-prefix=EMPTY
// EMPTY: result #0: 0x1x2xf32 = []{{$}}
// RUN: sattn-run %s --entry=floats --pipeline='%lower' --input=1000x1x2xf32 | FileCheck %s --check-prefix=LONG
// LONG: result #0: 1000x1x2xf32 = {{.*}}, ... (2000 elements)

// A seed is the same numbers everywhere.
// RUN: sattn-run %s --entry=floats --pipeline='%lower' --input=2x1x2xf32=random:1 | FileCheck %s --check-prefix=SEED1
// SEED1: result #0: 2x1x2xf32 = {{\[\[\[-?[0-9.]+, -?[0-9.]+\]\], \[\[-?[0-9.]+, -?[0-9.]+\]\]\]$}}

// RUN: sattn-run %s --entry=scalars --pipeline='%lower' --input=3 --input=index=7 --input=0.1 --input=true --input=f64=0.5 | FileCheck %s --check-prefix=SCALARS
// SCALARS:      result #0: 3xi8 = [-128, -128, -128]
// SCALARS-NEXT: result #1: index = 7
// SCALARS-NEXT: result #2: bf16 = 0.1000977
// SCALARS-NEXT: result #3: i1 = 1
// SCALARS-NEXT: result #4: f64 = 0.5

// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=2x1x2xf64 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: @floats, input #0: expected ?x1x2xf32, got 2x1x2xf64{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=2x1xf32 2>&1 | FileCheck %s --check-prefix=RANK
// RANK: error: @floats, input #0: expected ?x1x2xf32, got 2x1xf32{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=2x3x2xf32 2>&1 | FileCheck %s --check-prefix=EXTENT
// EXTENT: error: @floats, input #0: expected axis 1 of extent 1, got 3 in 2x3x2xf32{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' 2>&1 | FileCheck %s --check-prefix=COUNT
// COUNT: error: @floats: expected 1 --input (?x1x2xf32), got 0{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=2xx2xf32 2>&1 | FileCheck %s --check-prefix=SPEC
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=-2x1x2xf32 2>&1 | FileCheck %s --check-prefix=SPEC
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=1.5 2>&1 | FileCheck %s --check-prefix=SPEC
// SPEC: error: input #0: expected @FILE.npy, SHAPExTYPE, SHAPExTYPE=VALUE or SHAPExTYPE=random:SEED, such as 4x64xf32=random:1, got '{{.+}}'{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=2x1x2xf32=one 2>&1 | FileCheck %s --check-prefix=VALUE
// VALUE: error: input #0: expected a number of type f32, got 'one'{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=2x1x2xf32=random:x 2>&1 | FileCheck %s --check-prefix=SEED
// SEED: error: input #0: expected random:SEED with an integer >= 0, got 'random:x'{{$}}
// RUN: not sattn-run %s --entry=floats --pipeline='%lower' --input=9223372036854775807x1x2xf32 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: error: input #0: expected extents whose product fits in memory, got 9223372036854775807x1x2xf32{{$}}

func.func @floats(%a: tensor<?x1x2xf32>) -> tensor<?x1x2xf32> {
  return %a : tensor<?x1x2xf32>
}

func.func @scalars(%n: index, %i: index, %b: bf16, %c: i1, %d: f64) -> (tensor<?xi8>, index, bf16, i1, f64) {
  %value = arith.constant -128 : i8
  %empty = tensor.empty(%n) : tensor<?xi8>
  %r = linalg.fill ins(%value : i8) outs(%empty : tensor<?xi8>) -> tensor<?xi8>
  return %r, %i, %b, %c, %d : tensor<?xi8>, index, bf16, i1, f64
}
