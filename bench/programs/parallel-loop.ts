/**
 * What a parallel loop costs that has next to nothing to do. Arguments: iterations of a loop, loops, threads. The sum goes to stdout,
 * milliseconds to stderr. parallel-loop.c is the same in C with OpenMP.
 */

const size = process.argv.length > 2 ? parseInt(process.argv[2]) : 1000;
const loops = process.argv.length > 3 ? parseInt(process.argv[3]) : 10000;
if (process.argv.length > 4) setParallelism(parseInt(process.argv[4]));

const values = new Float64Array(size);

function increment(from: number, to: number): void {
  for (let i = from; i < to; i++) values[i] += 1;
}

parallelRanges(0, size, increment);
const start = performance.now();
for (let i = 0; i < loops; i++) parallelRanges(0, size, increment);
const elapsedMs = performance.now() - start;
let sum = 0;
for (const value of values) sum += value;
console.log(`sum ${sum}`);
console.error(`${elapsedMs.toFixed(3)} ms`);
