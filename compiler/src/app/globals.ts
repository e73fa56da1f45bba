// The global objects: console, Math, Number, String, process, Date, performance.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantVal, untypedVal } from "../constants.ts";
import { fail, isPreludeNode, symbolOf } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { emit, type Fx } from "../function-context.ts";
import { BOOL, type BType, F64, I64, intOf, NEVER, ptrTo, typeName, U16, U64, VOID } from "../types.ts";
import {
  BINARY,
  deref,
  effectsOf,
  inOrder,
  MEMORY,
  makeVal,
  NOTHING,
  named,
  PRIMARY,
  rvalue,
  spill,
  stored,
  UNARY,
  type Val,
  wrap,
} from "../values.ts";
import { callRuntime, findRuntime, runtimeClass } from "./runtime.ts";
import { presentC, textLiteral, toText, unwrapped } from "./text.ts";
import {
  arrayOf,
  inner,
  isArray,
  isOptional,
  isProfile,
  isText,
  isTyped,
  mapOf,
  optionalOf,
  setOf,
  TEXT,
  TYPED_ARRAYS,
} from "./types.ts";

/** The name of a global object that an expression means. */
export function globalName(fx: Fx, node: ts.Expression): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const decl = symbolOf(fx.cx, node)?.declarations?.[0];
  return decl && isPreludeNode(decl) ? node.text : undefined;
}

const NUMBER_CONSTANTS: Readonly<Record<string, number>> = {
  EPSILON: Number.EPSILON,
  MAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
  MIN_SAFE_INTEGER: Number.MIN_SAFE_INTEGER,
  MAX_VALUE: Number.MAX_VALUE,
  MIN_VALUE: Number.MIN_VALUE,
  POSITIVE_INFINITY: Infinity,
  NEGATIVE_INFINITY: -Infinity,
  NaN: NaN,
};
const MATH_CONSTANTS: Readonly<Record<string, number>> = {
  E: Math.E,
  LN10: Math.LN10,
  LN2: Math.LN2,
  LOG10E: Math.LOG10E,
  LOG2E: Math.LOG2E,
  PI: Math.PI,
  SQRT1_2: Math.SQRT1_2,
  SQRT2: Math.SQRT2,
};

export function globalIdentifier(fx: Fx, node: ts.Identifier): Val | undefined {
  const name = node.text;
  if (name !== "NaN" && name !== "Infinity") return undefined;
  return globalName(fx, node) ? constantVal(F64, name === "NaN" ? NaN : Infinity) : undefined;
}

/** `Math.PI`, `process.argv`, `process.env.HOME`, ... */
export function globalMember(fx: Fx, node: ts.PropertyAccessExpression): Val | undefined {
  const name = node.name.text;
  if (
    ts.isPropertyAccessExpression(node.expression) &&
    globalName(fx, node.expression.expression) === "process" &&
    node.expression.name.text === "env"
  ) {
    return environment(fx, node, textLiteral(name));
  }
  const object = globalName(fx, node.expression);
  if (!object) return undefined;
  const constant = object === "Math" ? MATH_CONSTANTS[name] : object === "Number" ? NUMBER_CONSTANTS[name] : undefined;
  if (constant !== undefined) return constantVal(F64, constant);
  if (TYPED_ARRAYS.has(object) && name === "BYTES_PER_ELEMENT") {
    const element = TYPED_ARRAYS.get(object) as BType;
    return untypedVal(BigInt((element.kind === "int" || element.kind === "float" ? element.bits : 8) / 8), false);
  }
  if (object !== "process") return undefined;
  if (name === "argv")
    return { ...callRuntime(fx, node, "processArgv", []), type: arrayOf(fx.cx, node, TEXT), effects: NOTHING };
  if (name === "exitCode") {
    const c = callRuntime(fx, node, "processExitCode", []).c;
    return makeVal(`(*${c})`, F64, { place: true, placeReads: MEMORY, pointer: c });
  }
  return fail(fx.cx, node, 1111, `process.${name} cannot be used as a value here.`);
}

