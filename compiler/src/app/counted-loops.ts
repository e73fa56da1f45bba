// Loops over typed arrays at the speed of C.
//
// `for (let i = a; i < b; i++)` counts in doubles, tests every index against the length of its array, and reads place and length of
// the array again in every turn, because each store might have changed them. No C compiler vectorises that. If nothing in the loop
// changes its limits, the arrays it refers to and the parts of their indices besides `i`, all tests can be made before it:
//
//     if (limits whole && every index of every turn inside its array) { the loop, counting in integers, without tests }
//     else { the loop as it stands }
//
// Both do the same: the first runs only where no test of the second would fail. Typed arrays never change place or length. An
// index may be `i`, or sums and differences of `i` (or `i * n`) and numbers that the loop does not change. The sums are exact,
// since each part is at most 2^50. Only innermost loops are compiled twice, so the code grows by a factor of two at most.

import ts from "typescript";
import { cType } from "../c-types.ts";
import { coerce } from "../coerce.ts";
import { declarationSymbol, symbolOf } from "../context.ts";
import { capture, emit, type Fx, indented, type Line, newTemporary, replay } from "../function-context.ts";
import { usageOf } from "../functions.ts";
import { end, forStatement, loopBody } from "../loops.ts";
import { F64, type ProfileType } from "../types.ts";
import { PRIMARY, type Val, wrap } from "../values.ts";
import { isFixedNumber, isFixedReference, type LoopFacts, loopFacts, valueIn } from "./invariants.ts";
import { isTyped, typedElement } from "./types.ts";

/** More different places in one loop are not worth their tests. */
const MAX_PLACES = 16;
/** Larger constants in an index are tested like variables. */
const MAX_CONSTANT = 1n << 20n;

interface Counted {
  readonly facts: LoopFacts;
  readonly counter: ts.Symbol;
  /** C: the counter, its first value and the one behind its last. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Tests before the loop, in order; each may use what those before it set. */
  readonly tests: string[];
  /** Declarations before the tests, and after they succeeded. */
  readonly before: string[];
  readonly after: string[];
  /** C of each place, by what it is, and the pointer to the elements of each array. */
  readonly places: Map<string, string>;
  readonly pointers: Map<string, string>;
  /** The variables for the numbers that were tested to be whole. */
  readonly numbers: Map<string, string>;
}

const active = new WeakMap<Fx, Counted>();

interface Header {
  readonly decl: ts.VariableDeclaration;
  readonly start: ts.Expression;
  readonly limit: ts.Expression;
  readonly inclusive: boolean;
}

/** `for (let i = start; i < limit; i++)` */
function headerOf(fx: Fx, node: ts.ForStatement): Header | undefined {
  const { initializer, condition, incrementor } = node;
  if (!initializer || !condition || !incrementor || !ts.isVariableDeclarationList(initializer)) return undefined;
  const decl = initializer.declarations[0];
  if (initializer.declarations.length !== 1 || !decl?.initializer || decl.type || !ts.isIdentifier(decl.name))
    return undefined;
  const symbol = declarationSymbol(fx.cx, decl);
  const isCounter = (n: ts.Expression): boolean => ts.isIdentifier(n) && symbolOf(fx.cx, n) === symbol;
  if (!ts.isBinaryExpression(condition) || !isCounter(condition.left) || !isStep(incrementor, isCounter))
    return undefined;
  const kind = condition.operatorToken.kind;
  if (kind !== ts.SyntaxKind.LessThanToken && kind !== ts.SyntaxKind.LessThanEqualsToken) return undefined;
  return {
    decl,
    start: decl.initializer,
    limit: condition.right,
    inclusive: kind === ts.SyntaxKind.LessThanEqualsToken,
  };
}

function isStep(node: ts.Expression, isCounter: (n: ts.Expression) => boolean): boolean {
  if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node))
    return node.operator === ts.SyntaxKind.PlusPlusToken && isCounter(node.operand);
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken &&
    isCounter(node.left) &&
    ts.isNumericLiteral(node.right) &&
    node.right.text === "1"
  );
}

