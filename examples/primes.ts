/**
 * Prime numbers by the sieve of Eratosthenes, one bit for each odd number.
 *
 *     hermit build examples/primes.ts -o build/examples/primes && hermit run build/examples/primes 1000000
 */

/** Which odd numbers below a limit are composite: bit i of the array is 2i + 1. */
class Sieve {
  private readonly bits: Uint32Array;
  constructor(readonly limit: number) {
    this.bits = new Uint32Array(Math.ceil(limit / 64) + 1);
    for (let n = 3; n * n < limit; n += 2) if (this.isPrime(n)) this.strike(n);
  }

  isPrime(n: number): boolean {
    if (n < 3 || n % 2 === 0) return n === 2;
    return (this.bits[n >> 6] & (1 << ((n >> 1) & 31))) === 0;
  }

  private strike(n: number): void {
    for (let multiple = n * n; multiple < this.limit; multiple += 2 * n)
      this.bits[multiple >> 6] |= 1 << ((multiple >> 1) & 31);
  }
}

const limit = process.argv.length > 2 ? Number(process.argv[2]) : 1000000;
if (!Number.isInteger(limit) || limit < 2 || limit > 2 ** 31) {
  console.error(`primes: the limit must be a whole number from 2 to ${2 ** 31}.`);
  process.exit(1);
}
const sieve = new Sieve(limit);
const first: number[] = [];
let count = 0;
let last = 2;
let widest = 0;
for (let n = 2; n < limit; n++) {
  if (!sieve.isPrime(n)) continue;
  count++;
  if (first.length < 20) first.push(n);
  if (n - last > widest) widest = n - last;
  last = n;
}
console.log(`${count} primes below ${limit}, the largest is ${last}, the widest gap ${widest}`);
console.log(first);
