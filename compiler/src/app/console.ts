// console.log and console.error: each argument becomes pieces in the runtime's buffer, chosen by its type.

import ts from "typescript";
import { constantVal } from "../constants.ts";
import { fail } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { emit, type Fx } from "../function-context.ts";
import { BOOL, type BType, F64, I64, intOf, typeName, U64, VOID } from "../types.ts";
import { inOrder, NOTHING, named, rvalue, spill, UNARY, type Val, wrap } from "../values.ts";
import { callRuntime } from "./runtime.ts";
import { presentC, textLiteral, toText, unwrapped } from "./text.ts";
import { inner, isArray, isOptional, isProfile, isText, isTyped } from "./types.ts";

/** One call prints one line: its pieces go into the runtime's buffer, which is written once. */
export function consoleCall(fx: Fx, node: ts.CallExpression, name: string): Val {
  if (name !== "log" && name !== "error")
    return fail(fx.cx, node, 1111, `console.${name} is not part of this profile.`);
  for (const a of node.arguments)
    if (ts.isSpreadElement(a)) return fail(fx.cx, a, 1001, "Spread is not supported here.");
  const operands = inOrder(
    fx,
    node.arguments.map((a) => () => rvalue(fx, expression(fx, a))),
  );
  // All arguments have their values before the first is printed.
  const values = operands.map((v) => (v.effects === NOTHING ? v : spill(fx, v)));
  const first = values[0];
  if (first && isText(first.type) && values.length > 1) checkFormat(fx, node, first);
  values.forEach((v, i) => {
    if (i > 0) emit(fx, `${callRuntime(fx, node, "printSpace", []).c};`);
    printValue(fx, node.arguments[i] as ts.Node, v);
  });
  return { ...callRuntime(fx, node, name === "log" ? "printLine" : "printErrorLine", []), type: VOID };
}

/** With more arguments Node takes the first as a format. */
function checkFormat(fx: Fx, node: ts.CallExpression, first: Val): void {
  const at = node.arguments[0] as ts.Node;
  if (typeof first.konst === "string") {
    if (/%[sdifjoOc%]/.test(first.konst))
      fail(
        fx.cx,
        at,
        1701,
        "Format directives of console.log (%s, %d, ...) are not part of this profile; write a template literal.",
      );
    return;
  }
  const test = callRuntime(fx, node, "hasFormat", [first]);
  emit(
    fx,
    `if (BT_UNLIKELY(${test.c})) BT_PANIC("the first of several arguments of console.log contains a format directive (%)");`,
  );
}

function printValue(fx: Fx, node: ts.Node, v: Val): void {
  const print = (name: string, args: readonly Val[], typeArgs: readonly BType[] = []): void =>
    emit(fx, `${callRuntime(fx, node, name, args, typeArgs).c};`);
  const t = v.type;
  if (isText(t)) return print("printText", [v]);
  if (t.kind === "untyped" && t.big) return print("printText", [textLiteral(`${v.konst}n`)]);
  if (t.kind === "untyped" || t.kind === "float")
    return print("printNumber", [t.kind === "untyped" ? constantVal(F64, Number(v.konst)) : v]);
  if (t.kind === "bool" || t.kind === "null" || isProfile(t, "undefined"))
    return print("printText", [toText(fx, node, v)]);
  const int = intOf(t);
  if (int && !int.big) return print("printText", [toText(fx, node, v)]);
  if (int)
    return print(int.signed ? "printSigned" : "printUnsigned", [
      { ...v, c: `(${int.signed ? "i64" : "u64"})${wrap(v, UNARY)}`, prec: UNARY, type: int.signed ? I64 : U64 },
    ]);
  if (isOptional(t)) {
    const held = named(fx, v);
    emit(fx, `if (${presentC(held)}) {`);
    printValue(fx, node, unwrapped(held));
    emit(fx, "} else {");
    print("printText", [textLiteral("undefined")]);
    emit(fx, "}");
    return;
  }
  if (isArray(t)) return printArray(fx, node, v, inner(t), print);
  return fail(
    fx.cx,
    node,
    1101,
    `console.log does not print a '${typeName(t)}'${isTyped(t) ? "; print its elements" : ""}.`,
  );
}

function printArray(
  fx: Fx,
  node: ts.Node,
  v: Val,
  element: BType,
  print: (name: string, args: readonly Val[], typeArgs?: readonly BType[]) => void,
): void {
  const ok = isText(element) || element.kind === "bool" || element.kind === "float" || element.kind === "int";
  if (!ok) return fail(fx.cx, node, 1101, `console.log does not print an array of '${typeName(element)}'.`);
  const numeric = element.kind === "float" || element.kind === "int";
  print("printArray", [v, constantVal(BOOL, numeric)], [element]);
}
