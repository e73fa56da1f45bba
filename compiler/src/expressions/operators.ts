// Operators: which one a syntax node means, and the unary ones.

import ts from "typescript";
import { cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { constantVal, untypedVal } from "../constants.ts";
import { fail } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { BOOL, type BType, intOf, sameType, typeName, U64, wrapTo } from "../types.ts";
import { inOrder, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { arithmeticOp, isNumber } from "./arithmetic.ts";
import { coalesce, condition, logical } from "./choice.ts";
import { compare } from "./comparison.ts";
import { expression } from "./expression.ts";

export const ARITHMETIC: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.PlusToken, "+"],
  [ts.SyntaxKind.MinusToken, "-"],
  [ts.SyntaxKind.AsteriskToken, "*"],
  [ts.SyntaxKind.SlashToken, "/"],
  [ts.SyntaxKind.PercentToken, "%"],
  [ts.SyntaxKind.AmpersandToken, "&"],
  [ts.SyntaxKind.BarToken, "|"],
  [ts.SyntaxKind.CaretToken, "^"],
  [ts.SyntaxKind.LessThanLessThanToken, "<<"],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, ">>"],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken, ">>>"],
  [ts.SyntaxKind.AsteriskAsteriskToken, "**"],
]);

export const COMPARISON: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "!="],
  [ts.SyntaxKind.LessThanToken, "<"],
  [ts.SyntaxKind.LessThanEqualsToken, "<="],
  [ts.SyntaxKind.GreaterThanToken, ">"],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">="],
]);

export function binary(fx: Fx, node: ts.BinaryExpression, expected: BType | undefined): Val {
  const kind = node.operatorToken.kind;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken) return logical(fx, node);
  if (kind === ts.SyntaxKind.QuestionQuestionToken) return coalesce(fx, node, expected);
  if (kind === ts.SyntaxKind.CommaToken)
    return fail(fx.cx, node, 1001, "The comma operator is not part of bare TypeScript.");
  if (kind === ts.SyntaxKind.EqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsToken) {
    return fail(fx.cx, node.operatorToken, 1001, "Write === or !== instead.");
  }
  const arithmetic = ARITHMETIC.get(kind);
  const comparison = COMPARISON.get(kind);
  if (!arithmetic && !comparison)
    return fail(
      fx.cx,
      node.operatorToken,
      1001,
      `The operator '${node.operatorToken.getText()}' is not part of bare TypeScript.`,
    );
  const hint = expected && (intOf(expected) || expected.kind === "float") ? expected : undefined;
  const isShift = arithmetic === "<<" || arithmetic === ">>" || arithmetic === ">>>";
  const holder: { left?: Val } = {};
  const [l, r] = inOrder(fx, [
    () => (holder.left = expression(fx, node.left, arithmetic ? hint : undefined)),
    () =>
      expression(fx, node.right, isShift ? undefined : rightHint(holder.left as Val, arithmetic ? hint : undefined)),
  ]) as [Val, Val];
  return arithmetic
    ? arithmeticOp(fx, node, arithmetic, isShift ? shifted(fx, node, l, r, hint) : l, r)
    : compare(fx, node, comparison as string, l, r);
}

/** What a constant on the right would become. */
export function rightHint(left: Val, hint: BType | undefined): BType | undefined {
  const int = intOf(left.type);
  return int ? (int.address ? U64 : int) : left.type.kind === "float" ? left.type : hint;
}

/** A constant shifted by a variable count takes its type from its place, or, for bigints, from a u64 count. */
export function shifted(fx: Fx, node: ts.Node, l: Val, r: Val, hint: BType | undefined): Val {
  if (l.type.kind !== "untyped" || r.type.kind === "untyped") return l;
  const type = hint && intOf(hint) ? hint : l.type.big && sameType(r.type, U64) ? U64 : undefined;
  return type ? coerce(fx, node, l, type) : l;
}

/** `- -x` must not become `--x`. */
export const operandOf = (sign: string, v: Val): string => (v.c.startsWith(sign) ? `(${v.c})` : wrap(v, UNARY));

export function unary(fx: Fx, node: ts.PrefixUnaryExpression, expected: BType | undefined): Val {
  const op = node.operator;
  if (op === ts.SyntaxKind.ExclamationToken) {
    const v = condition(fx, node.operand);
    if (typeof v.konst === "boolean") return constantVal(BOOL, !v.konst);
    return { ...v, c: `!${wrap(v, UNARY)}`, prec: UNARY };
  }
  const v = rvalue(fx, expression(fx, node.operand, expected));
  const sign =
    op === ts.SyntaxKind.MinusToken
      ? "-"
      : op === ts.SyntaxKind.TildeToken
        ? "~"
        : op === ts.SyntaxKind.PlusToken
          ? "+"
          : undefined;
  if (!sign) return fail(fx.cx, node, 1001, "The operator is not part of bare TypeScript.");
  if (v.type.kind === "untyped" && isNumber(v.konst)) {
    if (sign === "~" && typeof v.konst !== "bigint") return fail(fx.cx, node, 1110, "`~` needs a whole number.");
    const value =
      sign === "-" ? (v.konst === 0n && !v.type.big ? 0n : -v.konst) : sign === "~" ? ~(v.konst as bigint) : v.konst;
    return { ...untypedVal(value, v.type.big), complemented: sign === "~" };
  }
  const int = intOf(v.type);
  if (v.type.kind === "float" && sign !== "~") {
    if (isNumber(v.konst)) return constantVal(v.type, sign === "-" ? -Number(v.konst) : Number(v.konst));
    return { ...v, c: sign === "+" ? v.c : `-${operandOf("-", v)}`, prec: UNARY };
  }
  if (!int || int.address) return fail(fx.cx, node, 1103, `'${sign}' does not work on '${typeName(v.type)}'.`);
  if (sign === "+") return v;
  if (typeof v.konst === "bigint") return constantVal(int, wrapTo(int, sign === "-" ? -v.konst : ~v.konst));
  const c = `${sign}${operandOf(sign, v)}`;
  return int.bits < 32
    ? { ...v, c: `(${cType(fx.cx.types, int)})${c}`, prec: UNARY, type: int }
    : { ...v, c, prec: UNARY, type: int };
}