export function environment(fx: Fx, node: ts.Node, name: Val): Val {
  return { ...callRuntime(fx, node, "processEnv", [name]), type: optionalOf(fx.cx, node, TEXT), effects: name.effects };
}

const number = (fx: Fx, a: ts.Expression): Val => coerce(fx, a, rvalue(fx, expression(fx, a, F64)), F64);

/** Calls of members of global objects. */
export function globalCall(fx: Fx, node: ts.CallExpression): Val | undefined {
  const callee = node.expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const name = callee.name.text;
  if (
    ts.isPropertyAccessExpression(callee.expression) &&
    globalName(fx, callee.expression.expression) === "process" &&
    callee.expression.name.text === "hrtime"
  ) {
    return callRuntime(fx, node, "monotonicNs", []);
  }
  switch (globalName(fx, callee.expression)) {
    case "console":
      return consoleCall(fx, node, name);
    case "Math":
      return mathCall(fx, node, name);
    case "Number":
      return numberCall(fx, node, name);
    case "String":
      return fromCharCode(fx, node);
    case "process":
      return exitCall(fx, node);
    case "Date":
      return callRuntime(fx, node, "dateNow", []);
    case "performance":
      return callRuntime(fx, node, "performanceNow", []);
  }
  return undefined;
}

function exitCall(fx: Fx, node: ts.CallExpression): Val {
  const a = node.arguments[0];
  const status = a
    ? number(fx, a)
    : makeVal(`*${callRuntime(fx, node, "processExitCode", []).c}`, F64, { prec: UNARY, reads: MEMORY });
  return { ...callRuntime(fx, node, "processExit", [status]), type: NEVER };
}

const SIMPLE_MATH: Readonly<Record<string, string>> = {
  sqrt: "squareRoot",
  abs: "absolute",
  trunc: "truncate",
  floor: "floor",
  ceil: "ceil",
  round: "round",
};

function mathCall(fx: Fx, node: ts.CallExpression, name: string): Val {
  const args = node.arguments;
  if (name === "max" || name === "min") return extreme(fx, node, name);
  const values = inOrder(
    fx,
    args.map((a) => () => number(fx, a)),
  );
  const e = effectsOf(values);
  const first = values[0];
  if (name === "sqrt" && first) return makeVal(`bt_square_root(${first.c})`, F64, e);
  if (name === "fround" && first) return makeVal(`(f64)(f32)${wrap(first, UNARY)}`, F64, { prec: UNARY, ...e });
  if (name === "clz32" && first)
    return makeVal(`(f64)bt_clz_u32((u32)bt_to_int32(${first.c}))`, F64, { prec: UNARY, ...e });
  const runtime =
    SIMPLE_MATH[name] ??
    (findRuntime(fx.cx, `math${name[0]?.toUpperCase()}${name.slice(1)}`)
      ? `math${name[0]?.toUpperCase()}${name.slice(1)}`
      : name);
  const call = callRuntime(fx, node, runtime, values);
  return name === "random" ? call : { ...call, reads: e.reads, effects: e.effects };
}

function extreme(fx: Fx, node: ts.CallExpression, name: "max" | "min"): Val {
  const args = node.arguments;
  const one = args[0];
  if (args.length === 1 && one && ts.isSpreadElement(one)) {
    const list = coerce(fx, one, rvalue(fx, expression(fx, one.expression)), arrayOf(fx.cx, one, F64));
    return { ...callRuntime(fx, node, name === "max" ? "listMax" : "listMin", [list]), effects: list.effects };
  }
  for (const a of args)
    if (ts.isSpreadElement(a)) return fail(fx.cx, a, 1001, `Spread works in Math.${name}(...array) alone.`);
  const values = inOrder(
    fx,
    args.map((a) => () => number(fx, a)),
  );
  const start = constantVal(F64, name === "max" ? -Infinity : Infinity);
  return values.reduce(
    (a, b) => ({ ...callRuntime(fx, node, name === "max" ? "mathMax" : "mathMin", [a, b]), ...effectsOf([a, b]) }),
    values.length > 0 ? (values.shift() as Val) : start,
  );
}

