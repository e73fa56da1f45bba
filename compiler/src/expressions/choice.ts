// Conditions and what depends on them: &&, ||, ?: and ??. A side that needs statements of its own becomes an `if`.

import ts from "typescript";
import { cDeclare } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { fits } from "../constants.ts";
import { checkFloats, fail } from "../context.ts";
import { capture, emit, type Fx, indented, newTemporary, replay } from "../function-context.ts";
import {
  BOOL,
  type BType,
  F64,
  I32,
  intOf,
  isPlaceType,
  sameType,
  storageType,
  typeName,
  U32,
  widens,
} from "../types.ts";
import { BINARY, boolVal, effectsOf, LOW, MEMORY, makeVal, rvalue, spill, UNARY, type Val, wrap } from "../values.ts";
import { expression } from "./expression.ts";

export function condition(fx: Fx, node: ts.Expression): Val {
  const v = rvalue(fx, expression(fx, node, BOOL));
  if (v.type.kind === "error") return coerce(fx, node, v, BOOL);
  if (v.type.kind !== "bool") {
    const hint =
      v.type.kind === "ptr" || v.type.kind === "fn"
        ? "compare it with null"
        : intOf(v.type)
          ? "compare it with 0"
          : "write a comparison";
    return fail(fx.cx, node, 1104, `A '${typeName(v.type)}' is not a condition; ${hint}.`);
  }
  return v;
}

export function logical(fx: Fx, node: ts.BinaryExpression): Val {
  const isAnd = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
  const l = condition(fx, node.left);
  const { lines, value: r } = capture(fx, () => condition(fx, node.right));
  if (typeof l.konst === "boolean") {
    if (l.konst !== isAnd) return l;
    replay(fx, lines);
    return r;
  }
  const op = isAnd ? "&&" : "||";
  if (lines.length === 0) return boolVal(`${wrap(l, BINARY)} ${op} ${wrap(r, BINARY)}`, LOW, [l, r]);
  const name = newTemporary(fx);
  emit(fx, `bool ${name} = ${l.c};`);
  emit(fx, `if (${isAnd ? "" : "!"}${name}) {`);
  replay(fx, lines, 1);
  indented(fx, () => emit(fx, `${name} = ${r.c};`));
  emit(fx, "}");
  return makeVal(name, BOOL);
}

export function conditional(fx: Fx, node: ts.ConditionalExpression, expected: BType | undefined): Val {
  const c = condition(fx, node.condition);
  const yes = capture(fx, () => expression(fx, node.whenTrue, expected));
  const no = capture(fx, () => expression(fx, node.whenFalse, expected));
  if (typeof c.konst === "boolean") {
    const chosen = c.konst ? yes : no;
    replay(fx, chosen.lines);
    return chosen.value;
  }
  const type = commonType(fx, node, yes.value, no.value, expected);
  const a = capture(fx, () => coerce(fx, node.whenTrue, yes.value, type));
  const b = capture(fx, () => coerce(fx, node.whenFalse, no.value, type));
  return choose(fx, c, type, [...yes.lines, ...a.lines], a.value, [...no.lines, ...b.lines], b.value);
}

export function commonType(fx: Fx, node: ts.Node, a: Val, b: Val, expected: BType | undefined): BType {
  if (expected?.kind === "profile") return expected;
  const special = fx.cx.profile.commonType?.(fx, node, a.type, b.type);
  if (special) return special;
  if (a.type.kind === "never") return b.type;
  if (b.type.kind === "never") return a.type;
  if (a.type.kind === "untyped" && b.type.kind === "untyped") {
    return constantsType(fx, node, a, b, expected);
  }
  if (a.type.kind === "null" && isPlaceType(b.type)) return { kind: "ptr", to: b.type, nullable: true };
  if (b.type.kind === "null" && isPlaceType(a.type)) return { kind: "ptr", to: a.type, nullable: true };
  if (a.type.kind === "untyped" || a.type.kind === "null") return b.type;
  if (b.type.kind === "untyped" || b.type.kind === "null") return a.type;
  if (sameType(a.type, b.type)) return a.type;
  if (expected) return expected;
  const x = intOf(a.type);
  const y = intOf(b.type);
  if (x && y && widens(x, y)) return b.type;
  if (x && y && widens(y, x)) return a.type;
  if (a.type.kind === "ptr" && sameType(a.type.to, b.type)) return a.type;
  if (b.type.kind === "ptr" && sameType(b.type.to, a.type)) return b.type;
  return fail(fx.cx, node, 1103, `The branches have the types '${typeName(a.type)}' and '${typeName(b.type)}'.`);
}

