// Values of expressions, and the order in which they are evaluated.
//
// C leaves the order of operands open; TypeScript evaluates them left to right. Each Val therefore says what its C text
// reads and changes. `inOrder` compiles operands one after the other and moves those into temporaries that a later
// operand could disturb; everything else stays one readable expression.

import { cDeclare, cType } from "./c-types.ts";
import { capture, emit, type Fx, newTemporary, replay, temporary } from "./function-context.ts";
import { type BitRange, BOOL, type BType, isPlaceType, ptrTo } from "./types.ts";

/** Binding strength of a C expression, to place parentheses. */
export const LOW = 0;
export const BINARY = 1;
export const UNARY = 2;
export const PRIMARY = 3;

/** What an expression reads or changes: variables of the function itself, or memory that others see too. */
export const NOTHING = 0;
export const LOCAL = 1;
export const MEMORY = 2;
export const ALL = 3;

export type Constant = bigint | number | boolean | string;

export interface Val {
  readonly c: string;
  readonly prec: number;
  readonly type: BType;
  readonly reads: number;
  readonly effects: number;
  /** The value, where it is known at compile time. */
  readonly konst?: Constant | undefined;
  /** The expression is a C lvalue (for class and array types: the object, not a pointer to it). */
  readonly place?: boolean | undefined;
  /** What reading the place adds to `reads`. */
  readonly placeReads?: number | undefined;
  /** Why the place must not be assigned. */
  readonly readOnly?: string | undefined;
  /** A C expression for the address of the place, if it is not simply `&c`. */
  readonly pointer?: string | undefined;
  /** The place lies in the per-CPU block: its C path inside the block. */
  readonly perCpu?: string | undefined;
  readonly perCpuOffset?: number | undefined;
  readonly bits?: BitRange | undefined;
  /** An address derived by masking: usable as u64, too. */
  readonly derived?: boolean | undefined;
  /** An untyped constant made by `~`: beside an unsigned type it means the complement in that type's width. */
  readonly complemented?: boolean | undefined;
  /** An address constant, valid in a static initialiser. */
  readonly link?: boolean | undefined;
  /** The place is (part of) an object on this function's stack. */
  readonly onStack?: boolean | undefined;
  /** How deep the block is nested that the place's object belongs to; a pointer to it must not leave that block. */
  readonly scope?: number | undefined;
  /** The place is a variable that refers to an object or text on this function's stack, of a block nested `scope` deep. */
  readonly holds?: { readonly scope: number | undefined } | undefined;
  /** The place may lie at an address that its type does not allow: a field of a packed class. */
  readonly unaligned?: boolean | undefined;
  /** A string literal's or fixed name's symbol in assembly. */
  readonly symbol?: string | undefined;
  /** The object was made by this very expression (object literal, zeroed()): it may be taken over without a copy. */
  readonly fresh?: string | undefined;
}

export function makeVal(c: string, type: BType, more: Partial<Val> = {}): Val {
  return { c, prec: PRIMARY, type, reads: NOTHING, effects: NOTHING, ...more };
}

export const wrap = (v: Val, least: number): string => (v.prec < least ? `(${v.c})` : v.c);

/** The value read from a place: a bit-field is extracted here. */
export function rvalue(fx: Fx, v: Val): Val {
  if (!v.place || isPlaceType(v.type)) return v;
  const reads = v.reads | (v.placeReads ?? MEMORY);
  if (!v.bits) {
    const target = { onStack: v.holds ? true : undefined, scope: v.holds?.scope };
    return { ...v, place: undefined, pointer: undefined, holds: undefined, ...target, reads };
  }
  const { low, width } = v.bits;
  const shifted = low === 0 ? wrap(v, PRIMARY) : `(${wrap(v, PRIMARY)} >> ${low})`;
  const isWide = v.type.kind === "int" && v.type.bits === 64;
  const mask = isWide
    ? `0x${((1n << BigInt(width)) - 1n).toString(16)}ull`
    : `0x${((1n << BigInt(width)) - 1n).toString(16)}u`;
  const c = v.type.kind === "bool" ? `(${shifted} & 1) != 0` : `(${cType(fx.cx.types, v.type)})(${shifted} & ${mask})`;
  return makeVal(c, v.type, { prec: v.type.kind === "bool" ? BINARY : UNARY, reads, effects: v.effects });
}

/** The C address of a place. */
export function addressC(fx: Fx, v: Val): string {
  if (v.perCpu !== undefined) {
    return `(${cType(fx.cx.types, ptrTo(v.type))})(bt_percpu_self() + __builtin_offsetof(struct bt_percpu, ${v.perCpu}))`;
  }
  if (v.pointer !== undefined) return v.pointer;
  return `&${wrap(v, PRIMARY)}`;
}

