// RUN: sattn-opt %s --pass-pipeline="builtin.module(func.func(sattn-nv-report-host-code))" -split-input-file -verify-diagnostics -o /dev/null

!t = tensor<8x64xf16>
// Fills are no work, kernels no host code.
// expected-remark @below {{@f runs on the host, without a kernel: 2 x sattn.norm, 1 x linalg.add}}
func.func @f(%x: !t) -> !t {
  %zero = arith.constant 0.0 : f16
  %empty = tensor.empty() : !t
  %fill = linalg.fill ins(%zero : f16) outs(%empty : !t) -> !t
  %a = sattn.norm layer %x : !t
  %b = sattn.norm layer %a : !t
  %c = linalg.add ins(%b, %x : !t, !t) outs(%fill : !t) -> !t
  return %c : !t
}

// -----

func.func @nothing(%x: tensor<8xf16>) -> tensor<8xf16> {
  return %x : tensor<8xf16>
}
