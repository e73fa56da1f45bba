// Calls: functions, generics, methods and function values.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { constantOf } from "../constants.ts";
import { declarationSymbol, type FunctionInstance, fail, isPreludeNode, symbolOf } from "../context.ts";
import type { Fx } from "../function-context.ts";
import { functionInstance, instanceSuffix, isStatic } from "../functions.ts";
import { type Bindings, infer, mentions, parameterSymbols, withBindings } from "../generics.ts";
import { resolveType } from "../type-nodes.ts";
import {
  type BType,
  type ClassInfo,
  type ClassType,
  type FnType,
  INT_TYPES,
  isPlaceType,
  ptrTo,
  type TypeEnv,
  typeName,
} from "../types.ts";
import {
  deref,
  inOrder,
  LOCAL,
  MEMORY,
  makeVal,
  type Operand,
  PRIMARY,
  rvalue,
  stored,
  type Val,
  wrap,
} from "../values.ts";
import { expression } from "./expression.ts";
import { convertCall, INTRINSICS } from "./intrinsics.ts";
import { builtinMethod } from "./methods.ts";

export function call(fx: Fx, node: ts.CallExpression, expected: BType | undefined): Val {
  if (node.questionDotToken)
    return fail(fx.cx, node, 1001, "`?.` is not part of bare TypeScript; test the pointer first.");
  const callee = node.expression;
  if (ts.isIdentifier(callee)) return namedCall(fx, node, callee, expected);
  if (ts.isPropertyAccessExpression(callee)) return methodCall(fx, node, callee, expected);
  return indirectCall(fx, node, () => expression(fx, callee));
}

function namedCall(fx: Fx, node: ts.CallExpression, callee: ts.Identifier, expected: BType | undefined): Val {
  const symbol = symbolOf(fx.cx, callee);
  const decl = symbol?.declarations?.[0];
  if (decl && isPreludeNode(decl)) {
    const special = fx.cx.profile.ambientCall?.(fx, node, callee.text, expected);
    if (special) return special;
    const intrinsic = INTRINSICS[callee.text];
    if (intrinsic) return intrinsic(fx, node, expected);
    return fail(fx.cx, callee, 1111, `'${callee.text}' cannot be called here.`);
  }
  if (decl && ts.isFunctionDeclaration(decl)) return directCall(fx, node, decl, expected);
  return indirectCall(fx, node, () => expression(fx, callee));
}

/** A call of a declared function: type arguments, instance, arguments. */
export function directCall(
  fx: Fx,
  node: ts.CallExpression,
  decl: ts.FunctionDeclaration,
  expected: BType | undefined,
): Val {
  const name = decl.name?.text ?? "anonymous";
  const target = implementation(fx, decl);
  return finishCall(fx, node, target, new Map(), name, undefined, undefined, expected);
}

function implementation(fx: Fx, decl: ts.FunctionDeclaration): ts.FunctionDeclaration {
  const symbol = declarationSymbol(fx.cx, decl);
  const all = (symbol.declarations ?? []).filter(ts.isFunctionDeclaration);
  if (all.length > 1) return fail(fx.cx, decl, 1001, "Overloads are not part of bare TypeScript.");
  return decl;
}

