// RUN: sattn-run %s --pipeline='sattn-to-cpu{target=x86-64-v3}' --threads=2 --input=41x19xf32=random:1 --input=53x19xf32=random:2 --input=53x13xf32=random:3 --input=41xf32=random:4 --input=53xf32=random:5 | FileCheck %s

// Tiles of a few queries (lanes are keys and columns) and tiles of more (lanes are
// queries) share little code; so do a window and the mask of its pairs. What is
// said in two ways, cut in tiles that divide nothing, has to agree: a result is 1
// where no element differs by more than 2e-5.

// CHECK-COUNT-13: result #{{[0-9]+}}: {{.*}}1
// CHECK-NOT: result

!q = tensor<?x19xf32>
!v = tensor<?x13xf32>
!l = tensor<?xf32>
!m = tensor<?x?xi1>
!x = tensor<?xi32>
#levels = #sattn.levels<ranks = [6, 2, 3, 8], blocks = [*, 24, 12, 3], scales = [0.5, 1.0, 2.0, 0.25], mean>
#bands = #sattn.bands<ranks = [9, 6, 4], widths = [*, 17, 4]>

func.func private @agree(%a: !v, %b: !v) -> tensor<i32> {
  %one = arith.constant dense<1> : tensor<i32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>],
                       iterator_types = ["reduction", "reduction"]} ins(%a, %b : !v, !v) outs(%one : tensor<i32>) {
  ^bb0(%x: f32, %y: f32, %so_far: i32):
    %limit = arith.constant 2.0e-5 : f32
    %d = arith.subf %x, %y : f32
    %abs = math.absf %d : f32
    %near = arith.cmpf ole, %abs, %limit : f32
    %one_or_zero = arith.extui %near : i1 to i32
    %all = arith.andi %one_or_zero, %so_far : i32
    linalg.yield %all : i32
  } -> tensor<i32>
  return %r : tensor<i32>
}

// Log-sum-exps agree, also where a row has no pair.
func.func private @agree_lse(%a: !l, %b: !l) -> tensor<i32> {
  %one = arith.constant dense<1> : tensor<i32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
                       iterator_types = ["reduction"]} ins(%a, %b : !l, !l) outs(%one : tensor<i32>) {
  ^bb0(%x: f32, %y: f32, %so_far: i32):
    %limit = arith.constant 2.0e-5 : f32
    %equal = arith.cmpf oeq, %x, %y : f32
    %d = arith.subf %x, %y : f32
    %abs = math.absf %d : f32
    %near = arith.cmpf ole, %abs, %limit : f32
    %good = arith.ori %equal, %near : i1
    %one_or_zero = arith.extui %good : i1 to i32
    %all = arith.andi %one_or_zero, %so_far : i32
    linalg.yield %all : i32
  } -> tensor<i32>
  return %r : tensor<i32>
}

// The pairs of window <9, 3> with queries from 7 and keys from -4, below limit 30.
func.func private @pairs(%m: index, %n: index) -> !m {
  %t = tensor.generate %m, %n {
  ^bb0(%a: index, %b: index):
    %c7 = arith.constant 7 : index
    %c9 = arith.constant 9 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c30 = arith.constant 30 : index
    %i = arith.addi %a, %c7 : index
    %j = arith.subi %b, %c4 : index
    %lo = arith.subi %i, %c9 : index
    %hi = arith.addi %i, %c3 : index
    %0 = arith.cmpi sge, %j, %lo : index
    %1 = arith.cmpi sle, %j, %hi : index
    %2 = arith.cmpi slt, %j, %c30 : index
    %3 = arith.andi %0, %1 : i1
    %4 = arith.andi %2, %3 : i1
    tensor.yield %4 : i1
  } : !m
  return %t : !m
}

// Segments 0, 1, 2, ... of `size` rows.
func.func private @ids(%n: index, %size: index) -> !x {
  %t = tensor.generate %n {
  ^bb0(%a: index):
    %s = arith.divui %a, %size : index
    %x = arith.index_cast %s : index to i32
    tensor.yield %x : i32
  } : !x
  return %t : !x
}

