/** Threads, shared memory and parallel loops whose results do not depend on which thread is faster. */

interface Range {
  from: number;
  to: number;
}
interface Summary {
  sum: number;
  text: string;
}
function sumOf(range: Range): number {
  let sum = 0;
  for (let i = range.from; i < range.to; i++) sum += i;
  return sum;
}
const threads: Thread<number>[] = [];
for (let t = 0; t < 5; t++) threads.push(spawn(sumOf, { from: t * 1000, to: t * 1000 + 1000 }));
let total = 0;
for (const thread of threads) total += thread.join();
console.log(total, threads[2].join());

const summary = spawn((range: Range): Summary => ({ sum: sumOf(range), text: `${range.from}..${range.to}` }), {
  from: 1,
  to: 5,
}).join();
console.log(summary.sum, summary.text);
console.log(spawn(() => "no argument").join(), spawn((n: number) => n / 2, 7).join());
console.log(spawn((words: string[]) => words.map((w) => w.toUpperCase()), ["a", "b"]).join());
console.log(spawn((n: number): number | undefined => (n > 1 ? n : undefined), 1).join() ?? -1);
let told = "";
spawn((text: string) => {
  told = text;
}, "told").join();
console.log(told);
spawn(() => console.log("from another thread")).join();
let chosen: (n: number) => number = (n) => n + 1;
if (total > 0) chosen = (n) => n * 2;
console.log(spawn(chosen, 21).join());

const buffer = new SharedArrayBuffer(64);
const words = new Int32Array(buffer, 0, 4);
const bytes = new Uint8Array(buffer);
const longs = new BigInt64Array(buffer, 16, 2);
const halves = new Float64Array(buffer, 32);
words[1] = 0x01020304;
halves[3] = 0.5;
longs[1] = i64(-2n);
console.log(buffer.byteLength, words.length, bytes.length, longs.length, halves.length);
console.log(bytes[4], bytes[7], bytes[24], bytes[62], bytes[63]);

console.log(Atomics.add(words, 0, 5), Atomics.sub(words, 0, 2), Atomics.or(words, 0, 8), Atomics.and(words, 0, 9));
console.log(Atomics.xor(words, 0, 1), Atomics.exchange(words, 0, -1), Atomics.load(words, 0));
console.log(Atomics.compareExchange(words, 0, -1, 77), Atomics.compareExchange(words, 0, -1, 78), Atomics.load(words, 0));
console.log(Atomics.add(bytes, 40, 250), Atomics.add(bytes, 40, 10), Atomics.load(bytes, 40));
console.log(Atomics.add(longs, 1, i64(5n)), Atomics.load(longs, 1), Atomics.exchange(longs, 1, i64(9n)), longs[1]);
Atomics.store(words, 2, 3.9);
console.log(words[2], Atomics.wait(words, 2, 4), Atomics.wait(words, 2, 3, 1), Atomics.notify(words, 2));

/** Every index once, whatever the number of threads. */
function mark(index: number, counts: Int32Array): void {
  Atomics.add(counts, index, 1);
}
function isCovered(size: number): boolean {
  const counts = new Int32Array(size + 1);
  parallelFor(0, size, mark, counts);
  for (let i = 0; i < size; i++) if (counts[i] !== 1) return false;
  return counts[size] === 0;
}
for (const count of [1, 2, 3, 7, 16]) {
  setParallelism(count);
  let good = 0;
  for (let size = 0; size < 70; size++) if (isCovered(size)) good++;
  for (const size of [97, 128, 1000, 4099, 65537]) if (isCovered(size)) good++;
  console.log(count, good);
}
const squares = new Float64Array(1001);
parallelFor(-500, 501, (i) => {
  squares[i + 500] = i * i;
});
parallelRanges(
  0,
  squares.length,
  (from, to, values) => {
    for (let i = from; i < to; i++) values[i] += 1;
  },
  squares,
);
console.log(squares[0], squares[500], squares[1000]);

/** A loop inside of a loop runs in its thread alone. */
const grid = new Float64Array(40 * 30);
parallelFor(0, 40, (row) => {
  const line = grid.subarray(row * 30, row * 30 + 30);
  parallelFor(0, 30, (column, cells) => (cells[column] = column), line);
  line[0] = row;
});
let sum = 0;
for (const cell of grid) sum += cell;
console.log(sum);

const mutex = new Mutex();
const found: number[] = [];
const lengths = new Map<string, number>();
parallelFor(0, 3000, (i) => {
  const name = `${i % 17}`;
  mutex.lock();
  found.push(i);
  lengths.set(name, (lengths.get(name) ?? 0) + 1);
  mutex.unlock();
});
console.log(found.length, found.slice().sort((a, b) => a - b)[2999], lengths.size, lengths.get("16"));
console.log(spawn(() => {
  let inner = 0;
  parallelFor(0, 10, (i) => void Atomics.add(words, 3, i));
  for (let i = 0; i < 3; i++) inner += Atomics.load(words, 3);
  return inner;
}).join());
