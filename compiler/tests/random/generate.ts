/**
 * Random typed expressions with their expected values: the generator behind `random.test.ts`.
 *
 * Every case is a function of bare TypeScript together with arguments and the result that the manual's rules give, computed
 * here on exact BigInts (integers) or JavaScript numbers (f64). Alternatives considered: running the same source under Node
 * (arithmetic there does not wrap), comparing with a C compiler (that is what btsc emits to). The same seed gives the same
 * cases on every machine.
 */

export interface Case {
  readonly parameters: readonly { readonly name: string; readonly type: IntType; readonly value: bigint }[];
  /** Statements before the result, one a line. */
  readonly body: readonly string[];
  readonly result: string;
  readonly type: IntType;
  readonly expected: bigint;
}

interface IntInfo {
  readonly bits: number;
  readonly signed: boolean;
}

export const INT_TYPES = {
  u8: { bits: 8, signed: false },
  u16: { bits: 16, signed: false },
  u32: { bits: 32, signed: false },
  u64: { bits: 64, signed: false },
  i8: { bits: 8, signed: true },
  i16: { bits: 16, signed: true },
  i32: { bits: 32, signed: true },
  i64: { bits: 64, signed: true },
} as const satisfies Record<string, IntInfo>;
export type IntType = keyof typeof INT_TYPES;
const ALL_TYPES = Object.keys(INT_TYPES) as IntType[];

