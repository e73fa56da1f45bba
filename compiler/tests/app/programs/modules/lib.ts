console.log("lib starts");
export const table = new Map<string, number>();
export let counter = 0;
export function bump(by = 1): number {
  counter += by;
  return counter;
}
export class Account {
  balance = bump(10);
  constructor(readonly owner: string) {
    table.set(owner, this.balance);
  }
}
export const PI2 = Math.PI * 2;
export const greeting = "hi" + "!";
console.log("lib ends", PI2, greeting);
