// Modules as programs: their statements run once, imported modules first (ECMA-262 16.2.1.5).
//
// A module's statements become one function; its variables have static storage. A variable whose initialiser is not
// constant is set when its statement runs. JavaScript throws when it is read earlier; tsc sees that within a module's own
// statements, and where a function called from earlier statements could do it, reads test a flag and end the program.

import ts from "typescript";
import { coerce } from "../coerce.ts";
import { isConstantDeclaration } from "../constants.ts";
import { type Cx, type FunctionInstance, fail, isPreludeNode, type Static, symbolOf } from "../context.ts";
import { constantText, staticOf } from "../declarations.ts";
import { Recover } from "../diagnostics.ts";
import { expression } from "../expressions/expression.ts";
import { capture, emit, type Fx, newFx } from "../function-context.ts";
import { usageOf } from "../functions.ts";
import { statement } from "../statements.ts";
import { resolveType } from "../type-nodes.ts";
import { type BType, isPlaceType, VOID } from "../types.ts";
import { rvalue } from "../values.ts";
import { settled } from "./functions.ts";
import { isRuntimeFile, runtimeFunction } from "./runtime.ts";
import { isOptional } from "./types.ts";

const bodies = new WeakMap<FunctionInstance, ts.SourceFile>();
const runners = new WeakMap<Cx, FunctionInstance>();

const isDeclaration = (s: ts.Statement): boolean =>
  ts.isFunctionDeclaration(s) ||
  ts.isClassDeclaration(s) ||
  ts.isInterfaceDeclaration(s) ||
  ts.isTypeAliasDeclaration(s) ||
  ts.isEnumDeclaration(s) ||
  ts.isImportDeclaration(s) ||
  ts.isExportDeclaration(s) ||
  ts.isEmptyStatement(s);

function synthetic(cx: Cx, cName: string, name: string): FunctionInstance {
  const { decl } = runtimeFunction(cx, "moduleStatements");
  const f: FunctionInstance = {
    cName,
    name,
    decl,
    env: new Map(),
    owner: undefined,
    attributes: {},
    params: [],
    result: VOID,
    used: false,
    lines: [],
  };
  cx.functions.set(`module:${cName}`, f);
  return f;
}

/** The entry point, and one function for the statements of each module. */
export function roots(cx: Cx): void {
  runtimeFunction(cx, "appMain");
  const all = synthetic(cx, "bt_run_modules", "modules");
  runners.set(cx, all);
  for (const file of cx.modules) {
    if (isRuntimeFile(file) || file.statements.every(isDeclaration)) continue;
    const stem = file.fileName
      .replace(/^.*\//, "")
      .replace(/\.ts$/, "")
      .replace(/[^A-Za-z0-9]+/g, "_");
    const f = synthetic(cx, cx.names.global(`module_${stem}`, file), `module_${stem}`);
    bodies.set(f, file);
    cx.queue.push(f);
    all.lines.push({ text: `${f.cName}();`, indent: 1, file: undefined, line: 0 });
  }
}

export function moduleBody(cx: Cx, f: FunctionInstance): boolean {
  const file = bodies.get(f);
  if (!file) return f === runners.get(cx);
  const fx = newFx(cx, new Map(), f, usageOf(cx, file));
  for (const s of file.statements) {
    if (isDeclaration(s) || isStaticAssert(s)) continue;
    if (ts.isVariableStatement(s)) moduleVariables(fx, s);
    else statement(fx, s);
  }
  f.lines = [...fx.header, ...fx.lines];
  return true;
}

const isStaticAssert = (s: ts.Statement): boolean =>
  ts.isExpressionStatement(s) &&
  ts.isCallExpression(s.expression) &&
  s.expression.expression.getText() === "staticAssert";

function moduleVariables(fx: Fx, s: ts.VariableStatement): void {
  for (const d of s.declarationList.declarations) {
    fx.node = d;
    try {
      moduleVariable(fx, d);
    } catch (error) {
      if (!(error instanceof Recover)) throw error;
    }
  }
}

function moduleVariable(fx: Fx, d: ts.VariableDeclaration): void {
  const { cx } = fx;
  const kind = d.parent.flags & ts.NodeFlags.BlockScoped;
  if (kind !== ts.NodeFlags.Const && kind !== ts.NodeFlags.Let) fail(cx, d, 1001, "Write let or const.");
  if (isConstantDeclaration(cx, d)) return;
  const item = staticOf(cx, d, d);
  if (!d.initializer || initialText(cx, d, item.type) !== undefined || isPlaceType(item.type)) return;
  const v = coerce(fx, d.initializer, rvalue(fx, expression(fx, d.initializer, item.type)), item.type);
  emit(fx, `${item.cName} = ${v.c};`);
  if (needsFlag(cx, d)) emit(fx, `${flagOf(item)} = true;`);
}

const isModuleVariable = (d: ts.VariableDeclaration): boolean =>
  ts.isVariableStatement(d.parent.parent) &&
  ts.isSourceFile(d.parent.parent.parent) &&
  !isPreludeNode(d) &&
  !isRuntimeFile(d.getSourceFile());

/** The type of a module-level variable of the program; undefined for the runtime's own. */
export function staticType(cx: Cx, d: ts.VariableDeclaration): BType | undefined {
  if (!isModuleVariable(d)) return undefined;
  if (d.type) {
    const type = resolveType(cx, d.type, new Map());
    if (!d.initializer && !isOptional(type)) fail(cx, d, 1301, "A module-level variable needs an initial value.");
    return type;
  }
  const init = d.initializer ?? fail(cx, d, 1002, "The variable needs a type or an initial value.");
  const probe = newFx(cx, new Map(), runners.get(cx) ?? runtimeFunction(cx, "moduleStatements"), usageOf(cx, d));
  const v = capture(probe, () => rvalue(probe, expression(probe, init))).value;
  if (v.type.kind === "null" || v.type.kind === "error" || v.type.kind === "void" || v.type.kind === "never")
    return fail(cx, d.name, 1002, "The variable needs a type annotation.");
  return settled(probe, d.name, v.type);
}

/** The C initialiser where the value is a constant. */
function initialText(cx: Cx, d: ts.VariableDeclaration, type: BType): string | undefined {
  if (!d.initializer || !isConstantForm(cx, d.initializer)) return undefined;
  const fx = newFx(cx, new Map(), undefined);
  const v = coerce(fx, d.initializer, expression(fx, d.initializer, type), type);
  return v.konst === undefined ? undefined : constantText(fx, d.initializer, v);
}

function isConstantForm(cx: Cx, node: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(node))
    return node.operator === ts.SyntaxKind.MinusToken && isConstantForm(cx, node.operand);
  return (
    ts.isNumericLiteral(node) ||
    ts.isBigIntLiteral(node) ||
    ts.isStringLiteral(node) ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  );
}

