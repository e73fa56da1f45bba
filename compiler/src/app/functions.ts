// Arrow functions and function expressions where the context says what their parameters are: callbacks of array methods,
// arguments of function type, annotated variables. Without context, parameters need types and the result is inferred.

import ts from "typescript";
import { type Cx, declarationSymbol, type FunctionInstance, fail, type Param } from "../context.ts";
import { Recover } from "../diagnostics.ts";
import { expression } from "../expressions/expression.ts";
import { capture, emit, type Fx, newFx } from "../function-context.ts";
import { usageOf } from "../functions.ts";
import { mentions } from "../generics.ts";
import { resolveType } from "../type-nodes.ts";
import { type BType, F64, type FnType, isPlaceType, storageType, type TypeEnv, typeKey, VOID } from "../types.ts";
import { makeVal, rvalue, stored, type Val } from "../values.ts";
import { isRuntimeFile } from "./runtime.ts";
import { isOptional, optionalOf, typeOf } from "./types.ts";
import { none } from "./values.ts";

export type Lambda = ts.ArrowFunction | ts.FunctionExpression;

export const isLambda = (node: ts.Node): node is Lambda => ts.isArrowFunction(node) || ts.isFunctionExpression(node);

function parameters(fx: Fx, node: Lambda, expected: readonly BType[] | undefined): Param[] {
  const { cx } = fx;
  const params = node.parameters.map((p, i): Param => {
    if (p.dotDotDotToken) return fail(cx, p, 1001, "Rest parameters are not part of bare TypeScript.");
    if (!ts.isIdentifier(p.name)) return fail(cx, p.name, 1001, "Destructuring is not part of bare TypeScript.");
    const type = p.type ? resolveType(cx, p.type, fx.env) : expected?.[i];
    if (!type) return fail(cx, p, 1002, `The parameter '${p.name.text}' needs a type.`);
    return { name: p.name.text, cName: cx.names.local(p.name.text), type, node: p };
  });
  // A callback may leave out parameters that its caller passes.
  for (let i = params.length; i < (expected?.length ?? 0); i++) {
    params.push({ name: `unused${i}`, cName: `unused$${i}`, type: expected?.[i] as BType, node: undefined });
  }
  return params;
}

function declareAll(fx: Fx, params: readonly Param[]): void {
  for (const p of params) {
    if (!p.node) continue;
    const symbol = declarationSymbol(fx.cx, p.node);
    fx.locals.set(symbol, {
      cName: p.cName,
      type: p.type,
      inPlace: false,
      depth: 0,
      mutable: fx.assigned.has(symbol),
      escapes: fx.addressed.has(symbol) && !isPlaceType(p.type),
    });
  }
}

/** `x?: T` may be undefined; `x = 10` has the type of its default value. */
export function parameterTypeApp(cx: Cx, p: ts.ParameterDeclaration, env: TypeEnv): BType | undefined {
  if (isRuntimeFile(p.getSourceFile())) return undefined;
  if (p.questionToken && p.type) return optionalOf(cx, p, resolveType(cx, p.type, env));
  return !p.type && p.initializer ? typeOf(cx, p, cx.checker.getTypeAtLocation(p)) : undefined;
}

/** The result type that tsc infers. */
export function resultTypeApp(cx: Cx, decl: ts.SignatureDeclaration): BType | undefined {
  if (isRuntimeFile(decl.getSourceFile())) return undefined;
  const signature = cx.checker.getSignatureFromDeclaration(decl);
  return signature ? typeOf(cx, decl.name ?? decl, cx.checker.getReturnTypeOfSignature(signature)) : undefined;
}

/** An arrow function for a parameter like `f: (item: T) => U` of a generic function. */
export function genericArgument(
  fx: Fx,
  node: ts.Expression,
  p: ts.ParameterDeclaration,
  env: TypeEnv,
  open: ReadonlySet<ts.Symbol>,
): Val | undefined {
  if (!isLambda(node) || !p.type || !ts.isFunctionTypeNode(p.type)) return undefined;
  const params: BType[] = [];
  for (const q of p.type.parameters) {
    if (!q.type || mentions(fx.cx, q.type, open)) return undefined;
    params.push(resolveType(fx.cx, q.type, env));
  }
  const result = mentions(fx.cx, p.type.type, open) ? undefined : resolveType(fx.cx, p.type.type, env);
  return lambda(fx, node, params, result);
}

