// The meaning of type annotations. Types come from the nodes of the source, because tsc's own types lose flavours.

import ts from "typescript";
import { attributesOf } from "./attributes.ts";
import { constantOf, isConstantExpression } from "./constants.ts";
import { type Cx, checkFloats, declarationSymbol, fail, isPreludeNode, symbolOf } from "./context.ts";
import {
  BOOL,
  type BType,
  type ClassInfo,
  type EnumType,
  F64,
  type FnType,
  I32,
  mangle,
  NAMED_TYPES,
  NEVER,
  ptrTo,
  STRING,
  type TypeEnv,
  typeKey,
  typeName,
  U32,
  VOID,
} from "./types.ts";

export function resolveType(cx: Cx, node: ts.TypeNode, env: TypeEnv): BType {
  const special = cx.profile.typeNode?.(cx, node, env);
  if (special) return special;
  switch (node.kind) {
    case ts.SyntaxKind.NumberKeyword:
      checkFloats(cx, node);
      return F64;
    case ts.SyntaxKind.BooleanKeyword:
      return BOOL;
    case ts.SyntaxKind.StringKeyword:
      return STRING;
    case ts.SyntaxKind.VoidKeyword:
      return VOID;
    case ts.SyntaxKind.NeverKeyword:
      return NEVER;
    case ts.SyntaxKind.ObjectKeyword:
      return ptrTo(VOID);
    case ts.SyntaxKind.BigIntKeyword:
      return fail(cx, node, 1002, "A 'bigint' has no width; write u64 or i64.");
  }
  if (ts.isParenthesizedTypeNode(node)) return resolveType(cx, node.type, env);
  if (ts.isTypeReferenceNode(node)) return resolveReference(cx, node, env);
  if (ts.isUnionTypeNode(node)) return resolveUnion(cx, node, env);
  if (ts.isFunctionTypeNode(node)) return functionType(cx, node, env);
  if (ts.isLiteralTypeNode(node)) return literalType(cx, node);
  if (ts.isTypeQueryNode(node)) return queryType(cx, node, env);
  if (ts.isTypePredicateNode(node)) return node.assertsModifier ? VOID : BOOL;
  return fail(cx, node, 1002, `The type '${node.getText()}' is not part of bare TypeScript.`);
}

function literalType(cx: Cx, node: ts.LiteralTypeNode): BType {
  const literal = node.literal;
  if (literal.kind === ts.SyntaxKind.TrueKeyword || literal.kind === ts.SyntaxKind.FalseKeyword) return BOOL;
  if (ts.isNumericLiteral(literal)) return { kind: "size", value: Number(literal.text) };
  return fail(cx, node, 1002, `The literal type '${node.getText()}' is not part of bare TypeScript.`);
}

function queryType(cx: Cx, node: ts.TypeQueryNode, env: TypeEnv): BType {
  const symbol = symbolOf(cx, node.exprName);
  const decl = symbol?.valueDeclaration;
  if (decl && ts.isVariableDeclaration(decl) && decl.initializer && isConstantExpression(cx, decl.initializer)) {
    const value = constantOf(cx, decl.initializer, env);
    if (typeof value === "bigint") return { kind: "size", value: Number(value) };
  }
  if (decl && ts.isFunctionDeclaration(decl)) return functionType(cx, decl, env);
  if (decl && ts.isVariableDeclaration(decl) && decl.type) return resolveType(cx, decl.type, env);
  return fail(cx, node, 1002, `'${node.getText()}' does not name a constant size, a function or a typed variable.`);
}

export function functionType(cx: Cx, node: ts.SignatureDeclaration, env: TypeEnv): FnType {
  const params = node.parameters.map((p) => {
    if (p.dotDotDotToken) fail(cx, p, 1001, "Rest parameters are not part of bare TypeScript.");
    if (!p.type) return fail(cx, p, 1002, "The parameter needs a type.");
    return resolveType(cx, p.type, env);
  });
  if (!node.type) return fail(cx, node, 1002, "The function needs a result type.");
  return { kind: "fn", params, result: resolveType(cx, node.type, env), nullable: false };
}

