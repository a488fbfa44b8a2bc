// The level nest computes what attention says. Each function holds an attention
// twice, with and without a tiling, and prints 1 if the results agree. Both are
// lowered by the reference lowerings, so what is compared is the nest.
// (A reference step returns a new state: bufferization has to allow that in loops.)
// RUN: sattn-opt %s --sattn-tile-attention --sattn-decompose-aggregated --convert-tensor-to-linalg --cse --canonicalize --empty-tensor-to-alloc-tensor \
// RUN:   --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map allow-return-allocs-from-loops" \
// RUN:   --sattn-lower-to-llvm | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_library_dir/libmlir_c_runner_utils.so | FileCheck %s

!t = tensor<?x?xf32>
!q = tensor<?x16xf32>
!v = tensor<?x5xf32>
!o = tensor<?x5xf32>
!l = tensor<?xf32>
#levels = #sattn.levels<ranks = [4, 2, 3, 7], blocks = [*, 24, 12, 3], scales = [0.5, 1.0, 2.0, 0.25], mean>
#bands = #sattn.bands<ranks = [6, 6, 4], widths = [*, 17, 4]>

func.func private @data(%rows: index, %columns: index, %seed: f32) -> !t {
  %t = tensor.generate %rows, %columns {
  ^bb0(%i: index, %j: index):
    %a = arith.constant 12.9898 : f32
    %b = arith.constant 78.233 : f32
    %i0 = arith.index_cast %i : index to i32
    %j0 = arith.index_cast %j : index to i32
    %i1 = arith.sitofp %i0 : i32 to f32
    %j1 = arith.sitofp %j0 : i32 to f32
    %x = arith.mulf %i1, %a : f32
    %y = arith.mulf %j1, %b : f32
    %z = arith.addf %x, %y : f32
    %w = arith.addf %z, %seed : f32
    %s = math.sin %w : f32
    tensor.yield %s : f32
  } : !t
  return %t : !t
}

// Prints 1 if no element differs by more than 1e-5.
func.func private @check(%a: !t, %b: !t) {
  %zero = arith.constant 0.0 : f32
  %limit = arith.constant 1.0e-5 : f32
  %empty = tensor.empty() : tensor<f32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
  %max = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>],
                         iterator_types = ["reduction", "reduction"]} ins(%a, %b : !t, !t) outs(%init : tensor<f32>) {
  ^bb0(%x: f32, %y: f32, %m: f32):
    %equal = arith.cmpf oeq, %x, %y : f32
    %d = arith.subf %x, %y : f32
    %abs = math.absf %d : f32
    %difference = arith.select %equal, %zero, %abs : f32
    %n = arith.maximumf %difference, %m : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  %worst = tensor.extract %max[] : tensor<f32>
  %ok = arith.cmpf ole, %worst, %limit : f32
  vector.print %ok : i1
  return
}

