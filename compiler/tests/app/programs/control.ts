// Statements: loops, labels, switch on strings and numbers, functions as values.
function kind(word: string): string {
  switch (word) {
    case "red":
    case "green":
      return "colour";
    case "one":
      return "number";
    default:
      return "other";
  }
}
function grade(score: number): string {
  switch (score) {
    case 1:
      return "A";
    case 2.5:
      return "B";
  }
  return "F";
}
type Operation = (a: number, b: number) => number;
const add = (a: number, b: number): number => a + b;
const multiply = (a: number, b: number) => a * b;
function apply(f: Operation, a: number, b: number): number {
  return f(a, b);
}
function double(x: number): number {
  return x * 2;
}
const enum Level {
  Low = 1,
  High = 5,
}
enum Colour {
  Red,
  Green = 4,
}
console.log(kind("red"), kind("green"), kind("one"), kind(""), grade(1), grade(2.5), grade(3));
console.log(apply(add, 2, 3), apply(multiply, 2, 3), apply((a, b) => a - b, 2, 3), [1, 2].map(double));
outer: for (let i = 0; i < 5; i++) {
  for (let j = 0; j < 5; j++) {
    if (j === 3) continue outer;
    if (i === 2) break outer;
    console.log(i, j);
  }
}
let n = 0;
do {
  n += 2;
} while (n < 7);
while (true) {
  n--;
  if (n < 3) break;
}
console.log(n, n > 1 ? "big" : "small", n > 1 && n < 3, !(n > 1));
let text = "";
for (let i = 10; i > 0; i -= 3) text += i + ",";
console.log(text);
console.log(7 % 3, -7 % 3, 7.5 % 2, -0 % 5, 5 % 0, 2 ** 10, 2 ** -1, 2 ** 0.5, (-8) ** (1 / 3));
const x = 1234567.891;
console.log(x | 0, ~x, x >> 3, x >>> 1, -x >>> 0, x << 4, x & 255, x ^ 1, -5 >> 1, 1 << 31, 2 ** 31 | 0, 2 ** 53 + 1, 9007199254740993);
console.log(1 / 3, 10 / 2, 1 / 0, -1 / 0, 0 / 0, 0.1 + 0.2, 1e300 * 1e10, 5 / 2, 7 / 7);
let m = 10;
m %= 4;
m **= 3;
m |= 1;
m <<= 2;
m ^= 5;
console.log(m, m++, ++m, m--, -m, +m);
console.log(Level.High, Colour.Green, Colour.Red);
const wide: u64 = 1n << 40n;
const narrow: u8 = 200;
console.log(wide, narrow, f64(wide) / 2, u32(3.9), i32(-3.9), u8(300.5), `${wide} ${narrow}`);
let i32s: i32 = -7;
console.log(i32s, Math.abs(i32s), narrow > 100.5, [1.5, 2.5][0]);
console.log(process.argv.length, process.env.HOME !== undefined, process.env.SURELY_NOT_SET, process.env["NOT_SET_EITHER"] ?? "unset");
const seenWords: string[] = [];
for (const w of ["skip", "take", "stop", "never"]) {
  switch (w) {
    case "skip":
      continue;
    case "stop":
      break;
    default:
      seenWords.push(w);
      if (w.length > 10) break;
      seenWords.push("after");
  }
  if (w === "stop") break;
}
console.log(seenWords);
function search(items: string[], wanted: string): number {
  let at = -1;
  items.forEach((item, i) => {
    lastSeen = item;
    visits += i;
  });
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    if (item !== wanted) continue;
    at = i;
    break;
  }
  return at;
}
let lastSeen = "";
let visits = 0;
console.log(search(["a", "b", "c"], "b"), lastSeen, visits);
[1, 2, 3].forEach((x) => (visits += x));
console.log(visits);
const square = function (n: number): number {
  return n * n;
};
console.log(square(5), [1, 2, 3].map(square));
let steps = 27;
let count = 0;
while (steps !== 1) {
  steps = steps % 2 === 0 ? steps / 2 : 3 * steps + 1;
  count++;
}
console.log(count);
process.exitCode = 3;
