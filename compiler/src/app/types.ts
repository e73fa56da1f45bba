// The types of the application profile and how values of them are held in C.
//
//   string          pointer to immutable UTF-16 units and their number, by value (C: bt_text); shared, never copied to slice
//   T[]             reference to a List<T> of the runtime: first element, length, capacity
//   Map, Set, Uint8Array, ...   references to classes of the runtime
//   class, interface            references to structures in the arena (a class with @struct keeps its bare meaning)
//   T | undefined   the reference itself with NULL for undefined; for scalars a structure of a flag and the value
//
// References are pointers of the C level that the bare compiler sees as opaque values, so it cannot add to or index them.

import ts from "typescript";
import { cType } from "../c-types.ts";
import { type Cx, fail, isPreludeNode, symbolOf } from "../context.ts";
import { classInstance, resolveType } from "../type-nodes.ts";
import {
  BOOL,
  type BType,
  type ClassInfo,
  type ClassType,
  F32,
  F64,
  I8,
  I16,
  I32,
  I64,
  NAMED_TYPES,
  NEVER,
  type ProfileType,
  ptrTo,
  type TypeEnv,
  typeName,
  U8,
  U16,
  U32,
  U64,
  VOID,
} from "../types.ts";
import { runtimeClass } from "./runtime.ts";

export const TEXT: ProfileType = { kind: "profile", name: "string", args: [], cName: "bt_text", size: 16, align: 8 };
export const UNDEFINED: ProfileType = { kind: "profile", name: "undefined", args: [], cName: "u8", size: 1, align: 1 };

/** What an element of each typed array is. */
export const TYPED_ARRAYS: ReadonlyMap<string, BType> = new Map<string, BType>([
  ["Uint8Array", U8],
  ["Int8Array", I8],
  ["Uint16Array", U16],
  ["Int16Array", I16],
  ["Uint32Array", U32],
  ["Int32Array", I32],
  ["Float32Array", F32],
  ["Float64Array", F64],
  ["BigInt64Array", I64],
  ["BigUint64Array", U64],
]);

type Named<N extends string> = ProfileType & { readonly name: N };
export const isProfile = <N extends string>(t: BType, name: N): t is Named<N> =>
  t.kind === "profile" && t.name === name;
export const isText = (t: BType): t is Named<"string"> => isProfile(t, "string");
export const isOptional = (t: BType): t is Named<"optional"> => isProfile(t, "optional");
export const isArray = (t: BType): t is Named<"Array"> => isProfile(t, "Array");
export const isTyped = (t: BType): t is Named<`${string}Array`> => t.kind === "profile" && TYPED_ARRAYS.has(t.name);
/** The type inside an array or optional. */
export const inner = (t: ProfileType): BType => t.args[0] as BType;
export const typedElement = (t: ProfileType): BType => TYPED_ARRAYS.get(t.name) as BType;

/** What a value of an element type is to the program: numbers are f64. */
export const typedValue = (t: ProfileType): BType => (t.name.startsWith("Big") ? typedElement(t) : F64);

const NO_VALUES = new Set(["void", "never", "null", "error", "untyped", "size", "atomic", "cell"]);

function containable(cx: Cx, node: ts.Node, t: BType): BType {
  if (isOptional(t) || isProfile(t, "undefined"))
    return fail(
      cx,
      node,
      1002,
      "A container cannot hold undefined; leave the element out, or use a class with a field that may be undefined.",
    );
  if (NO_VALUES.has(t.kind) || t.kind === "class" || t.kind === "array")
    return fail(cx, node, 1002, `A container cannot hold '${typeName(t)}'.`);
  return t;
}

const referenceTo = (name: string, cls: ClassInfo, args: readonly BType[]): ProfileType => ({
  kind: "profile",
  name,
  args,
  cName: `${cls.cName} *`,
});

export function arrayOf(cx: Cx, node: ts.Node, element: BType): ProfileType {
  return referenceTo("Array", runtimeClass(cx, "List", [containable(cx, node, element)]), [element]);
}

export function typedArrayOf(cx: Cx, name: string): ProfileType {
  return referenceTo(name, runtimeClass(cx, "Typed", [TYPED_ARRAYS.get(name) as BType]), []);
}

/** What `spawn` gives; without a result the place of one stays empty. */
export function threadOf(cx: Cx, result: BType): ProfileType {
  return referenceTo("Thread", runtimeClass(cx, "Thread", [keptResult(result)]), [result]);
}

/** How the result of a thread is kept. */
export const keptResult = (result: BType): BType => (result.kind === "void" || result.kind === "never" ? BOOL : result);

export const sharedBuffer = (cx: Cx): ProfileType =>
  referenceTo("SharedArrayBuffer", runtimeClass(cx, "SharedBuffer", []), []);

export const mutexType = (cx: Cx): ProfileType => referenceTo("Mutex", runtimeClass(cx, "Mutex", []), []);

