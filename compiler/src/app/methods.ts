// Methods of strings, numbers, arrays, maps, sets and typed arrays: each is a function of the runtime named after type and
// method (`listPush`, `textSlice`, `mapGet`); its parameters say what the arguments are converted to, its default values what
// missing arguments are.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { fail, symbolOf } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { capture, type Fx } from "../function-context.ts";
import { parameterSymbols } from "../generics.ts";
import { resolveType } from "../type-nodes.ts";
import { type BType, F64, intOf, type ProfileType, typeName } from "../types.ts";
import { inOrder, type Operand, rvalue, type Val } from "../values.ts";
import { storable } from "./elements.ts";
import { isLambda, lambda, settled } from "./functions.ts";
import { callRuntime, findRuntime } from "./runtime.ts";
import { toText } from "./text.ts";
import { joinThread } from "./threads.ts";
import { inner, isArray, isOptional, isProfile, isText, isTyped, typedElement } from "./types.ts";

const capital = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** How the runtime calls the methods of a type, and the type arguments that the object fixes. */
function family(t: BType): { prefix: string; args: readonly BType[] } | undefined {
  if (isText(t)) return { prefix: "text", args: [] };
  if (isArray(t)) return { prefix: "list", args: [inner(t)] };
  if (isProfile(t, "Map")) return { prefix: "map", args: t.args };
  if (isProfile(t, "Set")) return { prefix: "set", args: t.args };
  if (isTyped(t)) return { prefix: "typed", args: [typedElement(t)] };
  if (isProfile(t, "Mutex")) return { prefix: "mutex", args: [] };
  if (t.kind === "float") return { prefix: "number", args: [] };
  return undefined;
}

export function methodCallApp(
  fx: Fx,
  node: ts.CallExpression,
  object: Val,
  name: string,
  expected: BType | undefined,
): Val | undefined {
  const self = rvalue(fx, object);
  if (name === "toString" && node.arguments.length === 0) return toText(fx, node, self);
  const int = intOf(self.type);
  if (int && name === "toString") return integerText(fx, node, self);
  const target = self.type.kind === "untyped" || (int && int.bits <= 32) ? coerce(fx, node, self, F64) : self;
  if (isProfile(target.type, "Thread") && name === "join") return joinThread(fx, node, target);
  const group = family(target.type);
  if (!group) {
    if (isOptional(target.type)) return fail(fx.cx, node, 1101, "The value may be undefined; test it first.");
    return undefined;
  }
  const special = typedMethod(fx, node, target, name);
  if (special) return special;
  const decl = findRuntime(fx.cx, `${group.prefix}${capital(name)}`);
  if (!decl) return fail(fx.cx, node.expression, 1111, `'${typeName(self.type)}' has no method '${name}' here.`);
  return runtimeMethod(fx, node, decl, group.args, target, expected);
}

/** `value.toString(radix)` of integers. */
function integerText(fx: Fx, node: ts.CallExpression, self: Val): Val {
  const [v, radix] = inOrder(fx, [
    () => self,
    () => coerce(fx, node, expression(fx, node.arguments[0] as ts.Expression, F64), F64),
  ]) as [Val, Val];
  if (intOf(self.type)?.big) {
    const signed = intOf(self.type)?.signed === true;
    return callRuntime(fx, node, signed ? "signedToRadix" : "unsignedToRadix", [v, radix]);
  }
  return callRuntime(fx, node, "numberToString", [coerce(fx, node, v, F64), radix]);
}

/** The type that a type parameter gets from an argument, judged without emitting code. */
function argumentType(fx: Fx, a: ts.Expression): BType {
  return settled(fx, a, capture(fx, () => rvalue(fx, expression(fx, a))).value.type);
}

/** The function type that a parameter demands, where its parameter types are known. */
function callbackTypes(
  fx: Fx,
  type: ts.FunctionTypeNode,
  env: ReadonlyMap<ts.Symbol, BType>,
): { params: BType[]; result: BType | undefined } {
  const params = type.parameters.map((p) => resolveType(fx.cx, p.type as ts.TypeNode, env));
  const open = ts.isTypeReferenceNode(type.type) ? symbolOf(fx.cx, type.type.typeName) : undefined;
  const isOpen = open !== undefined && (open.flags & ts.SymbolFlags.TypeParameter) !== 0 && !env.has(open);
  return { params, result: isOpen ? undefined : resolveType(fx.cx, type.type, env) };
}

