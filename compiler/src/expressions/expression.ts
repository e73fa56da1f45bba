// The one entry for expressions: dispatch on the syntax node, identifiers and literals.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import {
  constantVal,
  integerLiteral,
  isAssignment,
  isConstantDeclaration,
  normalise,
  untypedVal,
} from "../constants.ts";
import { fail, isPreludeNode, symbolOf } from "../context.ts";
import { functionValue, staticOf } from "../declarations.ts";
import { Recover } from "../diagnostics.ts";
import { type Fx, newFx } from "../function-context.ts";
import { liftFunction } from "../functions.ts";
import { cString } from "../strings.ts";
import { resolveType } from "../type-nodes.ts";
import { BOOL, type BType, isPlaceType, NULL, STRING, storageType, VOID } from "../types.ts";
import { deref, LOCAL, MEMORY, makeVal, NOTHING, rvalue, type Val } from "../values.ts";
import { asmExpression } from "./asm.ts";
import { assignment, increment } from "./assignment.ts";
import { call } from "./calls.ts";
import { conditional } from "./choice.ts";
import { template } from "./format.ts";
import { newObject, objectValue } from "./literals.ts";
import { elementAccess, propertyAccess } from "./members.ts";
import { binary, unary } from "./operators.ts";

/** Compiles an expression. The result may be a place; `value` reads it. */
export function expression(fx: Fx, node: ts.Expression, expected?: BType): Val {
  const special = fx.cx.profile.expression?.(fx, node, expected);
  if (special) return special;
  if (ts.isParenthesizedExpression(node)) return expression(fx, node.expression, expected);
  if (ts.isIdentifier(node)) return identifier(fx, node);
  if (ts.isNumericLiteral(node)) {
    const value = integerLiteral(node);
    return untypedVal(typeof value === "number" ? normalise(value) : value, false);
  }
  if (ts.isBigIntLiteral(node)) return untypedVal(integerLiteral(node), true);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return stringVal(node.text);
  if (ts.isBinaryExpression(node))
    return isAssignment(node.operatorToken.kind) ? assignment(fx, node) : binary(fx, node, expected);
  if (ts.isCallExpression(node)) return call(fx, node, expected);
  if (ts.isPropertyAccessExpression(node)) return propertyAccess(fx, node);
  if (ts.isElementAccessExpression(node)) return elementAccess(fx, node);
  if (ts.isPrefixUnaryExpression(node)) return prefix(fx, node, expected);
  if (ts.isPostfixUnaryExpression(node))
    return increment(fx, node, node.operand, node.operator === ts.SyntaxKind.PlusPlusToken ? "+" : "-", true);
  if (ts.isConditionalExpression(node)) return conditional(fx, node, expected);
  if (ts.isObjectLiteralExpression(node)) return objectValue(fx, node, expected);
  if (ts.isNewExpression(node)) return newObject(fx, node);
  if (ts.isTemplateExpression(node)) return template(fx, node);
  if (ts.isTaggedTemplateExpression(node)) return asmExpression(fx, node);
  return remaining(fx, node, expected);
}

function remaining(fx: Fx, node: ts.Expression, expected: BType | undefined): Val {
  switch (node.kind) {
    case ts.SyntaxKind.TrueKeyword:
    case ts.SyntaxKind.FalseKeyword:
      return constantVal(BOOL, node.kind === ts.SyntaxKind.TrueKeyword);
    case ts.SyntaxKind.NullKeyword:
      return makeVal("NULL", NULL, { link: true });
    case ts.SyntaxKind.ThisKeyword:
      return thisValue(fx, node);
  }
  if (ts.isSatisfiesExpression(node)) return expression(fx, node.expression, expected);
  if (ts.isAsExpression(node)) return asExpression(fx, node, expected);
  if (ts.isNonNullExpression(node)) return nonNull(fx, node, expected);
  if (ts.isVoidExpression(node)) {
    const v = rvalue(fx, expression(fx, node.expression));
    if (v.type.kind === "void" || v.type.kind === "never") return v;
    return { ...v, c: `(void)(${v.c})`, type: VOID, konst: undefined };
  }
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return liftFunction(fx, node);
  return fail(fx.cx, node, 1001, `This expression (${ts.SyntaxKind[node.kind]}) is not part of bare TypeScript.`);
}

/** Compiles an expression to a value of the given type. */
export function value(fx: Fx, node: ts.Expression, type: BType): Val {
  return coerce(fx, node, expression(fx, node, type), type);
}

export function stringVal(text: string): Val {
  return makeVal(`BT_STR(${cString(text)})`, STRING, { konst: text });
}

function thisValue(fx: Fx, node: ts.Expression): Val {
  const owner = fx.instance?.owner;
  if (!owner) return fail(fx.cx, node, 1111, "`this` exists in methods only.");
  return deref(makeVal("this", { kind: "ptr", to: { kind: "class", cls: owner }, nullable: false }), {
    kind: "class",
    cls: owner,
  });
}

function prefix(fx: Fx, node: ts.PrefixUnaryExpression, expected: BType | undefined): Val {
  if (node.operator === ts.SyntaxKind.PlusPlusToken) return increment(fx, node, node.operand, "+", false);
  if (node.operator === ts.SyntaxKind.MinusMinusToken) return increment(fx, node, node.operand, "-", false);
  return unary(fx, node, expected);
}

