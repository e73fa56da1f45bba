// Elements of arrays, typed arrays and strings, and assignments to them.
//
// A read out of range would give undefined, which the type does not have: the program ends there with file and line. A store
// one behind the end of an array appends, as in JavaScript; further out it ends the program (there are no holes).

import ts from "typescript";
import { cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail } from "../context.ts";
import { arithmeticOp } from "../expressions/arithmetic.ts";
import { expression } from "../expressions/expression.ts";
import { capture, emit, type Fx, newTemporary, replay, temporary } from "../function-context.ts";
import { type BType, F32, F64, intOf, type ProfileType, typeName, U32, VOID } from "../types.ts";
import { effectsOf, inOrder, LOCAL, LOW, MEMORY, makeVal, rvalue, spill, UNARY, type Val, wrap } from "../values.ts";
import { countedPlace } from "./counted-loops.ts";
import { runtimeFunction } from "./runtime.ts";
import { inner, isArray, isText, isTyped, TEXT, typedElement, typedValue } from "./types.ts";

const isContainer = (t: BType): t is ProfileType => isArray(t) || isTyped(t) || isText(t);

export function stripParentheses(node: ts.Expression): ts.Expression {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at)) at = at.expression;
  return at;
}

/** An index as C: which macro takes it, and its text. */
function indexC(fx: Fx, node: ts.Node, index: Val): { suffix: string; c: string } {
  if (index.type.kind === "untyped") {
    if (typeof index.konst !== "bigint" || index.konst < 0n)
      return fail(fx.cx, node, 1102, `The index ${index.konst} is not a natural number.`);
    return { suffix: "", c: `${index.konst}ull` };
  }
  if (index.type.kind === "float") return { suffix: "_F64", c: index.c };
  const int = intOf(index.type);
  if (!int || int.address) return fail(fx.cx, node, 1101, `An index is a number, not a '${typeName(index.type)}'.`);
  return int.signed ? { suffix: "_F64", c: `(f64)${wrap(index, UNARY)}` } : { suffix: "", c: index.c };
}

/** object[index] of the profile's types; undefined if it is something else. */
export function elementRead(fx: Fx, node: ts.ElementAccessExpression): Val | undefined {
  const attempt = capture(fx, () => {
    const object = rvalue(fx, expression(fx, node.expression));
    return isContainer(object.type) ? object : undefined;
  });
  if (!attempt.value) return undefined;
  const t = attempt.value.type as ProfileType;
  const direct = countedPlace(fx, node, t);
  if (direct !== undefined) return loaded(t, direct, { reads: MEMORY });
  const [object, index] = inOrder(fx, [
    () => {
      replay(fx, attempt.lines);
      return attempt.value as Val;
    },
    () => rvalue(fx, expression(fx, node.argumentExpression)),
  ]) as [Val, Val];
  return readAt(fx, node.argumentExpression, object, index);
}

function readAt(fx: Fx, node: ts.Node, object: Val, index: Val): Val {
  const { suffix, c } = indexC(fx, node, index);
  const e = effectsOf([object, index]);
  const more = { reads: e.reads | MEMORY, effects: e.effects };
  const t = object.type as ProfileType;
  if (isText(t)) return makeVal(`BT_TEXT_AT${suffix}(${object.c}, ${c})`, TEXT, more);
  const read = `BT_LIST_AT${suffix}(${object.c}, ${c})`;
  if (isArray(t)) return makeVal(read, inner(t), more);
  return loaded(t, read, more);
}

/** An element of a typed array as a C lvalue. */
export function elementPlace(fx: Fx, node: ts.Node, object: Val, index: Val): string {
  const { suffix, c } = indexC(fx, node, index);
  return `BT_LIST_AT${suffix}(${object.c}, ${c})`;
}

/** An element of a typed array as the program sees it. */
export function loaded(t: ProfileType, read: string, more: Partial<Val>): Val {
  const type = typedValue(t);
  return type === typedElement(t) ? makeVal(read, type, more) : makeVal(`(f64)${read}`, type, { ...more, prec: UNARY });
}

/** A value on its way into an element. Numbers are converted modulo the width, as ECMA-262 ToUint8 and its like do. */
export function storable(fx: Fx, node: ts.Node, t: ProfileType, v: Val): Val {
  if (isArray(t)) return coerce(fx, node, v, inner(t));
  const element = typedElement(t);
  if (v.type.kind === "untyped" && typeof v.konst === "bigint" && intOf(element) && !v.type.big) {
    const int = intOf(element) as NonNullable<ReturnType<typeof intOf>>;
    return constantVal(element, int.signed ? BigInt.asIntN(int.bits, v.konst) : BigInt.asUintN(int.bits, v.konst));
  }
  if (intOf(element)?.big) return coerce(fx, node, v, element);
  const from = intOf(v.type);
  const cast = (c: string): Val => ({
    ...v,
    c: `(${cType(fx.cx.types, element)})${c}`,
    prec: UNARY,
    type: element,
    konst: undefined,
  });
  if (from && !from.big) return cast(wrap(v, UNARY));
  const number = coerce(fx, node, v, F64);
  if (element === F64) return number;
  if (element === F32) return { ...number, c: `(f32)${wrap(number, UNARY)}`, prec: UNARY, type: F32, konst: undefined };
  return {
    ...number,
    c: `(${cType(fx.cx.types, element)})bt_to_int32(${number.c})`,
    prec: UNARY,
    type: element,
    konst: undefined,
  };
}

