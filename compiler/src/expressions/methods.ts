// Methods of the built-in types: pointers, slices, strings, atomics and registers.

import type ts from "typescript";
import { cType } from "../c-types.ts";
import { constantOf } from "../constants.ts";
import { fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { type AtomicType, BOOL, type BType, type CellType, intOf, STRING, U8, U32, U64, VOID } from "../types.ts";
import {
  addressC,
  BINARY,
  effectsOf,
  inOrder,
  LOW,
  MEMORY,
  makeVal,
  PRIMARY,
  rvalue,
  UNARY,
  type Val,
  wrap,
} from "../values.ts";
import { expression, value } from "./expression.ts";
import { indexVal } from "./members.ts";

export function builtinMethod(
  fx: Fx,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  object: Val,
  name: string,
  expected: BType | undefined,
): Val | undefined {
  const t = object.type;
  switch (t.kind) {
    case "ptr":
      if (name === "add") return pointerAdd(fx, node, object);
      break;
    case "slice":
      if (name === "subslice") return subslice(fx, node, object, t);
      break;
    case "string":
      if (name === "byteAt" || name === "slice") return stringMethod(fx, node, object, name);
      break;
    case "atomic":
      return atomicMethod(fx, node, callee, object, t, name);
    case "cell":
      return cellMethod(fx, node, callee, object, t, name);
  }
  return fx.cx.profile.methodCall?.(fx, node, object, name, expected);
}

/** The object of the method, then its arguments, in order. */
function withObject(fx: Fx, object: Val, args: readonly (() => Val)[]): Val[] {
  return inOrder(fx, [
    { make: () => object, target: object.type.kind === "atomic" || object.type.kind === "cell" },
    ...args,
  ]);
}

function pointerAdd(fx: Fx, node: ts.CallExpression, object: Val): Val {
  const [p, n] = withObject(fx, object, [() => expression(fx, argument(fx, node, 0))]) as [Val, Val];
  const int = intOf(n.type);
  if (n.type.kind !== "untyped" && (!int || int.address)) return fail(fx.cx, node, 1101, "The count is an integer.");
  if (n.type.kind === "untyped" && typeof n.konst !== "bigint")
    return fail(fx.cx, node, 1102, "The count is an integer.");
  return makeVal(`${wrap(p, UNARY)} + ${wrap(n, UNARY)}`, { ...p.type, nullable: false } as BType, {
    prec: BINARY,
    ...effectsOf([p, n]),
    onStack: p.onStack,
  });
}

export function argument(fx: Fx, node: ts.CallExpression, i: number): ts.Expression {
  return node.arguments[i] ?? fail(fx.cx, node, 1112, "An argument is missing.");
}

function subslice(fx: Fx, node: ts.CallExpression, object: Val, type: BType): Val {
  const [s, a, b] = withObject(fx, object, [
    () => value(fx, argument(fx, node, 0), U64),
    () => value(fx, argument(fx, node, 1), U64),
  ]) as [Val, Val, Val];
  const checked = fx.cx.options.checked ? "_CHECKED" : "";
  return makeVal(`BT_SUBSLICE${checked}(${cType(fx.cx.types, type)}, ${s.c}, ${a.c}, ${b.c})`, type, {
    ...effectsOf([s, a, b]),
    onStack: s.onStack,
  });
}

function stringMethod(fx: Fx, node: ts.CallExpression, object: Val, name: string): Val {
  const checked = fx.cx.options.checked ? "_CHECKED" : "";
  if (name === "byteAt") {
    const [s, i] = withObject(fx, object, [
      () => indexVal(fx, node, rvalue(fx, expression(fx, argument(fx, node, 0)))),
    ]) as [Val, Val];
    const parts = effectsOf([s, i]);
    const c = checked ? `BT_STRING_AT(${s.c}, ${i.c})` : `${wrap(s, PRIMARY)}.data[${i.c}]`;
    return makeVal(c, U8, { reads: parts.reads | MEMORY, effects: parts.effects });
  }
  const [s, a, b] = withObject(fx, object, [
    () => value(fx, argument(fx, node, 0), U32),
    () => value(fx, argument(fx, node, 1), U32),
  ]) as [Val, Val, Val];
  return makeVal(`BT_SUBSLICE${checked}(bt_string, ${s.c}, ${a.c}, ${b.c})`, STRING, {
    ...effectsOf([s, a, b]),
    onStack: s.onStack,
  });
}

const ORDER_NAMES = [
  "__ATOMIC_RELAXED",
  "",
  "__ATOMIC_ACQUIRE",
  "__ATOMIC_RELEASE",
  "__ATOMIC_ACQ_REL",
  "__ATOMIC_SEQ_CST",
];

export function orderC(fx: Fx, node: ts.Expression | undefined): { name: string; order: number } {
  if (!node) return { name: "__ATOMIC_SEQ_CST", order: 5 };
  const order = Number(constantOf(fx.cx, node, fx.env));
  const name = ORDER_NAMES[order];
  return name ? { name, order } : fail(fx.cx, node, 1110, "The memory order must be a member of Order.");
}

const FETCH: ReadonlyMap<string, string> = new Map([
  ["fetchAdd", "add"],
  ["fetchSub", "sub"],
  ["fetchAnd", "and"],
  ["fetchOr", "or"],
  ["fetchXor", "xor"],
]);

function atomicMethod(
  fx: Fx,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  object: Val,
  t: AtomicType,
  name: string,
): Val {
  const a = node.arguments;
  const done = (c: string, type: BType, parts: readonly Val[]): Val => {
    const e = effectsOf(parts);
    return makeVal(c, type, { reads: e.reads | MEMORY, effects: e.effects | MEMORY });
  };
  const refuse = (order: number, not: readonly number[], where: ts.Expression | undefined): void => {
    if (where && not.includes(order)) fail(fx.cx, where, 1112, `${name}() cannot have this memory order.`);
  };
  if (name === "load") {
    const { name: order, order: n } = orderC(fx, a[0]);
    refuse(n, [3, 4], a[0]);
    const [o] = withObject(fx, object, []) as [Val];
    return done(`__atomic_load_n(${addressC(fx, o)}, ${order})`, t.of, [o]);
  }
  const fetch = FETCH.get(name);
  if (name === "store" || name === "exchange" || fetch) {
    const { name: order, order: n } = orderC(fx, a[1]);
    if (name === "store") refuse(n, [2, 4], a[1]);
    if (fetch && t.of.kind !== "int") return fail(fx.cx, callee, 1103, `${name}() works on integers only.`);
    const [o, v] = withObject(fx, object, [() => value(fx, argument(fx, node, 0), t.of)]) as [Val, Val];
    const builtin = name === "store" ? "store_n" : name === "exchange" ? "exchange_n" : `fetch_${fetch}`;
    return done(`__atomic_${builtin}(${addressC(fx, o)}, ${v.c}, ${order})`, name === "store" ? VOID : t.of, [o, v]);
  }
  if (name === "compareExchange") {
    const { name: order, order: n } = orderC(fx, a[2]);
    const failure = n === 3 ? "__ATOMIC_RELAXED" : n === 4 ? "__ATOMIC_ACQUIRE" : order;
    const [o, e, d] = withObject(fx, object, [
      () => value(fx, argument(fx, node, 0), t.of),
      () => value(fx, argument(fx, node, 1), t.of),
    ]) as [Val, Val, Val];
    return done(`BT_COMPARE_EXCHANGE(${addressC(fx, o)}, ${e.c}, ${d.c}, ${order}, ${failure})`, BOOL, [o, e, d]);
  }
  return fail(fx.cx, callee.name, 1111, `An atomic has no method '${name}'.`);
}

function cellMethod(
  fx: Fx,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  object: Val,
  t: CellType,
  name: string,
): Val {
  const type = cType(fx.cx.types, t.of);
  const volatile = (o: Val): string => `*(volatile ${type}${type.endsWith("*") ? "" : " "}*)${addressC(fx, o)}`;
  if (name === "read" && t.mode !== "wo") {
    const [o] = withObject(fx, object, []) as [Val];
    return makeVal(volatile(o), t.of, { prec: UNARY, reads: o.reads | MEMORY, effects: o.effects | MEMORY });
  }
  if (name === "write" && t.mode !== "ro") {
    const [o, v] = withObject(fx, object, [() => value(fx, argument(fx, node, 0), t.of)]) as [Val, Val];
    return makeVal(`${volatile(o)} = ${v.c}`, VOID, {
      prec: LOW,
      ...effectsOf([o, v]),
      effects: MEMORY | o.effects | v.effects,
    });
  }
  return fail(fx.cx, callee.name, 1111, `The register cannot be used with '${name}()'.`);
}
