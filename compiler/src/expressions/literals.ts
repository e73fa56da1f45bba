// New objects: object literals, `new Desc()`, zeroed(), fixedArray(...), sparseArray(...).
//
// `aggregate` gives the brace-enclosed C initialiser, which fits declarations of locals and statics, compound literals and
// nested members alike.

import ts from "typescript";
import { cDeclare, cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { constantOf } from "../constants.ts";
import { fail, isPreludeNode, symbolOf } from "../context.ts";
import { constantText } from "../declarations.ts";
import { emit, type Fx, headerLine, newTemporary } from "../function-context.ts";
import { layoutOf } from "../layout.ts";
import { classInstance, resolveType } from "../type-nodes.ts";
import {
  type ArrayType,
  type BType,
  type ClassInfo,
  type ClassType,
  type Field,
  intOf,
  isPlaceType,
  sameType,
  typeName,
} from "../types.ts";
import { addressC, effectsOf, inOrder, makeVal, type Operand, type Val } from "../values.ts";
import { checkBits } from "./assignment.ts";
import { expression } from "./expression.ts";

/** The expression without parentheses, `as const` and `satisfies`. */
export function stripped(node: ts.Expression): ts.Expression {
  let at = node;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    (ts.isAsExpression(at) && ts.isConstTypeReference(at.type))
  )
    at = at.expression;
  return at;
}

/** The prelude function that a call calls, if it is one. */
export function preludeCallee(fx: Fx, node: ts.Expression): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const decl = symbolOf(fx.cx, node.expression)?.declarations?.[0];
  return decl && isPreludeNode(decl) ? node.expression.text : undefined;
}

/** The type of a new object where no annotation says it. */
export function aggregateType(fx: Fx, node: ts.Expression): BType | undefined {
  if (ts.isNewExpression(node)) return fx.cx.profile.isReference?.(fx.cx, node) ? undefined : newType(fx, node);
  const name = preludeCallee(fx, node);
  if (!name || !ts.isCallExpression(node)) return undefined;
  if (name === "zeroed" && node.typeArguments?.[0]) return resolveType(fx.cx, node.typeArguments[0], fx.env);
  const [element, length] = node.typeArguments ?? [];
  if ((name === "fixedArray" || name === "sparseArray") && element && length) {
    const size = resolveType(fx.cx, length, fx.env);
    if (size.kind === "size")
      return { kind: "array", element: resolveType(fx.cx, element, fx.env), length: size.value };
  }
  return undefined;
}

function newType(fx: Fx, node: ts.NewExpression): ClassType {
  const decl = ts.isIdentifier(node.expression) ? symbolOf(fx.cx, node.expression)?.valueDeclaration : undefined;
  if (!decl || !ts.isClassDeclaration(decl) || isPreludeNode(decl))
    return fail(fx.cx, node, 1001, "`new` makes objects of the program's own classes only.");
  if (node.arguments && node.arguments.length > 0)
    return fail(fx.cx, node, 1112, "`new` takes no arguments: the object starts as zero bytes.");
  const args = (node.typeArguments ?? []).map((a) => resolveType(fx.cx, a, fx.env));
  if (args.length !== (decl.typeParameters?.length ?? 0))
    return fail(fx.cx, node, 1113, `'${decl.name?.text}' needs its type arguments.`);
  return { kind: "class", cls: classInstance(fx.cx, decl, args, node) };
}

/** The C initialiser for a new object of `type`; undefined if the expression refers to an existing one. */
export function aggregate(fx: Fx, node: ts.Expression, type: BType): Val | undefined {
  if (ts.isObjectLiteralExpression(node)) {
    if (type.kind !== "class") return fail(fx.cx, node, 1101, `An object literal cannot be a '${typeName(type)}'.`);
    return objectInitialiser(fx, node, layoutOf(fx.cx, type.cls, node), type);
  }
  if (ts.isNewExpression(node)) {
    const made = newType(fx, node);
    if (!sameType(made, type))
      return fail(fx.cx, node, 1101, `A '${typeName(made)}' cannot be used as '${typeName(type)}'.`);
    return makeVal("{0}", type);
  }
  const name = preludeCallee(fx, node);
  if (!name || !ts.isCallExpression(node)) return undefined;
  if (name === "zeroed")
    return makeVal(isPlaceType(type) && type.kind !== "atomic" && type.kind !== "cell" ? "{0}" : zeroText(type), type);
  if (name === "fixedArray") return arrayInitialiser(fx, node, type);
  if (name === "sparseArray") return sparseInitialiser(fx, node, type);
  return undefined;
}

