// Every method of arrays.
const numbers: number[] = [5, 3, 8, 1, 9, 2];
console.log(numbers, numbers.length, numbers[0], numbers[numbers.length - 1], numbers.at(-1), numbers.at(10));
console.log(numbers.slice(1, 3), numbers.slice(-2), numbers.slice(), numbers.concat([7, 7]), numbers.indexOf(8), numbers.indexOf(99), numbers.includes(9));
console.log(numbers.map((n) => n * 2), numbers.filter((n) => n % 2 === 1), numbers.map((n) => `<${n}>`), numbers.map((n, i) => n * i));
console.log(numbers.reduce((a, b) => a + b, 0), numbers.reduce((text, n) => text + n, ""), numbers.some((n) => n > 8), numbers.every((n) => n > 1));
console.log(numbers.find((n) => n > 5), numbers.find((n) => n > 50), numbers.findIndex((n) => n === 8), numbers.findIndex((n) => n === 80));
const sorted = numbers.slice().sort((a, b) => a - b);
console.log(sorted, numbers, sorted.reverse());
const stack: number[] = [];
for (let i = 0; i < 20; i++) stack.push(i * i);
console.log(stack.length, stack.pop(), stack.shift(), stack.unshift(-1), stack.push(7), stack);
console.log(stack.splice(2, 3), stack.splice(-2, 1), stack.length, stack);
stack[0] = 42;
stack[stack.length] = 43;
stack[1] += 8;
stack[2]++;
stack[3] -= 0.5;
console.log(stack, stack[1]++, stack[1], --stack[1]);
stack.length = 3;
console.log(stack, stack.fill(1), stack.fill(2, 1, 2));
const words = ["pear", "fig", "apple", "date"];
words.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
console.log(words, words.join(), words.join(""), words.join(" - "), words.lastIndexOf("fig"), words.includes("kiwi"));
const flags = [true, false, true];
console.log(flags, flags.filter((f) => f).length, `${numbers}`, `${words}`);
const matrix: number[][] = [];
for (let i = 0; i < 3; i++) {
  const row: number[] = [];
  for (let j = 0; j < 3; j++) row.push(i * 3 + j);
  matrix.push(row);
}
matrix[1][2] = 100;
console.log(matrix[0], matrix[1], matrix[2], matrix.length, matrix.map((r) => r.reduce((a, b) => a + b, 0)));
const spread = [0, ...numbers, ...[1, 2], 99];
console.log(spread, [...words, "end"].length, Math.max(...numbers), Math.min(...numbers));
numbers.forEach((n, i) => {
  if (i < 2) console.log("each", n, i);
});
numbers.forEach((n) => console.log(n));
// Stability: equal keys keep their order.
const pairs: string[] = [];
for (let i = 0; i < 50; i++) pairs.push(`${(i * 7) % 5}-${i}`);
pairs.sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
console.log(pairs.join(" "));
const seen = [NaN, 0, -0];
console.log(seen.includes(NaN), seen.indexOf(NaN), seen.includes(-0), seen, [-0], -0, [1.5, 2.25], ["it's", 'say "x"', `both ' and "`, "line\nfeed"]);
let total = 0;
const grown = [1];
for (const g of grown) {
  total += g;
  if (grown.length < 5) grown.push(g + 1);
}
console.log(total, grown);
function last<T>(items: T[]): T | undefined {
  return items.length > 0 ? items[items.length - 1] : undefined;
}
console.log(last(numbers), last(words), last<number>([]), last(words)!.length);
const big: u64[] = [1n, 2n, 18446744073709551615n];
console.log(big, big[2], big.map((b) => b / 2n), 123n, -5n);
const small: u32[] = [1, 2, 3];
console.log(small, small.map((s) => f64(s) / 2));
const nested = [1, 2, 3].map((x) => [x, x * x]);
console.log(nested[2], nested.length);
console.log([3, 1, 2].sort((a, b) => b - a), ["b", "a"].reverse(), [1, 2, 3, 4].slice(1).filter((x) => x > 2).map((x) => x + 0.5));