function numberCall(fx: Fx, node: ts.CallExpression, name: string): Val {
  const first = node.arguments[0];
  if (!first) return fail(fx.cx, node, 1112, "An argument is missing.");
  if (name === "parseInt" || name === "parseFloat") return parse(fx, node, name);
  const v = number(fx, first);
  return { ...callRuntime(fx, node, `number${name[0]?.toUpperCase()}${name.slice(1)}`, [v]), effects: v.effects };
}

function parse(fx: Fx, node: ts.CallExpression, name: string): Val {
  const [first, second] = node.arguments;
  const text = (): Val => coerce(fx, node, rvalue(fx, expression(fx, first as ts.Expression, TEXT)), TEXT);
  const values = inOrder(fx, second ? [text, () => number(fx, second)] : [text]);
  if (name === "parseInt" && !second) values.push(constantVal(F64, 0));
  return {
    ...callRuntime(fx, node, name === "parseInt" ? "parseInteger" : "parseDouble", values),
    effects: effectsOf(values).effects,
  };
}

function fromCharCode(fx: Fx, node: ts.CallExpression): Val {
  if (node.arguments.some(ts.isSpreadElement)) return fail(fx.cx, node, 1001, "Spread is not supported here.");
  const values = inOrder(
    fx,
    node.arguments.map((a) => () => number(fx, a)),
  );
  if (values.length === 0) return textLiteral("");
  const texts = values.map((v) => ({ ...callRuntime(fx, node, "textOfUnit", [v]), effects: v.effects }));
  return texts.reduce((a, b) => ({ ...callRuntime(fx, node, "textConcat", [a, b]), effects: a.effects | b.effects }));
}

/** Functions that are called by name: String(x), Number(x), parseInt(s), ... */
export function ambientCall(fx: Fx, node: ts.CallExpression, name: string): Val | undefined {
  const first = node.arguments[0];
  switch (name) {
    case "String":
      if (!first) return fail(fx.cx, node, 1112, "An argument is missing.");
      return toText(fx, node, rvalue(fx, expression(fx, first)));
    case "Number":
      return first
        ? toNumber(fx, node, rvalue(fx, expression(fx, first)))
        : fail(fx.cx, node, 1112, "An argument is missing.");
    case "parseInt":
    case "parseFloat":
      return first ? parse(fx, node, name) : fail(fx.cx, node, 1112, "An argument is missing.");
    case "isNaN":
    case "isFinite": {
      if (!first) return fail(fx.cx, node, 1112, "An argument is missing.");
      const v = number(fx, first);
      return { ...callRuntime(fx, node, name === "isNaN" ? "numberIsNaN" : "numberIsFinite", [v]), effects: v.effects };
    }
  }
  return intrinsic(fx, node, name);
}

function toNumber(fx: Fx, node: ts.Node, v: Val): Val {
  if (isText(v.type)) return { ...callRuntime(fx, node, "numberOfText", [v]), effects: v.effects };
  if (v.type.kind === "bool") return { ...v, c: `(f64)${wrap(v, UNARY)}`, prec: UNARY, type: F64, konst: undefined };
  if (v.type.kind === "untyped") return constantVal(F64, Number(v.konst));
  const int = intOf(v.type);
  if (int) return { ...v, c: `(f64)${wrap(v, UNARY)}`, prec: UNARY, type: F64, konst: undefined };
  return coerce(fx, node, v, F64);
}

// --- Intrinsics of the runtime's own code (runtime.d.ts) ----------------------------------------------------------------------

function intrinsic(fx: Fx, node: ts.CallExpression, name: string): Val | undefined {
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

// --- console -----------------------------------------------------------------------------------------------------------------

/** One call prints one line: its pieces go into the runtime's buffer, which is written once. */
function consoleCall(fx: Fx, node: ts.CallExpression, name: string): Val {
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