export function missingArgument(fx: Fx, p: Param): Val | undefined {
  return p.node?.questionToken && isOptional(p.type) ? none(fx, p.type) : undefined;
}

/** The type that the value of an expression has in a place without annotation. */
export function settled(fx: Fx, node: ts.Node, t: BType): BType {
  if (t.kind === "untyped")
    return t.big ? fail(fx.cx, node, 1002, "A bigint needs a width here: write u64(...) or i64(...).") : F64;
  return storageType(t);
}

function resultOf(
  fx: Fx,
  node: Lambda,
  params: readonly Param[],
  expected: BType | undefined,
  owner: FunctionInstance,
): BType {
  if (node.type) return resolveType(fx.cx, node.type, fx.env);
  if (expected) return expected;
  if (!ts.isBlock(node.body)) {
    const body = node.body;
    const probe = newFx(fx.cx, fx.env, owner, usageOf(fx.cx, node));
    declareAll(probe, params);
    return settled(fx, body, capture(probe, () => rvalue(probe, expression(probe, body))).value.type);
  }
  const signature = fx.cx.checker.getSignatureFromDeclaration(node);
  return signature ? typeOf(fx.cx, node, fx.cx.checker.getReturnTypeOfSignature(signature)) : VOID;
}

/** The function as a value; `expected` gives what is not annotated, without result where that is to be found out. */
export function lambda(fx: Fx, node: Lambda, expected: readonly BType[] | undefined, result: BType | undefined): Val {
  const { cx } = fx;
  if (node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword))
    return fail(cx, node, 1001, "`async` is not part of bare TypeScript.");
  if (node.asteriskToken) return fail(cx, node, 1001, "Generators are not part of bare TypeScript.");
  if (node.typeParameters)
    return fail(cx, node, 1113, "A generic function has no address: call it, or wrap it in a function.");
  const params = parameters(fx, node, expected);
  const key = `lambda:${node.getSourceFile().fileName}:${node.pos}:${[...fx.env.values()].map(typeKey).join(",")}:${params.map((p) => typeKey(p.type)).join(",")}:${result ? typeKey(result) : ""}`;
  let f = cx.functions.get(key);
  if (!f) {
    const around = fx.instance?.name ?? "module";
    const given =
      ts.isVariableDeclaration(node.parent) && ts.isIdentifier(node.parent.name)
        ? node.parent.name.text
        : `${around}_lambda`;
    const draft: FunctionInstance = {
      cName: "",
      name: given,
      decl: node,
      env: fx.env,
      owner: undefined,
      attributes: {},
      params,
      result: VOID,
      used: false,
      lines: [],
    };
    const type = resultOf(fx, node, params, result, draft);
    f = { ...draft, cName: cx.names.global(given, node), result: type };
    cx.functions.set(key, f);
    cx.queue.push(f);
  }
  const type: FnType = { kind: "fn", params: f.params.map((p) => p.type), result: f.result, nullable: false };
  return makeVal(f.cName, type, { link: true, symbol: f.cName });
}

/** An arrow function whose body is an expression that nobody wants the value of. */
export function discardingBody(cx: Cx, f: FunctionInstance): boolean {
  const body = f.decl.body;
  if (!body || ts.isBlock(body) || f.result.kind !== "void" || !isLambda(f.decl)) return false;
  const fx = newFx(cx, f.env, f, usageOf(cx, f.decl));
  fx.node = body;
  declareAll(fx, f.params);
  try {
    const v = expression(fx, body as ts.Expression);
    if (v.c !== "")
      emit(fx, v.type.kind === "void" || v.type.kind === "never" ? `${v.c};` : `(void)(${stored(fx, v).c});`);
  } catch (error) {
    if (!(error instanceof Recover)) throw error;
  }
  f.lines = [...fx.header, ...fx.lines];
  return true;
}
