// Strings: literals, conversion of values to text (ECMA-262 7.1.17 ToString), template literals, concatenation.

import type ts from "typescript";
import { coerce } from "../coerce.ts";
import { fail } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { emit, type Fx, newTemporary } from "../function-context.ts";
import { F64, I64, intOf, typeName, U64 } from "../types.ts";
import {
  BINARY,
  effectsOf,
  inOrder,
  LOCAL,
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
import { callRuntime } from "./runtime.ts";
import { inner, isArray, isFlat, isOptional, isProfile, isText, TEXT } from "./types.ts";

/** UTF-16 in C: char16_t literals, everything beyond ASCII as hexadecimal escapes, which lone surrogates need anyway. */
function units(text: string): string {
  let out = 'u"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const c = text[i] as string;
    if (c === '"' || c === "\\") out += `\\${c}`;
    else if (code >= 0x20 && code < 0x7f && c !== "?") out += c;
    // A hexadecimal escape takes every digit that follows: the literal is split behind it.
    else out += `\\x${code.toString(16)}" u"`;
  }
  return `${out}"`;
}

export function textLiteral(text: string): Val {
  return makeVal(`BT_TEXT(${units(text)}, ${text.length})`, TEXT, { konst: text, link: true });
}

/** The value as a string, as JavaScript's ToString has it. */
export function toText(fx: Fx, node: ts.Node, given: Val): Val {
  const v = rvalue(fx, given);
  if (isText(v.type)) return v;
  const parts = { reads: v.reads | MEMORY, effects: v.effects };
  const pure = (call: Val): Val => ({ ...call, ...parts });
  if (v.type.kind === "untyped") return textLiteral(String(v.type.big ? v.konst : Number(v.konst)));
  if (v.konst !== undefined && v.type.kind !== "enum") return textLiteral(String(v.konst));
  if (v.type.kind === "bool")
    return makeVal(`${wrap(v, BINARY)} ? BT_TEXT(u"true", 4) : BT_TEXT(u"false", 5)`, TEXT, { ...parts, prec: LOW });
  if (v.type.kind === "float") return pure(callRuntime(fx, node, "numberText", [coerce(fx, node, v, F64)]));
  const int = intOf(v.type);
  if (int) {
    const wide = int.signed ? I64 : U64;
    return pure(
      callRuntime(fx, node, int.signed ? "signedText" : "unsignedText", [
        { ...v, c: `(${wide.name})${wrap(v, UNARY)}`, prec: UNARY, type: wide },
      ]),
    );
  }
  if (isOptional(v.type)) return optionalText(fx, node, v);
  if (isProfile(v.type, "undefined")) return textLiteral("undefined");
  if (v.type.kind === "null") return textLiteral("null");
  if (isArray(v.type)) return pure(callRuntime(fx, node, "listJoin", [v, textLiteral(",")], [inner(v.type)]));
  return fail(fx.cx, node, 1701, `A '${typeName(v.type)}' has no text.`);
}

function optionalText(fx: Fx, node: ts.Node, v: Val): Val {
  const value = named(fx, v);
  const text = toText(fx, node, unwrapped(value));
  const c = `${presentC(value)} ? ${wrap(text, UNARY)} : BT_TEXT(u"undefined", 9)`;
  return makeVal(c, TEXT, { prec: LOW, reads: MEMORY });
}

/** The C condition that an optional holds a value. `v` is a name or has no effects. */
export function presentC(v: Val): string {
  const type = inner(v.type as never);
  if (isText(type)) return `${wrap(v, PRIMARY)}.data != NULL`;
  return isFlat(type) ? `${wrap(v, UNARY)} != NULL` : `${wrap(v, PRIMARY)}.present`;
}

/** The value inside an optional that is known to hold one. */
export function unwrapped(v: Val): Val {
  const type = inner(v.type as never);
  if (isFlat(type)) return { ...v, type };
  return { ...v, c: `${wrap(v, PRIMARY)}.value`, prec: PRIMARY, type };
}

/** a + b + ... */
export function concatenate(fx: Fx, pieces: readonly Val[]): Val {
  const parts = pieces.filter((p) => p.konst !== "");
  if (parts.length === 0) return textLiteral("");
  if (parts.every((p) => typeof p.konst === "string")) return textLiteral(parts.map((p) => p.konst).join(""));
  if (parts.length === 1) return parts[0] as Val;
  const e = effectsOf(parts);
  const reads = e.reads | MEMORY | LOCAL;
  const node = fx.node as ts.Node;
  if (parts.length === 2) return { ...callRuntime(fx, node, "textConcat", parts), reads, effects: e.effects };
  const array = newTemporary(fx);
  emit(fx, `bt_text ${array}[] = { ${parts.map((p) => p.c).join(", ")} };`);
  const call = callRuntime(fx, node, "textJoin", []);
  const name = call.c.slice(0, call.c.indexOf("("));
  const result = newTemporary(fx);
  emit(fx, `bt_text ${result} = ${name}(${array}, ${parts.length});`);
  return makeVal(result, TEXT);
}

/** A template literal with substitutions; all of it is built once. */
export function templateText(fx: Fx, node: ts.TemplateExpression): Val {
  const values = inOrder(
    fx,
    node.templateSpans.map((s) => () => toText(fx, s.expression, rvalue(fx, expression(fx, s.expression)))),
  );
  const pieces: Val[] = [textLiteral(node.head.text)];
  node.templateSpans.forEach((s, i) => {
    pieces.push(values[i] as Val, textLiteral(s.literal.text));
  });
  return concatenate(fx, pieces);
}
