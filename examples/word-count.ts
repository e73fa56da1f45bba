/**
 * How often each word occurs in the arguments, the most frequent first.
 *
 *     hermit build examples/word-count.ts -o build/examples/word-count
 *     hermit run build/examples/word-count "the quick brown fox" "jumps over the lazy dog"
 */

interface Entry {
  word: string;
  count: number;
}

/** The words of a text: runs of letters and digits, in small letters. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word = "";
  for (const c of `${text.toLowerCase()} `) {
    const isLetter = c.toUpperCase() !== c || (c >= "0" && c <= "9") || c === "'";
    if (isLetter) word += c;
    else if (word !== "") {
      words.push(word);
      word = "";
    }
  }
  return words;
}

const texts = process.argv.slice(2);
if (texts.length === 0) {
  console.error("word-count: give the text as arguments.");
  process.exit(1);
}
const counts = new Map<string, Entry>();
let total = 0;
for (const text of texts) {
  for (const word of wordsOf(text)) {
    total++;
    const known = counts.get(word);
    if (known === undefined) counts.set(word, { word, count: 1 });
    else known.count++;
  }
}
const entries = counts.values();
const ranked: Entry[] = [];
for (const entry of entries) ranked.push(entry);
ranked.sort((a, b) => (a.count !== b.count ? b.count - a.count : a.word < b.word ? -1 : 1));
for (const entry of ranked) console.log(`${entry.count.toString().padStart(5)}  ${entry.word}`);
console.log(`${total.toString().padStart(5)}  in all, ${counts.size} different`);
