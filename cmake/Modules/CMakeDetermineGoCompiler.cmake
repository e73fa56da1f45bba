# The language Go for CMake, first step of project(... Go): which compiler.
#
# CMake compiles file by file and then links; a Go package can only be compiled as a whole. So the "object" of a Go file is a copy
# of it, which make renews when the file changes, and the link step builds the program from the copies. Each copy says in a
# line directive where it comes from, so messages name the real file.

if(NOT CMAKE_Go_COMPILER)
	find_program(CMAKE_Go_COMPILER NAMES x86_64-hermit-go x86_64-hermit-gccgo HINTS ${TOOLCHAIN_BIN_DIR})
endif()
if(NOT CMAKE_Go_COMPILER)
	message(FATAL_ERROR "No Go compiler was found; set CMAKE_Go_COMPILER")
endif()
mark_as_advanced(CMAKE_Go_COMPILER)

# A wrapper without its compiler is as good as none.
get_filename_component(CMAKE_Go_COMPILER_NAME "${CMAKE_Go_COMPILER}" NAME)
if(CMAKE_Go_COMPILER_NAME MATCHES "gccgo")
	set(CMAKE_Go_COMPILER_ID "gccgo")
	execute_process(COMMAND ${CMAKE_Go_COMPILER} --version RESULT_VARIABLE status OUTPUT_VARIABLE version ERROR_VARIABLE reason)
else()
	set(CMAKE_Go_COMPILER_ID "go")
	execute_process(COMMAND ${CMAKE_Go_COMPILER} version RESULT_VARIABLE status OUTPUT_VARIABLE version ERROR_VARIABLE reason)
endif()
if(NOT status EQUAL 0)
	message(FATAL_ERROR "The Go compiler ${CMAKE_Go_COMPILER} does not work: ${reason}")
endif()
string(REGEX REPLACE "\n.*" "" version "${version}")
message(STATUS "The Go compiler is ${version}")

configure_file(${CMAKE_CURRENT_LIST_DIR}/CMakeGoCompiler.cmake.in ${CMAKE_PLATFORM_INFO_DIR}/CMakeGoCompiler.cmake @ONLY)
set(CMAKE_Go_COMPILER_ENV_VAR "GO_COMPILER")