export function mapOf(cx: Cx, node: ts.Node, key: BType, value: BType): ProfileType {
  return referenceTo("Map", runtimeClass(cx, "Table", [keyType(cx, node, key), containable(cx, node, value)]), [
    key,
    value,
  ]);
}

export function setOf(cx: Cx, node: ts.Node, key: BType): ProfileType {
  return referenceTo("Set", runtimeClass(cx, "Table", [keyType(cx, node, key), BOOL]), [key]);
}

function keyType(cx: Cx, node: ts.Node, t: BType): BType {
  const ok =
    isText(t) ||
    t.kind === "int" ||
    t.kind === "float" ||
    t.kind === "bool" ||
    t.kind === "enum" ||
    t.kind === "ptr" ||
    (t.kind === "profile" && t.size === undefined && !isOptional(t));
  return ok ? t : fail(cx, node, 1002, `'${typeName(t)}' cannot be a key.`);
}

/** Whether the optional is the reference itself, NULL or a string without units meaning undefined. */
export const isFlat = (t: BType): boolean =>
  t.kind === "ptr" ||
  t.kind === "fn" ||
  (t.kind === "profile" && (isText(t) || t.size === undefined) && !isOptional(t));

export function optionalOf(cx: Cx, node: ts.Node, of: BType): ProfileType {
  if (isOptional(of)) return of;
  containable(cx, node, of);
  if (isText(of)) return { kind: "profile", name: "optional", args: [of], cName: of.cName, size: 16, align: 8 };
  if (isFlat(of)) return { kind: "profile", name: "optional", args: [of], cName: cType(cx.types, of) };
  const holds: ClassType = { kind: "class", cls: runtimeClass(cx, "Optional", [of]) };
  return { kind: "profile", name: "optional", args: [of], cName: holds.cls.cName, holds };
}

/** Classes and interfaces whose instances live in the arena. */
export function isAppClass(decl: ts.Declaration): boolean {
  if (isPreludeNode(decl)) return false;
  if (ts.isClassDeclaration(decl)) return (ts.getDecorators(decl) ?? []).length === 0;
  return ts.isInterfaceDeclaration(decl) || (ts.isTypeAliasDeclaration(decl) && ts.isTypeLiteralNode(decl.type));
}

export function appClass(cx: Cx, decl: ts.Declaration, args: readonly BType[], node: ts.Node): BType {
  // The compiler reads name, members and type parameters only, which interfaces and aliases have as well.
  return ptrTo({ kind: "class", cls: classInstance(cx, decl as ts.ClassDeclaration, args, node) });
}

/** The meaning of type nodes that the bare compiler does not know or takes otherwise. */
export function typeNode(cx: Cx, node: ts.TypeNode, env: TypeEnv): BType | undefined {
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return TEXT;
    case ts.SyntaxKind.UndefinedKeyword:
      return UNDEFINED;
  }
  if (ts.isArrayTypeNode(node)) return arrayOf(cx, node, resolveType(cx, node.elementType, env));
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    return resolveType(cx, node.type, env);
  if (ts.isUnionTypeNode(node)) return unionType(cx, node, env);
  if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return TEXT;
  if (ts.isTypeReferenceNode(node)) return referenceType(cx, node, env);
  return undefined;
}

function unionType(cx: Cx, node: ts.UnionTypeNode, env: TypeEnv): BType | undefined {
  const rest = node.types.filter((t) => t.kind !== ts.SyntaxKind.UndefinedKeyword);
  const literals = rest.filter((t): t is ts.LiteralTypeNode => ts.isLiteralTypeNode(t));
  const same = (test: (l: ts.LiteralTypeNode["literal"]) => boolean): boolean =>
    literals.length === rest.length && literals.every((l) => test(l.literal));
  const isNumberLiteral = (l: ts.Node): boolean =>
    ts.isNumericLiteral(l) || (ts.isPrefixUnaryExpression(l) && ts.isNumericLiteral(l.operand));
  const one = same(ts.isStringLiteral) ? TEXT : same(isNumberLiteral) ? F64 : undefined;
  if (rest.length === node.types.length) return one;
  const only = rest[0];
  if (!one && (rest.length !== 1 || !only))
    return fail(cx, node, 1002, "A union is one type or undefined, or literals of one type.");
  return optionalOf(cx, node, one ?? resolveType(cx, only as ts.TypeNode, env));
}

