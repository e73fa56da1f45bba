// Assembly: asm`...` becomes GCC's extended asm; in @naked functions, which allow basic asm only, every operand must be a
// constant or a symbol and is written into the text.
//
// Registers without a constraint letter (r8..r15, rbp) get a register variable, as GCC's manual demands.

import ts from "typescript";
import { cDeclare } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { constantOf, isConstantExpression } from "../constants.ts";
import { fail, symbolOf } from "../context.ts";
import { plainFunction, staticOf } from "../declarations.ts";
import { emit, type Fx, newTemporary, temporary } from "../function-context.ts";
import { cString } from "../strings.ts";
import { resolveType } from "../type-nodes.ts";
import { type BType, intOf, isPlaceType, ptrTo, storageType, typeName, U32, U64, VOID } from "../types.ts";
import { MEMORY, makeVal, rvalue, spill, spillPlace, stored, type Val } from "../values.ts";
import { assignC, targetPlace } from "./assignment.ts";
import { expression } from "./expression.ts";
import { preludeCallee } from "./literals.ts";

const LETTERS: Record<string, string> = {
  rax: "a",
  eax: "a",
  ax: "a",
  al: "a",
  rbx: "b",
  ebx: "b",
  rcx: "c",
  ecx: "c",
  cl: "c",
  rdx: "d",
  edx: "d",
  dx: "d",
  rsi: "S",
  esi: "S",
  rdi: "D",
  edi: "D",
};
const REGISTER_VARIABLES = new Set(["rbp", "ebp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"]);
const FREE = new Set(["r", "m", "q", "x", "i"]);

interface Operand {
  readonly constraint: string;
  readonly c: string;
  readonly shown: boolean;
}
interface Parts {
  readonly outputs: Operand[];
  readonly inputs: Operand[];
  readonly clobbers: string[];
  /** Statements behind the asm: values that must be stored to places. */
  readonly after: (() => void)[];
  /** Declarations of register variables. They come last: computing another operand may use those registers. */
  readonly registers: string[];
  result: { name: string; type: BType; isRegister: boolean } | undefined;
}

const pieces = (node: ts.TaggedTemplateExpression): { texts: string[]; operands: ts.Expression[] } => {
  const t = node.template;
  if (ts.isNoSubstitutionTemplateLiteral(t)) return { texts: [t.text], operands: [] };
  return {
    texts: [t.head.text, ...t.templateSpans.map((s) => s.literal.text)],
    operands: t.templateSpans.map((s) => s.expression),
  };
};

function checkTag(fx: Fx, node: ts.TaggedTemplateExpression): void {
  const tag = ts.isIdentifier(node.tag) ? node.tag.text : "";
  if (tag !== "asm") fail(fx.cx, node.tag, 1001, "The only tagged template of bare TypeScript is asm.");
}

/** Lines of assembly without the indentation of the source. */
const tidy = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line, i, all) => line !== "" || (i > 0 && i < all.length - 1))
    .join("\n\t");

