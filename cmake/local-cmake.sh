# Once this fetched a CMake newer than the distributions had. They all have one now, so it only looks, and says what to do:
#
#     . cmake/local-cmake.sh
#
# It is sourced, so it leaves no variables behind and never ends the shell.

if ! command -v cmake >/dev/null 2>&1; then
	echo "-- CMake is not installed; your distribution's is new enough: sudo apt-get install cmake" >&2
	false
elif cmake --version | awk 'NR == 1 { split($3, part, "."); exit !(part[1] > 3 || (part[1] == 3 && part[2] >= 7)) }'; then
	echo "-- CMake $(cmake --version | awk 'NR == 1 { print $3 }') of this system suffices (3.7 is needed); nothing to download"
else
	echo "-- CMake $(cmake --version | awk 'NR == 1 { print $3 }') is too old, 3.7 is needed; get a newer one from https://cmake.org/download/" >&2
	false
fi
