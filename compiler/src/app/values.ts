// Optional values and implicit conversions of the application profile.

import type ts from "typescript";
import { cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { type FunctionInstance, fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import {
  type BType,
  F64,
  type FnType,
  intOf,
  isPlaceType,
  type ProfileType,
  sameType,
  typeKey,
  typeName,
} from "../types.ts";
import { makeVal, named, PRIMARY, UNARY, type Val, wrap } from "../values.ts";
import { callRuntime } from "./runtime.ts";
import { inner, isFlat, isOptional, isProfile, isText } from "./types.ts";

/** undefined as a value of the optional type. */
export function none(fx: Fx, type: ProfileType): Val {
  const of = inner(type);
  if (isText(of)) return makeVal("BT_NO_TEXT", type, { link: true });
  if (isFlat(of)) return makeVal("NULL", type, { link: true });
  return makeVal(`((${cType(fx.cx.types, type)}){ 0 })`, type, { link: true });
}

function some(fx: Fx, v: Val, type: ProfileType): Val {
  if (isFlat(inner(type))) return { ...v, type, konst: undefined };
  return { ...v, c: `((${cType(fx.cx.types, type)}){ true, ${v.c} })`, prec: PRIMARY, type, konst: undefined };
}

/** The implicit conversions of the profile into a place of type `to`. */
export function coerceApp(fx: Fx, node: ts.Node, v: Val, to: BType): Val | undefined {
  if (isOptional(to)) {
    if (isProfile(v.type, "undefined")) return none(fx, to);
    if (isOptional(v.type) || v.type.kind === "null" || v.type.kind === "void") return undefined;
    return some(fx, coerce(fx, node, v, inner(to)), to);
  }
  const int = intOf(v.type);
  // Every 32-bit integer is a double: where `number` is expected, nothing is lost.
  if (to.kind === "float" && to.bits === 64 && int && int.bits <= 32)
    return { ...v, c: `(f64)${wrap(v, UNARY)}`, prec: UNARY, type: F64, konst: undefined };
  if (to.kind === "string" && isText(v.type)) return utf8(fx, node, v);
  if (to.kind === "fn" && v.type.kind === "fn") return adapted(fx, node, v, to, v.type);
  return undefined;
}

/** Text for the bare language's functions (panic, assert): UTF-8 in the arena. */
function utf8(fx: Fx, node: ts.Node, v: Val): Val {
  const bytes = named(fx, callRuntime(fx, node, "utf8Bytes", [v]));
  return makeVal(`((bt_string){ ${bytes.c}.data, ${bytes.c}.length })`, { kind: "string" }, { reads: bytes.reads });
}

const adapters = new WeakMap<object, Map<string, FunctionInstance>>();

/** A function with fewer parameters, or with parameters and results that convert: through a function that does it. */
function adapted(fx: Fx, node: ts.Node, v: Val, to: FnType, from: FnType): Val | undefined {
  if (from.params.length > to.params.length) return undefined;
  // SAFETY: the System V ABI passes arguments of up to 16 bytes in registers, in order: a callee does not see those behind its own.
  const prefix = from.params.every((p, i) => sameType(p, to.params[i] as BType));
  if (prefix && sameType(from.result, to.result))
    return { ...v, c: `((${cType(fx.cx.types, to)})${wrap(v, UNARY)})`, prec: PRIMARY, type: to };
  if (!v.link || v.symbol === undefined)
    return fail(
      fx.cx,
      node,
      1101,
      `A '${typeName(from)}' held in a variable cannot be used as '${typeName(to)}': name the function itself, or write an arrow function.`,
    );
  const { cx } = fx;
  const known = adapters.get(cx) ?? new Map<string, FunctionInstance>();
  adapters.set(cx, known);
  const key = `${v.symbol}:${typeKey(to)}`;
  let f = known.get(key);
  if (!f) {
    const target = [...cx.functions.values()].find((i) => i.cName === v.symbol);
    if (!target) return undefined;
    const sub = { ...fx, lines: [], header: [] };
    const params = to.params.map((type, i) => ({ name: `p${i}`, cName: `p${i}`, type, node: undefined }));
    const args = from.params.map(
      (type, i) => coerce(sub, node, argument(params[i] as { cName: string; type: BType }), type).c,
    );
    const call = `${v.symbol}(${args.join(", ")})`;
    const result =
      to.result.kind === "void"
        ? `(void)${call};`
        : `return ${coerce(sub, node, makeVal(call, from.result), to.result).c};`;
    f = {
      ...target,
      cName: cx.names.global(`${v.symbol}$as${to.params.length}`, target.decl),
      params,
      result: to.result,
      owner: undefined,
      used: false,
      lines: [{ text: result, indent: 1, file: undefined, line: 0 }],
    };
    known.set(key, f);
    cx.functions.set(`adapter:${key}`, f);
  }
  return makeVal(f.cName, to, { link: true, symbol: f.cName });
}

function argument(p: { cName: string; type: BType }): Val {
  if (isPlaceType(p.type)) throw new Error("a place as a parameter of a function value");
  return makeVal(p.cName, p.type);
}