export function staticText(cx: Cx, item: Static): string | undefined {
  if (!isModuleVariable(item.decl) || isPlaceType(item.type)) return undefined;
  const constant = initialText(cx, item.decl, item.type);
  if (constant !== undefined) return constant;
  const flag = needsFlag(cx, item.decl) ? `;\nstatic bool ${flagOf(item)} = false` : "";
  return `${item.type.kind === "profile" && (item.type.holds || item.type.size === 16) ? "{ 0 }" : "0"}${flag}`;
}

const flagOf = (item: Static): string => `${item.cName}$ready`;

const flags = new WeakMap<ts.VariableDeclaration, boolean>();

/** Whether a function of the program could run before the variable has its value. */
function needsFlag(cx: Cx, d: ts.VariableDeclaration): boolean {
  const known = flags.get(d);
  if (known !== undefined) return known;
  const own = d.parent.parent as ts.VariableStatement;
  const file = own.parent as ts.SourceFile;
  let result = false;
  for (const s of file.statements) {
    if (!isDeclaration(s) && callsProgram(cx, s === own ? (d.initializer ?? s) : s)) result = true;
    if (s === own) break;
  }
  flags.set(d, result);
  return result;
}

function callsProgram(cx: Cx, node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
    const decl = symbolOf(cx, callee)?.declarations?.[0];
    if (!decl || !isPreludeNode(decl)) return true;
    // Callbacks of the built-in methods are called at once.
    if (node.arguments?.some((a) => cx.checker.getTypeAtLocation(a).getCallSignatures().length > 0)) return true;
  }
  return ts.forEachChild(node, (child) => callsProgram(cx, child) || undefined) ?? false;
}

/** Reads and writes of a module-level variable from functions that may run too early. */
export function staticAccess(fx: Fx, node: ts.Identifier, item: Static): string | undefined {
  if (!isModuleVariable(item.decl) || isPlaceType(item.type) || initialText(fx.cx, item.decl, item.type) !== undefined)
    return undefined;
  if (
    !item.decl.initializer ||
    !needsFlag(fx.cx, item.decl) ||
    (fx.instance && bodies.get(fx.instance) === item.decl.getSourceFile())
  )
    return undefined;
  return `(*BT_READY(&${item.cName}, ${flagOf(item)}, ${JSON.stringify(node.text)}))`;
}