const isStatement = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node.parent) ||
  (ts.isForStatement(node.parent) && (node.parent.incrementor === node || node.parent.initializer === node));

function slotC(fx: Fx, t: ProfileType, object: string, index: { suffix: string; c: string }): string {
  if (isTyped(t)) return `BT_LIST_AT${index.suffix}(${object}, ${index.c})`;
  return `BT_LIST_SLOT${index.suffix}(${object}, ${index.c}, ${runtimeFunction(fx.cx, "listSlot", [inner(t)]).cName})`;
}

/** Assignments to elements. The place is found when the value is known: what makes the value may move the elements. */
export function elementAssignment(
  fx: Fx,
  node: ts.BinaryExpression,
  target: ts.ElementAccessExpression,
): Val | undefined {
  const attempt = capture(fx, () => rvalue(fx, expression(fx, target.expression)));
  const t = attempt.value.type;
  if (!isContainer(t)) return undefined;
  if (isText(t)) return fail(fx.cx, target, 1106, "A string cannot be changed.");
  const object = (): Val => {
    replay(fx, attempt.lines);
    return attempt.value;
  };
  const index = (): Val => rvalue(fx, expression(fx, target.argumentExpression));
  const direct = countedPlace(fx, target, t);
  if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
    return updateElement(fx, node, t, { object, index, direct }, (old) => compound(fx, node, old), false);
  const element = isArray(t) ? inner(t) : typedValue(t);
  const value = (): Val => storable(fx, node.right, t, rvalue(fx, expression(fx, node.right, element)));
  const made = inOrder(fx, direct === undefined ? [object, index, value] : [value]);
  const v = made.at(-1) as Val;
  const kept = isStatement(node) ? v : spill(fx, { ...v, reads: LOCAL | MEMORY });
  const e = effectsOf(made);
  const [o, i] = made as [Val, Val];
  const place = direct ?? slotC(fx, t, o.c, indexC(fx, target.argumentExpression, i));
  const store = makeVal(`${place} = ${kept.c}`, kept.type, {
    prec: LOW,
    reads: e.reads | MEMORY,
    effects: e.effects | MEMORY,
  });
  if (isStatement(node)) return store;
  emit(fx, `${store.c};`);
  return kept;
}

function compound(fx: Fx, node: ts.BinaryExpression, old: Val): Val {
  const op = node.operatorToken.getText().slice(0, -1);
  const [before, right] = inOrder(fx, [() => old, () => rvalue(fx, expression(fx, node.right, old.type))]) as [
    Val,
    Val,
  ];
  return arithmeticOp(fx, node, op, before, right);
}

interface Target {
  readonly object: () => Val;
  readonly index: () => Val;
  /** The place, where it is known to exist. */
  readonly direct: string | undefined;
}

/** Object and index are evaluated once: how the element is read, and how it is written. */
function fixedTarget(fx: Fx, node: ts.Node, t: ProfileType, target: Target): { read: string; write: string } {
  if (target.direct !== undefined) return { read: target.direct, write: target.direct };
  const [o, i] = inOrder(fx, [target.object, target.index]) as [Val, Val];
  const holder = temporary(fx, t, o.c);
  const { suffix, c } = indexC(fx, node, i);
  const at = newTemporary(fx);
  emit(fx, `u64 ${at} = BT_LIST_INDEX${suffix}(${holder}, ${c});`);
  const read = `${holder}->data[${at}]`;
  return { read, write: isArray(t) ? slotC(fx, t, holder, { suffix: "", c: at }) : read };
}

/** `a[i] += x`, `a[i]++` */
function updateElement(
  fx: Fx,
  node: ts.Node,
  t: ProfileType,
  target: Target,
  change: (old: Val) => Val,
  postfix: boolean,
): Val {
  const { read, write } = fixedTarget(fx, node, t, target);
  const raw = isArray(t) ? makeVal(read, inner(t), { reads: MEMORY }) : loaded(t, read, { reads: MEMORY });
  const old = makeVal(temporary(fx, raw.type, raw.c), raw.type);
  const changed = storable(fx, node, t, change(old));
  const result = isArray(t) ? makeVal(temporary(fx, changed.type, changed.c), changed.type) : changed;
  emit(fx, `${write} = ${result.c};`);
  if (isStatement(node)) return makeVal("", VOID);
  if (postfix) return old;
  return isArray(t) ? result : loaded(t, read, { reads: MEMORY });
}

export function elementIncrement(fx: Fx, node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): Val | undefined {
  const target = stripParentheses(node.operand);
  if (!ts.isElementAccessExpression(target)) return undefined;
  const attempt = capture(fx, () => rvalue(fx, expression(fx, target.expression)));
  const t = attempt.value.type;
  if (!isContainer(t)) return undefined;
  if (isText(t)) return fail(fx.cx, target, 1106, "A string cannot be changed.");
  const op = node.operator === ts.SyntaxKind.PlusPlusToken ? "+" : "-";
  const object = (): Val => {
    replay(fx, attempt.lines);
    return attempt.value;
  };
  const index = (): Val => rvalue(fx, expression(fx, target.argumentExpression));
  const one = (type: BType): Val =>
    constantVal(type.kind === "float" ? type : (intOf(type) ?? U32), type.kind === "float" ? 1 : 1n);
  return updateElement(
    fx,
    node,
    t,
    { object, index, direct: countedPlace(fx, target, t) },
    (old) => arithmeticOp(fx, node, op, old, one(old.type)),
    ts.isPostfixUnaryExpression(node),
  );
}
