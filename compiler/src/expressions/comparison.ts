// Comparisons of numbers, bools, strings and pointers.

import type ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { BOOL, type BType, intOf, sameType, typeName } from "../types.ts";
import { BINARY, boolVal, effectsOf, MEMORY, makeVal, PRIMARY, UNARY, type Val, wrap } from "../values.ts";
import { isNumber, unify } from "./arithmetic.ts";

export function compare(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  const special = fx.cx.profile.binary?.(fx, node, op, l, r);
  if (special) return special;
  const equality = op === "==" || op === "!=";
  if (isPointerLike(l) || isPointerLike(r)) return comparePointers(fx, node, op, l, r);
  if (l.type.kind === "string" && r.type.kind === "string" && equality) return compareStrings(op, l, r);
  if (l.type.kind === "bool" && r.type.kind === "bool" && equality) {
    if (typeof l.konst === "boolean" && typeof r.konst === "boolean")
      return constantVal(BOOL, (l.konst === r.konst) === (op === "=="));
    return boolVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, BINARY, [l, r]);
  }
  if (isNumber(l.konst) && isNumber(r.konst) && l.type.kind === "untyped" && r.type.kind === "untyped")
    return constantVal(BOOL, fold(op, l.konst, r.konst));
  const { left, right, type } = unifyCompared(fx, node, op, l, r);
  if (!intOf(type) && type.kind !== "float")
    return fail(fx.cx, node, 1103, `'${op}' does not work on '${typeName(type)}'.`);
  if (isNumber(left.konst) && isNumber(right.konst)) return constantVal(BOOL, fold(op, left.konst, right.konst));
  return boolVal(`${wrap(left, UNARY)} ${op} ${wrap(right, UNARY)}`, BINARY, [left, right]);
}

export function unifyCompared(
  fx: Fx,
  node: ts.Node,
  op: string,
  l: Val,
  r: Val,
): { left: Val; right: Val; type: BType } {
  if (l.type.kind === "untyped" && r.type.kind !== "untyped")
    return { left: coerce(fx, node, l, r.type), right: r, type: r.type };
  if (r.type.kind === "untyped" && l.type.kind !== "untyped")
    return { left: l, right: coerce(fx, node, r, l.type), type: l.type };
  const a = intOf(l.type);
  const b = intOf(r.type);
  if (a?.address !== b?.address && !l.derived && !r.derived) {
    return fail(
      fx.cx,
      node,
      1103,
      `'${op}' cannot compare '${typeName(l.type)}' with '${typeName(r.type)}'; convert one of them.`,
    );
  }
  return unify(fx, node, op, l, r);
}

/** Whole numbers are bigints; a typed f64 is a number. */
const equal = (a: bigint | number, b: bigint | number): boolean =>
  typeof a === typeof b ? a === b : Number(a) === Number(b);

export const fold = (op: string, a: bigint | number, b: bigint | number): boolean => {
  switch (op) {
    case "==":
      return equal(a, b);
    case "!=":
      return !equal(a, b);
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
};

export const isPointerLike = (v: Val): boolean => ["ptr", "fn", "null", "class", "array"].includes(v.type.kind);

export function pointerOperand(fx: Fx, v: Val): Val {
  return v.type.kind === "class" || v.type.kind === "array"
    ? coerce(fx, fx.node as ts.Node, v, { kind: "ptr", to: v.type, nullable: false })
    : v;
}

export function comparePointers(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  if (op !== "==" && op !== "!=" && !(l.type.kind === "ptr" && r.type.kind === "ptr")) {
    return fail(fx.cx, node, 1103, `'${op}' does not work on '${typeName(l.type)}' and '${typeName(r.type)}'.`);
  }
  const left = pointerOperand(fx, l);
  const right = pointerOperand(fx, r);
  const ok = left.type.kind === "null" || right.type.kind === "null" || sameType(left.type, right.type);
  const pointers = [left, right].every((v) => v.type.kind === "ptr" || v.type.kind === "fn" || v.type.kind === "null");
  if (!ok || !pointers)
    return fail(fx.cx, node, 1103, `'${op}' cannot compare '${typeName(l.type)}' with '${typeName(r.type)}'.`);
  const text = (v: Val): string => (v.type.kind === "null" ? "NULL" : wrap(v, UNARY));
  return boolVal(`${text(left)} ${op} ${text(right)}`, BINARY, [left, right]);
}

export function compareStrings(op: string, l: Val, r: Val): Val {
  if (typeof l.konst === "string" && typeof r.konst === "string")
    return constantVal(BOOL, (l.konst === r.konst) === (op === "=="));
  const parts = effectsOf([l, r]);
  const c = `${op === "!=" ? "!" : ""}bt_string_equal(${l.c}, ${r.c})`;
  return makeVal(c, BOOL, { prec: op === "!=" ? UNARY : PRIMARY, reads: parts.reads | MEMORY, effects: parts.effects });
}
