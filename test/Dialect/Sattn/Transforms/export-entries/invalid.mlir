// RUN: sattn-opt %s -split-input-file -sattn-export-entries -verify-diagnostics

// expected-error @below {{expected dense ranked tensors, integers, floats and index in the signature of a public function, got 'memref<4xf32>' as argument #1 (make the function private if it is no entry)}}
func.func @memref(%a: tensor<4xf32>, %b: memref<4xf32>) {
  return
}

// -----

// expected-error @below {{got 'tensor<*xf32>' as result #0}}
func.func @unranked(%a: tensor<4xf32>) -> tensor<*xf32> {
  %r = tensor.cast %a : tensor<4xf32> to tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @data(%n: tensor<index>) -> tensor<?xf32> {
  // expected-error @below {{expected extents of results that depend on extents and scalar arguments only, got 'tensor.extract' (data would have to be evaluated)}}
  %e = tensor.extract %n[] : tensor<index>
  %r = tensor.empty(%e) : tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

func.func private @callee(tensor<?xf32>) -> tensor<?xf32>
func.func @call(%a: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @below {{got 'func.call'}}
  // expected-note @below {{extents are followed through calls of functions that have a body of one block and are not recursive}}
  %r = call @callee(%a) : (tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

func.func @recursive(%a: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @below {{got 'func.call'}}
  // expected-note @below {{not recursive}}
  %r = call @recursive(%a) : (tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// -----

// expected-error @below {{expected a body of one block, got several}}
func.func @blocks(%a: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^bb1
^bb1:
  return %a : tensor<4xf32>
}
