// Statements of the application profile: calls whose result is not needed, for ... of over its own types, switch on strings
// and numbers.

import ts from "typescript";
import { cDeclare } from "../c-types.ts";
import { declarationSymbol, fail } from "../context.ts";
import { compare } from "../expressions/comparison.ts";
import { expression } from "../expressions/expression.ts";
import { stripped } from "../expressions/literals.ts";
import { capture, emit, type Fx, indented, newTemporary, replay, temporary } from "../function-context.ts";
import { end, loop, loopBody } from "../loops.ts";
import { declare, statement } from "../statements.ts";
import { type BType, isPlaceType, type ProfileType, storageType } from "../types.ts";
import { MEMORY, named, rvalue, stored, type Val } from "../values.ts";
import { countedLoop } from "./counted-loops.ts";
import { loaded } from "./elements.ts";
import { isRuntimeFile } from "./runtime.ts";
import { inner, isArray, isOptional, isText, isTyped, TEXT } from "./types.ts";
import { none } from "./values.ts";

export function statementApp(fx: Fx, node: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(node)) return true;
  if (isRuntimeFile(node.getSourceFile())) return false;
  if (ts.isExpressionStatement(node)) return callStatement(fx, node);
  if (ts.isReturnStatement(node)) return emptyReturn(fx, node);
  if (ts.isForStatement(node)) return countedLoop(fx, node);
  if (ts.isSwitchStatement(node)) return switchApp(fx, node, undefined);
  return false;
}

/** Methods like push or set return values that programs rarely want. */
function callStatement(fx: Fx, node: ts.ExpressionStatement): boolean {
  const call = stripped(node.expression);
  if (!ts.isCallExpression(call) && !ts.isNewExpression(call)) return false;
  const v = expression(fx, call);
  if (v.type.kind === "error" || v.c === "") return true;
  if (v.type.kind === "void" || v.type.kind === "never") emit(fx, `${v.c};`);
  else if (v.effects !== 0) emit(fx, `(void)(${stored(fx, v).c});`);
  return true;
}

function emptyReturn(fx: Fx, node: ts.ReturnStatement): boolean {
  const result = fx.instance?.result;
  if (node.expression || !result || !isOptional(result)) return false;
  emit(fx, `return ${none(fx, result).c};`);
  return true;
}

// --- for ... of -----------------------------------------------------------------------------------------------------------

export function forOfApp(fx: Fx, node: ts.ForOfStatement, iterated: Val, label: string | undefined): boolean {
  const source = rvalue(fx, iterated);
  const t = source.type;
  if (!isArray(t) && !isTyped(t) && !isText(t)) return false;
  const list = node.initializer;
  const decl = ts.isVariableDeclarationList(list) ? list.declarations[0] : undefined;
  if (!decl || !ts.isIdentifier(decl.name)) return fail(fx.cx, list, 1001, "Write `for (const name of ...)`.");
  emit(fx, "{");
  fx.indent++;
  const holder = temporary(fx, t, source.c);
  if (isText(t)) codePoints(fx, node, decl, holder, label);
  else elements(fx, node, decl, holder, t, label);
  fx.indent--;
  emit(fx, "}");
  return true;
}

function variable(fx: Fx, decl: ts.VariableDeclaration, type: BType, c: string): void {
  const symbol = declarationSymbol(fx.cx, decl);
  const local = {
    type,
    inPlace: false,
    mutable: fx.assigned.has(symbol),
    escapes: fx.addressed.has(symbol) && !isPlaceType(type),
  };
  const cName = declare(fx, symbol, local, (decl.name as ts.Identifier).text);
  emit(fx, `${cDeclare(fx.cx.types, storageType(type), cName)} = ${c};`);
}

/** The length is read anew for every element: an array may grow while the loop runs. */
function elements(
  fx: Fx,
  node: ts.ForOfStatement,
  decl: ts.VariableDeclaration,
  holder: string,
  t: ProfileType,
  label: string | undefined,
): void {
  const index = newTemporary(fx);
  emit(fx, `for (u64 ${index} = 0; ${index} < ${holder}->length; ${index}++) {`);
  indented(fx, () => {
    if (isTyped(t)) {
      const v = loaded(t, `${holder}->data[${index}]`, {});
      variable(fx, decl, v.type, v.c);
    } else variable(fx, decl, inner(t), `${holder}->data[${index}]`);
  });
  end(fx, loopBody(fx, node.statement, label, false), "}");
}

function codePoints(
  fx: Fx,
  node: ts.ForOfStatement,
  decl: ts.VariableDeclaration,
  holder: string,
  label: string | undefined,
): void {
  const index = newTemporary(fx);
  const width = newTemporary(fx);
  emit(fx, `for (u64 ${index} = 0, ${width}; ${index} < ${holder}.length; ${index} += ${width}) {`);
  indented(fx, () => {
    emit(fx, `${width} = bt_text_point_width(${holder}, ${index});`);
    variable(fx, decl, TEXT, `((bt_text){ ${holder}.data + ${index}, ${width} })`);
  });
  end(fx, loopBody(fx, node.statement, label, false), "}");
}

// --- switch ---------------------------------------------------------------------------------------------------------------

/** switch on strings and numbers: comparisons one after the other. Cases may share statements, but not fall through. */
export function switchApp(fx: Fx, node: ts.SwitchStatement, label: string | undefined): boolean {
  const probe = capture(fx, () => rvalue(fx, expression(fx, node.expression)));
  const t = probe.value.type;
  if (!isText(t) && t.kind !== "float") return false;
  replay(fx, probe.lines);
  const subject = named(fx, { ...probe.value, reads: probe.value.reads | MEMORY });
  // A C switch around the comparisons: `break` leaves it, `continue` goes to the loop around.
  emit(fx, "switch (0) { default: {");
  const entry = loop(fx, label, false, () => indented(fx, () => clauses(fx, node, subject)), true);
  end(fx, entry, "} }");
  return true;
}

function clauses(fx: Fx, node: ts.SwitchStatement, subject: Val): void {
  const groups: { tests: ts.Expression[]; isDefault: boolean; statements: ts.NodeArray<ts.Statement> }[] = [];
  let tests: ts.Expression[] = [];
  let isDefault = false;
  for (const clause of node.caseBlock.clauses) {
    if (ts.isCaseClause(clause)) tests.push(clause.expression);
    else isDefault = true;
    if (clause.statements.length === 0 && clause !== node.caseBlock.clauses.at(-1)) continue;
    groups.push({ tests, isDefault, statements: clause.statements });
    tests = [];
    isDefault = false;
  }
  const ordered = [...groups.filter((g) => !g.isDefault), ...groups.filter((g) => g.isDefault)];
  for (const group of ordered) {
    if (group.isDefault) {
      emit(fx, "{");
    } else {
      const found = newTemporary(fx);
      emit(fx, `bool ${found} = false;`);
      for (const test of group.tests) {
        emit(fx, `if (!${found}) {`);
        indented(fx, () => {
          const v = rvalue(fx, expression(fx, test, subject.type));
          emit(fx, `${found} = ${compare(fx, test, "==", subject, v).c};`);
        });
        emit(fx, "}");
      }
      emit(fx, `if (${found}) {`);
    }
    indented(fx, () => {
      for (const s of group.statements) statement(fx, s);
      emit(fx, "break;");
    });
    emit(fx, "}");
  }
}