function resolveUnion(cx: Cx, node: ts.UnionTypeNode, env: TypeEnv): BType {
  const isNull = (t: ts.TypeNode): boolean => ts.isLiteralTypeNode(t) && t.literal.kind === ts.SyntaxKind.NullKeyword;
  const rest = node.types.filter((t) => !isNull(t));
  const only = rest[0];
  if (
    rest.some((t) => t.kind === ts.SyntaxKind.ObjectKeyword) &&
    rest.every((t) => resolveType(cx, t, env).kind === "ptr")
  ) {
    return ptrTo(VOID, rest.length !== node.types.length);
  }
  if (rest.length === node.types.length || rest.length !== 1 || !only) {
    return fail(cx, node, 1002, "The only unions of bare TypeScript are a pointer, object or function or null.");
  }
  const type = resolveType(cx, only, env);
  if (type.kind === "class" || type.kind === "array") return ptrTo(type, true);
  if (type.kind === "ptr" || type.kind === "fn") return { ...type, nullable: true };
  return fail(cx, node, 1002, `'${typeName(type)}' cannot be null: it is not a pointer.`);
}

function typeArguments(cx: Cx, node: ts.TypeReferenceNode, count: number, env: TypeEnv): BType[] {
  const args = node.typeArguments ?? [];
  if (args.length !== count)
    return fail(cx, node, 1113, `'${node.typeName.getText()}' needs ${count} type argument(s).`);
  return args.map((a) => resolveType(cx, a, env));
}

function sizeArgument(cx: Cx, node: ts.Node, type: BType | undefined): number {
  if (type?.kind === "size" && Number.isInteger(type.value) && type.value >= 0) return type.value;
  return fail(cx, node, 1002, "The length of an array must be a literal, `typeof CONSTANT` or a size parameter.");
}

function resolveReference(cx: Cx, node: ts.TypeReferenceNode, env: TypeEnv): BType {
  const symbol = symbolOf(cx, node.typeName);
  const decl = symbol?.declarations?.find(
    (d) =>
      ts.isTypeAliasDeclaration(d) ||
      ts.isClassDeclaration(d) ||
      ts.isEnumDeclaration(d) ||
      ts.isTypeParameterDeclaration(d) ||
      ts.isInterfaceDeclaration(d),
  );
  if (!symbol || !decl) return fail(cx, node, 1002, `The type '${node.getText()}' is not known.`);
  if (ts.isTypeParameterDeclaration(decl)) {
    return env.get(symbol) ?? fail(cx, node, 1113, `The type parameter '${symbol.name}' has no value here.`);
  }
  if (isPreludeNode(decl)) return resolvePrelude(cx, node, symbol.name, env, decl);
  if (ts.isEnumDeclaration(decl)) return enumType(cx, decl);
  if (ts.isClassDeclaration(decl))
    return { kind: "class", cls: classInstance(cx, decl, argumentList(cx, node, decl, env), node) };
  if (ts.isTypeAliasDeclaration(decl))
    return resolveType(cx, decl.type, bindParameters(decl, argumentList(cx, node, decl, env), cx));
  return fail(cx, node, 1002, `'${symbol.name}' is an interface; bare TypeScript has classes and type aliases.`);
}

function argumentList(
  cx: Cx,
  node: ts.TypeReferenceNode,
  decl: ts.ClassDeclaration | ts.TypeAliasDeclaration,
  env: TypeEnv,
): BType[] {
  const given = (node.typeArguments ?? []).map((a) => resolveType(cx, a, env));
  const bound = new Map(env);
  return (decl.typeParameters ?? []).map((p, i) => {
    const arg = given[i] ?? (p.default ? resolveType(cx, p.default, bound) : undefined);
    if (!arg) return fail(cx, node, 1113, `'${node.typeName.getText()}' needs a type argument for '${p.name.text}'.`);
    bound.set(declarationSymbol(cx, p), arg);
    return arg;
  });
}

export function bindParameters(
  decl: { typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> | undefined },
  args: readonly BType[],
  cx: Cx,
): TypeEnv {
  const env = new Map<ts.Symbol, BType>();
  decl.typeParameters?.forEach((p, i) => {
    const arg = args[i];
    if (arg) env.set(declarationSymbol(cx, p), arg);
  });
  return env;
}

