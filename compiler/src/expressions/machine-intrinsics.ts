// The functions of the prelude that compute, count bits, and stop the program.

import ts from "typescript";
import { cast, coerce } from "../coerce.ts";
import { constantOf, constantVal } from "../constants.ts";
import { fail } from "../context.ts";
import { capture, emit, type Fx, indented, replay } from "../function-context.ts";
import { resolveType } from "../type-nodes.ts";
import {
  BOOL,
  type BType,
  F64,
  type IntType,
  intOf,
  NEVER,
  ptrTo,
  STRING,
  typeName,
  U32,
  U64,
  VOID,
  wrapTo,
} from "../types.ts";
import { boolVal, effectsOf, makeVal, PRIMARY, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { condition } from "./choice.ts";
import { expression, stringVal, value } from "./expression.ts";
import { arg, effectful, type Intrinsic, values } from "./intrinsic-tools.ts";

/** An assertion without a message shows its condition. */
function conditionText(node: ts.Expression): string {
  const text = node.getText().replace(/\s+/g, " ");
  return `assertion failed: ${text.length > 100 ? `${text.slice(0, 97)}...` : text}`;
}

export function assertCall(fx: Fx, node: ts.CallExpression): Val {
  const c = condition(fx, arg(fx, node, 0));
  if (c.konst === true) return makeVal("", VOID);
  const why = node.arguments[1];
  const message = capture(fx, () => (why ? value(fx, why, STRING).c : stringVal(conditionText(arg(fx, node, 0))).c));
  // The message is made only when the assertion fails: formatting must cost nothing on the way that matters.
  if (message.lines.length === 0) return effectful(`BT_ASSERT(${c.c}, ${message.value})`, VOID, [c]);
  emit(fx, `if (BT_UNLIKELY(!${wrap(c, UNARY)})) {`);
  replay(fx, message.lines, 1);
  indented(fx, () => emit(fx, `BT_PANIC_STRING(${message.value});`));
  emit(fx, "}");
  return makeVal("", VOID);
}

export function panicCall(fx: Fx, node: ts.CallExpression): Val {
  const why = value(fx, arg(fx, node, 0), STRING);
  return effectful(`BT_PANIC_STRING(${why.c})`, NEVER, [why]);
}

export function staticAssert(fx: Fx, node: ts.CallExpression): Val {
  const holds = constantOf(fx.cx, arg(fx, node, 0), fx.env);
  const why = node.arguments[1];
  const text = why && ts.isStringLiteralLike(why) ? why.text : "the static assertion does not hold";
  if (holds === false) return fail(fx.cx, arg(fx, node, 0), 1203, `Static assertion failed: ${text}.`);
  if (holds !== true) return fail(fx.cx, arg(fx, node, 0), 1110, "The condition must be a compile-time bool.");
  return makeVal("", VOID);
}

export const expect =
  (name: string): Intrinsic =>
  (fx, node) => {
    const c = condition(fx, arg(fx, node, 0));
    return c.konst !== undefined ? c : { ...boolVal(`${name}(${c.c})`, PRIMARY, [c]) };
  };

export const bitCount =
  (name: string, fold: (value: bigint, bits: number) => bigint): Intrinsic =>
  (fx, node) => {
    const v = rvalue(fx, expression(fx, arg(fx, node, 0)));
    const typed = v.type.kind === "untyped" ? coerce(fx, node, v, v.type.big ? U64 : U32) : v;
    const int = intOf(typed.type);
    if (!int) return fail(fx.cx, node, 1101, `A '${typeName(v.type)}' has no bits to count.`);
    const as = int.bits === 64 ? U64 : U32;
    const wide = int.bits === as.bits ? typed : cast(fx, typed, as);
    if (int.signed || int.bits < 32) {
      if (int.signed) return fail(fx.cx, node, 1101, `Bits are counted in u32 and u64, not in '${int.name}'.`);
    }
    if (typeof v.konst === "bigint") return constantVal(U32, fold(BigInt.asUintN(as.bits, v.konst), as.bits));
    return makeVal(`bt_${name}_${as.name}(${wide.c})`, U32, { reads: v.reads, effects: v.effects });
  };

export const leadingZeros = (value: bigint, bits: number): bigint =>
  BigInt(value === 0n ? bits : bits - value.toString(2).length);

export const trailingZeros = (value: bigint, bits: number): bigint => {
  let n = 0;
  while (n < bits && ((value >> BigInt(n)) & 1n) === 0n) n++;
  return BigInt(n);
};

export const ones = (value: bigint): bigint => BigInt([...value.toString(2)].filter((d) => d === "1").length);

export const floatBits = (fx: Fx, node: ts.CallExpression): Val => {
  const [v] = values(fx, node, [F64]) as [Val];
  return makeVal(`bt_bits_of_f64(${v.c})`, U64, effectsOf([v]));
};

export const overflow =
  (builtin: string): Intrinsic =>
  (fx, node) => {
    const pointer = arg(fx, node, 2);
    const explicit = node.typeArguments?.[0] ? resolveType(fx.cx, node.typeArguments[0], fx.env) : undefined;
    const type = explicit ?? pointeeType(fx, pointer);
    if (!intOf(type)) return fail(fx.cx, node, 1101, `The result is an integer, not a '${typeName(type)}'.`);
    const parts = values(fx, node, [type, type, ptrTo(type)]);
    return effectful(`__builtin_${builtin}_overflow(${parts.map((p) => p.c).join(", ")})`, BOOL, parts);
  };

export function pointeeType(fx: Fx, node: ts.Expression): BType {
  const { value: v } = capture(fx, () => expression(fx, node));
  return v.type.kind === "ptr" ? v.type.to : fail(fx.cx, node, 1101, "The result is stored through a pointer.");
}

export function percpuPlace(fx: Fx, node: ts.CallExpression): Val {
  const v = expression(fx, arg(fx, node, 0));
  if (v.perCpuOffset === undefined)
    return fail(fx.cx, node, 1401, "This is not a @percpu variable, or a fixed part of one.");
  return constantVal(U32, BigInt(v.perCpuOffset));
}

export function swap(name: string, type: IntType): Intrinsic {
  return (fx, node) => {
    const [v] = values(fx, node, [type]) as [Val];
    if (typeof v.konst === "bigint") {
      const bytes =
        v.konst
          .toString(16)
          .padStart(type.bits / 4, "0")
          .match(/../g) ?? [];
      return constantVal(type, wrapTo(type, BigInt(`0x${bytes.reverse().join("")}`)));
    }
    return makeVal(`${name}(${v.c})`, type, effectsOf([v]));
  };
}
