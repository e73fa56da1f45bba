// Assignments, compound assignments, ++ and --.

import ts from "typescript";
import { cast, coerce } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import { fail, symbolOf } from "../context.ts";
import { emit, type Fx } from "../function-context.ts";
import { type BitRange, type BType, intOf, isPlaceType, storageType, typeName, U64 } from "../types.ts";
import {
  inOrder,
  LOCAL,
  LOW,
  MEMORY,
  makeVal,
  NOTHING,
  named,
  rvalue,
  spill,
  spillPlace,
  UNARY,
  type Val,
  wrap,
} from "../values.ts";
import { arithmeticOp } from "./arithmetic.ts";
import { expression } from "./expression.ts";
import { aggregate, storeAggregate, stripped } from "./literals.ts";

const COMPOUND: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.PlusEqualsToken, "+"],
  [ts.SyntaxKind.MinusEqualsToken, "-"],
  [ts.SyntaxKind.AsteriskEqualsToken, "*"],
  [ts.SyntaxKind.AsteriskAsteriskEqualsToken, "**"],
  [ts.SyntaxKind.SlashEqualsToken, "/"],
  [ts.SyntaxKind.PercentEqualsToken, "%"],
  [ts.SyntaxKind.AmpersandEqualsToken, "&"],
  [ts.SyntaxKind.BarEqualsToken, "|"],
  [ts.SyntaxKind.CaretEqualsToken, "^"],
  [ts.SyntaxKind.LessThanLessThanEqualsToken, "<<"],
  [ts.SyntaxKind.GreaterThanGreaterThanEqualsToken, ">>"],
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken, ">>>"],
]);

export function assignment(fx: Fx, node: ts.BinaryExpression): Val {
  const kind = node.operatorToken.kind;
  if (kind === ts.SyntaxKind.EqualsToken) return simple(fx, node);
  const op = COMPOUND.get(kind);
  if (!op)
    return fail(fx.cx, node.operatorToken, 1001, `'${node.operatorToken.getText()}' is not part of bare TypeScript.`);
  const holder: { target?: Val } = {};
  const [target, old, right] = inOrder(fx, [
    { make: () => (holder.target = stableTarget(fx, node.left)), target: true },
    () => holder.target as Val,
    () => expression(fx, node.right, (holder.target as Val).type),
  ]) as [Val, Val, Val];
  return update(fx, node, target, old, op, right, false);
}

/** A target whose address has no effects, so that reading and writing it are two plain accesses. */
function stableTarget(fx: Fx, node: ts.Expression): Val {
  const target = targetPlace(fx, node);
  if (isPlaceType(target.type)) return fail(fx.cx, node, 1103, `A '${typeName(target.type)}' is not a number.`);
  return target.effects !== NOTHING ? spillPlace(fx, target) : target;
}

export function increment(fx: Fx, node: ts.Node, operand: ts.Expression, op: "+" | "-", postfix: boolean): Val {
  const target = stableTarget(fx, operand);
  const one = constantVal(
    target.type.kind === "float"
      ? target.type
      : intOf(target.type)?.address
        ? U64
        : (intOf(target.type) ?? target.type),
    target.type.kind === "float" ? 1 : 1n,
  );
  return update(fx, node, target, rvalue(fx, target), op, one, postfix);
}

/** The place that an assignment changes. */
export function targetPlace(fx: Fx, node: ts.Expression): Val {
  const v = expression(fx, node);
  if (!v.place) return fail(fx.cx, node, 1106, "Only a variable, field or element can be assigned.");
  if (v.readOnly) return fail(fx.cx, node, 1106, v.readOnly);
  return v;
}

const effectOf = (target: Val): number =>
  target.placeReads === LOCAL ? LOCAL : target.placeReads === NOTHING ? LOCAL : MEMORY;

