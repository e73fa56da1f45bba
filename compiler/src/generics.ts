// Inference of type arguments: the parameter's type node is matched against the argument's BType.

import ts from "typescript";
import { type Cx, declarationSymbol, isPreludeNode, symbolOf } from "./context.ts";
import { type BType, F64, type TypeEnv } from "./types.ts";

export type Bindings = Map<ts.Symbol, BType>;

export function parameterSymbols(cx: Cx, decl: ts.SignatureDeclaration): ts.Symbol[] {
  return (decl.typeParameters ?? []).map((p) => declarationSymbol(cx, p));
}

/** Whether the node mentions a type parameter that has no value yet. */
export function mentions(cx: Cx, node: ts.Node, open: ReadonlySet<ts.Symbol>): boolean {
  if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) {
    const symbol = symbolOf(cx, node.typeName);
    if (symbol && open.has(symbol)) return true;
  }
  return ts.forEachChild(node, (child) => mentions(cx, child, open) || undefined) ?? false;
}

export function infer(cx: Cx, node: ts.TypeNode, type: BType, open: ReadonlySet<ts.Symbol>, bound: Bindings): void {
  // A number literal says nothing about widths, but where number means f64 it is one.
  if (type.kind === "untyped" && !type.big && cx.profile.moduleStatements) return infer(cx, node, F64, open, bound);
  if (type.kind === "untyped" || type.kind === "null" || type.kind === "error") return;
  if (cx.profile.infer?.(cx, node, type, (n, t) => infer(cx, n, t, open, bound))) return;
  if (ts.isParenthesizedTypeNode(node)) return infer(cx, node.type, type, open, bound);
  if (ts.isUnionTypeNode(node)) return inferUnion(cx, node, type, open, bound);
  if (ts.isFunctionTypeNode(node)) {
    if (type.kind !== "fn") return;
    node.parameters.forEach((p, i) => {
      const param = type.params[i];
      if (p.type && param) infer(cx, p.type, param, open, bound);
    });
    infer(cx, node.type, type.result, open, bound);
    return;
  }
  if (ts.isTypeReferenceNode(node)) inferReference(cx, node, type, open, bound);
}

function inferUnion(cx: Cx, node: ts.UnionTypeNode, type: BType, open: ReadonlySet<ts.Symbol>, bound: Bindings): void {
  const only = node.types.find((t) => !(ts.isLiteralTypeNode(t) && t.literal.kind === ts.SyntaxKind.NullKeyword));
  if (!only) return;
  const isPtr = ts.isTypeReferenceNode(only) && only.typeName.getText() === "Ptr";
  infer(cx, only, type.kind === "ptr" && !isPtr ? type.to : type, open, bound);
}

function inferReference(
  cx: Cx,
  node: ts.TypeReferenceNode,
  type: BType,
  open: ReadonlySet<ts.Symbol>,
  bound: Bindings,
): void {
  const symbol = symbolOf(cx, node.typeName);
  if (!symbol) return;
  if (open.has(symbol)) {
    if (!bound.has(symbol))
      bound.set(symbol, type.kind === "ptr" || type.kind === "fn" ? { ...type, nullable: false } : type);
    return;
  }
  const args = node.typeArguments ?? [];
  const decl = symbol.declarations?.[0];
  if (!decl || args.length === 0) return;
  const pair = (i: number, t: BType | undefined): void => {
    const arg = args[i];
    if (arg && t) infer(cx, arg, t, open, bound);
  };
  if (ts.isClassDeclaration(decl)) {
    const target = type.kind === "ptr" ? type.to : type;
    if (target.kind === "class" && target.cls.decl === decl) target.cls.args.forEach((t, i) => pair(i, t));
    return;
  }
  if (!isPreludeNode(decl)) {
    if (ts.isTypeAliasDeclaration(decl)) inferAlias(cx, node, decl, type, open, bound);
    return;
  }
  switch (symbol.name) {
    case "Ptr":
      if (type.kind === "ptr") pair(0, type.to);
      break;
    case "Slice":
      if (type.kind === "slice") pair(0, type.element);
      break;
    case "Atomic":
    case "Ro":
    case "Wo":
    case "Rw":
      if (type.kind === "atomic" || type.kind === "cell") pair(0, type.of);
      break;
    case "FixedArray":
    case "Bytes": {
      const array = type.kind === "ptr" ? type.to : type;
      if (array.kind !== "array") break;
      if (symbol.name === "FixedArray") pair(0, array.element);
      pair(symbol.name === "FixedArray" ? 1 : 0, { kind: "size", value: array.length });
    }
  }
}

/** `type Handler<T> = (x: T) => u32`: first what the alias's own parameters are, then what was written for them. */
function inferAlias(
  cx: Cx,
  node: ts.TypeReferenceNode,
  decl: ts.TypeAliasDeclaration,
  type: BType,
  open: ReadonlySet<ts.Symbol>,
  bound: Bindings,
): void {
  const inner = (decl.typeParameters ?? []).map((p) => declarationSymbol(cx, p));
  const found: Bindings = new Map();
  infer(cx, decl.type, type, new Set(inner), found);
  inner.forEach((symbol, i) => {
    const arg = node.typeArguments?.[i];
    const t = found.get(symbol);
    if (arg && t) infer(cx, arg, t, open, bound);
  });
}

export function withBindings(env: TypeEnv, bound: Bindings): TypeEnv {
  return new Map([...env, ...bound]);
}