function asExpression(fx: Fx, node: ts.AsExpression, expected: BType | undefined): Val {
  if (ts.isConstTypeReference(node.type)) return expression(fx, node.expression, expected);
  const type = resolveType(fx.cx, node.type, fx.env);
  if ((type.kind === "ptr" || type.kind === "fn") && type.nullable)
    return coerce(fx, node, expression(fx, node.expression, type), type);
  return fail(
    fx.cx,
    node.type,
    1001,
    "`as` does not convert; write the conversion as a call, for example u32(x) or castPtr<T>(p).",
  );
}

function nonNull(fx: Fx, node: ts.NonNullExpression, expected: BType | undefined): Val {
  const v = expression(fx, node.expression, expected);
  if (v.type.kind !== "ptr" && v.type.kind !== "fn") return v;
  const pointer = rvalue(fx, v);
  const type = { ...v.type, nullable: false };
  if (!fx.cx.options.checked) return { ...pointer, type };
  return { ...pointer, c: `BT_NOT_NULL(${pointer.c})`, prec: 3, type };
}

function identifier(fx: Fx, node: ts.Identifier): Val {
  const symbol = symbolOf(fx.cx, node);
  if (!symbol) return fail(fx.cx, node, 1111, `'${node.text}' is not known.`);
  const local = fx.locals.get(symbol);
  if (local) {
    if (local.type.kind === "error") throw new Recover();
    const pointerReads = local.mutable ? (local.escapes ? MEMORY : LOCAL) : NOTHING;
    if (isPlaceType(local.type)) {
      if (local.inPlace) return makeVal(local.cName, local.type, { place: true, onStack: true, scope: local.depth });
      return {
        ...deref(makeVal(local.cName, storageType(local.type), { reads: pointerReads }), local.type),
        onStack: local.holds !== undefined,
      };
    }
    const placeReads = local.escapes ? MEMORY : local.mutable ? LOCAL : NOTHING;
    const { cName, type, depth, holds } = local;
    return makeVal(cName, type, { place: true, placeReads, onStack: true, scope: depth, holds });
  }
  const decl = symbol.valueDeclaration ?? symbol.declarations?.[0];
  if (!decl) return fail(fx.cx, node, 1111, `'${node.text}' is not known.`);
  if (ts.isFunctionDeclaration(decl)) return functionValue(fx, node, decl);
  if (ts.isVariableDeclaration(decl)) return variable(fx, node, symbol, decl);
  if (ts.isParameter(decl))
    return fail(
      fx.cx,
      node,
      1108,
      `'${node.text}' belongs to the function around; nested functions do not capture variables.`,
    );
  if (isPreludeNode(decl)) return fail(fx.cx, node, 1111, `'${node.text}' cannot be used as a value.`);
  return fail(fx.cx, node, 1111, `'${node.text}' cannot be used as a value.`);
}

function variable(fx: Fx, node: ts.Identifier, symbol: ts.Symbol, decl: ts.VariableDeclaration): Val {
  const constant = constantOfDeclaration(fx, symbol, decl);
  if (constant) return constant;
  const isModuleLevel = ts.isVariableStatement(decl.parent.parent) && ts.isSourceFile(decl.parent.parent.parent);
  if (!isModuleLevel)
    return fail(
      fx.cx,
      node,
      1108,
      `'${node.text}' belongs to the function around; nested functions do not capture variables.`,
    );
  return staticPlace(fx, node, decl);
}

/** A place for a module-level variable. */
function staticPlace(fx: Fx, node: ts.Identifier, decl: ts.VariableDeclaration): Val {
  const item = staticOf(fx.cx, decl, node);
  const isConst = (ts.getCombinedNodeFlags(decl) & ts.NodeFlags.Const) !== 0;
  const base: Partial<Val> = {
    place: true,
    placeReads: isConst && !isPlaceType(item.type) ? NOTHING : MEMORY,
    readOnly: isConst && !isPlaceType(item.type) ? `'${node.text}' is a constant.` : undefined,
    link: true,
    symbol: item.cName,
  };
  if (item.perCpuOffset === undefined)
    return makeVal(fx.cx.profile.staticAccess?.(fx, node, item) ?? item.cName, item.type, base);
  return makeVal(`bt_percpu_gs->${item.cName}`, item.type, {
    ...base,
    link: false,
    perCpu: item.cName,
    perCpuOffset: item.perCpuOffset,
  });
}

/** The value of a `const` whose initialiser is a compile-time constant, of scalar type. */
export function constantOfDeclaration(fx: Fx, symbol: ts.Symbol, decl: ts.VariableDeclaration): Val | undefined {
  const { cx } = fx;
  if (isPreludeNode(decl) || !decl.initializer || !isConstantDeclaration(cx, decl)) return undefined;
  const known = cx.constants.get(symbol);
  if (known === "busy") return fail(cx, decl, 1110, `'${symbol.name}' is defined in terms of itself.`);
  if (known) return known;
  cx.constants.set(symbol, "busy");
  try {
    const type = decl.type && !isConstAssertion(decl.initializer) ? resolveType(cx, decl.type, fx.env) : undefined;
    const sub = newFx(cx, fx.env, undefined);
    const raw = expression(sub, decl.initializer, type);
    const v = type ? coerce(sub, decl.initializer, raw, type) : raw;
    if (v.konst === undefined)
      return fail(cx, decl.initializer, 1110, `'${symbol.name}' is not a compile-time constant of a scalar type.`);
    // Inside of a generic the value may differ from instance to instance: `const size = sizeOf<T>()`.
    if (fx.env.size > 0) cx.constants.delete(symbol);
    else cx.constants.set(symbol, v);
    return v;
  } catch (error) {
    cx.constants.delete(symbol);
    throw error;
  }
}

const isConstAssertion = (node: ts.Expression): boolean =>
  ts.isAsExpression(node) && ts.isConstTypeReference(node.type);