/** `target = old op right`; `old` is the target's value, read before `right` was evaluated. */
function update(fx: Fx, node: ts.Node, target: Val, old: Val, op: string, right: Val, postfix: boolean): Val {
  const statement = isStatement(node);
  const before = postfix && !statement ? spill(fx, { ...old, reads: old.reads | MEMORY }) : old;
  const result = arithmeticOp(fx, node, op, before, right);
  const stored = widthOf(fx, node, result, target.type);
  const c = storeC(fx, target, stored, op, before.c === rvalue(fx, target).c ? right : undefined);
  if (statement)
    return makeVal(c, target.type, { prec: LOW, reads: ALL_READS, effects: effectOf(target) | right.effects });
  // As an operand of something larger an assignment is a statement of its own: C leaves the order of such effects open.
  emit(fx, `${c};`);
  return postfix ? before : rvalue(fx, target);
}

const ALL_READS = LOCAL | MEMORY;

/** `x += y` where both have the width of x: the form that a reader expects. */
function widthOf(fx: Fx, node: ts.Node, result: Val, to: BType): Val {
  if (result.type.kind === "int" && result.type === U64 && intOf(to)?.address) return cast(fx, result, to);
  return coerce(fx, node, result, to);
}

function storeC(fx: Fx, target: Val, stored: Val, op: string, right: Val | undefined): string {
  const int = intOf(target.type);
  const compact =
    right !== undefined &&
    !target.bits &&
    int &&
    ("+-&|^".includes(op) || (op === "*" && int.bits >= 32)) &&
    (right.type.kind !== "untyped" || right.konst !== undefined);
  if (!compact || !right) return assignC(fx, target, stored);
  const text =
    right.type.kind === "untyped" ? coerce(fx, fx.node as ts.Node, right, int.address ? U64 : target.type).c : right.c;
  return `${target.c} ${op}= ${text}`;
}

/** The C text that stores a value; bit-fields are inserted into their unit. */
export function assignC(_fx: Fx, target: Val, v: Val): string {
  if (!target.bits) return `${target.c} = ${v.c}`;
  const { low, width } = target.bits;
  const mask = (((1n << BigInt(width)) - 1n) << BigInt(low)).toString(16);
  const int = intOf(target.type);
  const type = int ? int.name : "u8";
  const unsigned = int?.bits === 64 ? "u64" : "u32";
  const suffix = int?.bits === 64 ? "ull" : "u";
  return `${target.c} = (${type})((${target.c} & ~0x${mask}${suffix}) | (((${unsigned})${wrap(v, UNARY)} << ${low}) & 0x${mask}${suffix}))`;
}

const isStatement = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node.parent) ||
  (ts.isForStatement(node.parent) && (node.parent.incrementor === node || node.parent.initializer === node));

function simple(fx: Fx, node: ts.BinaryExpression): Val {
  if (ts.isObjectLiteralExpression(node.left) || ts.isArrayLiteralExpression(node.left))
    return fail(fx.cx, node.left, 1001, "Destructuring is not part of bare TypeScript.");
  const rebind = localReference(fx, node);
  if (rebind) return rebind;
  const holder: { target?: Val } = {};
  const [target, right] = inOrder(fx, [
    { make: () => (holder.target = targetPlace(fx, node.left)), target: true },
    () => assignedValue(fx, node, (holder.target as Val).type),
  ]) as [Val, Val];
  checkBits(fx, node.right, target.bits, right);
  checkScope(fx, node.right, right, target.scope ?? Number.POSITIVE_INFINITY);
  if (fx.cx.profile.name === "bare" && !target.onStack && isForeign(fx, node.left))
    checkOutlives(fx, node.right, right);
  const c =
    target.type.kind === "class" || target.type.kind === "array"
      ? storeAggregate(fx, target, right)
      : assignC(fx, target, right);
  if (!isStatement(node)) {
    const kept = isPlaceType(target.type) ? target : named(fx, right);
    emit(fx, `${kept === target ? c : assignC(fx, target, kept)};`);
    return kept;
  }
  return makeVal(c, target.type, {
    prec: LOW,
    reads: ALL_READS,
    effects: effectOf(target) | right.effects | target.effects,
  });
}