function zeroText(type: BType): string {
  const t = type.kind === "atomic" ? type.of : type;
  return t.kind === "slice" || t.kind === "string" ? "{0}" : "0";
}

/** A member of an aggregate: a nested aggregate or a value. */
function memberValue(fx: Fx, node: ts.Expression, type: BType): Val {
  const nested = aggregate(fx, stripped(node), type);
  if (nested) return nested;
  if (type.kind === "atomic") return { ...memberValue(fx, node, type.of), type };
  if (isPlaceType(type))
    return fail(
      fx.cx,
      node,
      1105,
      `This would copy a '${typeName(type)}'; write a literal, or zeroed() and copy(...).`,
    );
  const v = coerce(fx, node, expression(fx, node, type), type);
  return fx.constantOnly ? { ...v, c: constantText(fx, node, v) } : v;
}

function objectInitialiser(fx: Fx, node: ts.ObjectLiteralExpression, cls: ClassInfo, type: BType): Val {
  if (cls.form !== "struct")
    return fail(fx.cx, node, 1101, `A ${cls.form} has no literal; use zeroed() and assign its fields.`);
  const fields: Field[] = [];
  const operands: Operand[] = node.properties.map((p) => {
    if (!ts.isPropertyAssignment(p) && !ts.isShorthandPropertyAssignment(p))
      return fail(fx.cx, p, 1001, "Object literals have plain fields only.");
    const name = ts.isIdentifier(p.name) ? p.name.text : fail(fx.cx, p.name, 1001, "A field has a plain name.");
    const field = cls.fields.find((f) => f.name === name);
    if (!field) return fail(fx.cx, p.name, 1111, `'${cls.name}' has no field '${name}'.`);
    fields.push(field);
    return { make: () => memberValue(fx, ts.isPropertyAssignment(p) ? p.initializer : p.name, field.type) };
  });
  const values = inOrder(fx, operands);
  const parts: string[] = [];
  const units = new Map<string, string[]>();
  values.forEach((v, i) => {
    const field = fields[i] as Field;
    checkBits(fx, node.properties[i] as ts.Node, field.bits, v);
    if (!field.bits) parts.push(`.${field.cName} = ${v.c}`);
    else {
      const texts = units.get(field.bits.unit) ?? [];
      if (texts.length === 0) parts.push(`\u0001${field.bits.unit}`);
      texts.push(bitsText(field, v));
      units.set(field.bits.unit, texts);
    }
  });
  const text = parts
    .map((p) => (p.startsWith("\u0001") ? `.${p.slice(1)} = ${(units.get(p.slice(1)) ?? []).join(" | ")}` : p))
    .join(", ");
  return makeVal(text === "" ? "{0}" : `{ ${text} }`, type, {
    ...effectsOf(values),
    onStack: values.some((v) => v.onStack),
  });
}

function bitsText(field: Field, v: Val): string {
  const bits = field.bits as NonNullable<Field["bits"]>;
  const wide = intOf(field.type)?.bits === 64;
  const mask = `0x${((1n << BigInt(bits.width)) - 1n).toString(16)}${wide ? "ull" : "u"}`;
  return `((${wide ? "u64" : "u32"})(${v.c}) & ${mask}) << ${bits.low}`;
}

function arrayInitialiser(fx: Fx, node: ts.CallExpression, expected: BType): Val {
  const type = arrayType(fx, node, expected);
  if (node.arguments.length !== type.length)
    return fail(
      fx.cx,
      node,
      1112,
      `The array has ${type.length} elements, but ${node.arguments.length} values are given.`,
    );
  const values = inOrder(
    fx,
    node.arguments.map((a) => ({ make: () => memberValue(fx, a, type.element) })),
  );
  return makeVal(values.length === 0 ? "{}" : `{ ${values.map((v) => v.c).join(", ")} }`, type, {
    ...effectsOf(values),
    onStack: values.some((v) => v.onStack),
  });
}