!r = tensor<i32>
func.func @main(%q: !q, %k: !q, %v: !v, %rows: !l, %columns: !l) -> (!r, !r, !r, !r, !r, !r, !r, !r, !r, !r, !r, !r, !r) {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %q, %c0 : !q
  %n = tensor.dim %k, %c0 : !q
  %o = tensor.empty(%m) : !v
  %e = tensor.empty(%m) : !l
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %c11 = arith.constant 11 : index
  %c30 = arith.constant 30 : index
  %minus4 = arith.constant -4 : index

  // Levels.
  %a:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels window <*, 0> query_offset(%c5 : index) tiling<query = 5, key = 7> outs(%o, %e : !v, !l) -> !v, !l
  %b:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 1.5 structure #levels window <*, 0> query_offset(%c5 : index) tiling<query = 24, key = 16, levels = rolled> outs(%o, %e : !v, !l) -> !v, !l
  %r0 = func.call @agree(%a#0, %b#0) : (!v, !v) -> !r
  %r1 = func.call @agree_lse(%a#1, %b#1) : (!l, !l) -> !r

  // A window and a limit against the mask of their pairs. Keys that no row reads
  // hold values that are not finite.
  %pairs = func.call @pairs(%m, %n) : (index, index) -> !m
  %dirty = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%v : !v) outs(%v : !v) {
  ^bb0(%x: f32, %old: f32):
    %j = linalg.index 0 : index
    %c34 = arith.constant 34 : index
    %unread = arith.cmpi sge, %j, %c34 : index
    %nan = arith.constant 0x7FC00000 : f32
    %y = arith.select %unread, %nan, %x : f32
    linalg.yield %y : f32
  } -> !v
  %h:2 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 1.0 window <9, 3> query_offset(%c7 : index) key_offset(%minus4 : index) key_limit(%c30 : index) tiling<query = 7, key = 10> outs(%o, %e : !v, !l) -> !v, !l
  %i:2 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 1.0 window <9, 3> query_offset(%c7 : index) key_offset(%minus4 : index) key_limit(%c30 : index) tiling<query = 20, key = 16, levels = rolled> outs(%o, %e : !v, !l) -> !v, !l
  %j:2 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 1.0 mask(%pairs : !m) tiling<query = 6, key = 21> outs(%o, %e : !v, !l) -> !v, !l
  %r2 = func.call @agree(%h#0, %i#0) : (!v, !v) -> !r
  %r3 = func.call @agree_lse(%h#1, %i#1) : (!l, !l) -> !r
  %r4 = func.call @agree(%h#0, %j#0) : (!v, !v) -> !r
  %r5 = func.call @agree_lse(%h#1, %j#1) : (!l, !l) -> !r

  %p:2 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 1.0 mask(%pairs : !m) tiling<query = 41, key = 20> outs(%o, %e : !v, !l) -> !v, !l
  %r11 = func.call @agree(%h#0, %p#0) : (!v, !v) -> !r
  %r12 = func.call @agree_lse(%h#1, %p#1) : (!l, !l) -> !r

  // Bands and a score region that reads rows, columns and positions.
  %qids = func.call @ids(%m, %c11) : (index, index) -> !x
  %kids = func.call @ids(%n, %c11) : (index, index) -> !x
  %s:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 0.7 structure #bands window <*, 6> query_offset(%c5 : index) score(%rows, %columns : !l, !l) {
  ^bb0(%score: f32, %qi: index, %kj: index, %row: f32, %column: f32):
    %d = arith.subi %qi, %kj : index
    %d32 = arith.index_cast %d : index to i32
    %df = arith.sitofp %d32 : i32 to f32
    %slope = arith.constant 0.01 : f32
    %bias = arith.mulf %df, %slope : f32
    %1 = arith.addf %score, %bias : f32
    %2 = arith.addf %1, %column : f32
    %3 = arith.mulf %2, %row : f32
    sattn.yield %3 : f32
  } tiling<query = 8, key = 12> outs(%o, %e : !v, !l) dims(m r, n r, n e, m, n -> m e) -> !v, !l
  %t:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !v) scale 0.7 structure #bands window <*, 6> query_offset(%c5 : index) score(%rows, %columns : !l, !l) {
  ^bb0(%score: f32, %qi: index, %kj: index, %row: f32, %column: f32):
    %d = arith.subi %qi, %kj : index
    %d32 = arith.index_cast %d : index to i32
    %df = arith.sitofp %d32 : i32 to f32
    %slope = arith.constant 0.01 : f32
    %bias = arith.mulf %df, %slope : f32
    %1 = arith.addf %score, %bias : f32
    %2 = arith.addf %1, %column : f32
    %3 = arith.mulf %2, %row : f32
    sattn.yield %3 : f32
  } tiling<query = 33, key = 20> outs(%o, %e : !v, !l) dims(m r, n r, n e, m, n -> m e) -> !v, !l
  %r6 = func.call @agree(%s#0, %t#0) : (!v, !v) -> !r
  %r7 = func.call @agree_lse(%s#1, %t#1) : (!l, !l) -> !r

  // The other links.
  %x0 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 0.25 window <9, 3> query_offset(%c7 : index) key_offset(%minus4 : index) key_limit(%c30 : index) link identity tiling<query = 4, key = 11> outs(%o : !v) -> !v
  %x1 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 0.25 mask(%pairs : !m) link identity tiling<query = 25, key = 24> outs(%o : !v) -> !v
  %r8 = func.call @agree(%x0, %x1) : (!v, !v) -> !r
  %z0 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 1.0 mask(%pairs : !m) link argmax tiling<query = 4, key = 11> outs(%o : !v) -> !v
  %z1 = sattn.attention query(%q : !q) key(%k : !q) value(%dirty : !v) scale 1.0 window <9, 3> query_offset(%c7 : index) key_offset(%minus4 : index) key_limit(%c30 : index) link argmax tiling<query = 40, key = 64> outs(%o : !v) -> !v
  %r9 = func.call @agree(%z0, %z1) : (!v, !v) -> !r

  // Documents: means of values, by the sums of `linear`.
  %ones = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%q : !q) {
  ^bb0(%old: f32):
    %one = arith.constant 1.0 : f32
    linalg.yield %one : f32
  } -> !q
  %kones = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%k : !q) {
  ^bb0(%old: f32):
    %one = arith.constant 1.0 : f32
    linalg.yield %one : f32
  } -> !q
  %l0 = sattn.attention query(%ones : !q) key(%kones : !q) value(%v : !v) scale 1.0 segments(%qids, %kids : !x, !x) link linear tiling<query = 5, key = 9> outs(%o : !v) -> !v
  %l1 = sattn.attention query(%ones : !q) key(%kones : !q) value(%v : !v) scale 1.0 segments(%qids, %kids : !x, !x) link linear tiling<query = 19, key = 18> outs(%o : !v) -> !v
  %r10 = func.call @agree(%l0, %l1) : (!v, !v) -> !r

  return %r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12 : !r, !r, !r, !r, !r, !r, !r, !r, !r, !r, !r, !r, !r
}
