# Tcl in the guest: its library in scripts, its modules, encodings and time zones.
package require Tcl 8.6
package require msgcat
package require tcltest
package require platform
puts [::msgcat::mcmax one three]
puts [clock format 86400 -gmt 1 -format "%A %Y-%m-%d %H:%M:%S"]
puts [clock format 0 -timezone :Asia/Tokyo -format "%H %Z"]
puts [binary encode hex [encoding convertto iso8859-15 "\u20ac"]]
puts [binary encode hex [encoding convertto euc-jp "\u65e5\u672c"]]
puts [zlib crc32 "text"]
puts [expr {2 ** 100}]
puts [lsort -integer {10 9 100 1}]
oo::class create Counter {
  variable count
  constructor {} { set count 0 }
  method next {} { incr count }
}
set counter [Counter new]
$counter next
puts [$counter next]
coroutine numbers apply {{} { yield; foreach number {1 2 3} { yield $number }; return done }}
puts [list [numbers] [numbers] [numbers] [numbers]]
set file [open script.tcl]
puts [string length [gets $file]]
close $file
puts [dict get {a 1 b 2} b]
puts [catch {error wrong} message]:$message
puts [auto_execok no-such-program]
exit 4