/** The value of `type` that has the low bits of `value`. */
export function wrap(type: IntType, value: bigint): bigint {
  const { bits, signed } = INT_TYPES[type];
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** The manual's conversion from floating point: towards zero, saturating, NaN gives 0. */
export function fromFloat(type: IntType, value: number): bigint {
  const { bits, signed } = INT_TYPES[type];
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const max = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  if (Number.isNaN(value)) return 0n;
  if (value === Infinity) return max;
  if (value === -Infinity) return min;
  const whole = BigInt(Math.trunc(value));
  return whole < min ? min : whole > max ? max : whole;
}

function isWide(type: IntType): boolean {
  return INT_TYPES[type].bits === 64;
}

/** Whether every value of `from` is a value of `to`, on the same side of the number/bigint divide. */
export function widens(from: IntType, to: IntType): boolean {
  const a = INT_TYPES[from];
  const b = INT_TYPES[to];
  if (from === to) return true;
  if (isWide(from) || isWide(to)) return false;
  if (a.signed === b.signed) return a.bits < b.bits;
  return !a.signed && b.signed && a.bits < b.bits;
}

/** SplitMix64 over BigInt: small, seedable, the same everywhere (Steele, Lea, Flood 2014). */
export class Random {
  private state: bigint;
  constructor(seed: bigint) {
    this.state = BigInt.asUintN(64, seed);
  }
  next(): bigint {
    this.state = BigInt.asUintN(64, this.state + 0x9e3779b97f4a7c15n);
    let z = this.state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }
  below(count: number): number {
    return Number(this.next() % BigInt(count));
  }
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** Values at the edges are the interesting ones; the rest are of random magnitude. */
function randomValue(random: Random, type: IntType): bigint {
  const { bits, signed } = INT_TYPES[type];
  const top = 1n << BigInt(bits - 1);
  const edges = signed
    ? [0n, 1n, -1n, top - 1n, -top, -top + 1n]
    : [0n, 1n, 2n, top, top - 1n, (1n << BigInt(bits)) - 1n];
  if (random.below(3) === 0) return random.pick(edges);
  return wrap(type, random.next() >> BigInt(random.below(64)));
}

interface Value {
  readonly text: string;
  readonly value: bigint;
}
interface Scope {
  readonly random: Random;
  readonly variables: { name: string; type: IntType; value: bigint }[];
}

function literal(type: IntType, value: bigint): string {
  const text = `${value}${isWide(type) ? "n" : ""}`;
  return value < 0n ? `(${text})` : text;
}

function leaf(scope: Scope, type: IntType): Value {
  const { random } = scope;
  const same = scope.variables.filter((v) => v.type === type);
  if (same.length > 0 && random.below(5) !== 0) {
    const variable = random.pick(same);
    return { text: variable.name, value: variable.value };
  }
  if (random.below(3) !== 0) {
    // Another variable, converted: constants alone would be folded by the compiler under test.
    const variable = random.pick(scope.variables);
    return { text: `${type}.wrap(${variable.name})`, value: wrap(type, variable.value) };
  }
  const value = randomValue(random, type);
  return { text: `${type}(${literal(type, value)})`, value };
}

type Generator = (scope: Scope, type: IntType, depth: number) => Value;

function arithmetic(scope: Scope, type: IntType, depth: number): Value {
  const { random } = scope;
  const narrower = ALL_TYPES.filter((t) => widens(t, type));
  const left = integer(scope, type, depth - 1);
  const mixed = random.below(3) === 0;
  const right = mixed ? integer(scope, random.pick(narrower), depth - 1) : integer(scope, type, depth - 1);
  const operator = random.pick(["+", "-", "*", "&", "|", "^"]);
  const results: Record<string, bigint> = {
    "+": left.value + right.value,
    "-": left.value - right.value,
    "*": left.value * right.value,
    "&": left.value & right.value,
    "|": left.value | right.value,
    "^": left.value ^ right.value,
  };
  const swap = random.below(2) === 0 && operator !== "-";
  const text = swap ? `(${right.text} ${operator} ${left.text})` : `(${left.text} ${operator} ${right.text})`;
  return { text, value: wrap(type, results[operator] as bigint) };
}

function withLiteral(scope: Scope, type: IntType, depth: number): Value {
  const { random } = scope;
  const left = integer(scope, type, depth - 1);
  const value = randomValue(random, type);
  const operator = random.pick(["+", "*", "^"]);
  const result = operator === "+" ? left.value + value : operator === "*" ? left.value * value : left.value ^ value;
  return { text: `(${left.text} ${operator} ${literal(type, value)})`, value: wrap(type, result) };
}

function division(scope: Scope, type: IntType, depth: number): Value {
  const left = integer(scope, type, depth - 1);
  const right = integer(scope, type, depth - 1);
  const divisor = right.value | 1n;
  const one = isWide(type) ? "1n" : "1";
  const operator = scope.random.pick(["/", "%"]);
  const value = operator === "/" ? left.value / divisor : left.value % divisor;
  return { text: `(${left.text} ${operator} (${right.text} | ${one}))`, value: wrap(type, value) };
}

/** `x << n` and `x >> n`: the count is masked to 5 bits, 6 for 64-bit operands, whatever its own type. */
function shift(scope: Scope, type: IntType, depth: number): Value {
  const { random } = scope;
  const left = integer(scope, type, depth - 1);
  const countType = isWide(type)
    ? random.pick(["u64", "i64"] as const)
    : random.pick(ALL_TYPES.filter((t) => !isWide(t)));
  const count = integer(scope, countType, depth - 2);
  const amount = BigInt.asUintN(isWide(type) ? 6 : 5, count.value);
  const operator = random.pick(["<<", ">>"]);
  const value = operator === "<<" ? left.value << amount : left.value >> amount;
  return { text: `(${left.text} ${operator} ${count.text})`, value: wrap(type, value) };
}

function unary(scope: Scope, type: IntType, depth: number): Value {
  const operand = integer(scope, type, depth - 1);
  if (INT_TYPES[type].signed && scope.random.below(2) === 0) {
    return { text: `(-${operand.text})`, value: wrap(type, -operand.value) };
  }
  return { text: `(~${operand.text})`, value: wrap(type, ~operand.value) };
}

function conversion(scope: Scope, type: IntType, depth: number): Value {
  const from = scope.random.pick(ALL_TYPES);
  const operand = integer(scope, from, depth - 1);
  const value = wrap(type, operand.value);
  const fits = value === operand.value;
  return { text: `${type}${fits ? "" : ".wrap"}(${operand.text})`, value };
}

function conditional(scope: Scope, type: IntType, depth: number): Value {
  const condition = comparison(scope, depth - 1);
  const yes = integer(scope, type, depth - 1);
  const no = integer(scope, type, depth - 1);
  return {
    text: `(${condition.text} ? ${yes.text} : ${no.text})`,
    value: condition.value !== 0n ? yes.value : no.value,
  };
}

function fromBoolean(scope: Scope, type: IntType, depth: number): Value {
  const condition = comparison(scope, depth - 1);
  return { text: `${type}(${condition.text})`, value: condition.value };
}

function throughFloat(scope: Scope, type: IntType, depth: number): Value {
  const operand = float(scope, depth - 1);
  return { text: `${type}(${operand.text})`, value: fromFloat(type, operand.value) };
}

function float(scope: Scope, depth: number): { text: string; value: number } {
  const { random } = scope;
  const source = integer(scope, random.pick(ALL_TYPES), depth - 1);
  const left = { text: `f64(${source.text})`, value: Number(source.value) };
  if (depth <= 0) return left;
  const right = float(scope, depth - 2);
  const operator = random.pick(["+", "-", "*", "/"]);
  const results: Record<string, number> = {
    "+": left.value + right.value,
    "-": left.value - right.value,
    "*": left.value * right.value,
    "/": left.value / right.value,
  };
  return { text: `(${left.text} ${operator} ${right.text})`, value: results[operator] as number };
}

function comparison(scope: Scope, depth: number): Value {
  const { random } = scope;
  if (depth > 0 && random.below(4) === 0) {
    const left = comparison(scope, depth - 1);
    const right = comparison(scope, depth - 1);
    const both = random.below(2) === 0;
    const value = both ? left.value & right.value : left.value | right.value;
    return { text: `(${left.text} ${both ? "&&" : "||"} ${right.text})`, value };
  }
  const type = random.pick(ALL_TYPES);
  const left = integer(scope, type, depth - 1);
  const right = random.below(3) === 0 ? left : integer(scope, type, depth - 1);
  const operator = random.pick(["<", "<=", ">", ">=", "===", "!=="]);
  const results: Record<string, boolean> = {
    "<": left.value < right.value,
    "<=": left.value <= right.value,
    ">": left.value > right.value,
    ">=": left.value >= right.value,
    "===": left.value === right.value,
    "!==": left.value !== right.value,
  };
  const not = random.below(6) === 0;
  const result = results[operator] !== not;
  const text = `(${left.text} ${operator} ${right.text})`;
  return { text: not ? `!${text}` : text, value: result ? 1n : 0n };
}

const GENERATORS: readonly Generator[] = [
  arithmetic,
  arithmetic,
  arithmetic,
  withLiteral,
  division,
  shift,
  shift,
  unary,
  conversion,
  conversion,
  conditional,
  fromBoolean,
  throughFloat,
];

function integer(scope: Scope, type: IntType, depth: number): Value {
  if (depth <= 0) return leaf(scope, type);
  return scope.random.pick(GENERATORS)(scope, type, depth);
}

/** `name op= expression`, `name++` and the like on a fresh local; updates its value. */
function assignments(scope: Scope, body: string[]): void {
  const { random } = scope;
  const type = random.pick(ALL_TYPES);
  const start = integer(scope, type, 1);
  const name = `v${scope.variables.length}`;
  body.push(`let ${name}: ${type} = ${start.text};`);
  let value = start.value;
  for (let i = random.below(3); i >= 0; i--) {
    const right = integer(scope, type, 1);
    const count = isWide(type) ? 64n : 32n;
    const operators: Record<string, () => bigint> = {
      "+=": () => value + right.value,
      "-=": () => value - right.value,
      "*=": () => value * right.value,
      "&=": () => value & right.value,
      "|=": () => value | right.value,
      "^=": () => value ^ right.value,
      "<<=": () => value << (BigInt.asUintN(64, right.value) % count),
      ">>=": () => value >> (BigInt.asUintN(64, right.value) % count),
    };
    const operator = random.pick([...Object.keys(operators), "++", "--"]);
    if (operator === "++" || operator === "--") {
      body.push(`${name}${operator};`);
      value = wrap(type, value + (operator === "++" ? 1n : -1n));
    } else {
      body.push(`${name} ${operator} ${right.text};`);
      value = wrap(type, (operators[operator] as () => bigint)());
    }
  }
  scope.variables.push({ name, type, value });
}

export function generateCase(random: Random): Case {
  const parameters = Array.from({ length: 1 + random.below(4) }, (_, i) => {
    const type = random.pick(ALL_TYPES);
    return { name: `p${i}`, type, value: randomValue(random, type) };
  });
  const scope: Scope = { random, variables: [...parameters] };
  const body: string[] = [];
  if (random.below(3) === 0) assignments(scope, body);
  const type = random.pick(ALL_TYPES);
  const result = integer(scope, type, 1 + random.below(4));
  return { parameters, body, result: result.text, type, expected: result.value };
}

/** One host program that prints `index value` a line for each case. Arguments come from statics that gcc cannot fold. */
export function programOf(cases: readonly Case[]): string {
  const lines = [
    "/** @extern write */",
    "declare function write(fd: i32, data: Ptr<u8>, count: usize): isize;",
    "function showUnsigned(index: u32, value: u64): void {",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the generated program's
    "  const line = `${index} ${value}\\n`;",
    "  void write(1, line.data, u64(line.length));",
    "}",
    "function showSigned(index: u32, value: i64): void {",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the generated program's
    "  const line = `${index} ${value}\\n`;",
    "  void write(1, line.data, u64(line.length));",
    "}",
  ];
  cases.forEach((c, index) => {
    const list = c.parameters.map((p) => `${p.name}: ${p.type}`).join(", ");
    lines.push(
      "/** @noinline */",
      `function case${index}(${list}): ${c.type} {`,
      ...c.body.map((s) => `  ${s}`),
      `  return ${c.result};`,
      "}",
    );
  });
  lines.push("export function main(argc: i32, argv: Ptr<Ptr<u8>>): i32 {");
  cases.forEach((c, index) => {
    const list = c.parameters.map((p) => literal(p.type, p.value)).join(", ");
    const signed = INT_TYPES[c.type].signed;
    const call = `case${index}(${list})`;
    const wide = isWide(c.type) ? call : `${signed ? "i64" : "u64"}(${call})`;
    lines.push(`  ${signed ? "showSigned" : "showUnsigned"}(${index}, ${wide});`);
  });
  lines.push("  return 0;", "}", "");
  return lines.join("\n");
}
