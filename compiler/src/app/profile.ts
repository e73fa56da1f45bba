// The application profile: JavaScript's strings, arrays, maps, classes and console on the bare compiler. compiler/std/app.d.ts
// says what exists; docs/application-profile.md is the manual.

import path from "node:path";
import ts from "typescript";
import { cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { untypedVal } from "../constants.ts";
import type { Cx } from "../context.ts";
import { fail, isPreludeNode, symbolOf } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { capture, type Fx, replay } from "../function-context.ts";
import type { Profile } from "../profile.ts";
import { STD_FOLDER } from "../program.ts";
import { type BType, F64, ptrTo, U16 } from "../types.ts";
import { inOrder, MEMORY, makeVal, PRIMARY, rvalue, UNARY, type Val, wrap } from "../values.ts";
import { elementAssignment, elementIncrement, elementRead, stripParentheses } from "./elements.ts";
import {
  discardingBody,
  genericArgument,
  isLambda,
  lambda,
  missingArgument,
  parameterTypeApp,
  resultTypeApp,
  settled,
} from "./functions.ts";
import { ambientCall, environment, globalCall, globalIdentifier, globalMember, globalName } from "./globals.ts";
import { methodCallApp } from "./methods.ts";
import { arrayLiteral, fields, initialiserBody, isReference, newApp, objectLiteral } from "./objects.ts";
import { binaryApp, coalesceApp } from "./operators.ts";
import { moduleBody, roots, staticAccess, staticText, staticType } from "./program.ts";
import { callRuntime, isRuntimeFile, RUNTIME_MODULES } from "./runtime.ts";
import { forOfApp, statementApp } from "./statements.ts";
import { presentC, templateText, textLiteral, unwrapped } from "./text.ts";
import {
  inner,
  isAppClass,
  isArray,
  isFlat,
  isOptional,
  isProfile,
  isText,
  isTyped,
  optionalOf,
  TEXT,
  typedElement,
  typeNode,
  UNDEFINED,
} from "./types.ts";
import { coerceApp } from "./values.ts";

const busy = new Set<ts.Node>();

/** Uses of a variable or field that tsc has proved not to be undefined. */
function narrowed(fx: Fx, node: ts.Expression, expected: BType | undefined): Val | undefined {
  if (busy.has(node)) return undefined;
  busy.add(node);
  try {
    const v = expression(fx, node, expected);
    if (!isOptional(v.type) || isTarget(node)) return v;
    const type = fx.cx.checker.getTypeAtLocation(node);
    const parts = type.isUnion() ? type.types : [type];
    if (
      parts.some(
        (t) =>
          t.flags &
          (ts.TypeFlags.Undefined | ts.TypeFlags.Void | ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never),
      )
    )
      return v;
    const of = inner(v.type);
    if (v.place && isUpdated(node))
      return isFlat(of)
        ? { ...v, type: of }
        : { ...v, c: `${wrap(v, PRIMARY)}.value`, prec: PRIMARY, type: of, pointer: undefined };
    return unwrapped(rvalue(fx, v));
  } finally {
    busy.delete(node);
  }
}

function isTarget(node: ts.Expression): boolean {
  const parent = node.parent;
  return (
    ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** `x += 1`, `x++`: the value inside the optional is the place. */
function isUpdated(node: ts.Expression): boolean {
  const parent = node.parent;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  const kind =
    ts.isBinaryExpression(parent) && parent.left === node ? parent.operatorToken.kind : ts.SyntaxKind.Unknown;
  return kind >= ts.SyntaxKind.FirstCompoundAssignment && kind <= ts.SyntaxKind.LastCompoundAssignment;
}

function expressionApp(fx: Fx, node: ts.Expression, expected: BType | undefined): Val | undefined {
  if (expected?.kind === "string") return undefined;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return textLiteral(node.text);
  if (ts.isTemplateExpression(node)) return templateText(fx, node);
  if (ts.isIdentifier(node)) {
    if (node.text === "undefined") return makeVal("0", UNDEFINED);
    return globalIdentifier(fx, node) ?? narrowed(fx, node, expected);
  }
  if (ts.isPropertyAccessExpression(node)) return globalMember(fx, node) ?? narrowed(fx, node, expected);
  if (ts.isElementAccessExpression(node)) return elementApp(fx, node);
  if (ts.isCallExpression(node)) return globalCall(fx, node);
  if (ts.isArrayLiteralExpression(node)) return arrayLiteral(fx, node, expected);
  if (ts.isObjectLiteralExpression(node)) return objectLiteral(fx, node, expected);
  if (ts.isNewExpression(node)) return newApp(fx, node, expected);
  if (isLambda(node)) return lambdaApp(fx, node, expected);
  if (ts.isBinaryExpression(node)) return binaryNode(fx, node, expected);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return unaryApp(fx, node);
  if (ts.isNonNullExpression(node)) return nonNull(fx, node, expected);
  if (node.kind === ts.SyntaxKind.ThisKeyword) return thisReference(fx);
  return undefined;
}

function elementApp(fx: Fx, node: ts.ElementAccessExpression): Val | undefined {
  const object = node.expression;
  if (
    ts.isPropertyAccessExpression(object) &&
    object.name.text === "env" &&
    globalName(fx, object.expression) === "process"
  ) {
    return environment(
      fx,
      node,
      coerce(fx, node.argumentExpression, rvalue(fx, expression(fx, node.argumentExpression, TEXT)), TEXT),
    );
  }
  return elementRead(fx, node);
}

function thisReference(fx: Fx): Val | undefined {
  const owner = fx.instance?.owner;
  if (!owner || !isAppClass(owner.decl)) return undefined;
  return makeVal("this", ptrTo({ kind: "class", cls: owner }));
}

function lambdaApp(fx: Fx, node: ts.ArrowFunction | ts.FunctionExpression, expected: BType | undefined): Val {
  const place = expected && isOptional(expected) ? inner(expected) : expected;
  if (place?.kind === "fn") return lambda(fx, node, place.params, place.result);
  return lambda(fx, node, undefined, undefined);
}

function binaryNode(fx: Fx, node: ts.BinaryExpression, expected: BType | undefined): Val | undefined {
  const kind = node.operatorToken.kind;
  if (kind === ts.SyntaxKind.QuestionQuestionToken) return coalesceApp(fx, node, expected);
  if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return undefined;
  const target = stripParentheses(node.left);
  if (ts.isElementAccessExpression(target)) return elementAssignment(fx, node, target);
  if (ts.isPropertyAccessExpression(target) && target.name.text === "length" && kind === ts.SyntaxKind.EqualsToken)
    return setLength(fx, node, target);
  return undefined;
}

function setLength(fx: Fx, node: ts.BinaryExpression, target: ts.PropertyAccessExpression): Val | undefined {
  const attempt = capture(fx, () => rvalue(fx, expression(fx, target.expression)));
  const t = attempt.value.type;
  if (!isArray(t)) return undefined;
  replay(fx, attempt.lines);
  const [list, length] = inOrder(fx, [
    () => attempt.value,
    () => coerce(fx, node.right, rvalue(fx, expression(fx, node.right, F64)), F64),
  ]) as [Val, Val];
  return callRuntime(fx, node, "listSetLength", [list, length], [inner(t)]);
}

/** `-0` is a number of its own. */
function unaryApp(fx: Fx, node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): Val | undefined {
  if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
    return elementIncrement(fx, node);
  if (isRuntimeFile(node.getSourceFile())) return undefined;
  if (
    node.operator === ts.SyntaxKind.MinusToken &&
    ts.isNumericLiteral(node.operand) &&
    Number(node.operand.text) === 0
  )
    return untypedVal(-0, false);
  if (node.operator !== ts.SyntaxKind.TildeToken && node.operator !== ts.SyntaxKind.PlusToken) return undefined;
  const attempt = capture(fx, () => rvalue(fx, expression(fx, node.operand)));
  const v = attempt.value;
  if (node.operator === ts.SyntaxKind.PlusToken) {
    if (!isText(v.type)) return undefined;
    replay(fx, attempt.lines);
    return callRuntime(fx, node, "numberOfText", [v]);
  }
  if (v.type.kind === "untyped" && !v.type.big) return untypedVal(BigInt(~Number(v.konst)), false);
  if (v.type.kind !== "float") return undefined;
  replay(fx, attempt.lines);
  return { ...v, c: `(f64)~bt_to_int32(${v.c})`, prec: UNARY, konst: undefined };
}

function nonNull(fx: Fx, node: ts.NonNullExpression, expected: BType | undefined): Val | undefined {
  const attempt = capture(fx, () => rvalue(fx, expression(fx, node.expression, expected)));
  if (!isOptional(attempt.value.type)) return undefined;
  replay(fx, attempt.lines);
  const v = attempt.value;
  const c = `BT_DEFINED(${v.c}, ${presentC(makeVal("v_", v.type))})`;
  return unwrapped({ ...v, c, prec: PRIMARY, type: v.type });
}

/** `length`, `size` and `byteLength`. */
function memberApp(fx: Fx, node: ts.PropertyAccessExpression, object: Val): Val | undefined {
  const v = rvalue(fx, object);
  const name = node.name.text;
  const t = v.type;
  const read = (c: string): Val =>
    makeVal(`(f64)${c}`, F64, { prec: UNARY, reads: v.reads | MEMORY, effects: v.effects });
  if (isText(t) && name === "length")
    return typeof v.konst === "string"
      ? untypedVal(BigInt(v.konst.length), false)
      : makeVal(`(f64)(i64)${wrap(v, PRIMARY)}.length`, F64, { prec: UNARY, reads: v.reads, effects: v.effects });
  if ((isArray(t) || isTyped(t)) && name === "length") return read(`${wrap(v, PRIMARY)}->length`);
  if (isTyped(t) && name === "byteLength") {
    const element = typedElement(t);
    const size = (element.kind === "int" || element.kind === "float" ? element.bits : 8) / 8;
    return makeVal(`(f64)(${wrap(v, PRIMARY)}->length * ${size}ull)`, F64, {
      prec: UNARY,
      reads: v.reads | MEMORY,
      effects: v.effects,
    });
  }
  if (isProfile(t, "SharedArrayBuffer") && name === "byteLength")
    return makeVal(`${wrap(v, PRIMARY)}->length`, F64, { reads: v.reads | MEMORY, effects: v.effects });
  if ((isProfile(t, "Map") || isProfile(t, "Set")) && name === "size") return read(`${wrap(v, PRIMARY)}->live`);
  if (isOptional(t)) return fail(fx.cx, node, 1101, "The value may be undefined; test it first.");
  return undefined;
}

/** `c ? x : undefined` */
function commonType(fx: Fx, node: ts.Node, a: BType, b: BType): BType | undefined {
  const other = isProfile(a, "undefined") ? b : isProfile(b, "undefined") ? a : undefined;
  if (!other || isProfile(other, "undefined") || other.kind === "never") return undefined;
  return optionalOf(fx.cx, node, settled(fx, node, other));
}

/** Type arguments from arrays, maps, sets, optional values and arena classes. */
function inferApp(cx: Cx, node: ts.TypeNode, type: BType, go: (node: ts.TypeNode, type: BType) => void): boolean {
  if (ts.isArrayTypeNode(node)) {
    if (type.kind === "profile" && isArray(type)) go(node.elementType, inner(type));
    return true;
  }
  if (ts.isTypeOperatorNode(node)) {
    go(node.type, type);
    return true;
  }
  if (ts.isUnionTypeNode(node) && node.types.some((t) => t.kind === ts.SyntaxKind.UndefinedKeyword)) {
    const rest = node.types.filter((t) => t.kind !== ts.SyntaxKind.UndefinedKeyword);
    if (rest[0]) go(rest[0], isOptional(type) ? inner(type) : type);
    return true;
  }
  if (!ts.isTypeReferenceNode(node)) return false;
  const decl = symbolOf(cx, node.typeName)?.declarations?.find((d) => !ts.isVariableDeclaration(d));
  if (!decl) return false;
  if (isPreludeNode(decl) && type.kind === "profile" && node.typeArguments) {
    node.typeArguments.forEach((a, i) => type.args[i] && go(a, type.args[i]));
    return true;
  }
  if (
    !isAppClass(decl) ||
    type.kind !== "ptr" ||
    type.to.kind !== "class" ||
    (type.to.cls.decl as ts.Declaration) !== decl
  )
    return false;
  const args = type.to.cls.args;
  node.typeArguments?.forEach((a, i) => args[i] && go(a, args[i] as BType));
  return true;
}

export const APP_PROFILE: Profile = {
  name: "application",
  declarations: [path.join(STD_FOLDER, "app.d.ts"), path.join(STD_FOLDER, "app/runtime.d.ts")],
  headers: ["app.h"],
  modules: RUNTIME_MODULES,
  moduleStatements: true,
  typeNode,
  expression: expressionApp,
  member: memberApp,
  methodCall: methodCallApp,
  ambientCall: (fx, node, name) => ambientCall(fx, node, name),
  binary: binaryApp,
  coerce: coerceApp,
  statement: statementApp,
  forOf: forOfApp,
  isReference,
  parameterType: parameterTypeApp,
  resultType: resultTypeApp,
  missingArgument,
  argument: genericArgument,
  commonType,
  fields,
  infer: inferApp,
  staticType,
  staticText,
  staticAccess,
  functionBody: (cx, f) => moduleBody(cx, f) || initialiserBody(cx, f) || discardingBody(cx, f),
  roots: (cx) => {
    // Strings are slices of units; the slice's C type must exist even if no signature names it.
    void cType(cx.types, { kind: "slice", element: U16 });
    roots(cx);
  },
};
