# Files, regular expressions, sorting, formats, times, modules and a signal; the same must come out on Linux and in the guest.
use strict; use warnings; use POSIX qw(strftime floor); use List::Util qw(sum max); use Data::Dumper; use File::Temp qw(tempdir); use File::Find; use Time::Local;
$Data::Dumper::Sortkeys = 1;
my $d = tempdir(CLEANUP => 1); chdir $d or die;
for my $n (1..50) { open my $f, '>', sprintf("f%03d.txt", $n) or die; print $f "line $_ of $n\n" for 1..$n; close $f or die }
my @names = sort { $b cmp $a } glob "*.txt"; print "@names[0..2]\n";
my %h; for my $n (@names) { open my $f, '<', $n or die; while (<$f>) { $h{$1}++ if /line (\d+) of/ } }
print join(",", map { "$_=$h{$_}" } sort { $h{$b} <=> $h{$a} || $a <=> $b } keys %h), "\n";
printf "%05.2f|%-8s|%+d|%x|%e|%s\n", 3.14159, "ab", 5, 255, 12345.678, 1e21;
my $t = "The quick brown fox"; (my $u = $t) =~ s/(\w+)/\u\L$1/g; print "$u\n"; print scalar reverse("abc"), "\n";
print "$+{y}-$+{m}\n" if "2024-05-06" =~ /(?<y>\d+)-(?<m>\d+)/;
$ENV{TZ} = "UTC"; print strftime("%Y-%m-%d %H:%M:%S", gmtime(86400*365)), " ", timegm(0,0,0,1,0,100), "\n";
print scalar localtime(0), "\n";
print Dumper({ a => [1,2,{b=>undef}], c => "x" }); print sum(1..100), " ", max(3,9,2), "\n";
my $count = 0; find(sub { $count++ if -f }, "."); print "$count files\n"; unlink "f001.txt" or die; print -e "f001.txt" ? "there" : "gone", "\n";
open my $none, '<', "nothing" or print "error: $!\n"; eval { die { code => 7 } }; print "died $@->{code}\n";
print "\x{263a} ", length("\x{263a}"), "\n" if binmode(STDOUT, ":utf8"); local $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select undef, undef, undef, 3; exit 3;
