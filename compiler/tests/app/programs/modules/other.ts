import { type Account, counter } from "./lib.ts";
console.log("other", counter);
export function describe(a: Account): string {
  return `${a.owner} has ${a.balance}`;
}
