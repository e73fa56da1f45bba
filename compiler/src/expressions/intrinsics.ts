// The functions of the prelude by name.

import ts from "typescript";
import { cType } from "../c-types.ts";
import { convert, convertToFloat } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { sizeAlign } from "../layout.ts";
import {
  F32,
  F64,
  I32,
  INT_TYPES,
  type IntType,
  intOf,
  NEVER,
  ptrTo,
  typeName,
  U8,
  U16,
  U32,
  U64,
  VIRT_ADDR,
  VOID,
} from "../types.ts";
import { effectsOf, MEMORY, makeVal, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { expression } from "./expression.ts";
import { formatted } from "./format.ts";
import { arg, effectful, type Intrinsic, pure, typeArgument, values } from "./intrinsic-tools.ts";
import { stripped } from "./literals.ts";
import {
  assertCall,
  bitCount,
  expect,
  floatBits,
  leadingZeros,
  ones,
  overflow,
  panicCall,
  percpuPlace,
  staticAssert,
  swap,
  trailingZeros,
} from "./machine-intrinsics.ts";
import {
  addressOf,
  atCall,
  bytesOf,
  castPtr,
  copy,
  elements,
  embedFile,
  offsetOf,
  pointerArgument,
  pointerAt,
  setAtCall,
  sliceOf,
  stringOf,
  volatileAccess,
  zero,
  zeroedCall,
  zeroedCallFor,
} from "./memory-intrinsics.ts";
import { orderC } from "./methods.ts";

export function convertCall(fx: Fx, node: ts.CallExpression, name: string, wraps: boolean): Val {
  const type = INT_TYPES.get(name) as IntType;
  const v = rvalue(
    fx,
    expression(fx, arg(fx, node, 0), ts.isConditionalExpression(stripped(arg(fx, node, 0))) ? type : undefined),
  );
  return convert(fx, node, v, type, wraps);
}

export const OPERANDS = ["output", "outputTo", "input", "inout", "clobber", "imm", "symbol", "percpu"];

export const operandOnly: Intrinsic = (fx, node) =>
  fail(fx.cx, node, 1401, "Assembly operands stand in asm`...` only.");

export const INTRINSICS: Record<string, Intrinsic> = {
  ...Object.fromEntries(
    [...INT_TYPES.keys()].map((name): [string, Intrinsic] => [name, (fx, node) => convertCall(fx, node, name, false)]),
  ),
  f32: (fx, node) => convertToFloat(fx, node, expression(fx, arg(fx, node, 0)), F32),
  f64: (fx, node) => convertToFloat(fx, node, expression(fx, arg(fx, node, 0)), F64),
  ...Object.fromEntries(OPERANDS.map((name) => [name, operandOnly])),
  hex: formatted,
  padded: formatted,
  char: formatted,
  at: atCall,
  setAt: setAtCall,
  addressOf,
  elements,
  pointerAt,
  castPtr,
  virtAddr: (fx, node) => {
    const v = pointerArgument(fx, arg(fx, node, 0));
    return makeVal(`(u64)${wrap(v, UNARY)}`, VIRT_ADDR, {
      prec: UNARY,
      reads: v.reads,
      effects: v.effects,
      link: v.link,
    });
  },
  functionAddress: (fx, node) => {
    const v = pointerArgument(fx, arg(fx, node, 0));
    return makeVal(`(u64)${wrap(v, UNARY)}`, VIRT_ADDR, {
      prec: UNARY,
      reads: v.reads,
      effects: v.effects,
      link: v.link,
    });
  },
  functionAt: (fx, node, expected) => {
    const type = typeArgument(fx, node, expected);
    if (type.kind !== "fn") return fail(fx.cx, node, 1101, `'${typeName(type)}' is not a function type.`);
    const v = rvalue(fx, expression(fx, arg(fx, node, 0)));
    if (intOf(v.type)?.bits !== 64) return fail(fx.cx, node, 1101, "An address is a VirtAddr or u64.");
    return makeVal(`(${cType(fx.cx.types, type)})${wrap(v, UNARY)}`, type, {
      prec: UNARY,
      reads: v.reads,
      effects: v.effects,
    });
  },
  sliceOf,
  bytesOf,
  stringOf,
  sizeOf: (fx, node) => constantVal(U32, BigInt(sizeAlign(fx.cx, typeArgument(fx, node), node).size)),
  alignOf: (fx, node) => constantVal(U32, BigInt(sizeAlign(fx.cx, typeArgument(fx, node), node).align)),
  offsetOf,
  copy,
  zero,
  copyBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), ptrTo(U8), U64]);
    return effectful(`__builtin_memcpy(${p.map((v) => v.c).join(", ")})`, VOID, p);
  },
  moveBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), ptrTo(U8), U64]);
    return effectful(`__builtin_memmove(${p.map((v) => v.c).join(", ")})`, VOID, p);
  },
  fillBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), U8, U64]);
    return effectful(`__builtin_memset(${p.map((v) => v.c).join(", ")})`, VOID, p);
  },
  compareBytes: (fx, node) => {
    const p = values(fx, node, [ptrTo(U8), ptrTo(U8), U64]);
    const e = effectsOf(p);
    return makeVal(`__builtin_memcmp(${p.map((v) => v.c).join(", ")})`, I32, {
      reads: e.reads | MEMORY,
      effects: e.effects,
    });
  },
  zeroed: zeroedCall,
  fixedArray: zeroedCallFor("fixedArray"),
  sparseArray: zeroedCallFor("sparseArray"),
  embedFile,
  fence: (fx, node) => effectful(`__atomic_thread_fence(${orderC(fx, arg(fx, node, 0)).name})`, VOID, []),
  compilerBarrier: () => effectful('__asm__ volatile("" ::: "memory")', VOID, []),
  readVolatile: (fx, node) => volatileAccess(fx, node, false),
  writeVolatile: (fx, node) => volatileAccess(fx, node, true),
  percpuOffset: percpuPlace,
  percpuSize: (fx) => constantVal(U32, BigInt(Math.ceil(fx.cx.perCpu.size / 64) * 64)),
  staticAssert,
  assert: assertCall,
  panic: panicCall,
  unreachable: () => effectful('BT_PANIC("unreachable code was reached")', NEVER, []),
  likely: expect("BT_LIKELY"),
  unlikely: expect("BT_UNLIKELY"),
  countLeadingZeros: bitCount("clz", leadingZeros),
  countTrailingZeros: bitCount("ctz", trailingZeros),
  popCount: bitCount("popcount", ones),
  bitsOfF64: floatBits,
  f64OfBits: pure("bt_f64_of_bits", [U64], F64),
  squareRoot: pure("bt_square_root", [F64], F64),
  byteSwap16: swap("__builtin_bswap16", U16),
  byteSwap32: swap("__builtin_bswap32", U32),
  byteSwap64: swap("__builtin_bswap64", U64),
  mulHigh: pure("bt_mul_high", [U64, U64], U64),
  mulShift: pure("bt_mul_shift", [U64, U64, U32], U64),
  addOverflows: overflow("add"),
  subOverflows: overflow("sub"),
  mulOverflows: overflow("mul"),
};
