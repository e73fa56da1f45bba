// Every method of strings, on ASCII, surrogate pairs and lone surrogates.
const samples = ["", "a", "hello world", "  padded\t\n", "grüße", "日本語", "😀 smile 😀", "a\ud800b", "\udc00", "x".repeat(40), "a,b,,c", "ABCabc"];
for (const s of samples) {
  console.log(s.length, s.toString(), s.at(0), s.at(-1), s.at(100), s.charAt(1), s.charAt(-1), s.charCodeAt(0), s.charCodeAt(99));
  console.log(s.slice(1), s.slice(-3), s.slice(1, 3), s.slice(-4, -2), s.slice(2, 1), s.substring(1), s.substring(3, 1), s.substring(-5, 2));
  console.log(s.trim(), s.trimStart(), s.trimEnd(), s.padStart(14, "*"), s.padEnd(14, "ab"), s.padStart(3), s.padEnd(2));
  console.log(s.indexOf("a"), s.indexOf("a", 1), s.lastIndexOf("a"), s.includes("l"), s.startsWith("h"), s.endsWith("d"), s.indexOf(""), s.lastIndexOf(""));
  console.log(s.split(","), s.split(""), s.split("a"), s.split("hello world"));
  console.log(s.replace("l", "L"), s.replaceAll("l", "[$&$$$`$']"), s.replaceAll("", "-"), s.concat("!"), s.repeat(2), s.repeat(0));
  let points = "";
  for (const c of s) points += `${c.length}:${c.codePointAt(0)} `;
  console.log(points);
}
console.log("a" < "b", "a" < "B", "abc" < "abd", "abc" < "ab", "" < "a", "z" > "é", "😀" > "\uffff", "a" <= "a", "a" >= "b");
console.log("ab" + "c" === "abc", "ab" + "c" !== "abd", "x" + 1 + 2, 1 + 2 + "x", "n" + -0, "b" + true, "big" + 12n);
console.log(`template ${1 + 1} ${"nested"} ${true} ${1.5} ${-0} ${1e21} ${1e-7} ${0.1 + 0.2}`);
console.log(String.fromCharCode(72, 105, 8364, 65536 + 65), String(12), String(true), String("s"), String(5n));
console.log("index", "hello"[1], "hello"[4], "naïve"[2]);
let built = "";
for (let i = 0; i < 100; i++) built += i;
console.log(built.length, built.slice(-10));
const text = "one two three";
let vowels = 0;
for (let i = 0; i < text.length; i++) if ("aeiou".includes(text[i])) vowels++;
console.log(vowels);
console.log("alone: 100%", "%d");
console.log("lone: %d");
console.log("tab\there", "quote's", 'double"s', "back\\slash", "nul\0end", "\u00e9\u200d");
console.log("abc".at(1) ?? "none", "abc".at(5) ?? "none");
console.log("\ufeff x \u3000".trim().length, "a-b-c".split("-").join("+"));
console.log("last".lastIndexOf("zz"), "aXbX".lastIndexOf("X"), "short".includes("longer than it"), "abc".slice(NaN), "abc".slice(-1.5), "abc".slice(0.9, 2.9));
