// Operators of the application profile: JavaScript's number semantics, strings, optional values.

import type ts from "typescript";
import { cDeclare } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { constantVal, normalise, untypedVal } from "../constants.ts";
import { fail } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { capture, emit, type Fx, indented, newTemporary, replay } from "../function-context.ts";
import { BOOL, type BType, F64, intOf, sameType, storageType, typeName } from "../types.ts";
import {
  BINARY,
  boolVal,
  effectsOf,
  LOW,
  MEMORY,
  makeVal,
  named,
  PRIMARY,
  rvalue,
  UNARY,
  type Val,
  wrap,
} from "../values.ts";
import { callRuntime, isRuntimeFile } from "./runtime.ts";
import { concatenate, presentC, toText, unwrapped } from "./text.ts";
import { inner, isOptional, isProfile, isText } from "./types.ts";

const isNumberVal = (v: Val): boolean => v.type.kind === "float" || (v.type.kind === "untyped" && !v.type.big);
const isSmallInt = (v: Val): boolean => {
  const int = intOf(v.type);
  return int !== undefined && int.bits <= 32;
};
const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);

export function binaryApp(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val | undefined {
  if (l.type.kind === "profile" || r.type.kind === "profile") return profileOperands(fx, node, op, l, r);
  if (isRuntimeFile(node.getSourceFile())) return numberOperands(fx, node, op, l, r, false);
  return numberOperands(fx, node, op, l, r, true);
}

function numberOperands(fx: Fx, node: ts.Node, op: string, l: Val, r: Val, folds: boolean): Val | undefined {
  if (COMPARISONS.has(op)) {
    if (isSmallInt(l) && typeof r.konst === "number")
      return boolVal(`(f64)${wrap(l, UNARY)} ${op} ${wrap(coerce(fx, node, r, F64), UNARY)}`, BINARY, [l]);
    if (l.type === F64 && isSmallInt(r))
      return boolVal(`${wrap(l, UNARY)} ${op} (f64)${wrap(r, UNARY)}`, BINARY, [l, r]);
    if (r.type === F64 && isSmallInt(l))
      return boolVal(`(f64)${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, BINARY, [l, r]);
    return undefined;
  }
  if (!isNumberVal(l) || !isNumberVal(r)) return undefined;
  if (l.konst !== undefined && r.konst !== undefined && l.type.kind === "untyped" && r.type.kind === "untyped") {
    if (!folds) return undefined;
    return untypedVal(normalise(compute(op, Number(l.konst), Number(r.konst))), false);
  }
  if (op === "+" || op === "-" || op === "*" || op === "/") return undefined;
  const a = coerce(fx, node, l, F64);
  const b = coerce(fx, node, r, F64);
  const e = effectsOf([a, b]);
  if (op === "%") return { ...callRuntime(fx, node, "remainder", [a, b]), ...e };
  if (op === "**") return { ...callRuntime(fx, node, "pow", [a, b]), ...e };
  if (op === ">>>")
    return makeVal(`(f64)((u32)bt_to_int32(${a.c}) >> (bt_to_int32(${b.c}) & 31))`, F64, { prec: UNARY, ...e });
  if (op === "<<")
    return makeVal(`(f64)(i32)((u32)bt_to_int32(${a.c}) << (bt_to_int32(${b.c}) & 31))`, F64, { prec: UNARY, ...e });
  if (op === ">>")
    return makeVal(`(f64)(bt_to_int32(${a.c}) >> (bt_to_int32(${b.c}) & 31))`, F64, { prec: UNARY, ...e });
  return makeVal(`(f64)(bt_to_int32(${a.c}) ${op} bt_to_int32(${b.c}))`, F64, { prec: UNARY, ...e });
}

/** Constants follow the rules of numbers as well: 2 ** 53 + 1 is 2 ** 53. */
function compute(op: string, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "**":
      return a ** b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return a << b;
    case ">>":
      return a >> b;
    default:
      return a >>> b;
  }
}

function profileOperands(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val | undefined {
  const equality = op === "==" || op === "!=";
  if (equality && (isProfile(l.type, "undefined") || isProfile(r.type, "undefined"))) {
    const other = isProfile(l.type, "undefined") ? r : l;
    if (!isOptional(other.type)) return constantVal(BOOL, isProfile(other.type, "undefined") === (op === "=="));
    const present = presentC(other);
    return boolVal(op === "!=" ? present : `!(${present})`, op === "!=" ? BINARY : UNARY, [other]);
  }
  if (equality && (isOptional(l.type) || isOptional(r.type))) return optionalEquality(fx, node, op, l, r);
  if (isText(l.type) || isText(r.type)) return textOperands(fx, node, op, l, r);
  if (equality && sameType(l.type, r.type)) return boolVal(`${wrap(l, UNARY)} ${op} ${wrap(r, UNARY)}`, BINARY, [l, r]);
  return fail(
    fx.cx,
    node,
    1103,
    `'${op === "==" ? "===" : op === "!=" ? "!==" : op}' cannot combine '${typeName(l.type)}' with '${typeName(r.type)}'.`,
  );
}

function textOperands(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  if (op === "+") return concatenate(fx, [toText(fx, node, l), toText(fx, node, r)]);
  if (!COMPARISONS.has(op) || !isText(l.type) || !isText(r.type)) {
    return fail(fx.cx, node, 1103, `'${op}' cannot combine '${typeName(l.type)}' with '${typeName(r.type)}'.`);
  }
  const e = effectsOf([l, r]);
  const more = { reads: e.reads | MEMORY, effects: e.effects };
  if (op === "==" || op === "!=")
    return makeVal(`${op === "!=" ? "!" : ""}bt_text_equal(${l.c}, ${r.c})`, BOOL, {
      ...more,
      prec: op === "!=" ? UNARY : PRIMARY,
    });
  return makeVal(`${callRuntime(fx, node, "compareText", [l, r]).c} ${op} 0`, BOOL, { ...more, prec: BINARY });
}

/** `m.get(k) === 5`: undefined equals nothing else. */
function optionalEquality(fx: Fx, node: ts.Node, op: string, l: Val, r: Val): Val {
  const [optional, other] = isOptional(l.type) ? [l, r] : [r, l];
  if (isOptional(other.type) || other.type.kind === "null")
    return fail(
      fx.cx,
      node,
      1103,
      "Two values that may be undefined cannot be compared; test one of them with undefined first.",
    );
  const held = named(fx, optional);
  const value = unwrapped(held);
  const right = named(fx, coerce(fx, node, other, value.type));
  const equal = equalC(fx, node, value, right);
  const c = `(${presentC(held)} && ${wrap(equal, UNARY)})`;
  return makeVal(op === "==" ? c : `!${c}`, BOOL, { prec: UNARY, reads: MEMORY });
}

function equalC(fx: Fx, node: ts.Node, l: Val, r: Val): Val {
  if (isText(l.type)) return textOperands(fx, node, "==", l, r);
  return boolVal(`${wrap(l, UNARY)} == ${wrap(r, UNARY)}`, BINARY, [l, r]);
}

/** `a ?? b` on values that may be undefined; undefined if `a` is something else. */
export function coalesceApp(fx: Fx, node: ts.BinaryExpression, expected: BType | undefined): Val | undefined {
  const left = capture(fx, () => rvalue(fx, expression(fx, node.left)));
  const kind = left.value.type.kind;
  if (!isOptional(left.value.type)) {
    if (kind === "ptr" || kind === "fn" || kind === "null" || isProfile(left.value.type, "undefined")) return undefined;
    // tsc has proved that the value is there: the other side is never evaluated.
    replay(fx, left.lines);
    return left.value;
  }
  replay(fx, left.lines);
  const held = named(fx, left.value);
  const type = inner(left.value.type);
  const right = capture(fx, () => rvalue(fx, expression(fx, node.right, expected ?? type)));
  const present = presentC(held);
  if (right.value.type.kind === "never") {
    emit(fx, `if (!(${present})) {`);
    replay(fx, right.lines, 1);
    indented(fx, () => emit(fx, `${right.value.c};`));
    emit(fx, "}");
    return unwrapped(held);
  }
  const stays = isOptional(right.value.type) || isProfile(right.value.type, "undefined");
  const result = stays ? left.value.type : type;
  const fallback = capture(fx, () => coerce(fx, node.right, right.value, result));
  const lines = [...right.lines, ...fallback.lines];
  const value = stays ? held : unwrapped(held);
  if (lines.length === 0) {
    return makeVal(`${present} ? ${wrap(value, UNARY)} : ${wrap(fallback.value, UNARY)}`, result, {
      prec: LOW,
      ...effectsOf([value, fallback.value]),
    });
  }
  const name = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, storageType(result), name)};`);
  emit(fx, `if (${present}) ${name} = ${value.c}; else {`);
  replay(fx, lines, 1);
  indented(fx, () => emit(fx, `${name} = ${fallback.value.c};`));
  emit(fx, "}");
  return makeVal(name, result);
}
