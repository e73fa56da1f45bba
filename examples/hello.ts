/**
 * The first program: compiled by btsc to a static executable that runs on Linux and in a guest of its own.
 *
 *     hermit build examples/hello.ts -o build/examples/hello
 *     hermit run build/examples/hello Ada Grace
 */

/** The n-th Fibonacci number, by doubling: exact in 64 bits up to n = 93. */
function fibonacci(n: u32): u64 {
  let current: u64 = 0n;
  let next: u64 = 1n;
  for (let i: u32 = 0; i < n; i++) {
    const sum: u64 = current + next;
    current = next;
    next = sum;
  }
  return current;
}

/** How often each letter occurs, most frequent first. */
function letterCounts(text: string): string[] {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const lines: string[] = [];
  for (const letter of counts.keys()) lines.push(`${letter}:${counts.get(letter) ?? 0}`);
  return lines.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

console.log("Hello from TypeScript!");
const names = process.argv.slice(2);
if (names.length > 0) console.log(`Greetings to ${names.join(" and ")}.`);
console.log(`fibonacci(90) = ${fibonacci(90)}`);
console.log(`sqrt(2) = ${Math.sqrt(2)}, sin(1) = ${Math.sin(1)}`);
console.log(letterCounts("hermitcore").join(" "));
