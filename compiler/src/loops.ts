// Loops, switch, break and continue.
//
// A condition that needs statements of its own (a hoisted call) is tested inside an endless loop; `continue` then jumps to
// a label behind the body, so that the incrementor and the condition still run.

import ts from "typescript";
import { cDeclare } from "./c-types.ts";
import { coerce } from "./coerce.ts";
import { declarationSymbol, fail } from "./context.ts";
import { condition } from "./expressions/choice.ts";
import { expression } from "./expressions/expression.ts";
import { capture, emit, type Fx, indented, type Loop, newTemporary, replay } from "./function-context.ts";
import { declare, nested, statement, variableDeclarations } from "./statements.ts";
import { type BType, intOf, isPlaceType, storageType, typeName } from "./types.ts";
import { discard, MEMORY, makeVal, NOTHING, rvalue, spill, stored, type Val } from "./values.ts";

function loop(fx: Fx, label: string | undefined, continueByGoto: boolean, body: () => void, isSwitch = false): Loop {
  const entry: Loop = { label, continueLabel: undefined, breakLabel: undefined, continueByGoto, isSwitch };
  fx.loops.push(entry);
  try {
    body();
  } finally {
    fx.loops.pop();
  }
  return entry;
}

/** The body of a loop, with the label for `continue` behind it. */
export function loopBody(fx: Fx, node: ts.Statement, label: string | undefined, continueByGoto: boolean): Loop {
  const entry = loop(fx, label, continueByGoto, () => nested(fx, node));
  if (entry.continueLabel) indented(fx, () => emit(fx, `${entry.continueLabel}:;`));
  return entry;
}

export function end(fx: Fx, entry: Loop, close: string): void {
  emit(fx, close);
  if (entry.breakLabel) emit(fx, `${entry.breakLabel}:;`);
}

export function whileStatement(fx: Fx, node: ts.WhileStatement, label: string | undefined): void {
  const test = capture(fx, () => condition(fx, node.expression));
  if (test.lines.length === 0) {
    emit(fx, `while (${test.value.c}) {`);
  } else {
    emit(fx, "for (;;) {");
    replay(fx, test.lines, 1);
    indented(fx, () => emit(fx, `if (!(${test.value.c})) break;`));
  }
  end(fx, loopBody(fx, node.statement, label, false), "}");
}

export function doStatement(fx: Fx, node: ts.DoStatement, label: string | undefined): void {
  const test = capture(fx, () => condition(fx, node.expression));
  emit(fx, "do {");
  if (test.lines.length === 0) {
    end(fx, loopBody(fx, node.statement, label, false), `} while (${test.value.c});`);
    return;
  }
  const entry = loopBody(fx, node.statement, label, true);
  replay(fx, test.lines, 1);
  indented(fx, () => emit(fx, `if (!(${test.value.c})) break;`));
  end(fx, entry, "} while (1);");
}

export function forStatement(fx: Fx, node: ts.ForStatement, label: string | undefined): void {
  const init = capture(fx, () => {
    if (!node.initializer) return;
    if (ts.isVariableDeclarationList(node.initializer)) variableDeclarations(fx, node.initializer);
    else discardStatement(fx, node.initializer);
  });
  const test = node.condition ? capture(fx, () => condition(fx, node.condition as ts.Expression)) : undefined;
  const step = capture(fx, () => {
    if (node.incrementor) discardStatement(fx, node.incrementor);
  });
  const initC = clause(init.lines);
  const stepC = clause(step.lines, /^[A-Za-z_]\w* [*\w]/);
  const scoped = initC === undefined;
  if (scoped) {
    emit(fx, "{");
    fx.indent++;
    replay(fx, init.lines, 1);
  }
  const simpleTest = !test || test.lines.length === 0;
  emit(fx, `for (${initC ?? ""}; ${simpleTest && test ? test.value.c : ""}; ${stepC ?? ""}) {`);
  if (test && !simpleTest) {
    replay(fx, test.lines, scoped ? 2 : 1);
    indented(fx, () => emit(fx, `if (!(${test.value.c})) break;`));
  }
  const entry = loopBody(fx, node.statement, label, stepC === undefined);
  if (stepC === undefined) replay(fx, step.lines, scoped ? 2 : 1);
  end(fx, entry, "}");
  if (!scoped) return;
  fx.indent--;
  emit(fx, "}");
}

/** The lines as one clause of a C `for`, if they are at most one simple statement. */
function clause(lines: readonly { text: string }[], not?: RegExp): string | undefined {
  if (lines.length === 0) return "";
  const text = lines[0]?.text ?? "";
  if (
    lines.length > 1 ||
    !text.endsWith(";") ||
    /[{}]/.test(text) ||
    text.startsWith("__attribute__") ||
    not?.test(text)
  )
    return undefined;
  return text.slice(0, -1);
}

/** An expression that is evaluated for what it does. */
function discardStatement(fx: Fx, node: ts.Expression): void {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken) {
    discardStatement(fx, node.left);
    discardStatement(fx, node.right);
    return;
  }
  const v = expression(fx, node);
  if (v.effects !== NOTHING) emit(fx, `${v.c};`);
  else if (v.type.kind !== "void") discard(fx, v);
}

