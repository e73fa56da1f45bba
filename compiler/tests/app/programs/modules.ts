// Modules and the order of their statements, order of evaluation, generics, functions as values, optional fields.
import { Account, bump, counter, greeting, PI2, table } from "./modules/lib.ts";
import { describe } from "./modules/other.ts";
console.log("main", counter, bump(), bump(5), counter);
const a = new Account("ada");
console.log(a.balance, a.owner, table.get("ada"), greeting, PI2.toFixed(3), describe(a));
function order(label: string, n: number): number {
  log.push(label);
  return n;
}
const log: string[] = [];
const arr = [0, 0, 0];
let i = 0;
arr[i++] = order("x", i);
arr[order("index", 1)] = order("value", 7) + arr[order("inner", 0)];
console.log(arr, log.join(), order("a", 1) + order("b", 2) * order("c", 3), log.join());
const grown = [1, 2, 3];
grown[0] = grown.push(4) + grown.push(5);
grown[1] += grown.push(6);
console.log(grown, i);
let s = "a";
s += s + (s += "b");
console.log(s, s === "aaab", `${s}${(s = "z")}${s}`);
const cond = order("t", 1) > 0 && order("u", 0) > 0 ? order("v", 1) : order("w", 2);
console.log(cond, log.length);
let k = 0;
while (order("while", k++) < 3) if (k === 2) continue;
for (let j = order("init", 0); order("test", j) < 2; j += order("step", 1)) log.push("body");
console.log(log.slice(-14).join(" "));
const m = new Map<string, number[]>();
function push(key: string, value: number): void {
  const known = m.get(key);
  if (known !== undefined) known.push(value);
  else m.set(key, [value]);
}
push("a", 1);
push("a", 2);
push("b", 3);
console.log(m.get("a"), m.get("b") ?? [], (m.get("c") ?? [9])[0]);
function pick<T, U>(items: T[], f: (item: T) => U): U[] {
  const out: U[] = [];
  for (const item of items) out.push(f(item));
  return out;
}
console.log(pick(["a", "bb"], (x) => x.length), pick([1, 2], (n) => `#${n}`));
function first<T>(items: readonly T[], fallback: T): T {
  return items.at(0) ?? fallback;
}
console.log(first([5, 6], 0), first<string>([], "none"), first([true], false));
type Handler = (text: string) => number;
const handlers = new Map<string, Handler>();
handlers.set("len", (t) => t.length);
handlers.set("zero", () => 0);
const h = handlers.get("len");
if (h !== undefined) console.log(h("hello"));
console.log(handlers.get("zero")!("x"), handlers.get("none") === undefined);
const list: Handler[] = [(t) => t.length * 2, parseInt2];
function parseInt2(t: string): number {
  return parseInt(t, 16);
}
console.log(list.map((f) => f("10")));
interface Opt {
  a?: number | undefined;
  b: string | undefined;
  c: Account | null;
}
const o: Opt = { b: undefined, c: null };
o.a = 4;
if (o.a !== undefined) o.a += 1;
console.log(o.a, o.b, o.c === null, (o.a ?? 0) + 1);
o.c = a;
if (o.c !== null) console.log(o.c.owner);
o.a = undefined;
console.log(o.a, o.a === undefined);
let maybe: string | undefined;
for (const w of ["x", "yy", "zzz"]) if (w.length === 2) maybe = w;
console.log(maybe);
console.log(maybe !== undefined ? maybe.length : -1);
function same<T>(x: T): T {
  return x;
}
function call(f: Handler | undefined): number {
  return f === undefined ? 0 : f("four");
}
const chosen = i > 0 ? "big" : undefined;
const number = i > 5 ? 1 : undefined;
console.log(same(1), same("a"), same([1]), call(undefined), call((t) => t.length), chosen, number, chosen === undefined ? 0 : chosen.length);