function runtimeMethod(
  fx: Fx,
  node: ts.CallExpression,
  decl: ts.FunctionDeclaration,
  fixed: readonly BType[],
  self: Val,
  expected: BType | undefined,
): Val {
  const symbols = parameterSymbols(fx.cx, decl);
  const env = new Map<ts.Symbol, BType>();
  fixed.forEach((t, i) => env.set(symbols[i] as ts.Symbol, t));
  const open = symbols[fixed.length];
  const given = node.typeArguments?.[0];
  if (open && given) env.set(open, resolveType(fx.cx, given, fx.env));
  const params = decl.parameters.slice(1);
  if (node.arguments.length > params.length) return fail(fx.cx, node, 1112, "Too many arguments.");
  // `reduce`: the accumulator's type is the initial value's.
  const initial = node.arguments[1];
  if (open && !env.has(open) && initial)
    env.set(open, expected && expected.kind !== "never" ? expected : argumentType(fx, initial));
  const operands: Operand[] = [{ make: () => self }];
  node.arguments.forEach((a, i) =>
    operands.push({ make: () => methodArgument(fx, a, params[i] as ts.ParameterDeclaration, env, open) }),
  );
  const values = inOrder(fx, operands);
  params.slice(node.arguments.length).forEach((p) => {
    if (!p.initializer) return fail(fx.cx, node, 1112, "An argument is missing.");
    const type = resolveType(fx.cx, p.type as ts.TypeNode, env);
    values.push(coerce(fx, node, expression(fx, p.initializer, type), type));
  });
  const typeArgs = symbols.map(
    (s) =>
      env.get(s) ?? fail(fx.cx, node, 1113, "The type of the result could not be inferred; annotate the function."),
  );
  return callRuntime(fx, node, decl.name?.text ?? "", values, typeArgs);
}

function methodArgument(
  fx: Fx,
  a: ts.Expression,
  p: ts.ParameterDeclaration,
  env: Map<ts.Symbol, BType>,
  open: ts.Symbol | undefined,
): Val {
  const node = p.type as ts.TypeNode;
  if (!ts.isFunctionTypeNode(node)) {
    const type = resolveType(fx.cx, node, env);
    return coerce(fx, a, rvalue(fx, expression(fx, a, type)), type);
  }
  const { params, result } = callbackTypes(fx, node, env);
  let at = a;
  while (ts.isParenthesizedExpression(at)) at = at.expression;
  const f = isLambda(at) ? lambda(fx, at, params, result) : rvalue(fx, expression(fx, a));
  if (f.type.kind !== "fn") return fail(fx.cx, a, 1101, `A '${typeName(f.type)}' cannot be called.`);
  if (result === undefined && open) env.set(open, f.type.result);
  return coerce(fx, a, f, { kind: "fn", params, result: result ?? f.type.result, nullable: false });
}

/** Methods of typed arrays whose argument is a number of the program, not of the element's width. */
function typedMethod(fx: Fx, node: ts.CallExpression, self: Val, name: string): Val | undefined {
  if (!isTyped(self.type)) return undefined;
  const t: ProfileType = self.type;
  const args = node.arguments;
  const number = (a: ts.Expression | undefined, fallback: string): Operand | (() => Val) =>
    a
      ? () => coerce(fx, a, rvalue(fx, expression(fx, a, F64)), F64)
      : () => ({ ...coerce(fx, node, self, t), c: fallback, type: F64, reads: 0, effects: 0 });
  if (name === "fill" && args[0]) {
    const first = args[0];
    const [o, v, from, to] = inOrder(fx, [
      () => self,
      () =>
        storable(fx, first, t, rvalue(fx, expression(fx, first, intOf(typedElement(t))?.big ? typedElement(t) : F64))),
      number(args[1], "0.0"),
      number(args[2], "1e300"),
    ]) as [Val, Val, Val, Val];
    return { ...callRuntime(fx, node, "typedFill", [o, v, from, to], [typedElement(t)]), type: t };
  }
  if (name === "slice" || name === "subarray") {
    const [o, from, to] = inOrder(fx, [() => self, number(args[0], "0.0"), number(args[1], "1e300")]) as [
      Val,
      Val,
      Val,
    ];
    return {
      ...callRuntime(fx, node, name === "slice" ? "typedSlice" : "typedSubarray", [o, from, to], [typedElement(t)]),
      type: t,
    };
  }
  if (name !== "set" || !args[0])
    return fail(fx.cx, node.expression, 1111, `A typed array has no method '${name}' here.`);
  const source = args[0];
  const [o, s, offset] = inOrder(fx, [
    () => self,
    () => rvalue(fx, expression(fx, source)),
    number(args[1], "0.0"),
  ]) as [Val, Val, Val];
  if (isTyped(s.type) && s.type.name === t.name)
    return callRuntime(fx, node, "typedSet", [o, s, offset], [typedElement(t)]);
  return fail(fx.cx, source, 1101, `set() takes another ${t.name} here; store the elements one by one.`);
}
