// Objects in the arena: classes with constructors and field initialisers, object literals, array literals, `new`.

import ts from "typescript";
import { cDeclare } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { constantVal } from "../constants.ts";
import {
  type Cx,
  declarationSymbol,
  type FunctionInstance,
  fail,
  isPreludeNode,
  type Param,
  symbolOf,
} from "../context.ts";
import { Recover } from "../diagnostics.ts";
import { expression } from "../expressions/expression.ts";
import { capture, emit, type Fx, newFx, newTemporary, replay } from "../function-context.ts";
import { parameterType, usageOf } from "../functions.ts";
import { infer } from "../generics.ts";
import { layoutOf, type RawField, sizeAlign } from "../layout.ts";
import { block } from "../statements.ts";
import { resolveType } from "../type-nodes.ts";
import {
  type BType,
  type ClassInfo,
  F64,
  isPlaceType,
  type ProfileType,
  ptrTo,
  sameType,
  typeName,
  VOID,
} from "../types.ts";
import { inOrder, makeVal, type Operand, rvalue, stored, type Val } from "../values.ts";
import { settled } from "./functions.ts";
import { callRuntime, runtimeFunction } from "./runtime.ts";
import {
  appClass,
  arrayOf,
  inner,
  isAppClass,
  isArray,
  isOptional,
  isProfile,
  mapOf,
  mutexType,
  optionalOf,
  setOf,
  sharedBuffer,
  TYPED_ARRAYS,
  typedArrayOf,
  typedElement,
  typeOf,
} from "./types.ts";
import { none } from "./values.ts";

/** The class behind `new X(...)` if its objects live in the arena; built-in classes have none. */
export function isReference(cx: Cx, node: ts.NewExpression): boolean {
  const decl = symbolOf(cx, node.expression)?.declarations?.[0];
  return decl !== undefined && (isPreludeNode(decl) || isAppClass(decl));
}

// --- Layout ---------------------------------------------------------------------------------------------------------------

