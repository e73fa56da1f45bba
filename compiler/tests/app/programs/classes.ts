// Classes, interfaces, object literals, generics, optional values.
interface Point {
  x: number;
  y: number;
  label?: string;
}
type Size = { width: number; height: number };
class Counter {
  count = 0;
  readonly name: string;
  history: number[] = [];
  constructor(name: string, start = 10) {
    this.name = name;
    this.count = start;
  }
  add(n: number): Counter {
    this.count += n;
    this.history.push(n);
    return this;
  }
  describe(): string {
    return `${this.name}: ${this.count} after ${this.history.length}`;
  }
  static zero(): Counter {
    return new Counter("zero", 0);
  }
}
class Node2<T> {
  next: Node2<T> | undefined;
  constructor(
    readonly value: T,
    next: Node2<T> | undefined,
  ) {
    this.next = next;
  }
}
class Stack<T> {
  private top: Node2<T> | undefined = undefined;
  size = 0;
  push(value: T): void {
    this.top = new Node2<T>(value, this.top);
    this.size++;
  }
  pop(): T | undefined {
    const top = this.top;
    if (top === undefined) return undefined;
    this.top = top.next;
    this.size--;
    return top.value;
  }
}
class Tree {
  left: Tree | null = null;
  right: Tree | null = null;
  constructor(public key: number) {}
  insert(key: number): void {
    if (key < this.key) {
      if (this.left === null) this.left = new Tree(key);
      else this.left.insert(key);
    } else if (this.right === null) this.right = new Tree(key);
    else this.right.insert(key);
  }
  walk(out: number[]): void {
    if (this.left !== null) this.left.walk(out);
    out.push(this.key);
    if (this.right !== null) this.right.walk(out);
  }
}
function shifted(p: Point, dx: number): Point {
  return { x: p.x + dx, y: p.y };
}
function area(s: Size): number {
  return s.width * s.height;
}
function maybe(n: number): number | undefined {
  if (n > 2) return n * 2;
  return;
}
function name(p: Point): string {
  return p.label ?? "unnamed";
}
const c = new Counter("first");
c.add(1).add(2.5);
console.log(c.describe(), c.history, Counter.zero().describe(), new Counter("x", 3).add(4).count);
const p: Point = { x: 1, y: 2, label: "here" };
const q = shifted(p, 10);
console.log(p.x, q.x, q.y, name(p), name(q), q.label, p.label === "here", area({ width: 3, height: 4 }));
p.x += 5;
p.y++;
q.label = "there";
console.log(p.x, p.y, name(q), p === q, p === p);
const stack = new Stack<string>();
stack.push("a");
stack.push("b");
console.log(stack.size, stack.pop(), stack.pop(), stack.pop(), stack.size);
const numbers = new Stack<number>();
for (let i = 0; i < 5; i++) numbers.push(i / 2);
console.log(numbers.pop() ?? -1, numbers.pop()! + 1);
const root = new Tree(50);
for (const k of [30, 70, 20, 40, 60, 80]) root.insert(k);
const keys: number[] = [];
root.walk(keys);
console.log(keys);
console.log(maybe(1), maybe(3), maybe(5) ?? 0, maybe(0) ?? "none".length);
const found = maybe(4);
if (found !== undefined) console.log("found", found + 1);
else console.log("not found");
const points: Point[] = [p, q, { x: -1, y: 0 }];
points.sort((a, b) => a.x - b.x);
console.log(points.map((e) => e.x), points.filter((e) => e.label !== undefined).length, points[0].y);
const byName = new Map<string, Point>();
for (const e of points) byName.set(e.label ?? "?", e);
console.log(byName.get("here")!.x, byName.get("nowhere") === undefined);
