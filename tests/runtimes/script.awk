# gawk in the guest: its library, its extensions, and what POSIX has.
@include "join"
@include "rewind"
@load "filefuncs"
@load "ordchr"
BEGIN {
  words[1] = "pear"; words[2] = "apple"; words[3] = "plum"
  asort(words)
  print join(words, 1, 3, "-")
  print stat("script.awk", status), status["type"], status["size"] > 100
  print ord("a"), chr(66)
  print strftime("%Y-%m-%d %H:%M:%S", 86400, 1)
  print gensub(/(a+)(b+)/, "<\\2\\1>", "g", "aabb ab"), toupper("straße")
  printf "%.10f %d %s\n", atan2(0, -1), 2 ^ 53, substr("abcdef", 3, 2)
  PROCINFO["sorted_in"] = "@ind_num_desc"
  for (i in words) printf "%s ", words[i]
  print length(words)
}
{ count[$1 % 3] += $2 }
END {
  PROCINFO["sorted_in"] = "@ind_num_asc"
  for (i in count) print i, count[i]
  exit 3
}
