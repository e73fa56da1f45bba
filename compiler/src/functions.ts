// Function instances: signatures, bodies, and functions written inside expressions.

import ts from "typescript";
import { type Attributes, attributesOf } from "./attributes.ts";
import { cPrototype } from "./c-types.ts";
import { coerce } from "./coerce.ts";
import { isAssignment, isConstantExpression } from "./constants.ts";
import { type Cx, declarationSymbol, type FunctionInstance, fail, type Param, symbolOf } from "./context.ts";
import { Recover } from "./diagnostics.ts";
import { nakedBody } from "./expressions/asm.ts";
import { expression } from "./expressions/expression.ts";
import { emit, type Fx, newFx } from "./function-context.ts";
import { block, endOfFunction } from "./statements.ts";
import { resolveType } from "./type-nodes.ts";
import {
  type BType,
  type ClassInfo,
  type FnType,
  I32,
  isPlaceType,
  mangle,
  NEVER,
  type TypeEnv,
  typeKey,
  typeName,
} from "./types.ts";
import { makeVal, stored, type Val } from "./values.ts";

export function parameterType(cx: Cx, p: ts.ParameterDeclaration, env: TypeEnv): BType {
  if (p.dotDotDotToken) return fail(cx, p, 1001, "Rest parameters are not part of bare TypeScript.");
  if (!ts.isIdentifier(p.name)) return fail(cx, p.name, 1001, "Destructuring is not part of bare TypeScript.");
  const special = cx.profile.parameterType?.(cx, p, env);
  if (special) return special;
  if (p.questionToken)
    return fail(cx, p, 1001, "Optional parameters are not part of bare TypeScript; give a default value.");
  if (!p.type) return fail(cx, p, 1002, `The parameter '${p.name.text}' needs a type.`);
  return resolveType(cx, p.type, env);
}

export function resultType(cx: Cx, decl: ts.SignatureDeclaration, env: TypeEnv): BType {
  const special = decl.type ? undefined : cx.profile.resultType?.(cx, decl);
  if (special) return special;
  if (!decl.type) return fail(cx, decl.name ?? decl, 1002, "The function needs a result type.");
  return resolveType(cx, decl.type, env);
}

/** The instance of a function for given type arguments; it is compiled later, once. */
export function functionInstance(
  cx: Cx,
  decl: ts.FunctionLikeDeclaration,
  env: TypeEnv,
  name: string,
  suffix: string,
  owner: ClassInfo | undefined,
): FunctionInstance {
  const key = `${decl.getSourceFile().fileName}:${decl.pos}:${[...env.values()].map(typeKey).join(",")}`;
  const known = cx.functions.get(key);
  if (known) return known;
  if (cx.functions.size > 100_000)
    fail(cx, decl, 1113, "Too many function instances; does a generic function call itself with a growing type?");
  const attributes = attributesOf(cx.diagnostics, decl);
  checkModifiers(cx, decl);
  const params: Param[] = decl.parameters
    .filter((p) => !(ts.isIdentifier(p.name) && p.name.text === "this"))
    .map((p) => ({
      name: (p.name as ts.Identifier).text,
      cName: cx.names.local((p.name as ts.Identifier).text ?? "_"),
      type: parameterType(cx, p, env),
      node: p,
    }));
  for (const p of params) {
    const init = p.node?.initializer;
    if (
      init &&
      !isConstantExpression(cx, init) &&
      init.kind !== ts.SyntaxKind.NullKeyword &&
      !cx.profile.moduleStatements
    ) {
      fail(cx, init, 1110, "The default of a parameter is a constant.");
    }
  }
  const result = attributes.noreturn ? NEVER : resultType(cx, decl, env);
  if (result.kind === "untyped" || result.kind === "size" || result.kind === "null")
    fail(cx, decl, 1002, `A function cannot return '${typeName(result)}'.`);
  const cName = globalName(cx, decl, attributes, `${name}${suffix}`);
  if (cName === "main" && (result !== I32 || params.length > 2)) {
    fail(cx, decl.name ?? decl, 1112, "main is `main(argc: i32, argv: Ptr<Ptr<u8>>): i32`, or has fewer parameters.");
  }
  const instance: FunctionInstance = {
    cName,
    name,
    decl,
    env,
    owner,
    attributes,
    params,
    result,
    used: false,
    lines: [],
  };
  cx.functions.set(key, instance);
  cx.queue.push(instance);
  return instance;
}

function globalName(cx: Cx, decl: ts.FunctionLikeDeclaration, attributes: Attributes, plain: string): string {
  const fixed = attributes.exported;
  if (fixed !== undefined) {
    if (!cx.names.claim(fixed, decl)) fail(cx, decl, 1003, `The symbol '${fixed}' is exported twice.`);
    return fixed;
  }
  if (plain === "main" && cx.options.target !== "kernel" && !cx.profile.moduleStatements && isExported(decl)) {
    cx.names.claim("main", decl);
    return "main";
  }
  return cx.names.global(plain, decl);
}