function referenceType(cx: Cx, node: ts.TypeReferenceNode, env: TypeEnv): BType | undefined {
  const symbol = symbolOf(cx, node.typeName);
  const decl = symbol?.declarations?.find(
    (d) => ts.isInterfaceDeclaration(d) || ts.isClassDeclaration(d) || ts.isTypeAliasDeclaration(d),
  );
  if (!symbol || !decl) return undefined;
  const args = (): BType[] => (node.typeArguments ?? []).map((a) => resolveType(cx, a, env));
  if (isAppClass(decl)) {
    const given = args();
    const wanted = (decl as ts.ClassDeclaration).typeParameters?.length ?? 0;
    if (given.length !== wanted) return fail(cx, node, 1113, `'${symbol.name}' needs ${wanted} type argument(s).`);
    return appClass(cx, decl, given, node);
  }
  if (!isPreludeNode(decl)) return undefined;
  return builtIn(cx, node, symbol.name, args);
}

function builtIn(cx: Cx, node: ts.Node, name: string, args: () => readonly BType[]): BType | undefined {
  if (TYPED_ARRAYS.has(name)) return typedArrayOf(cx, name);
  switch (name) {
    case "Array":
    case "ReadonlyArray":
      return arrayOf(cx, node, args()[0] as BType);
    case "Map": {
      const [key, value] = args();
      return mapOf(cx, node, key as BType, value as BType);
    }
    case "Set":
      return setOf(cx, node, args()[0] as BType);
    case "Thread":
      return threadOf(cx, args()[0] as BType);
    case "SharedArrayBuffer":
      return sharedBuffer(cx);
    case "Mutex":
      return mutexType(cx);
  }
  return undefined;
}

/** The type that tsc inferred, where no type node says it. Flavours survive only where tsc keeps them. */
export function typeOf(cx: Cx, node: ts.Node, type: ts.Type): BType {
  const named = type.aliasSymbol && NAMED_TYPES.get(type.aliasSymbol.name);
  if (named) return named;
  const f = ts.TypeFlags;
  if (type.isIntersection()) return flavourOf(cx, type) ?? unknownType(cx, node, type);
  if (type.flags & f.NumberLike) return F64;
  if (type.flags & f.StringLike) return TEXT;
  if (type.flags & f.BooleanLike) return BOOL;
  if (type.flags & f.Undefined) return UNDEFINED;
  if (type.flags & f.Void) return VOID;
  if (type.flags & f.Never) return NEVER;
  if (type.isUnion()) return unionOf(cx, node, type);
  return objectType(cx, node, type) ?? unknownType(cx, node, type);
}

function unknownType(cx: Cx, node: ts.Node, type: ts.Type): never {
  return fail(cx, node, 1002, `The type '${cx.checker.typeToString(type)}' needs an explicit annotation here.`);
}

function flavourOf(cx: Cx, type: ts.IntersectionType): BType | undefined {
  for (const property of type.getProperties()) {
    if (!property.valueDeclaration || !isPreludeNode(property.valueDeclaration)) continue;
    const tag = cx.checker.getTypeOfSymbol(property);
    const literal = (tag.isUnion() ? tag.types : [tag]).find((t) => t.isStringLiteral());
    const found = literal?.isStringLiteral() ? NAMED_TYPES.get(literal.value) : undefined;
    if (found) return found;
  }
  return undefined;
}

function unionOf(cx: Cx, node: ts.Node, type: ts.UnionType): BType {
  const f = ts.TypeFlags;
  const rest = type.types.filter((t) => !(t.flags & (f.Undefined | f.Null)));
  const hasNull = type.types.some((t) => t.flags & f.Null);
  const hasUndefined = type.types.some((t) => t.flags & f.Undefined);
  const kinds = new Set(
    rest.map((t) =>
      t.flags & f.StringLike ? "s" : t.flags & f.NumberLike ? "n" : t.flags & f.BooleanLike ? "b" : "o",
    ),
  );
  const first = rest[0];
  if (!first || kinds.size !== 1 || (kinds.has("o") && rest.length > 1)) return unknownType(cx, node, type);
  const one = typeOf(cx, node, first);
  if (hasNull && (hasUndefined || one.kind !== "ptr")) return unknownType(cx, node, type);
  if (hasNull && one.kind === "ptr") return { ...one, nullable: true };
  return hasUndefined ? optionalOf(cx, node, one) : one;
}

function objectType(cx: Cx, node: ts.Node, type: ts.Type): BType | undefined {
  const symbol = type.aliasSymbol ?? type.getSymbol();
  const decl = symbol?.declarations?.find(
    (d) => ts.isInterfaceDeclaration(d) || ts.isClassDeclaration(d) || ts.isTypeAliasDeclaration(d),
  );
  if (!symbol || !decl) return undefined;
  const given =
    type.aliasTypeArguments ??
    (type.flags & ts.TypeFlags.Object && (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference
      ? cx.checker.getTypeArguments(type as ts.TypeReference)
      : []);
  const args = (): BType[] => given.map((a) => typeOf(cx, node, a));
  if (isAppClass(decl))
    return appClass(cx, decl, args().slice(0, (decl as ts.ClassDeclaration).typeParameters?.length ?? 0), node);
  return isPreludeNode(decl) ? builtIn(cx, node, symbol.name, args) : undefined;
}
