// What keeps its value while a loop runs, judged by the syntax of the loop: numbers and references that nothing in it assigns.
//
// Other threads are not considered: a program in which one thread reads a plain variable while another changes it has no defined
// result here, as in C.

import ts from "typescript";
import { isConstantDeclaration } from "../constants.ts";
import { symbolOf } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { capture, type Fx } from "../function-context.ts";
import { usageOf } from "../functions.ts";
import { type BType, isPlaceType } from "../types.ts";
import { rvalue, type Val } from "../values.ts";
import { globalName } from "./globals.ts";
import { isTyped } from "./types.ts";

/** What a loop changes. */
export interface LoopFacts {
  readonly node: ts.IterationStatement;
  readonly assigned: ReadonlySet<ts.Symbol>;
  readonly assignedFields: ReadonlySet<string>;
  /** It calls functions that may change module-level variables and fields. */
  readonly calls: boolean;
  /** It contains another loop. */
  readonly nests: boolean;
}

const PURE_MATH = new Set(["abs", "ceil", "floor", "max", "min", "round", "sqrt", "trunc"]);

export function loopFacts(fx: Fx, node: ts.IterationStatement): LoopFacts {
  const assignedFields = new Set<string>();
  let calls = false;
  let nests = false;
  const field = (target: ts.Expression): void => {
    if (ts.isPropertyAccessExpression(target)) assignedFields.add(target.name.text);
  };
  const visit = (n: ts.Node): void => {
    if (ts.isIterationStatement(n, false)) nests = true;
    if (ts.isNewExpression(n)) calls = true;
    if (ts.isCallExpression(n) && !isMathCall(fx, n)) calls = true;
    if (ts.isBinaryExpression(n) && isAssignment(n.operatorToken.kind)) field(n.left);
    if (ts.isPrefixUnaryExpression(n) || ts.isPostfixUnaryExpression(n)) field(n.operand);
    ts.forEachChild(n, visit);
  };
  ts.forEachChild(node, visit);
  return { node, assigned: usageOf(fx.cx, node).assigned, assignedFields, calls, nests };
}

const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

const isMathCall = (fx: Fx, node: ts.CallExpression): boolean =>
  ts.isPropertyAccessExpression(node.expression) && globalName(fx, node.expression.expression) === "Math";

/** Whether the variable, and so what it refers to, stays the same. */
function isFixedVariable(fx: Fx, facts: LoopFacts, node: ts.Identifier): boolean {
  const symbol = symbolOf(fx.cx, node);
  const decl = symbol?.valueDeclaration;
  if (!symbol || !decl || facts.assigned.has(symbol)) return false;
  if (decl.getSourceFile() === facts.node.getSourceFile() && decl.pos >= facts.node.pos && decl.end <= facts.node.end)
    return false;
  const local = fx.locals.get(symbol);
  if (local) return !local.escapes && local.type.kind !== "error";
  if (!ts.isVariableDeclaration(decl)) return false;
  const isConst = (ts.getCombinedNodeFlags(decl) & ts.NodeFlags.Const) !== 0;
  return isConst || !facts.calls;
}

/** `this`, variables, and fields of objects that are certain to exist. */
export function isFixedReference(fx: Fx, facts: LoopFacts, node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node)) return isFixedReference(fx, facts, node.expression);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return true;
  if (ts.isIdentifier(node)) return isFixedVariable(fx, facts, node);
  return ts.isPropertyAccessExpression(node) && isFixedField(fx, facts, node);
}

function isFixedField(fx: Fx, facts: LoopFacts, node: ts.PropertyAccessExpression): boolean {
  if (facts.calls || facts.assignedFields.has(node.name.text)) return false;
  if (!isFixedReference(fx, facts, node.expression)) return false;
  // Read before the loop: the object must exist even if the loop would find out first that it does not.
  const type = typeIn(fx, node.expression);
  return type?.kind === "ptr" && !type.nullable && type.to.kind === "class" && isRoot(node.expression);
}

/** Of longer chains the middle could be undefined where it is not initialised yet. */
const isRoot = (node: ts.Expression): boolean => node.kind === ts.SyntaxKind.ThisKeyword || ts.isIdentifier(node);

function typeIn(fx: Fx, node: ts.Expression): BType | undefined {
  const v = valueIn(fx, node);
  if (!v) return undefined;
  return isPlaceType(v.type) ? { kind: "ptr", to: v.type, nullable: false } : v.type;
}

/** The value, if it needs no statements of its own. */
export function valueIn(fx: Fx, node: ts.Expression): Val | undefined {
  const { lines, value } = capture(fx, () => rvalue(fx, expression(fx, node)));
  return lines.length === 0 ? value : undefined;
}

const ARITHMETIC = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
]);

/** A number that is the same in all turns, and whose evaluation changes nothing. */
export function isFixedNumber(fx: Fx, facts: LoopFacts, node: ts.Expression): boolean {
  const go = (n: ts.Expression): boolean => isFixedNumber(fx, facts, n);
  if (ts.isNumericLiteral(node)) return true;
  if (ts.isParenthesizedExpression(node)) return go(node.expression);
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.MinusToken && go(node.operand);
  if (ts.isBinaryExpression(node)) return ARITHMETIC.has(node.operatorToken.kind) && go(node.left) && go(node.right);
  if (ts.isIdentifier(node)) return isConstant(fx, node) || (isFixedVariable(fx, facts, node) && isNumber(fx, node));
  if (ts.isCallExpression(node))
    return (
      ts.isPropertyAccessExpression(node.expression) &&
      globalName(fx, node.expression.expression) === "Math" &&
      PURE_MATH.has(node.expression.name.text) &&
      node.arguments.every(go)
    );
  if (!ts.isPropertyAccessExpression(node)) return false;
  if (node.name.text === "length" && isFixedReference(fx, facts, node.expression)) {
    const type = typeIn(fx, node.expression);
    if (type && isTyped(type)) return ts.isIdentifier(node.expression);
  }
  return isFixedField(fx, facts, node) && isNumber(fx, node);
}

function isConstant(fx: Fx, node: ts.Identifier): boolean {
  const decl = symbolOf(fx.cx, node)?.valueDeclaration;
  return (
    decl !== undefined && ts.isVariableDeclaration(decl) && isConstantDeclaration(fx.cx, decl) && isNumber(fx, node)
  );
}

function isNumber(fx: Fx, node: ts.Expression): boolean {
  const type = typeIn(fx, node);
  return type !== undefined && ((type.kind === "float" && type.bits === 64) || (type.kind === "untyped" && !type.big));
}