function arrayType(fx: Fx, node: ts.CallExpression, expected: BType): ArrayType {
  if (expected.kind === "array") return expected;
  return fail(fx.cx, node, 1101, `An array cannot be a '${typeName(expected)}'.`);
}

function sparseInitialiser(fx: Fx, node: ts.CallExpression, expected: BType): Val {
  const type = arrayType(fx, node, expected);
  const [fallback, entries] = node.arguments;
  const literal = entries ? stripped(entries) : undefined;
  if (!fallback || !literal || !ts.isObjectLiteralExpression(literal))
    return fail(fx.cx, node, 1112, "Write sparseArray(fallback, { [index]: value, ... }).");
  const seen = new Set<bigint>();
  const operands: Operand[] = [{ make: () => memberValue(fx, fallback, type.element) }];
  const indices: bigint[] = [];
  for (const p of literal.properties) {
    if (!ts.isPropertyAssignment(p)) return fail(fx.cx, p, 1001, "Write `[INDEX]: value`.");
    const index = sparseIndex(fx, p.name);
    if (index < 0n || index >= BigInt(type.length))
      return fail(fx.cx, p.name, 1102, `The index ${index} lies outside the array of ${type.length} elements.`);
    if (seen.has(index)) return fail(fx.cx, p.name, 1102, `The index ${index} appears twice.`);
    seen.add(index);
    indices.push(index);
    operands.push({ make: () => memberValue(fx, p.initializer, type.element) });
  }
  const [first, ...rest] = inOrder(fx, operands);
  const parts = rest.map((v, i) => `[${indices[i]}] = ${v.c}`);
  if (type.length > 0) parts.unshift(`[0 ... ${type.length - 1}] = ${first?.c}`);
  return makeVal(`{ ${parts.join(", ")} }`, type, effectsOf([first as Val, ...rest]));
}

function sparseIndex(fx: Fx, name: ts.PropertyName): bigint {
  if (ts.isNumericLiteral(name)) return BigInt(name.text);
  if (ts.isComputedPropertyName(name)) {
    const v = constantOf(fx.cx, name.expression, fx.env);
    if (typeof v === "bigint") return v;
  }
  return fail(fx.cx, name, 1110, "The index must be an integer constant.");
}

/** An object literal in an expression: a local object of its own. */
export function objectValue(fx: Fx, node: ts.ObjectLiteralExpression, expected: BType | undefined): Val {
  const target = expected?.kind === "ptr" ? expected.to : expected;
  if (!target)
    return fail(
      fx.cx,
      node,
      1002,
      "The type of the object literal is not known here; put it into an annotated variable.",
    );
  return localAggregate(fx, node, target);
}

export function newObject(fx: Fx, node: ts.NewExpression): Val {
  return localAggregate(fx, node, newType(fx, node));
}

export function localAggregate(fx: Fx, node: ts.Expression, type: BType): Val {
  const init = aggregate(fx, node, type);
  if (!init) throw new Error("not an aggregate");
  if (!isPlaceType(type)) return makeVal(`((${cType(fx.cx.types, type)})${init.c})`, type, { link: true });
  if (fx.constantOnly) return fail(fx.cx, node, 1301, "The initialiser of a static variable must be constant.");
  // The object lives as long as the function, not only until the end of the C block that this statement stands in.
  const name = newTemporary(fx);
  headerLine(fx, `${cDeclare(fx.cx.types, type, name)};`);
  emit(fx, `${storeAggregate(fx, makeVal(name, type, { place: true }), init)};`);
  return makeVal(name, type, { place: true, onStack: true });
}

/** The C text that makes a place hold a new object. */
export function storeAggregate(fx: Fx, target: Val, init: Val): string {
  const type = cType(fx.cx.types, target.type);
  const address = addressC(fx, target);
  if (init.c === "{0}") return `__builtin_memset(${address}, 0, sizeof(${type}))`;
  if (target.type.kind === "array") return `__builtin_memcpy(${address}, &(${type})${init.c}, sizeof(${type}))`;
  if (target.type.kind === "atomic") return `${target.c} = ${init.c}`;
  return target.perCpu !== undefined ? `*${address} = (${type})${init.c}` : `${target.c} = (${type})${init.c}`;
}