/** Compiles arguments, infers open type parameters from them, and makes the call. */
function finishCall(
  fx: Fx,
  node: ts.CallExpression,
  decl: ts.FunctionLikeDeclaration,
  outer: TypeEnv,
  name: string,
  owner: ClassInfo | undefined,
  self: (() => Val) | undefined,
  expected: BType | undefined,
): Val {
  const symbols = parameterSymbols(fx.cx, decl);
  const open = new Set(symbols);
  const bound: Bindings = new Map();
  node.typeArguments?.forEach((a, i) => {
    const symbol = symbols[i];
    if (symbol) bound.set(symbol, resolveType(fx.cx, a, fx.env));
  });
  refuseSpread(fx, node);
  const params = decl.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === "this"));
  if (node.arguments.length > params.length) return fail(fx.cx, node, 1112, "Too many arguments.");
  const unbound = (): Set<ts.Symbol> => new Set([...open].filter((s) => !bound.has(s)));
  const knownHint = (p: ts.ParameterDeclaration): BType | undefined => {
    const stillOpen = unbound();
    return p.type && !mentions(fx.cx, p.type, stillOpen)
      ? resolveType(fx.cx, p.type, withBindings(outer, bound))
      : undefined;
  };
  const operands: Operand[] = node.arguments.map((a, i) => ({
    make: () => {
      const p = params[i] as ts.ParameterDeclaration;
      const special = fx.cx.profile.argument?.(fx, a, p, withBindings(outer, bound), unbound());
      const v = special ?? expression(fx, a, knownHint(p));
      if (p.type) infer(fx.cx, p.type, v.type, open, bound);
      return v;
    },
  }));
  if (self) operands.unshift({ make: self });
  const values = inOrder(fx, operands);
  const selfVal = self ? values.shift() : undefined;
  inferFromResult(fx, decl, open, bound, expected);
  for (const s of symbols)
    if (!bound.has(s))
      return fail(
        fx.cx,
        node,
        1113,
        `The type argument '${s.name}' could not be inferred; write it: ${name}<...>(...).`,
      );
  const env = withBindings(outer, bound);
  const suffix = instanceSuffix(symbols.map((s) => bound.get(s) as BType));
  const instance = functionInstance(fx.cx, decl, env, name, suffix, owner);
  return callInstance(fx, node, instance, values, selfVal);
}

function refuseSpread(fx: Fx, node: ts.CallExpression): void {
  const spread = node.arguments.find(ts.isSpreadElement);
  if (spread) fail(fx.cx, spread, 1001, "Spread is not part of bare TypeScript.");
}

function inferFromResult(
  fx: Fx,
  decl: ts.FunctionLikeDeclaration,
  open: ReadonlySet<ts.Symbol>,
  bound: Bindings,
  expected: BType | undefined,
): void {
  if (!expected || !decl.type || bound.size === open.size) return;
  infer(fx.cx, decl.type, expected, open, bound);
}

export function callInstance(
  fx: Fx,
  node: ts.CallExpression,
  f: FunctionInstance,
  values: readonly Val[],
  self: Val | undefined,
): Val {
  if (f.attributes.naked && f.params.length === 0 && f.result.kind === "never") {
    // Entry stubs are not called like functions, but jumping to one that never returns is well-defined.
  }
  const args = f.params.map((p, i) => {
    const v = values[i];
    const at = node.arguments[i];
    if (v && at) return coerce(fx, at, v, p.type);
    return defaultValue(fx, node, f, i);
  });
  return emitCall(fx, f.cName, self ? [self, ...args] : args, f.result, false);
}

function defaultValue(fx: Fx, node: ts.CallExpression, f: FunctionInstance, index: number): Val {
  const p = f.params[index];
  const missing = p && fx.cx.profile.missingArgument?.(fx, p);
  if (missing) return missing;
  const init = p?.node?.initializer;
  if (!p || !init) return fail(fx.cx, node, 1112, "An argument is missing.");
  const v = coerce(fx, init, expression(fx, init, p.type), p.type);
  if (v.konst === undefined && v.type.kind !== "ptr") constantOf(fx.cx, init, fx.env, p.type);
  return v;
}

function emitCall(fx: Fx, target: string, args: readonly Val[], result: BType, _indirect: boolean): Val {
  const c = `${target}(${args.map((a) => stored(fx, a).c).join(", ")})`;
  const v = makeVal(c, isPlaceType(result) ? ptrTo(result) : result, {
    prec: PRIMARY,
    reads: LOCAL | MEMORY,
    effects: MEMORY,
  });
  const local = args.some((a) => (a.effects & LOCAL) !== 0);
  const final = local ? { ...v, effects: LOCAL | MEMORY } : v;
  return isPlaceType(result) ? deref(final, result) : final;
}