const constructorOf = (cls: ClassInfo): ts.ConstructorDeclaration | undefined =>
  cls.decl.members?.find((m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && m.body !== undefined);

const isStaticMember = (m: ts.Node): boolean =>
  (ts.canHaveModifiers(m) && ts.getModifiers(m)?.some((x) => x.kind === ts.SyntaxKind.StaticKeyword)) || false;

function rawField(
  cx: Cx,
  cls: ClassInfo,
  m: ts.PropertyDeclaration | ts.PropertySignature | ts.ParameterDeclaration,
): RawField {
  if (!ts.isIdentifier(m.name)) return fail(cx, m.name, 1202, "A field needs a plain name.");
  const given = m.type ? resolveType(cx, m.type, cls.env) : typeOf(cx, m, cx.checker.getTypeAtLocation(m));
  const optional = m.questionToken !== undefined && !ts.isParameter(m);
  const type = optional ? optionalOf(cx, m, given) : given;
  if (isPlaceType(type)) fail(cx, m, 1202, `A field cannot hold a '${typeName(type)}' in place.`);
  if (ts.isPropertyDeclaration(m) && m.exclamationToken && !isOptional(type)) {
    fail(cx, m, 1202, `The field '${m.name.text}' would start as undefined; give it a value.`);
  }
  // Later stages use the node of a field for its place in the source only.
  return { node: m as ts.PropertyDeclaration, name: m.name.text, type, at: undefined, bits: undefined };
}

export function fields(cx: Cx, cls: ClassInfo): readonly RawField[] | undefined {
  const decl: ts.Declaration = cls.decl;
  if (!isAppClass(decl)) return undefined;
  if (ts.isTypeAliasDeclaration(decl)) return interfaceFields(cx, cls, (decl.type as ts.TypeLiteralNode).members);
  if (ts.isInterfaceDeclaration(decl)) {
    if (decl.heritageClauses) fail(cx, decl, 1202, "An interface that extends another is not part of this profile.");
    return interfaceFields(cx, cls, decl.members);
  }
  for (const clause of cls.decl.heritageClauses ?? []) {
    if (clause.token === ts.SyntaxKind.ExtendsKeyword)
      fail(cx, clause, 1202, "Inheritance is not part of bare TypeScript.");
  }
  const raw: RawField[] = [];
  for (const m of cls.decl.members) {
    if (ts.isPropertyDeclaration(m)) {
      if (isStaticMember(m))
        fail(cx, m, 1202, "Static fields are not part of bare TypeScript: use a module-level variable.");
      raw.push(rawField(cx, cls, m));
    } else if (ts.isGetAccessor(m) || ts.isSetAccessor(m))
      fail(cx, m, 1202, "Accessors are not part of this profile; write a method.");
    else if (!ts.isMethodDeclaration(m) && !ts.isConstructorDeclaration(m) && !ts.isSemicolonClassElement(m))
      fail(cx, m, 1202, "A class has fields, methods and a constructor.");
  }
  for (const p of constructorOf(cls)?.parameters ?? [])
    if (ts.isParameterPropertyDeclaration(p, p.parent)) raw.push(rawField(cx, cls, p));
  return raw;
}

function interfaceFields(cx: Cx, cls: ClassInfo, members: ts.NodeArray<ts.TypeElement>): RawField[] {
  return members.map((m) => {
    if (!ts.isPropertySignature(m))
      return fail(cx, m, 1202, "An interface has data members only; write a class for methods.");
    return rawField(cx, cls, m);
  });
}

// --- new ------------------------------------------------------------------------------------------------------------------

export function newApp(fx: Fx, node: ts.NewExpression, expected: BType | undefined): Val | undefined {
  if (!isReference(fx.cx, node)) return undefined;
  const decl = symbolOf(fx.cx, node.expression)?.declarations?.[0] as ts.Declaration;
  if (isPreludeNode(decl)) return newBuiltIn(fx, node, expected);
  if (!ts.isClassDeclaration(decl)) return fail(fx.cx, node, 1001, "`new` makes objects of classes.");
  const cls = classOfNew(fx, node, decl, expected);
  layoutOf(fx.cx, cls, node);
  const type = ptrTo({ kind: "class", cls });
  const init = initialiser(fx.cx, cls);
  const given = node.arguments ?? [];
  if (given.length > init.params.length) return fail(fx.cx, node, 1112, "Too many arguments.");
  const values = inOrder(
    fx,
    given.map(
      (a, i) => () => coerce(fx, a, rvalue(fx, expression(fx, a, init.params[i]?.type)), init.params[i]?.type as BType),
    ),
  );
  for (const p of init.params.slice(given.length)) values.push(defaultArgument(fx, node, p));
  const holder = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, type, holder)} = ${allocation(fx, node, cls)};`);
  emit(fx, `${init.cName}(${[holder, ...values.map((v) => stored(fx, v).c)].join(", ")});`);
  return makeVal(holder, type);
}

function defaultArgument(fx: Fx, node: ts.Node, p: Param): Val {
  const value = p.node?.initializer;
  if (value) return coerce(fx, value, expression(fx, value, p.type), p.type);
  if (isOptional(p.type) && p.node?.questionToken) return none(fx, p.type);
  return fail(fx.cx, node, 1112, "An argument is missing.");
}

function allocation(fx: Fx, node: ts.Node, cls: ClassInfo): string {
  const { size } = sizeAlign(fx.cx, { kind: "class", cls }, node);
  return `(${cls.cName} *)${runtimeFunction(fx.cx, "arenaAllocate").cName}(${Math.max(size, 1)}ull)`;
}

/** Type arguments: written, from the place the object goes to, or from the arguments of the constructor. */
function classOfNew(fx: Fx, node: ts.NewExpression, decl: ts.ClassDeclaration, expected: BType | undefined): ClassInfo {
  const instance = (args: readonly BType[]): ClassInfo => {
    const t = appClass(fx.cx, decl, args, node);
    if (t.kind !== "ptr" || t.to.kind !== "class") throw new Error("a class is a reference");
    return t.to.cls;
  };
  const wanted = decl.typeParameters ?? [];
  if (wanted.length === 0) return instance([]);
  if (node.typeArguments) return instance(node.typeArguments.map((a) => resolveType(fx.cx, a, fx.env)));
  const place = expected && isOptional(expected) ? inner(expected) : expected;
  if (place?.kind === "ptr" && place.to.kind === "class" && place.to.cls.decl === decl) return place.to.cls;
  const symbols = wanted.map((p) => declarationSymbol(fx.cx, p));
  const bound = new Map<ts.Symbol, BType>();
  const parameters = decl.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
  node.arguments?.forEach((a, i) => {
    const p = parameters[i];
    if (p?.type)
      infer(
        fx.cx,
        p.type,
        settled(fx, a, capture(fx, () => rvalue(fx, expression(fx, a))).value.type),
        new Set(symbols),
        bound,
      );
  });
  return instance(
    symbols.map(
      (s) => bound.get(s) ?? fail(fx.cx, node, 1113, `The type argument '${s.name}' could not be inferred; write it.`),
    ),
  );
}

const initialisers = new WeakMap<Cx, Map<string, FunctionInstance>>();
const initialised = new WeakMap<FunctionInstance, ClassInfo>();

/** The function that sets the fields of a new object: initialisers, parameter properties, then the constructor's body. */
function initialiser(cx: Cx, cls: ClassInfo): FunctionInstance {
  const known = initialisers.get(cx) ?? new Map<string, FunctionInstance>();
  initialisers.set(cx, known);
  const found = known.get(cls.key);
  if (found) return found;
  const decl = constructorOf(cls);
  const params = (decl?.parameters ?? []).map((p): Param => {
    const name = ts.isIdentifier(p.name)
      ? p.name.text
      : fail(cx, p.name, 1001, "Destructuring is not part of bare TypeScript.");
    return { name, cName: cx.names.local(name), type: parameterType(cx, p, cls.env), node: p };
  });
  // A class without constructor has no body of its own; any function of the runtime lends its declaration.
  const f: FunctionInstance = {
    cName: cx.names.global(`${cls.cName}_new`, cls.decl),
    name: `${cls.name}_new`,
    decl: decl ?? runtimeFunction(cx, "moduleStatements").decl,
    env: cls.env,
    owner: cls,
    attributes: {},
    params,
    result: VOID,
    used: false,
    lines: [],
  };
  known.set(cls.key, f);
  initialised.set(f, cls);
  cx.functions.set(`new:${cls.key}`, f);
  cx.queue.push(f);
  return f;
}

export function initialiserBody(cx: Cx, f: FunctionInstance): boolean {
  const cls = initialised.get(f);
  if (!cls) return false;
  const fx = newFx(cx, cls.env, f, usageOf(cx, cls.decl));
  for (const p of f.params) {
    const node = p.node as ts.ParameterDeclaration;
    // A parameter property has two symbols; in the body its name is the parameter.
    const both = ts.isParameterPropertyDeclaration(node, node.parent)
      ? cx.checker.getSymbolsOfParameterPropertyDeclaration(node, p.name)
      : [];
    const symbol = both.find((s) => s.flags & ts.SymbolFlags.FunctionScopedVariable) ?? declarationSymbol(cx, node);
    fx.locals.set(symbol, {
      cName: p.cName,
      type: p.type,
      inPlace: false,
      depth: 0,
      mutable: fx.assigned.has(symbol),
      escapes: fx.addressed.has(symbol) && !isPlaceType(p.type),
    });
  }
  try {
    for (const field of layoutOf(cx, cls, cls.decl).fields) {
      const node: ts.Node = field.node;
      if (!ts.isPropertyDeclaration(node) || !node.initializer) continue;
      fx.node = node;
      emit(
        fx,
        `this->${field.cName} = ${coerce(fx, node.initializer, rvalue(fx, expression(fx, node.initializer, field.type)), field.type).c};`,
      );
    }
    for (const p of f.params) {
      const field = cls.fields.find((x) => (x.node as ts.Node) === p.node);
      if (field) emit(fx, `this->${field.cName} = ${p.cName};`);
    }
    const body = constructorOf(cls)?.body;
    if (body) block(fx, body);
  } catch (error) {
    if (!(error instanceof Recover)) throw error;
  }
  f.lines = [...fx.header, ...fx.lines];
  return true;
}

function newBuiltIn(fx: Fx, node: ts.NewExpression, expected: BType | undefined): Val {
  const { cx } = fx;
  const name = node.expression.getText();
  const args = (node.typeArguments ?? []).map((a) => resolveType(cx, a, fx.env));
  const place = expected && isOptional(expected) ? inner(expected) : expected;
  const known = place?.kind === "profile" && place.name === name ? place.args : undefined;
  const types = args.length > 0 ? args : known;
  const length = node.arguments?.[0];
  if (name === "Mutex") return { ...callRuntime(fx, node, "mutexNew", []), type: mutexType(cx) };
  if (name === "SharedArrayBuffer") return newShared(fx, node);
  if (TYPED_ARRAYS.has(name)) {
    const type = typedArrayOf(cx, name);
    const view = newView(fx, node, type);
    if (view) return view;
    const count = coerce(fx, node, length ? rvalue(fx, expression(fx, length, F64)) : constantVal(F64, 0), F64);
    const call = callRuntime(fx, node, "typedNew", [{ ...count, c: `BT_LENGTH(${count.c})` }], [typedElement(type)]);
    return { ...call, type };
  }
  if (name !== "Map" && name !== "Set" && name !== "Array")
    return fail(cx, node, 1001, `'${name}' cannot be made with new.`);
  if (!types) return fail(cx, node, 1113, `Write the type arguments: new ${name}<...>().`);
  if (name === "Array") {
    const type = arrayOf(cx, node, types[0] as BType);
    if (length)
      return fail(cx, length, 1001, "An array of holes has no values; write `[]` and push, or use a typed array.");
    return { ...callRuntime(fx, node, "listNew", [constantVal(F64, 0)], [inner(type)]), type };
  }
  if (length) return fail(cx, length, 1112, `new ${name}() takes no arguments here; add the elements one by one.`);
  if (name === "Map") {
    const type = mapOf(cx, node, types[0] as BType, types[1] as BType);
    return { ...callRuntime(fx, node, "mapNew", [], type.args), type };
  }
  const type = setOf(cx, node, types[0] as BType);
  return { ...callRuntime(fx, node, "setNew", [], type.args), type };
}

function newShared(fx: Fx, node: ts.NewExpression): Val {
  const length = node.arguments?.[0] ?? fail(fx.cx, node, 1112, "An argument is missing.");
  const bytes = coerce(fx, length, rvalue(fx, expression(fx, length, F64)), F64);
  return {
    ...callRuntime(fx, node, "sharedBufferNew", [{ ...bytes, c: `BT_BYTES(${bytes.c})` }]),
    type: sharedBuffer(fx.cx),
  };
}

/** `new Float64Array(buffer, byteOffset, length)` */
function newView(fx: Fx, node: ts.NewExpression, type: ProfileType): Val | undefined {
  const [source, offset, length] = node.arguments ?? [];
  if (!source) return undefined;
  const attempt = capture(fx, () => rvalue(fx, expression(fx, source, F64)));
  if (!isProfile(attempt.value.type, "SharedArrayBuffer")) return undefined;
  const whole = (a: ts.Expression | undefined, missing: number): Val => {
    if (!a) return constantVal(F64, missing);
    const v = coerce(fx, a, rvalue(fx, expression(fx, a, F64)), F64);
    return { ...v, c: `BT_BYTES(${v.c})` };
  };
  const values = inOrder(fx, [
    () => {
      replay(fx, attempt.lines);
      return attempt.value;
    },
    () => whole(offset, 0),
    () => whole(length, -1),
  ]);
  return { ...callRuntime(fx, node, "typedView", values, [typedElement(type)]), type };
}

// --- Literals -------------------------------------------------------------------------------------------------------------

export function objectLiteral(fx: Fx, node: ts.ObjectLiteralExpression, expected: BType | undefined): Val | undefined {
  const place = expected && isOptional(expected) ? inner(expected) : expected;
  if (place?.kind !== "ptr" || place.to.kind !== "class" || !isAppClass(place.to.cls.decl)) return undefined;
  const { cls } = place.to;
  if (ts.isClassDeclaration(cls.decl))
    return fail(fx.cx, node, 1101, `An object literal is not a '${cls.name}'; write new ${cls.name}(...).`);
  const all = layoutOf(fx.cx, cls, node).fields;
  const named = node.properties.map((p) => {
    if (!ts.isPropertyAssignment(p) && !ts.isShorthandPropertyAssignment(p))
      return fail(fx.cx, p, 1001, "Object literals have plain fields only.");
    const name = ts.isIdentifier(p.name) ? p.name.text : fail(fx.cx, p.name, 1001, "A field has a plain name.");
    const field =
      all.find((f) => f.name === name) ?? fail(fx.cx, p.name, 1111, `'${cls.name}' has no field '${name}'.`);
    return { field, value: ts.isPropertyAssignment(p) ? p.initializer : p.name };
  });
  const values = inOrder(
    fx,
    named.map(
      ({ field, value }) =>
        () =>
          coerce(fx, value, rvalue(fx, expression(fx, value, field.type)), field.type),
    ),
  );
  const holder = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, place, holder)} = ${allocation(fx, node, cls)};`);
  named.forEach(({ field }, i) => emit(fx, `${holder}->${field.cName} = ${(values[i] as Val).c};`));
  return makeVal(holder, place);
}

