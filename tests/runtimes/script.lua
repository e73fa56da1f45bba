-- Files, sorting, patterns, formats, dates, coroutines and errors; the same must come out on Linux and in the guest.
local name = os.tmpname(); local f = assert(io.open(name, "w"))
for i = 1, 1000 do f:write(string.format("%04d %s\n", (i * 7919) % 1000, ("x"):rep(i % 7))) end
f:close(); local t = {}; for l in io.lines(name) do t[#t + 1] = l end; table.sort(t); print(#t, t[1], t[#t])
print(("hello world"):gsub("(%w+)", "<%1>")); print(string.format("%5.3f %q %x", math.pi, "a\nb", 255))
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do io.write(k, v, ";") end print()
print(os.date("!%Y-%m-%d %H:%M:%S", 86400)); print(select("#", pcall(error, { 1 }))); print(select(2, pcall(function() local x = nil; return x.y end)))
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end); print(co(), co(), co())
print(io.open("/nothing/there")); print(9007199254740993, 2^53, 7 // 2, -7 % 3, utf8.char(9786), string.pack("<i4", 77):byte(1)); assert(os.remove(name)); print(os.rename("/a/b", "/c"))
collectgarbage(); local big = {}; for i = 1, 200000 do big[i] = { i } end; print(#big, collectgarbage("count") > 1000); os.exit(5)