function indirectCall(fx: Fx, node: ts.CallExpression, callee: () => Val): Val {
  const holder: { type?: FnType } = {};
  refuseSpread(fx, node);
  const operands: Operand[] = [
    {
      make: () => {
        const v = rvalue(fx, callee());
        if (v.type.kind !== "fn")
          return fail(fx.cx, node.expression, 1112, `A '${typeName(v.type)}' cannot be called.`);
        holder.type = v.type;
        return v;
      },
    },
    ...node.arguments.map((a, i) => ({ make: () => expression(fx, a, holder.type?.params[i]) })),
  ];
  const [f, ...values] = inOrder(fx, operands) as [Val, ...Val[]];
  const type = holder.type as FnType;
  if (values.length !== type.params.length)
    return fail(fx.cx, node, 1112, `The function takes ${type.params.length} argument(s).`);
  const args = values.map((v, i) => coerce(fx, node.arguments[i] as ts.Node, v, type.params[i] as BType));
  const target =
    fx.cx.options.checked && !f.link
      ? `((${wrap(f, PRIMARY)} == NULL ? BT_PANIC("a null function was called") : (void)0), ${wrap(f, PRIMARY)})`
      : wrap(f, PRIMARY);
  const simple = /^[\w$.>[\]-]+$/.test(f.c);
  return emitCall(fx, simple ? target : wrap(f, PRIMARY), args, type.result, true);
}

function methodCall(
  fx: Fx,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  expected: BType | undefined,
): Val {
  const name = callee.name.text;
  if (callee.questionDotToken)
    return fail(fx.cx, callee, 1001, "`?.` is not part of bare TypeScript; test the pointer first.");
  if (ts.isIdentifier(callee.expression)) {
    const symbol = symbolOf(fx.cx, callee.expression);
    const decl = symbol?.declarations?.[0];
    if (decl && isPreludeNode(decl) && name === "wrap" && INT_TYPES.has(callee.expression.text))
      return convertCall(fx, node, callee.expression.text, true);
    const cls = symbol?.valueDeclaration;
    if (cls && ts.isClassDeclaration(cls) && !isPreludeNode(cls))
      return staticMethodCall(fx, node, cls, name, expected);
  }
  const object = expression(fx, callee.expression);
  const cls = classOf(object);
  if (cls) {
    const method = cls.cls.decl.members?.find(
      (m): m is ts.MethodDeclaration => ts.isMethodDeclaration(m) && ts.isIdentifier(m.name) && m.name.text === name,
    );
    if (method) {
      const self = (): Val => coerce(fx, callee.expression, coerce(fx, callee.expression, object, cls), ptrTo(cls));
      return finishCall(fx, node, method, cls.cls.env, `${cls.cls.cName}_${name}`, cls.cls, self, expected);
    }
  }
  return (
    builtinMethod(fx, node, callee, object, name, expected) ?? indirectCall(fx, node, () => expression(fx, callee))
  );
}

function classOf(v: Val): ClassType | undefined {
  if (v.type.kind === "class") return v.type;
  return v.type.kind === "ptr" && v.type.to.kind === "class" ? v.type.to : undefined;
}

function staticMethodCall(
  fx: Fx,
  node: ts.CallExpression,
  cls: ts.ClassDeclaration,
  name: string,
  expected: BType | undefined,
): Val {
  const method = cls.members.find(
    (m): m is ts.MethodDeclaration => ts.isMethodDeclaration(m) && m.name.getText() === name && isStatic(m),
  );
  if (!method) return fail(fx.cx, node, 1111, `'${cls.name?.text}' has no static method '${name}'.`);
  return finishCall(fx, node, method, new Map(), `${cls.name?.text}_${name}`, undefined, undefined, expected);
}
