/**
 * The product of two square matrices, all processors at once.
 *
 *     hermit build examples/matrix-product.ts -o build/examples/matrix-product && hermit run build/examples/matrix-product 512
 *
 * Arguments: rows, threads. bench/programs/matrix-product.c is the same in C with OpenMP. With SHOW_TIME in
 * the environment the time of the computation goes to stderr.
 */

const size = process.argv.length > 2 ? parseInt(process.argv[2]) : 256;
if (process.argv.length > 3) setParallelism(parseInt(process.argv[3]));

interface Product {
  size: number;
  a: Float64Array;
  b: Float64Array;
  c: Float64Array;
}

/** Numbers that differ and need no random source. */
function fill(row: number, product: Product): void {
  const n = product.size;
  for (let j = 0; j < n; j++) {
    product.a[row * n + j] = ((row * 7 + j * 3) % 11) - 5;
    product.b[row * n + j] = ((row * 5 + j * 2) % 13) / 8;
  }
}

/**
 * One row of the product: rows of `b` are added up, so that all three matrices are read in the order of memory; four at a time, so
 * that the row of `c` is read and written a quarter as often.
 */
function multiply(row: number, product: Product): void {
  const n = product.size;
  const a = product.a;
  const b = product.b;
  const c = product.c;
  const here = row * n;
  for (let k = 0; k < n; k += 4) {
    if (k + 4 > n) addRows(here, k, product);
    else {
      const a0 = a[here + k];
      const a1 = a[here + k + 1];
      const a2 = a[here + k + 2];
      const a3 = a[here + k + 3];
      const there = k * n;
      for (let j = 0; j < n; j++) {
        c[here + j] +=
          a0 * b[there + j] + a1 * b[there + n + j] + (a2 * b[there + 2 * n + j] + a3 * b[there + 3 * n + j]);
      }
    }
  }
}

/** The last rows, one by one. */
function addRows(here: number, first: number, product: Product): void {
  const n = product.size;
  const b = product.b;
  const c = product.c;
  for (let k = first; k < n; k++) {
    const factor = product.a[here + k];
    for (let j = 0; j < n; j++) c[here + j] += factor * b[k * n + j];
  }
}

function checksum(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * ((i % 7) + 1);
  return sum;
}

const count = size * size;
const product: Product = {
  size,
  a: new Float64Array(count),
  b: new Float64Array(count),
  c: new Float64Array(count),
};
parallelFor(0, size, fill, product);
const start = performance.now();
parallelFor(0, size, multiply, product);
const elapsedMs = performance.now() - start;
console.log(`${size} x ${size}: sum ${checksum(product.c).toFixed(6)}`);
if (process.env.SHOW_TIME !== undefined) console.error(`${elapsedMs.toFixed(3)} ms`);