export function forOf(fx: Fx, node: ts.ForOfStatement, label: string | undefined): void {
  if (node.awaitModifier) return fail(fx.cx, node.awaitModifier, 1001, "`for await` is not part of bare TypeScript.");
  const iterated = expression(fx, node.expression);
  if (fx.cx.profile.forOf?.(fx, node, iterated, label)) return;
  const t = iterated.type.kind === "ptr" && iterated.type.to.kind === "array" ? iterated.type.to : iterated.type;
  if (t.kind !== "array" && t.kind !== "slice")
    return fail(fx.cx, node.expression, 1001, `'for ... of' goes through arrays and slices, not '${typeName(t)}'.`);
  const list = node.initializer;
  const decl = ts.isVariableDeclarationList(list) ? list.declarations[0] : undefined;
  if (!decl || !ts.isIdentifier(decl.name)) return fail(fx.cx, list, 1001, "Write `for (const name of ...)`.");
  emit(fx, "{");
  fx.indent++;
  const source =
    t.kind === "array"
      ? arraySource(fx, coerce(fx, node.expression, iterated, t))
      : spill(fx, { ...rvalue(fx, iterated), reads: 3 });
  const index = newTemporary(fx);
  const limit = t.kind === "array" ? `${t.length}u` : `${source.c}.length`;
  emit(fx, `for (u64 ${index} = 0; ${index} < ${limit}; ${index}++) {`);
  indented(fx, () => elementVariable(fx, decl, source, index, t.element));
  end(fx, loopBody(fx, node.statement, label, false), "}");
  fx.indent--;
  emit(fx, "}");
}

/** The array, where its address is fixed; one in the per-CPU block through an ordinary pointer. */
function arraySource(fx: Fx, v: Val): Val {
  return spill(fx, v.perCpu === undefined ? v : { ...v, reads: v.reads | MEMORY });
}

function elementVariable(fx: Fx, decl: ts.VariableDeclaration, source: Val, index: string, type: BType): void {
  const symbol = declarationSymbol(fx.cx, decl);
  const c = source.type.kind === "slice" ? `${source.c}.data[${index}]` : `${source.c}[${index}]`;
  const item = makeVal(c, type, { place: true });
  const cName = declare(
    fx,
    symbol,
    { type, inPlace: false, mutable: fx.assigned.has(symbol), escapes: fx.addressed.has(symbol) && !isPlaceType(type) },
    (decl.name as ts.Identifier).text,
  );
  emit(fx, `${cDeclare(fx.cx.types, storageType(type), cName)} = ${stored(fx, item).c};`);
}

/** A loop around statements that the caller emits: what break and continue need to know. */
export { loop };

export function switchStatement(fx: Fx, node: ts.SwitchStatement, label: string | undefined): void {
  const subject = rvalue(fx, expression(fx, node.expression));
  if (!intOf(subject.type))
    return fail(fx.cx, node.expression, 1602, `'switch' takes integers and enums, not '${typeName(subject.type)}'.`);
  emit(fx, `switch (${subject.c}) {`);
  const seen = new Set<string>();
  const entry = loop(
    fx,
    label,
    false,
    () => {
      for (const clause of node.caseBlock.clauses) switchClause(fx, clause, subject, seen);
    },
    true,
  );
  end(fx, entry, "}");
}

function switchClause(fx: Fx, clause: ts.CaseOrDefaultClause, subject: Val, seen: Set<string>): void {
  fx.node = clause;
  if (ts.isCaseClause(clause)) {
    const v = coerce(fx, clause.expression, expression(fx, clause.expression, subject.type), subject.type);
    if (typeof v.konst !== "bigint") return fail(fx.cx, clause.expression, 1602, "A case must be a constant.");
    if (seen.has(String(v.konst))) return fail(fx.cx, clause.expression, 1602, `The case ${v.konst} appears twice.`);
    seen.add(String(v.konst));
    emit(fx, `case ${v.c}:`);
  } else emit(fx, "default:");
  const isLast = clause.parent.clauses.at(-1) === clause;
  if (clause.statements.length === 0) {
    if (isLast) indented(fx, () => emit(fx, "break;"));
    return;
  }
  indented(fx, () => {
    emit(fx, "{");
    indented(fx, () => {
      for (const s of clause.statements) statement(fx, s);
    });
    emit(fx, "}");
    // tsc refuses fall-through (noFallthroughCasesInSwitch); the break covers ends that only tsc knows to be unreachable.
    if (!endsWithJump(clause.statements)) emit(fx, "break;");
  });
}

function endsWithJump(statements: ts.NodeArray<ts.Statement>): boolean {
  let last: ts.Statement | undefined = statements.at(-1);
  while (last && ts.isBlock(last)) last = last.statements.at(-1);
  return (
    last !== undefined && (ts.isReturnStatement(last) || ts.isBreakStatement(last) || ts.isContinueStatement(last))
  );
}

export function jump(fx: Fx, node: ts.BreakStatement | ts.ContinueStatement): void {
  const isContinue = ts.isContinueStatement(node);
  const candidates = fx.loops.filter((l) =>
    node.label ? l.label === node.label.text : isContinue ? !l.isSwitch : true,
  );
  const target = candidates.at(-1);
  if (!target) return fail(fx.cx, node, 1001, "There is no loop to leave here.");
  const innermost = fx.loops.at(-1) === target;
  const between = fx.loops.slice(fx.loops.indexOf(target) + 1);
  if (!isContinue) {
    if (innermost) return emit(fx, "break;");
    target.breakLabel ??= `break$${++fx.temporaries}`;
    return emit(fx, `goto ${target.breakLabel};`);
  }
  const plain = between.every((l) => l.isSwitch) && !target.continueByGoto;
  if (plain) return emit(fx, "continue;");
  target.continueLabel ??= `continue$${++fx.temporaries}`;
  emit(fx, `goto ${target.continueLabel};`);
}