/** Compiles the loop twice if that pays; false if it is to be compiled as it stands. */
export function countedLoop(fx: Fx, node: ts.ForStatement): boolean {
  const header = headerOf(fx, node);
  if (!header) return false;
  const facts = loopFacts(fx, node);
  const counter = declarationSymbol(fx.cx, header.decl);
  if (facts.nests || usageOf(fx.cx, node.statement).assigned.has(counter)) return false;
  if (!isFixedNumber(fx, facts, header.start) || !isFixedNumber(fx, facts, header.limit)) return false;
  const errors = fx.cx.diagnostics.list.length;
  const plain = capture(fx, () => indented(fx, () => forStatement(fx, node, undefined))).lines;
  const counted = newCounted(fx, facts, counter);
  const fast = capture(fx, () => indented(fx, () => fastLoop(fx, node, counted))).lines;
  if (counted.places.size === 0 || fx.cx.diagnostics.list.length > errors) {
    replay(fx, plain, -1);
    return true;
  }
  fx.node = node;
  emitBoth(fx, header, counted, fast, plain);
  return true;
}

function newCounted(fx: Fx, facts: LoopFacts, counter: ts.Symbol): Counted {
  const [name, from, to] = [newTemporary(fx), newTemporary(fx), newTemporary(fx)];
  return {
    facts,
    counter,
    name,
    from,
    to,
    tests: [],
    before: [],
    after: [],
    places: new Map(),
    pointers: new Map(),
    numbers: new Map(),
  };
}

function fastLoop(fx: Fx, node: ts.ForStatement, counted: Counted): void {
  const saved = fx.locals.get(counted.counter);
  // Where the counter is used as a number, it is converted.
  fx.locals.set(counted.counter, {
    cName: `((f64)${counted.name})`,
    type: F64,
    inPlace: false,
    mutable: false,
    escapes: false,
    depth: fx.indent,
  });
  active.set(fx, counted);
  try {
    emit(fx, `for (i64 ${counted.name} = ${counted.from}; ${counted.name} < ${counted.to}; ${counted.name}++) {`);
    end(fx, loopBody(fx, node.statement, undefined, false), "}");
  } finally {
    active.delete(fx);
    if (saved) fx.locals.set(counted.counter, saved);
  }
}

function emitBoth(fx: Fx, header: Header, counted: Counted, fast: readonly Line[], plain: readonly Line[]): void {
  const number = (n: ts.Expression): string => coerce(fx, n, valueIn(fx, n) as Val, F64).c;
  const { from, to } = counted;
  emit(fx, "{");
  fx.indent++;
  emit(fx, `i64 ${from} = 0, ${to} = 0;`);
  for (const line of counted.before) emit(fx, line);
  const limits = `bt_loop_limits(${number(header.start)}, ${number(header.limit)}, ${header.inclusive}, &${from}, &${to})`;
  emit(fx, `if (BT_LIKELY(${[limits, ...counted.tests].join(" && ")})) {`);
  indented(fx, () => {
    for (const line of counted.after) emit(fx, line);
  });
  replay(fx, fast, 1);
  emit(fx, "} else {");
  replay(fx, plain, 1);
  emit(fx, "}");
  fx.indent--;
  emit(fx, "}");
}

// --- Places -----------------------------------------------------------------------------------------------------------------------

/** An index as the counter times `factor` plus numbers that the loop does not change. */
interface Index {
  factor: "none" | "one" | ts.Expression;
  readonly parts: { readonly node: ts.Expression; readonly sign: "+" | "-" }[];
}

function indexOf(fx: Fx, counted: Counted, node: ts.Expression): Index | undefined {
  const index: Index = { factor: "none", parts: [] };
  return addParts(fx, counted, node, "+", index) ? index : undefined;
}

function addParts(fx: Fx, counted: Counted, node: ts.Expression, sign: "+" | "-", index: Index): boolean {
  if (ts.isParenthesizedExpression(node)) return addParts(fx, counted, node.expression, sign, index);
  if (isFixedNumber(fx, counted.facts, node)) return index.parts.push({ node, sign }) > 0;
  const isCounter = (n: ts.Expression): boolean => ts.isIdentifier(n) && symbolOf(fx.cx, n) === counted.counter;
  const setFactor = (factor: Index["factor"]): boolean => {
    if (index.factor !== "none" || sign === "-") return false;
    index.factor = factor;
    return true;
  };
  if (isCounter(node)) return setFactor("one");
  if (!ts.isBinaryExpression(node)) return false;
  const { left, right, operatorToken } = node;
  switch (operatorToken.kind) {
    case ts.SyntaxKind.PlusToken:
      return addParts(fx, counted, left, sign, index) && addParts(fx, counted, right, sign, index);
    case ts.SyntaxKind.MinusToken:
      return addParts(fx, counted, left, sign, index) && addParts(fx, counted, right, sign === "+" ? "-" : "+", index);
    case ts.SyntaxKind.AsteriskToken:
      if (isCounter(left) && isFixedNumber(fx, counted.facts, right)) return setFactor(right);
      return isCounter(right) && isFixedNumber(fx, counted.facts, left) && setFactor(left);
  }
  return false;
}

