/**
 * Calls of busybox applets, one a line as a shell would read them: words, 'quoted words', and behind " << " what is on standard input, with
 * \n for line ends. Those of READS leave the folder as it is; those of CHANGES change it. No line depends on the time of day or on a process.
 */

const READS = `
cat words numbers
cat -n - words << one\\ntwo\\n
tac words
rev words
nl words
sort words
sort -n -k2,2 -k1,1r numbers
sort -c numbers
uniq -c words
uniq -d words
wc words numbers bytes
wc -c
head -n 3 numbers
head -c 100 bytes
tail -n 4 numbers
tail -c +4990 bytes
cut -d ' ' -f 2,3 numbers
cut -c 2-4 words
paste words numbers
fold -w 10 numbers
expand -t 4 words
unexpand -a words
tr a-z A-Z << some words\\n
tr -s ' ' _ << a   b\\n
grep -n -i APPLE words
grep -v -E '^(a|f)' words
grep nothing words
grep -r fig .
egrep -o '[a-z]+l' words
fgrep -x fig words
sed -n 2,4p words
sed -E 's/([a-z])([a-z])/\\2\\1/;/pie/d;$s/$/end/' words
awk '{ s += $1 } END { print s, NR }' numbers
awk -F: '{ printf "%s-%05.2f\\n", $1, $2 }' << a:1.5\\nb:2.25\\n
md5sum words bytes
md5sum -c sums
sha1sum words bytes
sha256sum words bytes
sha512sum words
sha3sum words
crc32 bytes
od -A x -t x1z bytes
od -c words
hexdump -C bytes
xxd -l 64 bytes
strings -n 3 bytes
base64 bytes
base64 -d << aGVsbG8K\\n
uuencode bytes name
cmp words words
cmp -l words folder/copy
diff words folder/copy
diff -u words folder/copy
diff -r . folder
find . -type f -name '*r*'
find . -type l
find . -size +3k -print0
find . -newer folder/copy
ls -lA
ls -lR folder
ls -1 -S
ls missing
ls -ld folder link dangling
stat -c '%n %s %a %F %N %Y %h' words link folder
stat -L -c '%n %F' link dangling
du -a folder
df missing
readlink link
readlink -f link/.././words
realpath link dangling folder/..
dirname folder/copy/
basename folder/copy.txt .txt
test -f words
test words -nt folder/copy -a ! -d words
test -L dangling
[ 3 -lt 2 ]
expr 6 '*' 7 + 1
expr match abc123 '[a-z]*'
seq 1 3 10
seq -w 8 11
factor 600851475143 97 1
printf '%05d|%-6s|%x\\n' 42 ab 255
echo -e 'a\\tb\\c'
date -u -d '2024-02-29 12:00:00' '+%a %F %T %j'
cal 2 2024
bc << 2^64+7/2\\nscale=5\\n22/7\\n
dc << 3 4 + p 2 v p\\n
ascii
arch
true
false
env -i A=1 B=2
which missing
pwd
id -u
uname -s -m
hostname
tty
usleep 10
gunzip -c words.gz
gunzip -t words.gz
bzcat words.bz2
xzcat words.xz
unzip -l files.zip
unzip -p files.zip inside
tar -tvf files.tar
tar -xOf files.tar words
cpio -t -F files.cpio
getopt ab:c -- -a -b 1 -c rest
ipcalc -n -b 10.1.2.3/20
mkpasswd -m sha512 -S saltsalt word
`;

const CHANGES = `
cp words copy
cp -a folder other
cp -p words folder/second
cp -s words soft
cp -l words hard
cp -r folder words link missing
mv words folder/moved
mv words folder
rm words
rm -r folder
rm missing
rm -f missing words
rmdir folder
mkdir one one
mkdir -p a/b/c
mkdir -m 700 private
ln -s words soft
ln words hard
ln -sf folder link
unlink words
touch -d '2020-01-02 03:04:05' words new
touch -c missing
touch -r numbers words
truncate -s 10 words
truncate -s +5000 bytes
chmod 640 words
chmod -R u=rwX,go= folder
chmod a+x missing
dd if=bytes of=part bs=100 skip=3 count=7 status=none
dd if=words of=bytes bs=1 seek=5 conv=notrunc status=none
tee one two << text\\n
gzip words
gzip -9 bytes
gunzip words.gz
bzip2 words
bunzip2 words.bz2
unxz words.xz
unlzma missing
tar -cf all.tar words folder link
tar -xf files.tar -C folder
unzip -o files.zip -d out
uudecode -o decoded encoded
sed -i s/fig/date/ words
sort -o words words
patch -p0 -i change.diff
cpio -i -F files.cpio
shred -u -n 1 words
fallocate -l 3000 grown
dos2unix dosfile
unix2dos words
fsync words
`;

export interface AppletCall {
  readonly args: readonly string[];
  readonly stdin: string;
}

export const READING_CALLS = callsOf(READS);
export const CHANGING_CALLS = callsOf(CHANGES);

function callsOf(text: string): readonly AppletCall[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [call = "", input = ""] = line.split(" << ");
      const args = [...call.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
      return { args, stdin: input.replaceAll("\\n", "\n") };
    });
}