/** A constant that does not fit its bit-field is a mistake; other values keep their low bits. */
export function checkBits(fx: Fx, node: ts.Node, bits: BitRange | undefined, v: Val): void {
  if (bits && typeof v.konst === "bigint" && v.konst >> BigInt(bits.width) !== 0n) {
    fail(fx.cx, node, 1102, `The constant ${v.konst} does not fit ${bits.width} bit(s).`);
  }
}

/** A pointer to an object of an inner block must not be kept by a variable of an outer one. */
function checkScope(fx: Fx, node: ts.Node, v: Val, depth: number): void {
  const points = v.type.kind === "ptr" || isPlaceType(v.type);
  if (points && v.scope !== undefined && v.scope > depth) {
    fail(
      fx.cx,
      node,
      1109,
      "The object ends with its block, before the variable that would refer to it; declare it further out.",
    );
  }
}

/** What lives on the stack must not be reachable from what stays when the function returns. */
export function checkOutlives(fx: Fx, node: ts.Node, v: Val): void {
  const isText = v.type.kind === "string";
  // Texts of the application profile do not live on the stack.
  if (isText && fx.cx.profile.name !== "bare") return;
  if (!v.onStack || !(isText || isPlaceType(v.type) || v.type.kind === "ptr" || v.type.kind === "slice")) return;
  const what = isText ? "text" : "object";
  fail(fx.cx, node, 1109, `The ${what} lives on the stack of this function; let the caller pass the place for it.`);
}

/** Whether the target is known to outlive the function: it is reached from a static variable, a parameter or `this`. */
function isForeign(fx: Fx, target: ts.Expression): boolean {
  let at = stripped(target);
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isNonNullExpression(at))
    at = stripped(at.expression);
  if (at.kind === ts.SyntaxKind.ThisKeyword) return true;
  const symbol = ts.isIdentifier(at) ? symbolOf(fx.cx, at) : undefined;
  const decl = symbol?.valueDeclaration;
  if (!symbol || !decl) return false;
  if (ts.isParameter(decl)) return !fx.assigned.has(symbol);
  return ts.isVariableDeclaration(decl) && !fx.locals.has(symbol);
}

/** Into a place of class or array type only a new object may be stored; anything else would be a silent copy. */
function assignedValue(fx: Fx, node: ts.BinaryExpression, type: BType): Val {
  if (type.kind === "atomic" || type.kind === "cell")
    return fail(fx.cx, node, 1105, `A '${typeName(type)}' is written through its methods.`);
  if (!isPlaceType(type)) return coerce(fx, node.right, expression(fx, node.right, type), type);
  const init = aggregate(fx, stripped(node.right), type);
  if (init) return init;
  return fail(fx.cx, node, 1105, `This would copy a '${typeName(type)}'; write copy(destination, source).`);
}

/** `reference = other` where the variable is a reference to an object. */
function localReference(fx: Fx, node: ts.BinaryExpression): Val | undefined {
  if (!ts.isIdentifier(node.left)) return undefined;
  const symbol = symbolOf(fx.cx, node.left);
  const local = symbol ? fx.locals.get(symbol) : undefined;
  if (!local || !isPlaceType(local.type)) return undefined;
  if (local.inPlace)
    return fail(fx.cx, node, 1105, `'${node.left.text}' is the object itself; write copy(${node.left.text}, source).`);
  const right = coerce(
    fx,
    node.right,
    coerce(fx, node.right, expression(fx, node.right, local.type), local.type),
    storageType(local.type),
  );
  checkScope(fx, node.right, right, local.depth ?? Number.POSITIVE_INFINITY);
  if (!isStatement(node)) return fail(fx.cx, node, 1001, "Rebinding a reference is a statement of its own.");
  return makeVal(`${local.cName} = ${right.c}`, local.type, {
    prec: LOW,
    reads: ALL_READS,
    effects: LOCAL | right.effects,
  });
}
