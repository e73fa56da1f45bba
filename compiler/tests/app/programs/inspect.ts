// console.log of arrays: lines, columns, quotes, long arrays.
for (let n = 0; n < 130; n += 7) {
  const a: number[] = [];
  for (let i = 0; i < n; i++) a.push((i * 7919) % 1000);
  console.log(a);
}
for (let n = 5; n < 40; n += 3) {
  const a: string[] = [];
  const b: number[] = [];
  const c: boolean[] = [];
  const d: i64[] = [];
  for (let i = 0; i < n; i++) {
    a.push("abcdefghijklmnopqrstuvwxyz".slice(0, (i * 5) % 17));
    b.push(i / 3);
    c.push(i % 2 === 0);
    d.push(i64(i) * -1000n);
  }
  console.log(a, b, c);
  console.log(d);
}
console.log(["a", "b", "c", "d", "e", "f", "g"], ["äöü", "ß", "é", "ñ", "Ω", "Ж", "ÿ"]);
console.log(["x".repeat(70), "y"], ["x".repeat(30), "y".repeat(30)], ["x".repeat(33), "y".repeat(33)], ["line one\nline two that is long enough to be broken at its line feeds, really\nend"]);
console.log(["\u0000\u001b\u007f\u009f\b\f\v", "\ud800", "a\udc00b", "😀"], ["it's", `"`, `'"`, "'\"`", "'\"${", "\\"]);
console.log([1e21, 1e-7, -0, NaN, Infinity, -Infinity, 0.1], [123456789, 1, 22, 333, 4444, 55555, 666666, 7777777]);
console.log([""], [" "], ["a".repeat(16), "b".repeat(80)]);
console.error("to stderr");
console.log();
console.log("");
console.log(undefined, null, true, [true]);
const many: number[] = [];
for (let i = 0; i < 250; i++) many.push(i);
console.log(many, many.slice(0, 101), many.slice(0, 100).map((x) => `${x}`));
