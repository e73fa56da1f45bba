/** Loops that the compiler may compile twice: limits and indices of all kinds must mean the same as in JavaScript. */

const data = new Float64Array(40);
for (let i = 0; i < data.length; i++) data[i] = i * 1.5 - 7;
let other = new Float64Array(40);

function show(name: string, a: Float64Array): void {
  let text = "";
  for (const v of a) text += `${v} `;
  console.log(name, text);
}

function sum(a: Float64Array, from: number, to: number): number {
  let s = 0;
  for (let i = from; i < to; i++) s += a[i];
  return s;
}
console.log(sum(data, 0, 40), sum(data, 3, 3), sum(data, 5, 2), sum(data, 0, NaN), sum(data, 39, 39.5), sum(data, 0, 3.2));
console.log(sum(data, 0, -Infinity), sum(data, -0, 2), sum(data, 38, 39.999));

function sumTo(a: Float64Array, last: number): number {
  let s = 0;
  for (let i = 1; i <= last; ++i) s += a[i] * i;
  return s;
}
console.log(sumTo(data, 39), sumTo(data, 1), sumTo(data, 0.5), sumTo(data, 7.9), sumTo(data, -3));

/** The test of the index must not come before the test of the condition. */
function guarded(a: Float64Array): number {
  let s = 0;
  for (let i = 0; i < 100; i++) {
    if (i >= a.length) break;
    if (i === 0) continue;
    s += a[i] - a[i - 1];
  }
  return s;
}
console.log(guarded(data));

function stencil(to: Float64Array, from: Float64Array, n: number): void {
  for (let row = 1; row < n - 1; row++) {
    const here = row * n;
    for (let j = 1; j < n - 1; j += 1) {
      to[here + j] = from[here + j - 1] + from[here + j + 1] + from[here - n + j] + from[(row + 1) * n + j];
    }
  }
}
stencil(other, data, 6);
show("stencil", other);

function column(a: Float64Array, n: number, j: number): number {
  let s = 0;
  for (let i = 0; i < n; i++) s = s * 0.5 + a[i * n + j] + a[j + n * i];
  return s;
}
console.log(column(data, 6, 2), column(data, 1, 0), column(data, 2, 1));

/** Parts of the index that are fractions, and make whole numbers together. */
function halves(a: Float64Array, h: number): number {
  let s = 0;
  for (let i = 0; i < 4; i++) s += a[h + i + h];
  return s;
}
console.log(halves(data, 0.5), halves(data, 2));

function overlap(a: Float64Array): void {
  const shifted = a.subarray(1);
  for (let i = 0; i < shifted.length; i++) shifted[i] = a[i] + 1;
}
overlap(other);
show("overlap", other);

const bytes = new Uint8Array(12);
const ints = new Int32Array(12);
const floats = new Float32Array(12);
const longs = new BigInt64Array(4);
for (let i = 0; i < bytes.length; i++) {
  bytes[i] = i * 100 - 50.7;
  ints[i] = i * 1e9;
  floats[i] = i / 3;
  ints[i] ^= bytes[i];
  bytes[i]++;
  bytes[11 - i] = ints[i]--;
}
for (let i = 0; i < 4; i++) longs[i] = i64(i) - 2n;
let line = "";
for (let i = 0; i < 12; i++) line += `${bytes[i]} ${ints[i]} ${floats[i]}; `;
console.log(line, longs[0], longs[3]);

class Grid {
  readonly cells: Float64Array;
  total = 0;
  constructor(readonly width: number) {
    this.cells = new Float64Array(width * width);
  }
  fill(by: number): Grid {
    for (let i = 0; i < this.cells.length; i++) this.cells[i] = i % this.width;
    for (let i = 0; i < this.width; i++) {
      this.cells[i + this.width] += by;
      this.total += this.cells[i * this.width + 1];
    }
    return this;
  }
}
const grid = new Grid(5).fill(10);
show("grid", grid.cells);
console.log(grid.total);

/** The loop itself changes what it seems to depend on. */
function moving(): string {
  let n = 5;
  let a = data;
  let text = "";
  for (let i = 0; i < n; i++) {
    if (i === 2) n = 8;
    if (i === 3) a = other;
    text += `${a[i]} `;
  }
  return text;
}
console.log(moving());
function replace(): number {
  other = new Float64Array(3);
  other[1] = 42;
  return 1;
}
let answer = 0;
for (let i = 0; i < 2; i++) answer += other[i] * 0 + replace() + other[i];
console.log(answer);
for (let i = 0; i < 5; i++) {
  const k = i * 2;
  const i2 = data[k] + data[i];
  if (i2 > 0) console.log(i, k, i2, 1 / (i - 4));
}
for (let i = 0; i < 6; i++) {
  i++;
  data[i] = -1;
}
for (let i = 0, n = 3; i < n; i++) data[n - i] += i;
show("data", data);
console.log(data[data.length - 1], Math.max(...[1, 2]));
