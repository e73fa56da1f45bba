/** What the TypeScript compiler compiles in the guest; runtime code comes of enum and parameter properties. */
enum Colour {
  Red,
  Green,
}
class Box<T extends { toString(): string }> {
  constructor(private readonly value: T) {}
  show = (): string => `<${this.value}>`;
}
const squares: number[] = [1, 2, 3].map((x: number): number => x ** 2);
console.log(new Box(Colour.Green).show(), squares, Colour[0]);
