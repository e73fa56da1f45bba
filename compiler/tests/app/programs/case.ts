// Upper and lower case of every code point below U+20000, as sums of the codes, and of words.
function sum(s: string): number {
  let h = 7;
  for (let i = 0; i < s.length; i++) h = (h * 31 + s.charCodeAt(i)) % 1000003;
  return h;
}
for (let block = 0; block < 0x20000; block += 256) {
  let all = "";
  for (let c = block; c < block + 256; c++) {
    if (c < 0x10000) all += String.fromCharCode(c) + "|";
    else all += String.fromCharCode(0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff)) + "|";
  }
  console.log(block, sum(all.toUpperCase()), sum(all.toLowerCase()), all.toUpperCase().length, all.toLowerCase().length);
}
for (const w of ["Straße", "ΟΔΥΣΣΕΥΣ", "Σ", "aΣ", "aΣb", "ΑΣ.", "ΑΣ.Α", "İstanbul", "ŉ ǰ ΐ ﬁ ﬄ", "ǅ", "éÉ", "𐐀𐐨", "AΣ 'x", "Σ́ΑΣ́"]) console.log(w.toUpperCase(), w.toLowerCase());
