// Map and Set: order of insertion, SameValueZero, deletion, growth.
function show(map: Map<string, number>): string {
  const parts: string[] = [];
  map.forEach((value, key) => {
    collected.push(`${key}=${value}`);
  });
  for (const key of map.keys()) parts.push(`${key}:${map.get(key) ?? -1}`);
  return parts.join(" ");
}
const collected: string[] = [];
const ages = new Map<string, number>();
ages.set("ada", 36).set("grace", 85).set("alan", 41);
console.log(ages.size, ages.get("ada"), ages.get("nobody"), ages.has("alan"), ages.has("x"));
ages.set("ada", 37);
console.log(ages.delete("grace"), ages.delete("grace"), ages.size, show(ages));
ages.set("grace", 86);
console.log(show(ages), collected.join(" "));
const squares = new Map<number, number>();
for (let i = 0; i < 1000; i++) squares.set(i, i * i);
for (let i = 0; i < 1000; i += 3) squares.delete(i);
let sum = 0;
for (const v of squares.values()) sum += v;
console.log(squares.size, sum, squares.get(998), squares.get(999));
const special = new Map<number, string>();
special.set(NaN, "nan").set(0, "zero").set(-0, "negative zero").set(Infinity, "inf");
console.log(special.size, special.get(NaN), special.get(0), special.get(-0), special.get(Infinity));
for (const k of special.keys()) console.log(k);
const flags = new Map<boolean, string>();
flags.set(true, "yes");
console.log(flags.get(true) ?? "?", flags.get(false) ?? "?");
const names = new Set<string>();
for (const word of "the cat and the dog and the bird".split(" ")) names.add(word);
console.log(names.size, names.has("cat"), names.has("cow"), names.delete("the"), names.size);
for (const name of names.values()) console.log(name);
names.clear();
console.log(names.size, names.has("cat"));
names.add("again");
for (const name of names.values()) console.log(name);
const growing = new Map<number, number>();
growing.set(1, 1);
const visited: number[] = [];
growing.forEach((value, key) => {
  visited.push(key);
  if (key < 40) growing.set(key + 1, value * 2);
  if (key % 2 === 0) growing.delete(key - 1);
});
console.log(visited.length, growing.size, visited);
const ids = new Map<u32, string>();
const id: u32 = 7;
ids.set(id, "seven");
console.log(ids.get(id), ids.get(8));
const lists = new Map<string, number[]>();
for (const w of ["a", "b", "a", "c", "a"]) {
  const list = lists.get(w);
  if (list === undefined) lists.set(w, [1]);
  else list.push(list.length + 1);
}
console.log(lists.get("a"), lists.get("b"), lists.get("z") === undefined, lists.get("c")!.length);
const count = new Map<string, number>();
for (const c of "mississippi") count.set(c, (count.get(c) ?? 0) + 1);
for (const c of count.keys()) console.log(c, count.get(c));
console.log(count.get("s") === 4, count.get("x") === 4, count.get("p") !== 2);
