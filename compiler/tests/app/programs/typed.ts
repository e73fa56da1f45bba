// Typed arrays.
const bytes = new Uint8Array(10);
for (let i = 0; i < bytes.length; i++) bytes[i] = i * 50 - 20;
let line = "";
for (const b of bytes) line += `${b} `;
console.log(line, bytes.length, bytes.byteLength, Uint8Array.BYTES_PER_ELEMENT);
const ints = new Int16Array(4);
ints[0] = 70000;
ints[1] = -1;
ints[2] = 1.9;
ints[3] = NaN;
console.log(ints[0], ints[1], ints[2], ints[3]);
const words = new Uint32Array(3);
words[0] = -1;
words[1] = 2 ** 40 + 5;
words[2] += 7;
words[2]++;
console.log(words[0], words[1], words[2], words[2]--, words[2]);
const floats = new Float32Array(2);
floats[0] = 0.1;
floats[1] = 1e40;
console.log(floats[0], floats[1]);
const doubles = new Float64Array(5);
doubles.fill(1.5, 1, 3);
console.log(doubles[0], doubles[1], doubles[2], doubles[3]);
const view = doubles.subarray(2);
view[0] = 9;
const copy = doubles.slice(1, 3);
copy[0] = 77;
console.log(doubles[2], view.length, copy[0], doubles[1], copy.length);
doubles.set(copy, 3);
console.log(doubles[3], doubles[4]);
const longs = new BigInt64Array(2);
longs[0] = -5n;
longs[1] = longs[0] * 3n;
console.log(longs[0], longs[1]);
const sieve = new Uint8Array(1000);
let primes = 0;
for (let i = 2; i < 1000; i++) {
  if (sieve[i] === 0) {
    primes++;
    for (let j = i * i; j < 1000; j += i) sieve[j] = 1;
  }
}
console.log(primes);
const signed = new Int8Array(3);
signed[0] = 200;
signed[1] = 2 ** 31;
signed[2] = -129.5;
console.log(signed[0], signed[1], signed[2], (signed[0] = 5), signed[0]);