func.func private @levels_causal(%q: !q, %k: !q, %v: !v, %o: !o, %l: !l) {
  %a:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels window <*, 0> outs(%o, %l : !o, !l) -> !o, !l
  %b:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels window <*, 0> tiling <query = 12, key = 8> outs(%o, %l : !o, !l) -> !o, !l
  %c:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels window <*, 0> tiling <query = 6, key = 8, levels = rolled> outs(%o, %l : !o, !l) -> !o, !l
  %d:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels window <*, 0> tiling <query = 7, key = 10, split = 3> outs(%o, %l : !o, !l) -> !o, !l
  func.call @compare(%a#0, %b#0, %a#1, %b#1) : (!o, !o, !l, !l) -> ()
  func.call @compare(%a#0, %c#0, %a#1, %c#1) : (!o, !o, !l, !l) -> ()
  func.call @compare(%a#0, %d#0, %a#1, %d#1) : (!o, !o, !l, !l) -> ()
  return
}

func.func private @levels_full(%q: !q, %k: !q, %v: !v, %o: !o, %l: !l, %offset: index) {
  %a:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels query_offset(%offset : index) outs(%o, %l : !o, !l) -> !o, !l
  %b:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels query_offset(%offset : index) tiling <query = 12, key = 8> outs(%o, %l : !o, !l) -> !o, !l
  %c:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels query_offset(%offset : index) tiling <query = 3, key = 10, levels = rolled, split = 2> outs(%o, %l : !o, !l) -> !o, !l
  func.call @compare(%a#0, %b#0, %a#1, %b#1) : (!o, !o, !l, !l) -> ()
  func.call @compare(%a#0, %c#0, %a#1, %c#1) : (!o, !o, !l, !l) -> ()
  return
}

// The first rows have no pair: their window ends before the first key.
func.func private @bands_window(%q: !q, %k: !q, %v: !v, %o: !o, %l: !l, %offset: index, %limit: index) {
  %a:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.0 structure #bands window <20, 3> key_offset(%offset : index) key_limit(%limit : index) outs(%o, %l : !o, !l) -> !o, !l
  %b:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.0 structure #bands window <20, 3> key_offset(%offset : index) key_limit(%limit : index) tiling <query = 5, key = 4> outs(%o, %l : !o, !l) -> !o, !l
  func.call @compare(%a#0, %b#0, %a#1, %b#1) : (!o, !o, !l, !l) -> ()
  return
}

func.func private @links(%q: !q, %k: !q, %v: !v, %o: !o, %l: !l) {
  %a = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 0.25 window <9, 0> link exp normalizer(%l : !l) outs(%o : !o) -> !o
  %b = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 0.25 window <9, 0> link exp normalizer(%l : !l) tiling <query = 4, key = 3, split = 2> outs(%o : !o) -> !o
  %c = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 0.25 window <9, 0> link argmax outs(%o : !o) -> !o
  %d = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 0.25 window <9, 0> link argmax tiling <query = 4, key = 3> outs(%o : !o) -> !o
  func.call @compare(%a, %b, %l, %l) : (!o, !o, !l, !l) -> ()
  func.call @compare(%c, %d, %l, %l) : (!o, !o, !l, !l) -> ()
  return
}

func.func private @compare(%a: !o, %b: !o, %la: !l, %lb: !l) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %la, %c0 : !l
  %x = tensor.cast %a : !o to !t
  %y = tensor.cast %b : !o to !t
  func.call @check(%x, %y) : (!t, !t) -> ()
  %ea = tensor.expand_shape %la [[0, 1]] output_shape [%n, 1] : !l into tensor<?x1xf32>
  %eb = tensor.expand_shape %lb [[0, 1]] output_shape [%n, 1] : !l into tensor<?x1xf32>
  %lx = tensor.cast %ea : tensor<?x1xf32> to !t
  %ly = tensor.cast %eb : tensor<?x1xf32> to !t
  func.call @check(%lx, %ly) : (!t, !t) -> ()
  return
}

// CHECK-COUNT-16: 1
// CHECK-NOT: 0
func.func @main() {
  %queries = arith.constant 41 : index
  %keys = arith.constant 53 : index
  %depth = arith.constant 16 : index
  %width = arith.constant 5 : index
  %c1 = arith.constant 1 : index
  %c19 = arith.constant 19 : index
  %c30 = arith.constant 30 : index
  %c50 = arith.constant 50 : index
  %f1 = arith.constant 1.0 : f32
  %f2 = arith.constant 2.0 : f32
  %f3 = arith.constant 3.0 : f32
  %q0 = func.call @data(%queries, %depth, %f1) : (index, index, f32) -> !t
  %k0 = func.call @data(%keys, %depth, %f2) : (index, index, f32) -> !t
  %v0 = func.call @data(%keys, %width, %f3) : (index, index, f32) -> !t
  %o0 = func.call @data(%queries, %width, %f3) : (index, index, f32) -> !t
  %l0 = func.call @data(%queries, %c1, %f3) : (index, index, f32) -> !t
  %q = tensor.cast %q0 : !t to !q
  %k = tensor.cast %k0 : !t to !q
  %v = tensor.cast %v0 : !t to !v
  %o = tensor.cast %o0 : !t to !o
  %l1 = tensor.cast %l0 : !t to tensor<?x1xf32>
  %l = tensor.collapse_shape %l1 [[0, 1]] : tensor<?x1xf32> into !l
  func.call @levels_causal(%q, %k, %v, %o, %l) : (!q, !q, !v, !o, !l) -> ()
  func.call @levels_full(%q, %k, %v, %o, %l, %c19) : (!q, !q, !v, !o, !l, index) -> ()
  func.call @bands_window(%q, %k, %v, %o, %l, %c30, %c50) : (!q, !q, !v, !o, !l, index, index) -> ()
  func.call @links(%q, %k, %v, %o, %l) : (!q, !q, !v, !o, !l) -> ()
  return
}