const isExported = (decl: ts.Node): boolean =>
  ts.canHaveModifiers(decl) && (ts.getModifiers(decl)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) ?? false);

function checkModifiers(cx: Cx, decl: ts.FunctionLikeDeclaration): void {
  if ("asteriskToken" in decl && decl.asteriskToken)
    fail(cx, decl, 1001, "Generators are not part of bare TypeScript.");
  for (const modifier of (ts.canHaveModifiers(decl) && ts.getModifiers(decl)) || []) {
    if (modifier.kind === ts.SyntaxKind.AsyncKeyword)
      fail(cx, modifier, 1001, "`async` is not part of bare TypeScript.");
    if (modifier.kind === ts.SyntaxKind.DefaultKeyword)
      fail(cx, modifier, 1004, "Default exports are not part of bare TypeScript.");
  }
}

export const instanceSuffix = (args: readonly BType[]): string =>
  args.length > 0 ? `_${args.map(mangle).join("_")}` : "";

export function instanceType(f: FunctionInstance): FnType {
  return { kind: "fn", params: f.params.map((p) => p.type), result: f.result, nullable: false };
}

export function prototypeOf(cx: Cx, f: FunctionInstance): string {
  const params = f.params.map((p): [BType, string] => [p.type, p.cName]);
  if (f.owner && !isStatic(f.decl)) params.unshift([{ kind: "class", cls: f.owner }, "this"]);
  return cPrototype(cx.types, f.result, f.cName, params);
}

export const isStatic = (decl: ts.Node): boolean =>
  ts.canHaveModifiers(decl) && (ts.getModifiers(decl)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false);

/** Arrow functions and functions in expressions become functions of the module. */
export function liftFunction(fx: Fx, node: ts.ArrowFunction | ts.FunctionExpression): Val {
  const around = fx.instance?.name ?? "initialiser";
  const given =
    ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name) ? node.parent.name.text : "lambda";
  const f = functionInstance(fx.cx, node, fx.env, fx.instance ? `${around}_${given}` : given, "", undefined);
  return makeVal(f.cName, instanceType(f), { link: true, symbol: f.cName });
}

/** Which variables of a function are assigned after their declaration, and whose address is taken. */
export function usageOf(cx: Cx, root: ts.Node): { assigned: Set<ts.Symbol>; addressed: Set<ts.Symbol> } {
  const assigned = new Set<ts.Symbol>();
  const addressed = new Set<ts.Symbol>();
  const mark = (node: ts.Expression, set: Set<ts.Symbol>): void => {
    let at: ts.Expression = node;
    while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at)) at = at.expression;
    if (!ts.isIdentifier(at)) return;
    const symbol = symbolOf(cx, at);
    if (symbol) set.add(symbol);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) mark(node.left, assigned);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)
        mark(node.operand, assigned);
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const name = node.expression.text;
      if (name === "addressOf" || name === "elements") for (const a of node.arguments) mark(a, addressed);
      if (name === "outputTo" || name === "inout") for (const a of node.arguments) mark(a, assigned);
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return { assigned, addressed };
}

export function compileFunction(cx: Cx, f: FunctionInstance): void {
  const { decl } = f;
  if (cx.profile.functionBody?.(cx, f)) return;
  if (f.attributes.extern !== undefined || !decl.body) {
    if (f.attributes.extern === undefined)
      cx.diagnostics.add(
        decl,
        1111,
        `'${f.name}' has no body; a function that is defined elsewhere has the tag @extern.`,
      );
    return;
  }
  const fx = newFx(cx, f.env, f, usageOf(cx, decl));
  fx.node = decl.name ?? decl;
  for (const p of f.params) if (p.node) declareParameter(fx, p, p.node);
  try {
    if (f.attributes.naked) nakedBody(fx, decl.body);
    else if (ts.isBlock(decl.body)) {
      block(fx, decl.body);
      endOfFunction(fx, decl.body);
    } else expressionBody(fx, decl.body, f.result);
  } catch (error) {
    if (!(error instanceof Recover)) throw error;
  }
  f.lines = [...fx.header, ...fx.lines];
}

function declareParameter(fx: Fx, p: Param, node: ts.ParameterDeclaration): void {
  const symbol = declarationSymbol(fx.cx, node);
  fx.locals.set(symbol, {
    cName: p.cName,
    type: p.type,
    inPlace: false,
    depth: 0,
    mutable: fx.assigned.has(symbol),
    escapes: fx.addressed.has(symbol) && !isPlaceType(p.type),
  });
}

function expressionBody(fx: Fx, body: ts.Expression, result: BType): void {
  fx.node = body;
  const v = expression(fx, body, result);
  if (result.kind === "void" || result.kind === "never") {
    if (v.type.kind !== "void" && v.type.kind !== "never")
      fail(fx.cx, body, 1107, "The value is not used; write `{ void ...; }`.");
    if (v.c !== "") emit(fx, `${v.c};`);
    return;
  }
  emit(fx, `return ${stored(fx, coerce(fx, body, v, result)).c};`);
}
