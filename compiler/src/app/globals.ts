// The global objects: console, Math, Number, String, process, Date, performance.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantVal, untypedVal } from "../constants.ts";
import { fail, isPreludeNode, symbolOf } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import type { Fx } from "../function-context.ts";
import { type BType, F64, intOf, NEVER } from "../types.ts";
import { effectsOf, inOrder, MEMORY, makeVal, NOTHING, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { atomicsCall } from "./atomics.ts";
import { consoleCall } from "./console.ts";
import { intrinsic } from "./intrinsics.ts";
import { callRuntime, findRuntime } from "./runtime.ts";
import { textLiteral, toText } from "./text.ts";
import { threadCall } from "./threads.ts";
import { arrayOf, isText, optionalOf, TEXT, TYPED_ARRAYS } from "./types.ts";

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
  if (object === "navigator" && name === "hardwareConcurrency") return callRuntime(fx, node, "hardwareConcurrency", []);
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
    case "Atomics":
      return atomicsCall(fx, node, name);
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
  return threadCall(fx, node, name) ?? intrinsic(fx, node, name);
}

function toNumber(fx: Fx, node: ts.Node, v: Val): Val {
  if (isText(v.type)) return { ...callRuntime(fx, node, "numberOfText", [v]), effects: v.effects };
  if (v.type.kind === "bool") return { ...v, c: `(f64)${wrap(v, UNARY)}`, prec: UNARY, type: F64, konst: undefined };
  if (v.type.kind === "untyped") return constantVal(F64, Number(v.konst));
  const int = intOf(v.type);
  if (int) return { ...v, c: `(f64)${wrap(v, UNARY)}`, prec: UNARY, type: F64, konst: undefined };
  return coerce(fx, node, v, F64);
}
