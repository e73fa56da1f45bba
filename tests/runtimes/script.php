<?php
// Arrays, closures, generators, exceptions, files, dates and hashes.
function counter(int $n) { for ($i = 0; $i < $n; $i++) yield $i => $i ** 2; }
foreach (counter(4) as $k => $v) echo "$k=$v ";
echo json_encode(["a" => [1, null, 2.5], "u" => "ü"]), " ", hash("sha256", "hermit"), "\n";
file_put_contents("made.txt", implode("\n", range(1, 1000)));
echo count(file("made.txt")), " ", filesize("made.txt"), " ", md5_file("made.txt"), "\n";
try { intdiv(1, 0); } catch (DivisionByZeroError $e) { echo get_class($e), ": ", $e->getMessage(), "\n"; }
date_default_timezone_set("Europe/Berlin"); echo date("c", 86400 * 365), "\n";
$a = ["banana" => 3, "apple" => 1, "cherry" => 2]; asort($a); print_r($a);
echo preg_replace_callback('/\w+/', fn($m) => ucfirst(strrev($m[0])), "the quick fox"), "\n";
echo strlen(serialize(array_fill(0, 100000, "x"))), " ", PHP_INT_SIZE, " ", @file_get_contents("none") === false ? "none" : "", "\n";
class P { function __construct(public readonly int $x) {} }
try { $p = new P(1); $p->x = 2; } catch (Error $e) { echo $e->getMessage(), "\n"; }
echo gzuncompress(gzcompress(str_repeat("abc", 100))) === str_repeat("abc", 100) ? "same\n" : "other\n"; exit(5);
