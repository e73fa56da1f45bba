// spawn, join, parallelFor and parallelRanges.
//
// The runtime starts functions of one type, with a word. For every use a small function is made here that knows the types: it
// takes argument and function from a structure that the word points to. Where the function is known, it is called directly, so
// that the C compiler can inline it into the loop over a part of the indices.

import ts from "typescript";
import { cDeclare, cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { type Cx, type FunctionInstance, fail } from "../context.ts";
import { expression } from "../expressions/expression.ts";
import { capture, emit, type Fx, newTemporary } from "../function-context.ts";
import { resolveType } from "../type-nodes.ts";
import { BOOL, type BType, F64, type FnType, I64, isPlaceType, typeKey, typeName, U64, VOID } from "../types.ts";
import { ALL, inOrder, MEMORY, makeVal, PRIMARY, rvalue, stored, type Val, wrap } from "../values.ts";
import { isLambda, lambda, settled } from "./functions.ts";
import { callRuntime, runtimeClass, runtimeFunction } from "./runtime.ts";
import { inner, keptResult, threadOf } from "./types.ts";

export function threadCall(fx: Fx, node: ts.CallExpression, name: string): Val | undefined {
  if (name === "spawn") return spawnCall(fx, node);
  if (name === "parallelFor") return loopCall(fx, node, name, [F64]);
  if (name === "parallelRanges") return loopCall(fx, node, name, [F64, F64]);
  if (name !== "setParallelism") return undefined;
  const [count] = node.arguments;
  if (!count) return fail(fx.cx, node, 1112, "An argument is missing.");
  return callRuntime(fx, node, name, [coerce(fx, count, rvalue(fx, expression(fx, count, F64)), F64)]);
}

// --- The functions between the runtime and the program ----------------------------------------------------------------------------

/** A function whose lines are C, with parameters `[name, type]`; one for each key. */
function helper(
  cx: Cx,
  key: string,
  name: string,
  params: readonly (readonly [string, BType])[],
  lines: readonly string[],
): FunctionInstance {
  const known = cx.functions.get(key);
  if (known) return known;
  const { decl } = runtimeFunction(cx, "moduleStatements");
  const f: FunctionInstance = {
    cName: cx.names.global(name, decl),
    name,
    decl,
    env: new Map(),
    owner: undefined,
    attributes: {},
    params: params.map(([n, type]) => ({ name: n, cName: n, type, node: undefined })),
    result: VOID,
    used: false,
    lines: lines.map((text) => ({ text, indent: 1, file: undefined, line: 0 })),
  };
  cx.functions.set(key, f);
  return f;
}

interface Body {
  readonly v: Val;
  readonly type: FnType;
  /** How C calls it from a structure `s` with a field `body`. */
  readonly call: string;
}

/** A function that the program passes; `expected` are the types of its parameters, `extra` where the shared value may have one. */
function bodyOf(fx: Fx, a: ts.Expression, expected: readonly BType[], result: BType | undefined): Body {
  let at = a;
  while (ts.isParenthesizedExpression(at)) at = at.expression;
  const v = isLambda(at) ? lambda(fx, at, expected, result) : rvalue(fx, expression(fx, a));
  const type = v.type;
  if (type.kind !== "fn") return fail(fx.cx, a, 1101, `A '${typeName(type)}' cannot be called.`);
  if (type.params.length > expected.length)
    return fail(fx.cx, a, 1112, "The function has more parameters than it is given arguments.");
  const call = v.symbol !== undefined && v.symbol === v.c ? v.c : `((${cType(fx.cx.types, type)})s->body)`;
  return { v, type, call };
}

const argumentsOf = (body: Body, names: readonly string[]): string =>
  names.slice(0, body.type.params.length).join(", ");

/** The type of the value that the calls share: as the function's own parameter has it, or as the argument is. */
function sharedType(fx: Fx, a: ts.Expression, f: ts.Expression, position: number): BType {
  const annotation = isLambda(f) ? f.parameters[position]?.type : undefined;
  if (annotation) return resolveType(fx.cx, annotation, fx.env);
  const own = isLambda(f) ? undefined : functionType(fx, f)?.params[position];
  return own ?? settled(fx, a, capture(fx, () => rvalue(fx, expression(fx, a))).value.type);
}

function functionType(fx: Fx, f: ts.Expression): FnType | undefined {
  const { type } = capture(fx, () => rvalue(fx, expression(fx, f))).value;
  return type.kind === "fn" ? type : undefined;
}

function checkShared(fx: Fx, a: ts.Expression, type: BType): void {
  if (isPlaceType(type) || type.kind === "slice" || type.kind === "string")
    fail(fx.cx, a, 1101, `A '${typeName(type)}' may lie on the stack and cannot be given to a thread.`);
}

// --- spawn and join -----------------------------------------------------------------------------------------------------------------

function spawnCall(fx: Fx, node: ts.CallExpression): Val {
  const { cx } = fx;
  const [f, a] = node.arguments;
  if (!f) return fail(cx, node, 1112, "An argument is missing.");
  const shared = a ? sharedType(fx, a, f, 0) : BOOL;
  if (a) checkShared(fx, a, shared);
  const body = bodyOf(fx, f, a ? [shared] : [], undefined);
  const result = body.type.result;
  const kept = keptResult(result);
  const type = body.type.params[0] ?? shared;
  const task = runtimeClass(cx, "Task", [type, kept]);
  const operands = inOrder(fx, [
    () => body.v,
    ...(a ? [(): Val => stored(fx, coerce(fx, a, rvalue(fx, expression(fx, a, type)), type))] : []),
  ]);
  const [given, argument] = operands as [Val, Val | undefined];
  const holder = newTemporary(fx);
  const made = callRuntime(fx, node, "taskNew", [makeVal(`(u64)${wrap(given, PRIMARY)}`, U64)], [type, kept]);
  emit(fx, `${task.cName} *${holder} = ${made.c};`);
  if (argument) emit(fx, `${holder}->argument = ${argument.c};`);
  const call = `${body.call}(${argumentsOf(body, ["s->argument"])});`;
  const entry = helper(
    cx,
    `spawn:${typeKey(type)}:${typeKey(body.type)}:${body.call}`,
    "thread_entry",
    [["task", U64]],
    [
      `${task.cName} *s = (${task.cName} *)task;`,
      kept === result ? `s->thread.result = ${call}` : call,
      `${runtimeFunction(cx, "threadDone").cName}(task);`,
    ],
  );
  const start = callRuntime(fx, node, "threadStart", [entryVal(entry), makeVal(`(u64)${holder}`, U64)]);
  emit(fx, `${start.c};`);
  return makeVal(`(${threadOf(cx, result).cName})${holder}`, threadOf(cx, result), { prec: PRIMARY - 1 });
}

const entryVal = (f: FunctionInstance): Val =>
  makeVal(f.cName, { kind: "fn", params: f.params.map((p) => p.type), result: VOID, nullable: false });

/** `t.join()` */
export function joinThread(fx: Fx, node: ts.CallExpression, self: Val): Val {
  if (self.type.kind !== "profile") throw new Error("a thread is a type of the profile");
  const result = inner(self.type);
  const holder = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, self.type, holder)} = ${self.c};`);
  const wait = callRuntime(fx, node, "threadWait", [makeVal(`(u64)${holder}`, U64)]);
  if (keptResult(result) !== result) return { ...wait, type: VOID, effects: ALL };
  emit(fx, `${wait.c};`);
  return makeVal(`${holder}->result`, result, { reads: MEMORY });
}

// --- Parallel loops -----------------------------------------------------------------------------------------------------------------

/** `positions` are the parameters of the body before the shared value: an index, or both ends of a range. */
function loopCall(fx: Fx, node: ts.CallExpression, name: string, positions: readonly BType[]): Val {
  const { cx } = fx;
  const [from, to, f, a] = node.arguments;
  if (!from || !to || !f) return fail(cx, node, 1112, "An argument is missing.");
  const shared = a ? sharedType(fx, a, f, positions.length) : undefined;
  if (a && shared) checkShared(fx, a, shared);
  const body = bodyOf(fx, f, shared ? [...positions, shared] : positions, VOID);
  body.type.params.slice(0, positions.length).forEach((p) => {
    if (p.kind !== "float" || p.bits !== 64)
      fail(cx, f, 1101, `The index of a parallel loop is a number, not a '${typeName(p)}'.`);
  });
  const type = body.type.params[positions.length] ?? shared ?? BOOL;
  const number = (n: ts.Expression) => (): Val => coerce(fx, n, rvalue(fx, expression(fx, n, F64)), F64);
  const operands = inOrder(fx, [
    number(from),
    number(to),
    () => body.v,
    ...(a ? [(): Val => stored(fx, coerce(fx, a, rvalue(fx, expression(fx, a, type)), type))] : []),
  ]);
  const [start, end, given, data] = operands as [Val, Val, Val, Val | undefined];
  // The caller waits for the end of the loop, so what the calls share may lie on its stack.
  const task = runtimeClass(cx, "LoopData", [type]);
  const holder = newTemporary(fx);
  const fields = [`.body = (u64)${wrap(given, PRIMARY)}`, ...(data ? [`.data = ${data.c}`] : [])];
  emit(fx, `${task.cName} ${holder} = { ${fields.join(", ")} };`);
  const run = helper(
    cx,
    `${name}:${typeKey(type)}:${typeKey(body.type)}:${body.call}`,
    name === "parallelFor" ? "loop_part" : "loop_range",
    [
      ["data", U64],
      ["from", I64],
      ["to", I64],
    ],
    [`${task.cName} *s = (${task.cName} *)data;`, partText(body, positions.length)],
  );
  return callRuntime(fx, node, "parallelRun", [entryVal(run), makeVal(`(u64)&${holder}`, U64), start, end]);
}

const partText = (body: Body, positions: number): string =>
  positions === 1
    ? `for (i64 i = from; i < to; i++) ${body.call}(${argumentsOf(body, ["(f64)i", "s->data"])});`
    : `${body.call}(${argumentsOf(body, ["(f64)from", "(f64)to", "s->data"])});`;
