// Statements.

import ts from "typescript";
import { cDeclare } from "./c-types.ts";
import { coerce } from "./coerce.ts";
import { isConstantDeclaration } from "./constants.ts";
import { type Cx, checkFloats, declarationSymbol, fail } from "./context.ts";
import { Recover } from "./diagnostics.ts";
import { checkOutlives } from "./expressions/assignment.ts";
import { condition } from "./expressions/choice.ts";
import { constantOfDeclaration, expression } from "./expressions/expression.ts";
import { aggregate, aggregateType, stripped } from "./expressions/literals.ts";
import { capture, emit, type Fx, indented, type Local, newTemporary } from "./function-context.ts";
import { doStatement, forOf, forStatement, jump, switchStatement, whileStatement } from "./loops.ts";
import { resolveType } from "./type-nodes.ts";
import { type BType, ERROR, F64, isPlaceType, ptrTo, storageType, typeName } from "./types.ts";
import { usingDeclaration } from "./using.ts";
import { discard, stored, type Val } from "./values.ts";

export function block(fx: Fx, node: ts.Block): void {
  for (const s of node.statements) statement(fx, s);
}

/** A statement in braces of its own. */
export function nested(fx: Fx, node: ts.Statement): void {
  indented(fx, () => {
    if (ts.isBlock(node)) block(fx, node);
    else statement(fx, node);
  });
  fx.closing = node;
}

/** Compiles a statement; after an error compilation goes on with the next. */
export function statement(fx: Fx, node: ts.Statement): void {
  fx.node = node;
  try {
    if (fx.cx.profile.statement?.(fx, node)) return;
    dispatch(fx, node);
  } catch (error) {
    if (!(error instanceof Recover)) throw error;
    declareBroken(fx, node);
  }
}

/** Variables whose declaration failed are known, so that their uses give no further errors. */
function declareBroken(fx: Fx, node: ts.Statement): void {
  if (!ts.isVariableStatement(node)) return;
  const names = (name: ts.BindingName): ts.Declaration[] =>
    ts.isIdentifier(name)
      ? [name.parent as ts.Declaration]
      : name.elements.flatMap((e) => (ts.isBindingElement(e) ? names(e.name) : []));
  for (const d of node.declarationList.declarations.flatMap((each) => names(each.name))) {
    const symbol = declarationSymbol(fx.cx, d);
    if (!fx.locals.has(symbol))
      fx.locals.set(symbol, { cName: "", type: ERROR, inPlace: false, mutable: false, escapes: false, depth: 0 });
  }
}

function dispatch(fx: Fx, node: ts.Statement): void {
  if (ts.isExpressionStatement(node)) return expressionStatement(fx, node.expression);
  if (ts.isVariableStatement(node)) return variableDeclarations(fx, node.declarationList);
  if (ts.isReturnStatement(node)) return returnStatement(fx, node);
  if (ts.isIfStatement(node)) return ifStatement(fx, node);
  if (ts.isWhileStatement(node)) return whileStatement(fx, node, undefined);
  if (ts.isDoStatement(node)) return doStatement(fx, node, undefined);
  if (ts.isForStatement(node)) return forStatement(fx, node, undefined);
  if (ts.isForOfStatement(node)) return forOf(fx, node, undefined);
  if (ts.isSwitchStatement(node)) return switchStatement(fx, node, undefined);
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) return jump(fx, node);
  if (ts.isEmptyStatement(node) || ts.isTypeAliasDeclaration(node)) return;
  if (ts.isFunctionDeclaration(node)) return; // compiled when it is used
  if (ts.isLabeledStatement(node)) return labelled(fx, node);
  if (ts.isBlock(node)) {
    emit(fx, "{");
    nested(fx, node);
    emit(fx, "}");
    return;
  }
  fail(fx.cx, node, 1001, `This statement (${ts.SyntaxKind[node.kind]}) is not part of bare TypeScript.`);
}

function labelled(fx: Fx, node: ts.LabeledStatement): void {
  const label = node.label.text;
  const inner = node.statement;
  if (ts.isWhileStatement(inner)) return whileStatement(fx, inner, label);
  if (ts.isDoStatement(inner)) return doStatement(fx, inner, label);
  if (ts.isForStatement(inner)) return forStatement(fx, inner, label);
  if (ts.isForOfStatement(inner)) return forOf(fx, inner, label);
  if (ts.isSwitchStatement(inner)) return switchStatement(fx, inner, label);
  fail(fx.cx, node, 1001, "Only loops and switch statements can have a label.");
}

