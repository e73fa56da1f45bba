/**
 * Numbers: text of random doubles, parsing and remainders must be exactly Node's; elementary functions may differ in the last bits.
 *
 * Both sides have errors of their own below one unit in the last place, so results may be one unit apart; where Node's own error is
 * larger (log10, sinh, tanh), two. Seeded: the same numbers every time.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, test } from "node:test";
import { assertSame, compile, runNative, runNode, scratch, write } from "./harness.ts";

after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const MASK = 0xffff_ffff_ffff_ffffn;
let state = 0x9e37_79b9_7f4a_7c15n;
function random64(): bigint {
  state ^= (state << 13n) & MASK;
  state ^= state >> 7n;
  state ^= (state << 17n) & MASK;
  return state;
}
const unit = (): number => Number(random64() >> 11n) / 2 ** 53;
const view = new DataView(new ArrayBuffer(8));
function anyDouble(): number {
  for (;;) {
    view.setBigUint64(0, random64());
    const value = view.getFloat64(0);
    if (Number.isFinite(value)) return value;
  }
}
const literal = (v: number): string => (Object.is(v, -0) ? "-0" : String(v));

const EDGES = [
  0,
  1,
  -1,
  0.1,
  0.5,
  1.5,
  2.5,
  1e21,
  1e20,
  123456789012345680000,
  1e-6,
  1e-7,
  5e-324,
  2.2250738585072014e-308,
  2.225073858507201e-308,
  Number.MAX_VALUE,
  4.35,
  1.005,
  1e300,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 52 + 0.5,
  0.3,
  1 / 3,
  1e22,
  1e23,
  8.41e21,
  99.995,
  0.05,
  4294967295.5,
  1e-10,
  0.045,
  1262018753491049.25,
];

test("text of numbers and numbers of text", () => {
  const values = [...EDGES];
  while (values.length < 3000) {
    const thousandths = Number(random64() % 1_000_000n) / 1000;
    values.push(anyDouble(), thousandths, Math.round(thousandths * 10) / 10, -thousandths * 1e10);
  }
  const texts = [
    ...values.slice(0, 900).map((v) => v.toExponential(Number(random64() % 20n))),
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "0.500000000000000166533453693773481063544750213623046875",
    "9007199254740992.99999999999999999999999999999999",
    "",
    " ",
    "0x1f",
    "0X",
    "0b101",
    "0o17",
    "0b2",
    "1e",
    "1e+",
    ".5",
    "5.",
    ".",
    "+5",
    "-.5e1",
    "--5",
    "Infinity",
    "-Infinity",
    "infinity",
    "1_000",
    "12n",
    "1e400",
    "1e-400",
    "00012",
    "0xffffffffffffffffff",
    "9".repeat(400),
    `0.${"0".repeat(400)}1`,
  ];
  const wholes = [
    "zzzzzzzzzzzzzzzz",
    "123456789012345678901234567890",
    "-ff",
    "0x-1",
    "  42px",
    "1".repeat(64),
    "20000000000002000000001",
  ];
  assertSame(
    write(
      "numbers.ts",
      `const values: number[] = [${values.map(literal).join(", ")}];
for (const v of values) {
  const s = String(v);
  console.log(v, v.toFixed(0), v.toFixed(2), v.toFixed(10), v.toString(2), v.toString(16), v.toString(36), v.toString(7));
  console.log(Number(s), parseFloat(s + "abc"), parseInt(s), Number("  " + s + "\\n"), Number(s + "x"), v.toFixed(100));
}
const texts = ${JSON.stringify(texts)};
for (const t of texts) console.log(Number(t), parseFloat(t), parseInt(t), parseInt(t, 16), parseInt(t, 36), parseInt(t, 3));
const wholes = ${JSON.stringify(wholes)};
for (const t of wholes) for (let r = 0; r <= 37; r++) console.log(t, r, parseInt(t, r));
console.log(Number.MAX_SAFE_INTEGER, Number.EPSILON, Number.MIN_VALUE, Number.isInteger(5), Number.isInteger(5.5), Number.isSafeInteger(2 ** 53));
console.log(Number.isNaN(NaN), Number.isFinite(1 / 0), isNaN(0), isFinite(1), Number(true), Number(12n), Number.parseInt("12"), Number.parseFloat("1.5"));
`,
    ),
  );
});

const EXACT = [
  "abs",
  "ceil",
  "clz32",
  "floor",
  "fround",
  "round",
  "sign",
  "sqrt",
  "trunc",
  "hypot",
  "imul",
  "max",
  "min",
  "%",
  "toInt32",
];
const TWO_ULPS = ["log10", "sinh", "tanh"];
const ONE = [
  "abs",
  "acos",
  "asin",
  "atan",
  "cbrt",
  "ceil",
  "clz32",
  "cos",
  "cosh",
  "exp",
  "floor",
  "fround",
  "log",
  "log10",
  "log2",
  "round",
  "sign",
  "sin",
  "sinh",
  "sqrt",
  "tan",
  "tanh",
  "trunc",
];
const TWO = ["atan2", "hypot", "imul", "pow", "max", "min"];

function mathProgram(): string {
  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    -5e-324,
    2.2e-308,
    1e-300,
    1e300,
    -1e300,
    Number.MAX_VALUE,
    2,
    3,
    10,
    100,
    1000,
    1e15,
    2 ** 53,
    0.49999999999999994,
    1.5,
    2.5,
    -1.5,
    -2.5,
    -0.2,
    Math.PI,
    Math.PI / 2,
    Math.E,
    8,
    27,
    -8,
    1e22,
    709.7,
    709.8,
    710.4,
    -745.1,
    -745.2,
    -708,
    4294967295,
    4294967296.5,
    -2147483649,
    2 ** 31,
  ];
  const values = [...special];
  for (let i = 0; i < 500; i++) {
    values.push(
      (unit() - 0.5) * 2,
      (unit() - 0.5) * 20,
      (unit() - 0.5) * 1500,
      10 ** ((unit() - 0.5) * 600),
      -(10 ** ((unit() - 0.5) * 20)),
      1 + (unit() - 0.5) * 1e-3,
    );
  }
  const one = ONE.map((f) => `for (const v of values) console.log("${f}", v, Math.${f}(v));`).join("\n");
  const two = TWO.map(
    (f) => `  console.log("${f}", a, b, Math.${f}(a, b));\n  console.log("${f}", c, a, Math.${f}(c, a));`,
  ).join("\n");
  return `const values: number[] = [${values.map(literal).join(", ")}];
${one}
for (let i = 0; i < values.length; i++) {
  const a = values[i]!;
  const b = values[(i * 7 + 3) % values.length]!;
  const c = values[(i * 13 + 5) % ${special.length}]!;
${two}
  console.log("%", a, b, a % b);
  console.log("%", a, c, a % c);
  console.log("pow", c, a, c ** a);
  console.log("toInt32", a | 0);
  console.log("toInt32", a >>> 0);
  console.log("toInt32", a << 3);
}
`;
}

/** Doubles in order as integers, so that neighbours differ by one. */
function rank(value: number): bigint {
  view.setFloat64(0, value);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits;
}

test("Math", () => {
  const entry = write("math.ts", mathProgram());
  const native = runNative(compile(entry)).stdout.split("\n");
  const node = runNode(entry).stdout.split("\n");
  assert.equal(native.length, node.length);
  node.forEach((line, i) => {
    const other = native[i] as string;
    if (line === other) return;
    const name = line.slice(0, line.indexOf(" "));
    const [x, y] = [line, other].map((l) => Number(l.slice(l.lastIndexOf(" ") + 1))) as [number, number];
    const distance =
      Number.isNaN(x) || Number.isNaN(y) ? Number.POSITIVE_INFINITY : Math.abs(Number(rank(x) - rank(y)));
    const allowed = EXACT.includes(name) ? 0 : TWO_ULPS.includes(name) ? 2 : 1;
    assert.ok(distance <= allowed, `${line}, but ${other}`);
  });
});
