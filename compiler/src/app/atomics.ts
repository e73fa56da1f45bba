// Atomics: each operation on an element is one instruction, or a loop around one; waiting is the runtime's business.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { emit, type Fx, newTemporary } from "../function-context.ts";
import { BOOL, F64, I32, intOf, type ProfileType, ptrTo, VOID } from "../types.ts";
import { ALL, inOrder, makeVal, PRIMARY, rvalue, spill, type Val, wrap } from "../values.ts";
import { elementPlace, loaded, storable } from "./elements.ts";
import { callRuntime } from "./runtime.ts";
import { isProfile, isTyped, typedElement } from "./types.ts";

const UPDATES: Readonly<Record<string, string>> = {
  add: "__atomic_fetch_add",
  and: "__atomic_fetch_and",
  exchange: "__atomic_exchange_n",
  or: "__atomic_fetch_or",
  sub: "__atomic_fetch_sub",
  xor: "__atomic_fetch_xor",
};

export function atomicsCall(fx: Fx, node: ts.CallExpression, name: string): Val {
  const [first, second, ...rest] = node.arguments;
  if (!first || !second) return fail(fx.cx, node, 1112, "An argument is missing.");
  for (const a of node.arguments)
    if (ts.isSpreadElement(a)) return fail(fx.cx, a, 1001, "Spread is not supported here.");
  const made = inOrder(fx, [
    () => spill(fx, rvalue(fx, expression(fx, first))),
    () => rvalue(fx, expression(fx, second, F64)),
    ...rest.map((a) => () => rvalue(fx, expression(fx, a, F64))),
  ]);
  const [array, index, ...values] = made as [Val, Val, ...Val[]];
  const type = array.type;
  if (!isTyped(type) || !intOf(typedElement(type)))
    return fail(fx.cx, first, 1101, "Atomics works on arrays of integers.");
  const address = `&${elementPlace(fx, second, array, index)}`;
  if (name === "wait" || name === "notify") return waitCall(fx, node, name, { array, address, values });
  const stored = values.map((v, i) => storable(fx, rest[i] as ts.Expression, type, v));
  return operation(fx, node, name, { type, address, values: stored });
}

interface Operation {
  readonly type: ProfileType;
  readonly address: string;
  readonly values: readonly Val[];
}

function operation(fx: Fx, node: ts.CallExpression, name: string, { type, address, values }: Operation): Val {
  const more = { reads: ALL, effects: ALL };
  const [first, second] = values;
  if (name === "load") return loaded(type, `__atomic_load_n(${address}, __ATOMIC_SEQ_CST)`, more);
  if (!first) return fail(fx.cx, node, 1112, "An argument is missing.");
  if (name === "store") return makeVal(`__atomic_store_n(${address}, ${first.c}, __ATOMIC_SEQ_CST)`, VOID, more);
  const update = UPDATES[name];
  if (update) return loaded(type, `${update}(${address}, ${first.c}, __ATOMIC_SEQ_CST)`, more);
  if (name !== "compareExchange" || !second)
    return fail(fx.cx, node.expression, 1111, `Atomics.${name} is not part of this profile.`);
  // The builtin leaves the old value in its second argument.
  const [place, expected] = [newTemporary(fx), newTemporary(fx)];
  emit(fx, `__auto_type ${place} = ${address};`);
  emit(fx, `__typeof__(*${place}) ${expected} = ${first.c};`);
  emit(fx, `__atomic_compare_exchange_n(${place}, &${expected}, ${second.c}, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);`);
  return loaded(type, expected, more);
}

interface Wait {
  readonly array: Val;
  readonly address: string;
  readonly values: readonly Val[];
}

function waitCall(fx: Fx, node: ts.CallExpression, name: "wait" | "notify", { array, address, values }: Wait): Val {
  if (!isProfile(array.type, "Int32Array")) return fail(fx.cx, node, 1101, `Atomics.${name} works on an Int32Array.`);
  const word = makeVal(address, ptrTo(I32));
  const isShared = makeVal(`${wrap(array, PRIMARY)}->isShared`, BOOL);
  const number = (i: number, missing: number): Val => {
    const v = values[i];
    return v ? coerce(fx, node, v, F64) : constantVal(F64, missing);
  };
  if (name === "notify") return callRuntime(fx, node, "atomicsNotify", [word, isShared, number(0, Infinity)]);
  const [expected] = values;
  if (!expected) return fail(fx.cx, node, 1112, "An argument is missing.");
  const value = storable(fx, node, array.type, expected);
  return callRuntime(fx, node, "atomicsWait", [word, isShared, value, number(1, Infinity)]);
}
