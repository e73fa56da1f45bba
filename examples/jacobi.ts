/**
 * The temperature inside a square plate whose upper edge is hot: Jacobi's method on a grid, all processors at once.
 *
 *     hermit build examples/jacobi.ts -o build/examples/jacobi && hermit run build/examples/jacobi 1024 200
 *
 * Arguments: points along an edge, steps, threads. bench/programs/jacobi.c is the same in C with OpenMP. With SHOW_TIME in
 * the environment the time of the computation goes to stderr.
 */

const size = process.argv.length > 2 ? parseInt(process.argv[2]) : 512;
const steps = process.argv.length > 3 ? parseInt(process.argv[3]) : 100;
if (process.argv.length > 4) setParallelism(parseInt(process.argv[4]));

/** What all threads work on: functions do not capture variables, so the loop hands this on. */
class Plate {
  from: Float64Array;
  to: Float64Array;
  readonly size: number;
  constructor(size: number) {
    this.size = size;
    this.from = new Float64Array(size * size);
    this.to = new Float64Array(size * size);
  }
}

function heat(row: number, plate: Plate): void {
  const hot = row === 0 ? 100 : 0;
  for (let j = 0; j < plate.size; j++) {
    plate.from[row * plate.size + j] = hot;
    plate.to[row * plate.size + j] = hot;
  }
}

/** Every inner point becomes the mean of its neighbours. */
function relax(row: number, plate: Plate): void {
  const n = plate.size;
  const from = plate.from;
  const to = plate.to;
  const here = row * n;
  for (let j = 1; j < n - 1; j++) {
    to[here + j] = 0.25 * (from[here + j - 1] + from[here + j + 1] + from[here - n + j] + from[here + n + j]);
  }
}

function checksum(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

const plate = new Plate(size);
parallelFor(0, size, heat, plate);
const start = performance.now();
for (let step = 0; step < steps; step++) {
  parallelFor(1, size - 1, relax, plate);
  const swap = plate.from;
  plate.from = plate.to;
  plate.to = swap;
}
const elapsedMs = performance.now() - start;
console.log(`${size} x ${size}, ${steps} steps: sum ${checksum(plate.from).toFixed(6)}`);
if (process.env.SHOW_TIME !== undefined) console.error(`${elapsedMs.toFixed(3)} ms`);