const READY = /\(\*BT_READY\(&([\w$]+), ([\w$]+), "[^"]*"\)\)/g;

/** C without the tests for variables that have no value yet: those become conditions of the fast loop. */
function withoutPanics(counted: Counted, c: string): string {
  return c.replace(READY, (_all, name: string, flag: string) => {
    if (!counted.tests.includes(flag)) counted.tests.push(flag);
    return name;
  });
}

/** The C variable that holds a number of the program as an integer, tested to be one. */
function whole(fx: Fx, counted: Counted, node: ts.Expression, most: string): string {
  const value = valueIn(fx, node) as Val;
  if (typeof value.konst === "bigint" && value.konst >= 0n && value.konst <= MAX_CONSTANT) return `${value.konst}ll`;
  const c = withoutPanics(counted, coerce(fx, node, value, F64).c);
  const known = counted.numbers.get(`${most} ${c}`);
  if (known !== undefined) return known;
  const name = newTemporary(fx);
  counted.numbers.set(`${most} ${c}`, name);
  counted.before.push(`i64 ${name} = 0;`);
  counted.tests.push(`bt_whole(${c}, ${most}, &${name})`);
  return name;
}

/** `array[index]` as a C lvalue that needs no test, inside of a counted loop; undefined for every other one. */
export function countedPlace(fx: Fx, node: ts.ElementAccessExpression, type: ProfileType): string | undefined {
  const counted = active.get(fx);
  if (!counted || !isTyped(type) || !isFixedReference(fx, counted.facts, node.expression)) return undefined;
  const index = indexOf(fx, counted, node.argumentExpression);
  const array = valueIn(fx, node.expression);
  if (!index || !array || index.parts.length > 4) return undefined;
  const key = `${array.c}[${node.argumentExpression.getText().replace(/\s+/g, "")}]`;
  const known = counted.places.get(key);
  if (known !== undefined) return known;
  if (counted.places.size === MAX_PLACES) return undefined;
  const place = newPlace(fx, counted, withoutPanics(counted, wrap(array, PRIMARY)), index, type);
  counted.places.set(key, place);
  return place;
}

function newPlace(fx: Fx, counted: Counted, array: string, index: Index, type: ProfileType): string {
  const { tests, name, from, to } = counted;
  const factor = typeof index.factor === "string" ? undefined : whole(fx, counted, index.factor, "BT_FACTOR");
  const parts = index.parts.map((p) => `${p.sign} ${whole(fx, counted, p.node, "BT_PART")}`);
  const offset = parts.length === 0 ? "0" : `0 ${parts.join(" ")}`;
  if (array.includes("->")) tests.push(`${array} != NULL`);
  const step = index.factor === "none" ? "0" : (factor ?? "1");
  tests.push(`bt_inside(${from}, ${to}, ${step}, ${offset}, ${array}->length)`);
  const element = cType(fx.cx.types, typedElement(type));
  const pointer = dataPointer(fx, counted, array, element);
  const turn = index.factor === "none" ? [] : [factor ? `${name} * ${factor}` : name];
  return `${pointer}[${[...turn, ...(parts.length > 0 || turn.length === 0 ? [offset] : [])].join(" + ").replaceAll("+ 0 ", "")}]`;
}

/** One pointer for all places in an array: so the C compiler sees which of them cannot overlap. */
function dataPointer(fx: Fx, counted: Counted, array: string, element: string): string {
  const known = counted.pointers.get(array);
  if (known !== undefined) return known;
  const pointer = newTemporary(fx);
  counted.pointers.set(array, pointer);
  counted.after.push(`${element} *${pointer} = ${array}->data;`);
  return pointer;
}
