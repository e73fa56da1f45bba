// Values meet types: what converts implicitly, and the conversions that a program asks for with u32(x) and u32.wrap(x).

import type ts from "typescript";
import { cType } from "./c-types.ts";
import { constantVal, fits } from "./constants.ts";
import { fail } from "./context.ts";
import { Recover } from "./diagnostics.ts";
import type { Fx } from "./function-context.ts";
import {
  type BType,
  type EnumType,
  type FloatType,
  type IntType,
  intOf,
  isPlaceType,
  maxOf,
  minOf,
  sameType,
  typeName,
  U64,
  widens,
  wrapTo,
} from "./types.ts";
import { addressC, deref, makeVal, PRIMARY, rvalue, UNARY, type Val, wrap } from "./values.ts";

const TYPES_WITHOUT_VALUES = new Set(["void", "never"]);

/** The value as one of type `to`, where that needs no explicit conversion. */
export function coerce(fx: Fx, node: ts.Node, given: Val, to: BType): Val {
  if (given.type.kind === "error" || to.kind === "error") throw new Recover();
  if (isPlaceType(to)) return coercePlace(fx, node, given, to);
  const v = rvalue(fx, given);
  const from = v.type;
  if (from.kind === "untyped") return coerceUntyped(fx, node, v, to);
  if (sameType(from, to)) return { ...v, type: to };
  if (from.kind === "null") {
    if (to.kind === "ptr" || to.kind === "fn") return makeVal("NULL", to, { link: true });
  }
  if (to.kind === "ptr" && isPlaceType(from) && (sameType(from, to.to) || to.to.kind === "void")) {
    checkReference(fx, node, v);
    const c = addressC(fx, v);
    return {
      ...v,
      c,
      prec: c.startsWith("&") || c.startsWith("(") ? UNARY : PRIMARY,
      type: to,
      place: undefined,
      pointer: undefined,
      perCpu: undefined,
    };
  }
  if (to.kind === "ptr" && to.to.kind === "void" && from.kind === "ptr") return { ...v, type: to };
  const widened = coerceInteger(fx, v, to);
  if (widened) return widened;
  if (from.kind === "float" && to.kind === "float" && from.bits < to.bits) return cast(fx, v, to);
  const special = fx.cx.profile.coerce?.(fx, node, v, to);
  if (special) return special;
  return mismatch(fx, node, from, to);
}

function mismatch(fx: Fx, node: ts.Node, from: BType, to: BType): never {
  if (TYPES_WITHOUT_VALUES.has(from.kind)) return fail(fx.cx, node, 1101, "The expression has no value.");
  const name = to.kind === "enum" ? undefined : typeName(to);
  const hint = intOf(from) && to.kind === "int" ? `; convert with ${name}(...)` : "";
  return fail(fx.cx, node, 1101, `A '${typeName(from)}' cannot be used as '${typeName(to)}'${hint}.`);
}

/** A reference to a misaligned object would be undefined behaviour in C. */
export function checkReference(fx: Fx, node: ts.Node, v: Val): void {
  if (v.unaligned)
    fail(fx.cx, node, 1106, "A reference to a field of a packed class could be misaligned; copy the value instead.");
  if (v.bits) fail(fx.cx, node, 1106, "A bit-field has no address.");
}

function coercePlace(fx: Fx, node: ts.Node, v: Val, to: BType): Val {
  if (sameType(v.type, to)) {
    checkReference(fx, node, v);
    return v;
  }
  const pointer = rvalue(fx, v);
  if (pointer.type.kind === "ptr" && sameType(pointer.type.to, to)) return deref(pointer, to);
  return mismatch(fx, node, v.type, to);
}

function coerceInteger(fx: Fx, v: Val, to: BType): Val | undefined {
  const from = intOf(v.type);
  const target = intOf(to);
  if (!from || !target) return undefined;
  if (v.derived && target === U64) return { ...v, type: to };
  if (from.address || target.address) return undefined;
  if (v.type.kind === "enum" && typeof v.konst === "bigint" && from.big === target.big && fits(target, v.konst))
    return constantVal(to, v.konst);
  if (v.type.kind === "enum" && to.kind === "int") {
    const values = [...v.type.members.values()];
    if (!to.big && values.every((value) => fits(to, value))) return cast(fx, v, to);
    return undefined;
  }
  if (!widens(from, target)) return undefined;
  return v.konst !== undefined ? constantVal(to, v.konst) : cast(fx, v, to);
}

