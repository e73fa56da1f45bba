# The language Go for CMake: how files become a program. See CMakeDetermineGoCompiler.cmake for the idea.

# The copies must be called *.go.
set(CMAKE_Go_OUTPUT_EXTENSION .go)
set(CMAKE_Go_OUTPUT_EXTENSION_REPLACE 1)
set(CMAKE_EXECUTABLE_SUFFIX_Go "")

set(CMAKE_Go_FLAGS "$ENV{GOBUILDFLAGS}" CACHE STRING "Options of `go build`")

set(CMAKE_Go_COMPILE_OBJECT "${CMAKE_COMMAND} -DSOURCE=<SOURCE> -DCOPY=<OBJECT> -P ${CMAKE_CURRENT_LIST_DIR}/CopyGoFile.cmake")
if(CMAKE_Go_COMPILER_ID STREQUAL "gccgo")
	set(CMAKE_Go_LINK_EXECUTABLE "<CMAKE_Go_COMPILER> -O3 <FLAGS> <OBJECTS> -o <TARGET>")
else()
	set(CMAKE_Go_LINK_EXECUTABLE "<CMAKE_Go_COMPILER> build <FLAGS> -o <TARGET> <OBJECTS>")
endif()
# A Go library is a package that others import by its path, which CMake knows nothing of.
set(CMAKE_Go_CREATE_STATIC_LIBRARY "${CMAKE_COMMAND} -E echo \"a Go package cannot be a CMake library; import it by its path\"" "${CMAKE_COMMAND} -E __refused__")
set(CMAKE_Go_INFORMATION_LOADED 1)