/** The type of two constants, one of which will be chosen at run time. */
export function constantsType(fx: Fx, node: ts.Node, a: Val, b: Val, expected: BType | undefined): BType {
  const big = a.type.kind === "untyped" && a.type.big;
  const int = expected ? intOf(expected) : undefined;
  if (expected && ((int && int.big === big) || (expected.kind === "float" && !big))) return expected;
  if (big) return fail(fx.cx, node, 1002, "The constants need a type: annotate the variable.");
  // The operand of a conversion such as u64(c ? 1 : 2).
  const whole = [a.konst, b.konst].filter((k): k is bigint => typeof k === "bigint");
  if (int && whole.length === 2) {
    for (const type of [U32, I32]) if (whole.every((k) => fits(type, k))) return type;
  }
  checkFloats(fx.cx, node);
  return F64;
}

/** `c ? a : b`, with statements for each side where they need some. */
export function choose(
  fx: Fx,
  c: Val,
  type: BType,
  yesLines: Parameters<typeof replay>[1],
  yes: Val,
  noLines: Parameters<typeof replay>[1],
  no: Val,
): Val {
  const isPlace = type.kind === "class" || type.kind === "array" || type.kind === "atomic" || type.kind === "cell";
  const asValue = (v: Val): Val =>
    isPlace ? coerce(fx, fx.node as ts.Node, v, { kind: "ptr", to: type, nullable: false }) : v;
  const a = asValue(yes);
  const b = asValue(no);
  const holder = isPlace ? storageType(type) : type;
  const scopes = [a.scope, b.scope].filter((s) => s !== undefined);
  const stack = { onStack: a.onStack || b.onStack, scope: scopes.length > 0 ? Math.max(...scopes) : undefined };
  let result: Val;
  if (yesLines.length === 0 && noLines.length === 0) {
    result = makeVal(`${wrap(c, BINARY)} ? ${wrap(a, UNARY)} : ${wrap(b, UNARY)}`, holder, {
      prec: LOW,
      ...effectsOf([c, a, b]),
      ...stack,
    });
  } else {
    const name = newTemporary(fx);
    emit(fx, `${cDeclare(fx.cx.types, holder, name)};`);
    emit(fx, `if (${c.c}) {`);
    replay(fx, yesLines, 1);
    indented(fx, () => emit(fx, `${name} = ${a.c};`));
    emit(fx, "} else {");
    replay(fx, noLines, 1);
    indented(fx, () => emit(fx, `${name} = ${b.c};`));
    emit(fx, "}");
    result = makeVal(name, holder, stack);
  }
  return isPlace ? coerce(fx, fx.node as ts.Node, result, type) : result;
}

export function coalesce(fx: Fx, node: ts.BinaryExpression, expected: BType | undefined): Val {
  const l = rvalue(fx, expression(fx, node.left, expected));
  if (l.type.kind !== "ptr" && l.type.kind !== "fn")
    return fail(fx.cx, node.left, 1103, "`??` works on pointers that may be null.");
  const first = spill(fx, { ...l, reads: l.reads | MEMORY });
  const right = capture(fx, () => expression(fx, node.right, l.type));
  const test = boolVal(`${wrap(first, UNARY)} != NULL`, BINARY, [first]);
  if (right.value.type.kind === "never") {
    emit(fx, `if (${wrap(first, UNARY)} == NULL) {`);
    replay(fx, right.lines, 1);
    indented(fx, () => emit(fx, `${right.value.c};`));
    emit(fx, "}");
    return { ...first, type: { ...l.type, nullable: false } };
  }
  const r = capture(fx, () => coerce(fx, node.right, right.value, l.type));
  return choose(fx, test, l.type, [], first, [...right.lines, ...r.lines], r.value);
}