function resolvePrelude(cx: Cx, node: ts.TypeReferenceNode, name: string, env: TypeEnv, decl: ts.Declaration): BType {
  const scalar = NAMED_TYPES.get(name);
  if (scalar?.kind === "float") checkFloats(cx, node);
  if (scalar) return scalar;
  const args = (count: number): BType[] => typeArguments(cx, node, count, env);
  const first = (): BType => args(1)[0] as BType;
  switch (name) {
    case "Ptr":
      if (node.typeArguments?.[0]?.kind === ts.SyntaxKind.AnyKeyword) return ptrTo(VOID);
      return ptrTo(first());
    case "FixedArray": {
      const [element, length] = args(2);
      return { kind: "array", element: element as BType, length: sizeArgument(cx, node, length) };
    }
    case "Bytes":
      return { kind: "array", element: NAMED_TYPES.get("u8") as BType, length: sizeArgument(cx, node, first()) };
    case "Slice":
      return { kind: "slice", element: first() };
    case "Atomic":
      return atomicType(cx, node, first());
    case "Ro":
    case "Wo":
    case "Rw":
      return { kind: "cell", mode: name.toLowerCase() as "ro", of: first() };
    case "Readonly":
      return first();
    case "Order":
      return ts.isEnumDeclaration(decl) ? enumType(cx, decl) : fail(cx, node, 1002, "Order");
  }
  return fail(cx, node, 1002, `The type '${node.getText()}' cannot be used for a value of bare TypeScript.`);
}

function atomicType(cx: Cx, node: ts.Node, of: BType): BType {
  const ok = of.kind === "int" || of.kind === "bool" || of.kind === "enum" || of.kind === "ptr" || of.kind === "fn";
  if (!ok) fail(cx, node, 1002, `Atomic<${typeName(of)}>: only integers, bool, enums and pointers can be atomic.`);
  return { kind: "atomic", of };
}

export function enumType(cx: Cx, decl: ts.EnumDeclaration): EnumType {
  const symbol = declarationSymbol(cx, decl);
  const known = cx.enums.get(symbol);
  if (known) return known as EnumType;
  const members = new Map<string, bigint>();
  for (const member of decl.members) {
    const value = cx.checker.getConstantValue(member);
    if (typeof value !== "number" || !Number.isInteger(value)) {
      fail(cx, member, 1110, "An enum member needs an integer value that is known at compile time.");
    }
    members.set((member.name as ts.Identifier).text, BigInt(value));
  }
  const signed = [...members.values()].some((v) => v < 0n);
  const type: EnumType = { kind: "enum", name: decl.name.text, decl, under: signed ? I32 : U32, members };
  for (const value of members.values()) {
    if (value < (signed ? -0x8000_0000n : 0n) || value > (signed ? 0x7fff_ffffn : 0xffff_ffffn)) {
      fail(cx, decl, 1102, `The enum member value ${value} does not fit ${type.under.name}.`);
    }
  }
  cx.enums.set(symbol, type);
  return type;
}

export function classInstance(cx: Cx, decl: ts.ClassDeclaration, args: readonly BType[], node: ts.Node): ClassInfo {
  const name = decl.name?.text ?? fail(cx, decl, 1202, "A class needs a name.");
  const key = `class:${decl.getSourceFile().fileName}:${decl.pos}<${args.map(typeKey).join(",")}>`;
  const known = cx.classes.get(key);
  if (known) return known;
  if (cx.classes.size > 20000) fail(cx, node, 1113, "Too many instances of generic classes; does one contain itself?");
  const plain = args.length > 0 ? `${name}_${args.map(mangle).join("_")}` : name;
  const info: ClassInfo = {
    key,
    name,
    cName: cx.names.global(plain, decl),
    decl,
    args,
    env: bindParameters(decl, args, cx),
    form: "struct",
    packed: false,
    size: 0,
    align: 1,
    fields: [],
    state: "new",
  };
  cx.classes.set(key, info);
  attributesOf(cx.diagnostics, decl);
  return info;
}
