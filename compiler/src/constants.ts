// Compile-time values. Literals and constants made of literals are exact (bigint, or number where there is a fraction) and
// have no type until they meet one; typed constants wrap as the machine does.

import ts from "typescript";
import { type Cx, declarationSymbol, fail, isPreludeNode, symbolOf } from "./context.ts";
import { expression } from "./expressions/expression.ts";
import { newFx } from "./function-context.ts";
import { usageOf } from "./functions.ts";
import { type BType, type FloatType, INT_TYPES, type IntType, intOf, maxOf, minOf, type TypeEnv } from "./types.ts";
import { type Constant, makeVal, PRIMARY, UNARY, type Val } from "./values.ts";

const CONSTANT_CALLS = new Set([
  "sizeOf",
  "alignOf",
  "offsetOf",
  "percpuOffset",
  "percpuSize",
  "countLeadingZeros",
  "countTrailingZeros",
  "popCount",
]);

/** Whether the value of an expression is known at compile time, judged by its form. */
export function isConstantExpression(cx: Cx, node: ts.Expression): boolean {
  const sub = (n: ts.Expression): boolean => isConstantExpression(cx, n);
  if (
    ts.isNumericLiteral(node) ||
    ts.isBigIntLiteral(node) ||
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node)
  )
    return true;
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return true;
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node))
    return sub(node.expression);
  if (ts.isPrefixUnaryExpression(node)) {
    return (
      node.operator !== ts.SyntaxKind.PlusPlusToken &&
      node.operator !== ts.SyntaxKind.MinusMinusToken &&
      sub(node.operand)
    );
  }
  if (ts.isBinaryExpression(node)) return !isAssignment(node.operatorToken.kind) && sub(node.left) && sub(node.right);
  if (ts.isConditionalExpression(node)) return sub(node.condition) && sub(node.whenTrue) && sub(node.whenFalse);
  if (ts.isIdentifier(node)) {
    const decl = symbolOf(cx, node)?.valueDeclaration;
    return decl !== undefined && ts.isVariableDeclaration(decl) && isConstantDeclaration(cx, decl);
  }
  if (ts.isPropertyAccessExpression(node)) {
    const decl = symbolOf(cx, node)?.valueDeclaration;
    if (decl && ts.isEnumMember(decl)) return true;
    return (node.name.text === "MIN" || node.name.text === "MAX") && INT_TYPES.has(node.expression.getText());
  }
  if (ts.isCallExpression(node)) return isConstantCall(cx, node);
  return false;
}

function isConstantCall(cx: Cx, node: ts.CallExpression): boolean {
  const callee =
    ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "wrap"
      ? node.expression.expression
      : node.expression;
  if (!ts.isIdentifier(callee)) return false;
  const decl = symbolOf(cx, callee)?.declarations?.[0];
  if (!decl || !isPreludeNode(decl)) return false;
  if (CONSTANT_CALLS.has(callee.text) && callee.text.endsWith("f")) return true;
  if (callee.text === "percpuOffset" || callee.text === "percpuSize") return true;
  if (!INT_TYPES.has(callee.text) && !CONSTANT_CALLS.has(callee.text) && callee.text !== "f32" && callee.text !== "f64")
    return false;
  return node.arguments.every((a) => isConstantExpression(cx, a));
}

export function isConstantDeclaration(cx: Cx, decl: ts.VariableDeclaration): boolean {
  if (!(ts.getCombinedNodeFlags(decl) & ts.NodeFlags.Const) || !decl.initializer) return false;
  const known = cx.constantForm.get(decl);
  if (known !== undefined) return known;
  cx.constantForm.set(decl, false);
  // A local whose address is taken may be written through it: nothing may be computed from its initialiser.
  const result = isConstantExpression(cx, decl.initializer) && !isAddressedLocal(cx, decl);
  cx.constantForm.set(decl, result);
  return result;
}

const addressed = new WeakMap<ts.SourceFile, ReadonlySet<ts.Symbol>>();

function isAddressedLocal(cx: Cx, decl: ts.VariableDeclaration): boolean {
  if (ts.isSourceFile(decl.parent.parent.parent)) return false;
  const file = decl.getSourceFile();
  const known = addressed.get(file) ?? usageOf(cx, file).addressed;
  addressed.set(file, known);
  return known.has(declarationSymbol(cx, decl));
}

export function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** The value of a constant expression; an error if it is none. */
export function constantOf(cx: Cx, node: ts.Expression, env: TypeEnv, expected?: BType): Constant {
  const v = expression(newFx(cx, env, undefined), node, expected);
  if (v.konst === undefined) return fail(cx, node, 1110, "The expression must be a compile-time constant.");
  return v.konst;
}

export function integerLiteral(node: ts.NumericLiteral | ts.BigIntLiteral): bigint | number {
  const text = node.getText().replace(/_/g, "").replace(/n$/, "");
  return /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)$/.test(text) ? BigInt(text) : Number(text);
}

/** Keeps whole numbers exact. */
export const normalise = (value: number): bigint | number =>
  Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;

export function constantC(type: BType, value: Constant): { c: string; prec: number } {
  if (type.kind === "bool") return { c: value ? "true" : "false", prec: PRIMARY };
  if (type.kind === "float") return floatC(type, Number(value));
  const int = intOf(type);
  if (!int || typeof value !== "bigint") throw new Error("not a constant type");
  return integerC(int, value);
}

function integerC(t: IntType, value: bigint): { c: string; prec: number } {
  const suffix = `${t.signed ? "" : "u"}${t.bits === 64 ? "ll" : ""}`;
  const magnitude = value < 0n ? -value : value;
  const digits = !t.signed && magnitude >= 0x1000n ? `0x${magnitude.toString(16)}` : magnitude.toString();
  if (value === minOf(t) && t.signed && t.bits >= 32) return { c: `-${magnitude - 1n}${suffix} - 1`, prec: 0 };
  if (value < 0n) return { c: `-${digits}${suffix}`, prec: UNARY };
  return { c: `${digits}${suffix}`, prec: PRIMARY };
}

function floatC(t: FloatType, value: number): { c: string; prec: number } {
  const suffix = t.bits === 32 ? "f" : "";
  if (Number.isNaN(value)) return { c: `__builtin_nan${suffix}("")`, prec: PRIMARY };
  if (!Number.isFinite(value)) return { c: `${value < 0 ? "-" : ""}__builtin_inf${suffix}()`, prec: UNARY };
  const text = Object.is(value, -0) ? "-0" : String(value);
  return { c: `${/[.e]/.test(text) ? text : `${text}.0`}${suffix}`, prec: text.startsWith("-") ? UNARY : PRIMARY };
}

export function constantVal(type: BType, value: Constant): Val {
  const { c, prec } = constantC(type, value);
  return makeVal(c, type, { prec, konst: value });
}

export function untypedVal(value: bigint | number, big: boolean): Val {
  return makeVal(String(value), { kind: "untyped", big }, { konst: value });
}

export const fits = (t: IntType, value: bigint): boolean => minOf(t) <= value && value <= maxOf(t);