export function arrayLiteral(fx: Fx, node: ts.ArrayLiteralExpression, expected: BType | undefined): Val {
  const place = expected && isOptional(expected) ? inner(expected) : expected;
  const hint = place && isArray(place) ? inner(place) : undefined;
  const type = arrayOf(fx.cx, node, hint ?? elementType(fx, node));
  const element = inner(type);
  const operands: Operand[] = node.elements.map((e) => {
    if (ts.isOmittedExpression(e)) return fail(fx.cx, e, 1001, "An array has no holes here.");
    if (ts.isSpreadElement(e))
      return { make: () => coerce(fx, e, rvalue(fx, expression(fx, e.expression, type)), type) };
    return { make: () => coerce(fx, e, rvalue(fx, expression(fx, e, element)), element) };
  });
  const values = inOrder(fx, operands);
  const made = callRuntime(fx, node, "listNew", [constantVal(F64, values.length)], [element]);
  const holder = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, type, holder)} = ${made.c};`);
  const spread = node.elements.some(ts.isSpreadElement);
  values.forEach((v, i) => {
    if (!spread) emit(fx, `${holder}->data[${i}] = ${v.c};`);
    else if (ts.isSpreadElement(node.elements[i] as ts.Node))
      emit(fx, `${runtimeFunction(fx.cx, "listAppend", [element]).cName}(${holder}, ${v.c});`);
    else emit(fx, `${runtimeFunction(fx.cx, "listPush", [element]).cName}(${holder}, ${v.c});`);
  });
  if (!spread && values.length > 0) emit(fx, `${holder}->length = ${values.length};`);
  return makeVal(holder, type);
}

/** The type of the elements where nothing else says it: all of them must have one. */
function elementType(fx: Fx, node: ts.ArrayLiteralExpression): BType {
  let found: BType | undefined;
  for (const e of node.elements) {
    const at = ts.isSpreadElement(e) ? e.expression : e;
    const raw = capture(fx, () => rvalue(fx, expression(fx, at))).value.type;
    const type = ts.isSpreadElement(e) && isArray(raw) ? inner(raw) : settled(fx, e, raw);
    if (!found) found = type;
    else if (!sameType(found, type))
      return fail(
        fx.cx,
        e,
        1101,
        `The elements have the types '${typeName(found)}' and '${typeName(type)}'; convert one, or annotate the array.`,
      );
  }
  return (
    found ??
    fail(
      fx.cx,
      node,
      1002,
      "The type of an empty array is not known here; annotate the variable, as in `const a: number[] = []`.",
    )
  );
}