function expressionStatement(fx: Fx, node: ts.Expression): void {
  const v = expression(fx, node);
  if (v.type.kind === "error") return;
  const inner = stripped(node);
  const changes =
    ts.isBinaryExpression(inner) || ts.isPostfixUnaryExpression(inner) || ts.isPrefixUnaryExpression(inner);
  if (v.type.kind === "void" || v.type.kind === "never") {
    if (v.c !== "") emit(fx, `${v.c};`);
    return;
  }
  if (changes && v.effects !== 0) {
    emit(fx, `${v.c};`);
    return;
  }
  if (changes && !ts.isBinaryExpression(inner)) return discard(fx, v);
  if (changes && ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.EqualsToken) return;
  if (ts.isCallExpression(inner))
    fail(
      fx.cx,
      node,
      1107,
      `The result of type '${typeName(v.type)}' is not used; write \`void ...\` to discard it on purpose.`,
    );
  fail(fx.cx, node, 1107, "The value of the expression is not used.");
}

export function variableDeclarations(fx: Fx, list: ts.VariableDeclarationList): void {
  const kind = list.flags & ts.NodeFlags.BlockScoped;
  if (kind === ts.NodeFlags.None) fail(fx.cx, list, 1001, "`var` is not part of bare TypeScript; write let or const.");
  if (kind === ts.NodeFlags.AwaitUsing) fail(fx.cx, list, 1001, "`await using` is not part of bare TypeScript.");
  for (const d of list.declarations) {
    if (kind === ts.NodeFlags.Using) usingDeclaration(fx, d);
    else localVariable(fx, d);
  }
}

function localVariable(fx: Fx, d: ts.VariableDeclaration): void {
  if (!ts.isIdentifier(d.name)) return fail(fx.cx, d.name, 1001, "Destructuring is not part of bare TypeScript.");
  const symbol = declarationSymbol(fx.cx, d);
  const annotated = d.type ? resolveType(fx.cx, d.type, fx.env) : undefined;
  if (!d.initializer) return uninitialised(fx, d, symbol, annotated);
  if (isConstantDeclaration(fx.cx, d) && !fx.addressed.has(symbol)) {
    // Checked here even if nobody uses it; uses fold to the value.
    if (constantOfDeclaration(fx, symbol, d)) return;
  }
  const init = stripped(d.initializer);
  const place = annotated ?? aggregateType(fx, init);
  if (place && isPlaceType(place)) {
    const fresh = aggregate(fx, init, place);
    if (fresh) return localObject(fx, d, symbol, place, fresh);
  }
  const raw = expression(fx, d.initializer, annotated);
  const type = annotated ?? inferred(fx, d, raw);
  const v = coerce(fx, d.initializer, raw, type);
  const mutable = fx.assigned.has(symbol);
  const escapes = fx.addressed.has(symbol) && !isPlaceType(type);
  const holds = v.onStack && !mutable && !escapes ? { scope: v.scope } : undefined;
  const cName = declare(fx, symbol, { type, inPlace: false, mutable, escapes, holds }, d.name.text);
  emit(fx, `${cDeclare(fx.cx.types, storageType(type), cName)} = ${stored(fx, v).c};`);
}

function inferred(fx: Fx, d: ts.VariableDeclaration, v: Val): BType {
  switch (v.type.kind) {
    case "untyped":
      if (!v.type.big) {
        checkFloats(fx.cx, d.name);
        return F64;
      }
      return fail(fx.cx, d.name, 1002, "The variable needs a type: `let x: u64 = ...` or i64.");
    case "null":
    case "error":
      return fail(fx.cx, d.name, 1002, "The variable needs a type annotation.");
    case "void":
    case "never":
      return fail(fx.cx, d.initializer ?? d, 1101, "The expression has no value.");
    case "atomic":
    case "cell":
      return v.type;
    default:
      return v.type;
  }
}

export function declare(fx: Fx, symbol: ts.Symbol, local: Omit<Local, "cName" | "depth">, name: string): string {
  const cName = fx.cx.names.local(name);
  fx.locals.set(symbol, { ...local, cName, depth: fx.indent });
  return cName;
}

function uninitialised(fx: Fx, d: ts.VariableDeclaration, symbol: ts.Symbol, type: BType | undefined): void {
  if (!type) return fail(fx.cx, d, 1002, "The variable needs a type or an initial value.");
  const name = (d.name as ts.Identifier).text;
  const local = { type, inPlace: false, mutable: true, escapes: fx.addressed.has(symbol) && !isPlaceType(type) };
  const cName = declare(fx, symbol, local, name);
  // tsc proves that it is assigned before use; the zero only quietens compilers that cannot.
  const zero = type.kind === "string" || type.kind === "slice" || type.kind === "profile" ? "{0}" : "0";
  emit(fx, `${cDeclare(fx.cx.types, storageType(type), cName)} = ${zero};`);
}