export function asmExpression(fx: Fx, node: ts.TaggedTemplateExpression): Val {
  checkTag(fx, node);
  if (fx.constantOnly) return fail(fx.cx, node, 1301, "A static initialiser cannot run assembly.");
  const { texts, operands } = pieces(node);
  const result = node.typeArguments?.[0] ? resolveType(fx.cx, node.typeArguments[0], fx.env) : VOID;
  const parts: Parts = { outputs: [], inputs: [], clobbers: [], after: [], registers: [], result: undefined };
  // Constraint numbers count outputs first, so operands are named instead.
  const shown: (string | undefined)[] = operands.map((o, i) => operand(fx, o, `op${i}`, result, parts));
  let text = "";
  texts.forEach((t, i) => {
    text += t.replace(/[%{|}]/g, "%$&");
    text += shown[i] ?? "";
  });
  if (result.kind !== "void" && !parts.result)
    return fail(fx.cx, node, 1401, `asm<${typeName(result)}> needs one output(...).`);
  const list = (items: readonly Operand[]): string =>
    items
      .map(
        (o) =>
          `${o.shown ? `[${o.constraint.split("|")[0]}] ` : ""}${cString(o.constraint.split("|")[1] ?? "")}(${o.c})`,
      )
      .join(", ");
  const clobbers = parts.clobbers.map((c) => cString(c)).join(", ");
  const isPlain = parts.outputs.length + parts.inputs.length + parts.clobbers.length === 0;
  const tail = isPlain ? " : " : ` : ${list(parts.outputs)} : ${list(parts.inputs)}${clobbers ? ` : ${clobbers}` : ""}`;
  for (const declaration of parts.registers) emit(fx, declaration);
  emit(fx, `__asm__ volatile(${asmString(tidy(text))}${tail});`);
  for (const step of parts.after) step();
  if (!parts.result) return makeVal("", VOID, { effects: MEMORY });
  const { name, type, isRegister } = parts.result;
  // A register variable keeps its value only until the next use of the register.
  return makeVal(isRegister ? temporary(fx, type, name) : name, type);
}

const asmString = (text: string): string =>
  text
    .split("\n")
    .map((line, i, all) => cString(i < all.length - 1 ? `${line}\n` : line))
    .join(" ");

/** Compiles one operand; the result is what its place in the text shows. */
function operand(fx: Fx, node: ts.Expression, id: string, result: BType, parts: Parts): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression))
    return fail(
      fx.cx,
      node,
      1401,
      "An operand is output(...), input(...), inout(...), clobber(...), imm(...), symbol(...) or percpu(...).",
    );
  const name = node.expression.text;
  const args = node.arguments;
  if (name === "clobber") {
    for (const a of args) parts.clobbers.push(clobberName(constraintText(fx, a)));
    return undefined;
  }
  const fixed = fixedText(fx, node, name, "%%");
  if (fixed !== undefined) return fixed;
  const first = args[0] ?? fail(fx.cx, node, 1401, "The constraint is missing.");
  const constraint = constraintText(fx, first);
  if (!FREE.has(constraint) && !LETTERS[constraint] && !REGISTER_VARIABLES.has(constraint))
    return fail(fx.cx, first, 1401, `Unknown constraint '${constraint}'.`);
  if (name === "output") return outputOperand(fx, node, id, constraint, result, parts);
  const second = args[1] ?? fail(fx.cx, node, 1401, "The operand's value is missing.");
  if (name === "input") return inputOperand(fx, second, id, constraint, parts);
  if (name === "outputTo" || name === "inout") return placeOperand(fx, second, id, constraint, parts, name === "inout");
  return fail(fx.cx, node, 1401, `'${name}' is not an assembly operand.`);
}

const CLOBBER_NAMES: Record<string, string> = { al: "rax", ax: "rax", cl: "rcx", dx: "rdx" };
const clobberName = (name: string): string => CLOBBER_NAMES[name] ?? name;

function constraintText(fx: Fx, node: ts.Expression): string {
  return ts.isStringLiteralLike(node) ? node.text : fail(fx.cx, node, 1401, "The constraint must be a string literal.");
}

const letterOf = (constraint: string): string =>
  LETTERS[constraint] ?? (REGISTER_VARIABLES.has(constraint) ? "r" : constraint);
const isPinned = (constraint: string): boolean => !FREE.has(constraint);
const reference = (id: string, constraint: string): string | undefined =>
  isPinned(constraint) ? undefined : `%[${id}]`;

/** A variable for the operand; pinned to its register where no constraint letter does that. */
function variable(fx: Fx, parts: Parts, type: BType, constraint: string, init: string | undefined): string {
  const name = newTemporary(fx);
  const start = init === undefined ? "" : ` = ${init}`;
  const declaration = cDeclare(fx.cx.types, storageType(type), name);
  if (REGISTER_VARIABLES.has(constraint))
    parts.registers.push(`register ${declaration} __asm__("${constraint}")${start};`);
  else emit(fx, `${declaration}${start};`);
  return name;
}