/** A pointer's target as a place. */
export function deref(pointer: Val, type: BType): Val {
  const simple = wrap(pointer, PRIMARY);
  const target =
    pointer.c.startsWith("&") && pointer.place === undefined && pointer.prec === UNARY ? pointer.c.slice(1) : undefined;
  if (target !== undefined && /^[A-Za-z_$][\w$]*$/.test(target)) {
    return makeVal(target, type, {
      place: true,
      placeReads: MEMORY,
      reads: pointer.reads,
      effects: pointer.effects,
      link: pointer.link,
    });
  }
  return makeVal(`(*${wrap(pointer, UNARY)})`, type, {
    place: true,
    placeReads: MEMORY,
    pointer: simple,
    reads: pointer.reads,
    effects: pointer.effects,
    link: pointer.link,
    onStack: pointer.onStack,
  });
}

/** What a variable of the type holds: for places the address, otherwise the value. */
export function stored(fx: Fx, v: Val): Val {
  if (!isPlaceType(v.type)) return rvalue(fx, v);
  const c = addressC(fx, v);
  return {
    ...v,
    c,
    prec: c.startsWith("&") || c.startsWith("(") ? UNARY : PRIMARY,
    place: undefined,
    pointer: undefined,
    perCpu: undefined,
  };
}

/** Moves a value into a temporary so that nothing can change it any more. */
export function spill(fx: Fx, v: Val): Val {
  if (v.type.kind === "untyped" || v.konst !== undefined || v.type.kind === "null") return v;
  if (v.type.kind === "void" || v.type.kind === "never") {
    if (v.c !== "") emit(fx, `${v.c};`);
    return makeVal("", v.type);
  }
  if (isPlaceType(v.type)) {
    if (v.reads === NOTHING && v.effects === NOTHING) return v;
    const name = temporary(fx, v.type, stored(fx, v).c);
    return { ...deref(makeVal(name, ptrTo(v.type)), v.type), onStack: v.onStack };
  }
  const value = rvalue(fx, v);
  return makeVal(temporary(fx, value.type, value.c), value.type, { onStack: v.onStack });
}

/** Fixes the address of a place that will be assigned later; its value is not read. */
export function spillPlace(fx: Fx, v: Val): Val {
  if (v.reads === NOTHING && v.effects === NOTHING) return v;
  if (v.bits) {
    const name = newTemporary(fx);
    emit(fx, `__typeof__(${v.c}) *${name} = ${addressC(fx, { ...v, bits: undefined })};`);
    return { ...v, c: `(*${name})`, prec: PRIMARY, pointer: name, perCpu: undefined, reads: NOTHING, effects: NOTHING };
  }
  const name = newTemporary(fx);
  emit(fx, `${cDeclare(fx.cx.types, ptrTo(v.type), name)} = ${addressC(fx, v)};`);
  return { ...v, c: `(*${name})`, prec: PRIMARY, pointer: name, perCpu: undefined, reads: NOTHING, effects: NOTHING };
}

export interface Operand {
  readonly make: () => Val;
  /** The operand is the target of an assignment: only its address is evaluated now. */
  readonly target?: boolean;
}

const conflict = (a: Val, b: Val): boolean => ((a.reads & b.effects) | (a.effects & (b.reads | b.effects))) !== 0;

/** Compiles operands so that their C texts may be combined in any order. */
export function inOrder(fx: Fx, operands: readonly (Operand | (() => Val))[]): Val[] {
  const parts = operands.map((operand) => {
    const o = typeof operand === "function" ? { make: operand } : operand;
    const { lines, value } = capture(fx, () => (o.target ? o.make() : rvalue(fx, o.make())));
    return { lines, value, target: o.target === true };
  });
  return parts.map((part, i) => {
    replay(fx, part.lines);
    const later = parts.slice(i + 1);
    const disturbed = later.some(
      (other) =>
        (other.lines.length > 0 && (part.value.reads | part.value.effects) !== NOTHING) ||
        conflict(part.value, other.value),
    );
    if (!disturbed) return part.value;
    return part.target ? spillPlace(fx, part.value) : spill(fx, part.value);
  });
}

/** Runs the effects of a value that nobody needs. */
export function discard(fx: Fx, v: Val): void {
  if (v.c === "" || v.effects === NOTHING) return;
  const isVoid = v.type.kind === "void" || v.type.kind === "never";
  emit(fx, isVoid ? `${v.c};` : `(void)${wrap(v, UNARY)};`);
}

/** A value that later code uses several times: a name or a constant. */
export function named(fx: Fx, v: Val): Val {
  const value = isPlaceType(v.type) ? v : rvalue(fx, v);
  const simple = /^[A-Za-z_$][\w$]*$/.test(value.c) && value.effects === NOTHING && value.reads === NOTHING;
  return simple || value.konst !== undefined || value.type.kind === "untyped"
    ? value
    : spill(fx, { ...value, reads: value.reads | MEMORY });
}

export const boolVal = (c: string, prec: number, parts: readonly Val[]): Val =>
  makeVal(c, BOOL, { prec, ...effectsOf(parts) });

export function effectsOf(parts: readonly Val[]): { reads: number; effects: number } {
  let reads = NOTHING;
  let effects = NOTHING;
  for (const part of parts) {
    reads |= part.reads;
    effects |= part.effects;
  }
  return { reads, effects };
}
