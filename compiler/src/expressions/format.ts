// Template literals with substitutions: formatted piece by piece into a buffer of the calling function, whose size is known
// at compile time. A buffer belongs to its template literal: executed again (in a loop), it is overwritten.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantOf } from "../constants.ts";
import { fail } from "../context.ts";
import { emit, type Fx, headerLine, newTemporary } from "../function-context.ts";
import { cString, utf8Length } from "../strings.ts";
import { BOOL, intOf, STRING, typeName, U8, U32, U64 } from "../types.ts";
import { inOrder, makeVal, PRIMARY, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { expression } from "./expression.ts";
import { preludeCallee } from "./literals.ts";

/** What a string substitution contributes at most. */
const STRING_LIMIT = 256;

interface Piece {
  readonly value: () => Val;
  readonly write: (format: string, v: Val) => string;
  readonly size: (v: Val) => number;
}

export function template(fx: Fx, node: ts.TemplateExpression): Val {
  const texts = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
  return format(
    fx,
    node,
    texts,
    node.templateSpans.map((span) => span.expression),
  );
}

/** hex(x), padded(x, n) or char(c) outside of a template literal: a text of its own. */
export function formatted(fx: Fx, node: ts.CallExpression): Val {
  return format(fx, node, ["", ""], [node]);
}

function format(fx: Fx, node: ts.Node, texts: readonly string[], substituted: readonly ts.Expression[]): Val {
  if (fx.constantOnly) return fail(fx.cx, node, 1301, "A static initialiser cannot format text.");
  const pieces = substituted.map((s) => piece(fx, s));
  const values = inOrder(
    fx,
    pieces.map((p) => p.value),
  );
  const size =
    texts.reduce((n, t) => n + utf8Length(t), 0) + pieces.reduce((n, p, i) => n + p.size(values[i] as Val), 0);
  const buffer = newTemporary(fx);
  headerLine(fx, `u8 ${buffer}[${size + 1}];`);
  const state = newTemporary(fx);
  emit(fx, `bt_format ${state} = { ${buffer}, 0, ${size} };`);
  texts.forEach((text, i) => {
    if (i > 0) emit(fx, `${(pieces[i - 1] as Piece).write(`&${state}`, values[i - 1] as Val)};`);
    if (text !== "") emit(fx, `bt_format_string(&${state}, BT_STR(${cString(text)}), ${utf8Length(text)});`);
  });
  emit(fx, `${buffer}[${state}.length] = 0;`);
  return makeVal(`((bt_string){ ${buffer}, ${state}.length })`, STRING, { prec: PRIMARY, onStack: true });
}

function integer(fx: Fx, node: ts.Expression): Val {
  const v = rvalue(fx, expression(fx, node));
  const typed = v.type.kind === "untyped" ? coerce(fx, node, v, v.type.big ? U64 : U32) : v;
  if (!intOf(typed.type)) return fail(fx.cx, node, 1701, `A '${typeName(v.type)}' is not an integer.`);
  return typed;
}

function piece(fx: Fx, node: ts.Expression): Piece {
  const name = preludeCallee(fx, node);
  if (name && ts.isCallExpression(node)) {
    const first = node.arguments[0];
    if (name === "hex" && first) return { value: () => integer(fx, first), write: hexText, size: () => 18 };
    if (name === "padded" && first) return paddedPiece(fx, node, first);
    if (name === "char" && first) {
      return {
        value: () => coerce(fx, first, expression(fx, first, U8), U8),
        write: (f, v) => `bt_format_char(${f}, ${v.c})`,
        size: () => 1,
      };
    }
  }
  return { value: () => substitution(fx, node), write: valueText, size: valueSize };
}

const hexText = (f: string, v: Val): string => {
  const int = intOf(v.type);
  const unsigned = int?.signed ? `(u${int.bits})${wrap(v, UNARY)}` : v.c;
  return `bt_format_hex(${f}, ${unsigned})`;
};

function paddedPiece(fx: Fx, node: ts.CallExpression, first: ts.Expression): Piece {
  const digits = node.arguments[1] ? constantOf(fx.cx, node.arguments[1], fx.env) : undefined;
  if (typeof digits !== "bigint" || digits < 0n || digits > 64n)
    return fail(fx.cx, node, 1701, "padded(value, digits) needs a constant number of digits up to 64.");
  return {
    value: () => integer(fx, first),
    write: (f, v) => `${intOf(v.type)?.signed ? "bt_format_i64" : "bt_format_u64"}(${f}, ${v.c}, ${digits})`,
    size: () => Math.max(21, Number(digits) + 1),
  };
}

function substitution(fx: Fx, node: ts.Expression): Val {
  const v = rvalue(fx, expression(fx, node));
  if (v.type.kind === "untyped") return integer(fx, node);
  if (intOf(v.type) || v.type.kind === "bool" || v.type.kind === "string") return v;
  return fail(fx.cx, node, 1701, `A '${typeName(v.type)}' cannot stand in a template literal.`);
}

function valueText(f: string, v: Val): string {
  if (v.type.kind === "string")
    return `bt_format_string(${f}, ${v.c}, ${typeof v.konst === "string" ? utf8Length(v.konst) : STRING_LIMIT})`;
  if (v.type === BOOL) return `bt_format_string(${f}, ${wrap(v, UNARY)} ? BT_STR("true") : BT_STR("false"), 5)`;
  const int = intOf(v.type);
  if (int?.address) return hexText(f, v);
  return `${int?.signed ? "bt_format_i64" : "bt_format_u64"}(${f}, ${v.c}, 0)`;
}

function valueSize(v: Val): number {
  if (v.type.kind === "string") return typeof v.konst === "string" ? utf8Length(v.konst) : STRING_LIMIT;
  if (v.type.kind === "bool") return 5;
  return 21;
}
