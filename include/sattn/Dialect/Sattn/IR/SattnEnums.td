//===- SattnEnums.td - Enumerations of the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNENUMS_TD
#define SATTN_DIALECT_SATTN_IR_SATTNENUMS_TD

include "mlir/IR/EnumAttr.td"
include "sattn/Dialect/Sattn/IR/SattnDialect.td"

class Sattn_I32Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::sattn";
  let genSpecializedAttr = 0;
}

def Sattn_Link : Sattn_I32Enum<"Link", "how a score becomes a weight", [
  I32EnumAttrCase<"Softmax", 0, "softmax">,   // exp(s) / sum exp(s)
  I32EnumAttrCase<"Linear", 1, "linear">,     // s / sum s
  I32EnumAttrCase<"Identity", 2, "identity">, // s
  I32EnumAttrCase<"Exp", 3, "exp">,           // exp(s - normalizer)
  I32EnumAttrCase<"Sigmoid", 4, "sigmoid">,   // 1 / (1 + exp(-s))
  I32EnumAttrCase<"Argmax", 5, "argmax">      // 1 at the largest score, lowest position among equals
]>;
def Sattn_LinkAttr : EnumAttr<Sattn_Dialect, Sattn_Link, "link">;

def Sattn_Precision : Sattn_I32Enum<"Precision", "least precision of the operands of matrix products", [
  I32EnumAttrCase<"Full", 0, "full">, // that of their type
  I32EnumAttrCase<"TF32", 1, "tf32">  // f32 may be rounded to 10 bits behind the leading one
]>;
def Sattn_PrecisionAttr : EnumAttr<Sattn_Dialect, Sattn_Precision, "precision">;

def Sattn_NormKind : Sattn_I32Enum<"NormKind", "kind of normalisation", [
  I32EnumAttrCase<"Layer", 0, "layer">, // (x - mean) / sqrt(variance + epsilon)
  I32EnumAttrCase<"Rms", 1, "rms">      // x / sqrt(mean(x^2) + epsilon)
]>;
def Sattn_NormKindAttr : EnumAttr<Sattn_Dialect, Sattn_NormKind, "norm_kind">;

def Sattn_Part : Sattn_I32Enum<"Part", "part of a structured matrix that is applied", [
  I32EnumAttrCase<"Full", 0, "full">,             // M x
  I32EnumAttrCase<"Transposed", 1, "transposed">, // M^T x
  I32EnumAttrCase<"Query", 2, "query">,           // features of the left factors
  I32EnumAttrCase<"Key", 3, "key">                // features of the right factors
]>;
def Sattn_PartAttr : EnumAttr<Sattn_Dialect, Sattn_Part, "part">;

def Sattn_LevelLoops : Sattn_I32Enum<"LevelLoops", "how the level nest loops over segments", [
  I32EnumAttrCase<"Unrolled", 0, "unrolled">, // one loop per segment, static depth
  I32EnumAttrCase<"Rolled", 1, "rolled">      // one loop over a table of segments, dynamic depth
]>;

#endif // SATTN_DIALECT_SATTN_IR_SATTNENUMS_TD
