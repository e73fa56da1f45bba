// The functions of compiler/std/app/runtime.d.ts, which only the runtime's own modules call.

import type ts from "typescript";
import { expression } from "../expressions/expression.ts";
import type { Fx } from "../function-context.ts";
import { BOOL, type BType, intOf, ptrTo, U16, U64, VOID } from "../types.ts";
import {
  BINARY,
  deref,
  effectsOf,
  inOrder,
  MEMORY,
  makeVal,
  PRIMARY,
  rvalue,
  stored,
  UNARY,
  type Val,
  wrap,
} from "../values.ts";
import { callRuntime, runtimeClass } from "./runtime.ts";
import { textLiteral, toText } from "./text.ts";
import { arrayOf, inner, isText, mapOf, setOf, TEXT } from "./types.ts";

export function intrinsic(fx: Fx, node: ts.CallExpression, name: string): Val | undefined {
  const arg = (i: number): Val => rvalue(fx, expression(fx, node.arguments[i] as ts.Expression));
  switch (name) {
    case "unitsOf": {
      const v = arg(0);
      return { ...v, c: `BT_UNITS(${v.c})`, prec: PRIMARY, type: { kind: "slice", element: U16 }, konst: undefined };
    }
    case "textOf": {
      const v = arg(0);
      return { ...v, c: `BT_TEXT_OF(${v.c})`, prec: PRIMARY, type: TEXT };
    }
    case "listOf": {
      const v = arg(0);
      const cls = runtimeClass(fx.cx, "List", [inner(v.type as never)]);
      return deref({ ...v, type: ptrTo({ kind: "class", cls }) }, { kind: "class", cls });
    }
    case "arrayOf": {
      const list = expression(fx, node.arguments[0] as ts.Expression);
      const type = list.type.kind === "ptr" ? list.type.to : list.type;
      if (type.kind !== "class") return undefined;
      return { ...stored(fx, list), type: arrayOf(fx.cx, node, type.cls.args[0] as BType) };
    }
    case "toText":
      return toText(fx, node, arg(0));
    case "inspectElement":
      return inspectElement(fx, node, arg(0));
    case "hashKey":
      return hashKey(fx, node, arg(0));
    case "sameKey": {
      const [a, b] = inOrder(fx, [() => arg(0), () => arg(1)]) as [Val, Val];
      return sameKey(a, b);
    }
    case "mapOf":
    case "setOf": {
      const table = expression(fx, node.arguments[0] as ts.Expression);
      const type = table.type.kind === "ptr" ? table.type.to : table.type;
      if (type.kind !== "class") return undefined;
      const [key, item] = type.cls.args as [BType, BType];
      return { ...stored(fx, table), type: name === "mapOf" ? mapOf(fx.cx, node, key, item) : setOf(fx.cx, node, key) };
    }
    case "normalKey": {
      const v = arg(0);
      return v.type.kind === "float" ? { ...v, c: `${wrap(v, UNARY)} + 0.0`, prec: BINARY, konst: undefined } : v;
    }
    case "runModules":
      return makeVal("bt_run_modules()", VOID, { effects: MEMORY, reads: MEMORY });
  }
  return undefined;
}

function inspectElement(fx: Fx, node: ts.Node, v: Val): Val {
  if (isText(v.type)) return callRuntime(fx, node, "quoted", [v]);
  if (v.type.kind === "float") return callRuntime(fx, node, "shownNumber", [v]);
  const text = toText(fx, node, v);
  return intOf(v.type)?.big ? callRuntime(fx, node, "textConcat", [text, textLiteral("n")]) : text;
}

function hashKey(fx: Fx, node: ts.Node, v: Val): Val {
  const more = { reads: v.reads | MEMORY, effects: v.effects };
  if (isText(v.type)) return { ...callRuntime(fx, node, "hashText", [v]), ...more };
  if (v.type.kind === "float") return { ...callRuntime(fx, node, "hashNumber", [v]), ...more };
  return {
    ...callRuntime(fx, node, "hashBits", [{ ...v, c: `(u64)${wrap(v, UNARY)}`, prec: UNARY, type: U64 }]),
    ...more,
  };
}

function sameKey(a: Val, b: Val): Val {
  const e = effectsOf([a, b]);
  const more = { reads: e.reads | MEMORY, effects: e.effects };
  if (isText(a.type)) return makeVal(`bt_text_equal(${a.c}, ${b.c})`, BOOL, more);
  if (a.type.kind === "float") return makeVal(`bt_same_number(${a.c}, ${b.c})`, BOOL, more);
  return makeVal(`${wrap(a, UNARY)} == ${wrap(b, UNARY)}`, BOOL, { ...more, prec: 1 });
}