/** A new object on the stack; a reference to it, too, if the variable is rebound later. */
function localObject(fx: Fx, d: ts.VariableDeclaration, symbol: ts.Symbol, type: BType, init: Val): void {
  const name = (d.name as ts.Identifier).text;
  const align = alignment(fx.cx, d);
  if (!fx.assigned.has(symbol)) {
    const cName = declare(fx, symbol, { type, inPlace: true, mutable: false, escapes: false }, name);
    emit(fx, `${cDeclare(fx.cx.types, type, cName)}${align} = ${init.c};`);
    return;
  }
  const object = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, type, object)}${align} = ${init.c};`);
  const cName = declare(fx, symbol, { type, inPlace: false, mutable: true, escapes: false }, name);
  emit(fx, `${cDeclare(fx.cx.types, ptrTo(type), cName)} = &${object};`);
}

function alignment(cx: Cx, d: ts.VariableDeclaration): string {
  for (const tag of ts.getJSDocTags(d)) {
    if (tag.tagName.text !== "align") fail(cx, tag, 1003, `@${tag.tagName.text} does not apply to a local variable.`);
    const value = Number(ts.getTextOfJSDocComment(tag.comment) ?? "");
    if (!(Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0))
      fail(cx, tag, 1003, "@align needs a power of two.");
    return ` __attribute__((aligned(${value})))`;
  }
  return "";
}

function returnStatement(fx: Fx, node: ts.ReturnStatement): void {
  const result = fx.instance?.result;
  if (!result) return fail(fx.cx, node, 1001, "`return` outside of a function.");
  if (!node.expression) {
    emit(fx, "return;");
    return;
  }
  if (result.kind === "void" || result.kind === "never") {
    const v = expression(fx, node.expression, result);
    if (v.type.kind !== "void" && v.type.kind !== "never")
      fail(fx.cx, node.expression, 1101, "The function returns nothing.");
    if (v.c !== "") emit(fx, `${v.c};`);
    emit(fx, result.kind === "never" ? "__builtin_unreachable();" : "return;");
    return;
  }
  const raw = expression(fx, node.expression, result);
  if (raw.type.kind === "never") {
    emit(fx, `${raw.c};`);
    return;
  }
  const v = coerce(fx, node.expression, raw, result);
  if (!raw.placeReads || fx.cx.profile.name === "bare") checkOutlives(fx, node.expression, v);
  emit(fx, `return ${stored(fx, v).c};`);
}

/** tsc has proved that the end is not reached; if it is all the same (an enum with a foreign value), the program stops. */
export function endOfFunction(fx: Fx, body: ts.Block): void {
  const result = fx.instance?.result;
  const last = body.statements.at(-1);
  if (!result || result.kind === "void" || (last && (ts.isReturnStatement(last) || ts.isThrowStatement(last)))) return;
  fx.node = last ?? body;
  emit(fx, result.kind === "never" ? "__builtin_unreachable();" : 'BT_PANIC("the end of a function was reached");');
}

function ifStatement(fx: Fx, node: ts.IfStatement): void {
  const c = condition(fx, node.expression);
  if (typeof c.konst === "boolean") {
    const chosen = c.konst ? node.thenStatement : node.elseStatement;
    const other = c.konst ? node.elseStatement : node.thenStatement;
    if (other) capture(fx, () => nested(fx, other)); // checked, not emitted
    if (!chosen) return;
    emit(fx, "{");
    nested(fx, chosen);
    fx.node = node;
    emit(fx, "}");
    return;
  }
  emit(fx, `if (${c.c}) {`);
  nested(fx, node.thenStatement);
  elseBranch(fx, node.elseStatement);
}

function elseBranch(fx: Fx, node: ts.Statement | undefined): void {
  if (!node) {
    emit(fx, "}");
    return;
  }
  if (ts.isIfStatement(node)) {
    fx.node = node;
    const test = capture(fx, () => condition(fx, node.expression));
    if (test.lines.length === 0 && test.value.konst === undefined) {
      emit(fx, `} else if (${test.value.c}) {`);
      nested(fx, node.thenStatement);
      elseBranch(fx, node.elseStatement);
      return;
    }
  }
  emit(fx, "} else {");
  nested(fx, node);
  emit(fx, "}");
}