const tagged = (id: string, constraint: string, prefix: string, early = false): string =>
  `${id}|${prefix}${early ? "&" : ""}${letterOf(constraint)}`;

function outputOperand(
  fx: Fx,
  node: ts.Node,
  id: string,
  constraint: string,
  result: BType,
  parts: Parts,
): string | undefined {
  if (parts.result)
    return fail(fx.cx, node, 1401, "asm has one output(...); further results go to places with outputTo(...).");
  if (result.kind === "void") return fail(fx.cx, node, 1401, "Write asm<Type>`...` for an asm with an output.");
  const name = variable(fx, parts, result, constraint, undefined);
  parts.result = { name, type: result, isRegister: REGISTER_VARIABLES.has(constraint) };
  parts.outputs.push({
    constraint: tagged(id, constraint, "=", !isPinned(constraint) && constraint !== "m"),
    c: name,
    shown: !isPinned(constraint),
  });
  return reference(id, constraint);
}

function inputOperand(fx: Fx, node: ts.Expression, id: string, constraint: string, parts: Parts): string | undefined {
  const raw = expression(fx, node);
  if (constraint === "m") {
    if (!raw.place || raw.perCpu !== undefined || raw.bits)
      return fail(fx.cx, node, 1401, 'The constraint "m" needs a place in memory.');
    parts.inputs.push({ constraint: tagged(id, constraint, ""), c: raw.c, shown: true });
    return `%[${id}]`;
  }
  let v = isPlaceType(raw.type) ? stored(fx, raw) : rvalue(fx, raw);
  if (v.type.kind === "untyped") v = coerce(fx, node, v, v.type.big || !fits32(v) ? U64 : U32);
  if (constraint === "i") {
    if (v.konst === undefined && !v.link) return fail(fx.cx, node, 1401, 'The constraint "i" needs a constant.');
  } else if (!["int", "enum", "bool", "ptr", "fn", "null", "class", "array", "float"].includes(v.type.kind)) {
    return fail(fx.cx, node, 1401, `A '${typeName(v.type)}' does not fit into a register.`);
  }
  const type: BType = v.type.kind === "null" ? ptrTo(U64) : v.type;
  const c = REGISTER_VARIABLES.has(constraint)
    ? variable(fx, parts, type, constraint, pinned(fx, v).c)
    : fixed(fx, v).c;
  parts.inputs.push({ constraint: tagged(id, constraint, ""), c, shown: !isPinned(constraint) });
  return reference(id, constraint);
}

/** Nothing but a name or a constant may set a register variable: anything else could use registers itself. */
const pinned = (fx: Fx, v: Val): Val =>
  v.konst !== undefined || /^[\w$]+$/.test(v.c) ? fixed(fx, v) : spill(fx, { ...v, reads: MEMORY });

/** Operands are evaluated in order; C would be free to choose. */
const fixed = (fx: Fx, v: Val): Val => (v.effects !== 0 ? spill(fx, v) : v);

const fits32 = (v: Val): boolean => typeof v.konst === "bigint" && v.konst >= -0x8000_0000n && v.konst <= 0xffff_ffffn;

