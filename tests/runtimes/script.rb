# Threads, fibers, exceptions, files, modules of the standard library and an exit status.
require "json"; require "digest"; require "tempfile"; require "zlib"; require "timeout"; require "bigdecimal"
queue = Queue.new
threads = 4.times.map { |i| Thread.new { 100.times { |j| queue << i * j; Thread.pass } } }
threads.each(&:join)
puts queue.size, Digest::SHA256.hexdigest("hermit"), JSON.generate({ a: [1, nil, 2.5], "b" => true })
f = Fiber.new { |x| loop { x = Fiber.yield(x * 2) } }
puts [1, 2, 3].map { |x| f.resume(x) }.inspect, (1..20).each_slice(6).to_a.inspect, 2**100
Dir.mkdir("made"); 5.times { |i| File.write("made/f#{i}", "x" * i) }
puts Dir.glob("made/*").sort.map { |n| [File.basename(n), File.size(n)] }.inspect
Tempfile.create("t") { |t| t.puts "line"; t.rewind; puts t.read }
puts Zlib.inflate(Zlib.deflate("abc" * 1000)).size, BigDecimal("0.1") + BigDecimal("0.2")
begin; Timeout.timeout(0.05) { loop { } }; rescue Timeout::Error; puts $!.class; end
begin; File.open("none"); rescue SystemCallError; puts $!.message; end
def deep(n) = deep(n + 1)
begin; deep(0); rescue SystemStackError; puts "too deep"; end
trap("USR1") { puts "signal" }; Process.kill("USR1", Process.pid); sleep 0.05
GC.stress = true; 5.times { "x" * 100 }; GC.stress = false; puts "\u{263a}".bytes.inspect
exit 4