export function cast(fx: Fx, v: Val, to: BType): Val {
  return {
    ...v,
    c: `(${cType(fx.cx.types, to)})${wrap(v, UNARY)}`,
    prec: UNARY,
    type: to,
    place: undefined,
    pointer: undefined,
    konst: undefined,
  };
}

function coerceUntyped(fx: Fx, node: ts.Node, v: Val, to: BType): Val {
  const value = v.konst;
  const big = v.type.kind === "untyped" && v.type.big;
  if (to.kind === "float" && !big) return constantVal(to, Number(value));
  const int = intOf(to);
  if (!int) {
    const special = fx.cx.profile.coerce?.(fx, node, v, to);
    if (special) return special;
    return mismatch(fx, node, v.type, to);
  }
  if (typeof value !== "bigint")
    return fail(fx.cx, node, 1102, `The constant ${value} is not an integer, as '${typeName(to)}' demands.`);
  if (big !== int.big) return mismatch(fx, node, v.type, to);
  if (v.complemented && !int.signed && value < 0n && ~value <= maxOf(int)) return constantVal(to, wrapTo(int, value));
  if (!fits(int, value)) {
    return fail(
      fx.cx,
      node,
      1102,
      `The constant ${value} does not fit '${typeName(to)}' (${minOf(int)} to ${maxOf(int)}).`,
    );
  }
  return constantVal(to, value);
}

/** `u32(x)`, `u32.wrap(x)`: from integers, enums, bool and floats. */
export function convert(fx: Fx, node: ts.Node, given: Val, to: IntType | EnumType, wraps: boolean): Val {
  const v = rvalue(fx, given);
  const target = intOf(to) as IntType;
  if (v.type.kind === "error") throw new Recover();
  if (v.konst !== undefined && typeof v.konst !== "string") return convertConstant(fx, node, v, to, wraps);
  if (v.type.kind === "float") {
    const name = `bt_f64_to_${target.address ? "u64" : target.name}`;
    return { ...v, c: `${name}(${v.c})`, prec: PRIMARY, type: to };
  }
  if (v.type.kind === "bool") return cast(fx, v, to);
  const from = intOf(v.type);
  if (!from) return fail(fx.cx, node, 1101, `A '${typeName(v.type)}' cannot be converted to '${typeName(to)}'.`);
  if (target.address && !wraps && from.bits < 64)
    return fail(fx.cx, node, 1101, `An address is made from a u64, not from a '${typeName(v.type)}'.`);
  const exact = minOf(target) <= minOf(from) && maxOf(from) <= maxOf(target);
  if (!wraps && !exact && fx.cx.options.checked) {
    const type = target.address ? "u64" : target.name;
    const tag = from.signed ? "s" : "u";
    return { ...v, c: `BT_NARROW(${type}, ${tag}, ${v.c})`, prec: PRIMARY, type: to, effects: v.effects };
  }
  if (from.bits === target.bits && from.signed === target.signed)
    return { ...v, type: to, konst: undefined, derived: false };
  return cast(fx, v, to);
}

function convertConstant(fx: Fx, node: ts.Node, v: Val, to: IntType | EnumType, wraps: boolean): Val {
  const target = intOf(to) as IntType;
  const value = typeof v.konst === "boolean" ? BigInt(v.konst) : (v.konst as bigint | number);
  const whole = typeof value === "number" ? truncate(value, target) : value;
  if (v.type.kind === "float" || typeof value === "number") return constantVal(to, whole);
  if (!fits(target, whole) && !wraps) {
    return fail(
      fx.cx,
      node,
      1102,
      `The constant ${whole} does not fit '${typeName(to)}'; ${target.name}.wrap(...) keeps the low bits.`,
    );
  }
  return constantVal(to, wrapTo(target, whole));
}

/** Truncates towards zero and saturates, as the helpers of the runtime do. */
function truncate(value: number, target: IntType): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value === Infinity) return maxOf(target);
  if (value === -Infinity) return minOf(target);
  const whole = BigInt(Math.trunc(value));
  return whole < minOf(target) ? minOf(target) : whole > maxOf(target) ? maxOf(target) : whole;
}

/** `f32(x)`, `f64(x)`. */
export function convertToFloat(fx: Fx, node: ts.Node, given: Val, to: FloatType): Val {
  const v = rvalue(fx, given);
  if (typeof v.konst === "bigint" || typeof v.konst === "number") return constantVal(to, Number(v.konst));
  if (!intOf(v.type) && v.type.kind !== "float")
    return fail(fx.cx, node, 1101, `A '${typeName(v.type)}' cannot be converted to a float.`);
  return cast(fx, v, to);
}