function placeOperand(
  fx: Fx,
  node: ts.Expression,
  id: string,
  constraint: string,
  parts: Parts,
  isInout: boolean,
): string | undefined {
  const place = targetPlace(fx, node);
  const target = place.effects !== 0 ? spillPlace(fx, place) : place;
  const prefix = isInout ? "+" : "=";
  if (constraint === "m") {
    if (target.perCpu !== undefined || target.bits)
      return fail(fx.cx, node, 1401, 'The constraint "m" needs a place in memory.');
    parts.outputs.push({ constraint: tagged(id, constraint, prefix), c: target.c, shown: true });
    return `%[${id}]`;
  }
  if (isPlaceType(target.type) || !(intOf(target.type) || ["bool", "ptr", "fn", "float"].includes(target.type.kind))) {
    return fail(fx.cx, node, 1401, `A '${typeName(target.type)}' does not fit into a register.`);
  }
  const direct = target.bits === undefined && target.perCpu === undefined && !REGISTER_VARIABLES.has(constraint);
  const name = direct
    ? target.c
    : variable(fx, parts, target.type, constraint, isInout ? pinned(fx, rvalue(fx, target)).c : undefined);
  if (!direct) parts.after.push(() => emit(fx, `${assignC(fx, target, makeVal(name, target.type))};`));
  parts.outputs.push({
    constraint: tagged(id, constraint, prefix, !isInout && !isPinned(constraint)),
    c: name,
    shown: !isPinned(constraint),
  });
  return reference(id, constraint);
}

/** imm, symbol and percpu: operands that are text. `percent` is how a literal % is written. */
function fixedText(fx: Fx, node: ts.CallExpression, name: string, percent: string): string | undefined {
  const at = node.arguments[0];
  if (name !== "imm" && name !== "symbol" && name !== "percpu") return undefined;
  if (!at) return fail(fx.cx, node, 1401, `${name}() needs an argument.`);
  if (name === "imm") {
    if (!isConstantExpression(fx.cx, at)) return fail(fx.cx, at, 1110, "imm() needs an integer constant.");
    const v = constantOf(fx.cx, at, fx.env);
    return typeof v === "bigint" ? v.toString() : fail(fx.cx, at, 1110, "imm() needs an integer constant.");
  }
  if (name === "symbol") return symbolText(fx, at);
  if (fx.cx.options.target !== "kernel")
    return fail(fx.cx, node, 1501, "Only the kernel target has a per-CPU base register.");
  const v = expression(fx, at);
  if (v.perCpuOffset === undefined)
    return fail(fx.cx, at, 1401, "percpu() needs a @percpu variable, or a fixed part of one.");
  return `${percent}gs:${v.perCpuOffset}`;
}

function symbolText(fx: Fx, node: ts.Expression): string {
  const decl = ts.isIdentifier(node) ? symbolOf(fx.cx, node)?.valueDeclaration : undefined;
  if (decl && ts.isFunctionDeclaration(decl)) {
    const f = plainFunction(fx.cx, decl, node);
    f.used = true;
    return f.attributes.extern ?? f.cName;
  }
  if (decl && ts.isVariableDeclaration(decl)) {
    const item = staticOf(fx.cx, decl, node);
    if (item.perCpuOffset !== undefined)
      return fail(fx.cx, node, 1401, "A @percpu variable has no symbol; use percpu(x).");
    item.used = true;
    return item.attributes.extern ?? item.cName;
  }
  return fail(fx.cx, node, 1401, "symbol() needs a function or a variable of the module.");
}

/** The body of a @naked function. */
export function nakedBody(fx: Fx, body: ts.ConciseBody): void {
  const statements = ts.isBlock(body) ? body.statements : [];
  for (const s of statements) {
    fx.node = s;
    const call = ts.isExpressionStatement(s) ? s.expression : undefined;
    if (call && s === statements.at(-1) && preludeCallee(fx, call) === "unreachable") return; // for tsc only

    if (!call || !ts.isTaggedTemplateExpression(call))
      return fail(fx.cx, s, 1402, "A @naked function consists of asm statements only.");
    checkTag(fx, call);
    const { texts, operands } = pieces(call);
    const shown = operands.map((o) => {
      const name = ts.isCallExpression(o) && ts.isIdentifier(o.expression) ? o.expression.text : "";
      const text = ts.isCallExpression(o) ? fixedText(fx, o, name, "%") : undefined;
      return text ?? fail(fx.cx, o, 1402, "In a @naked function asm takes imm, symbol and percpu only.");
    });
    emit(fx, `__asm__ volatile(${asmString(tidy(texts.map((t, i) => t + (shown[i] ?? "")).join("")))});`);
  }
}
