# What an application's CMakeLists.txt includes before project():
#
#     cmake_minimum_required(VERSION 3.7)
#     include(/opt/hermit/cmake/HermitCore-Application.cmake)        # or the repository's cmake folder
#     project(my_app C CXX Fortran Go)
#     add_executable(my_app my_app.c)
#
# Everything after it is ordinary CMake. The compilers become HermitCore's (x86_64-hermit-gcc and its like, thin wrappers of the
# distribution's), which make static programs that run on HermitCore and on Linux; that is why this is no cross build: CMake's
# checks may run what they compile.
#
#     TOOLCHAIN_BIN_DIR      where x86_64-hermit-gcc and its like lie      default: bin beside this folder (/opt/hermit/bin)
#     CMAKE_INSTALL_PREFIX                                                 default: /opt/hermit
#     MTUNE                  passed on as -mtune=
#     PROFILING              ON: function-level profiling as -pg means it
#     HERMIT_ARCH            the only one is x86_64

cmake_minimum_required(VERSION 3.7)

if(HERMITCORE_APPLICATION_INCLUDED)
	return()
endif()
set(HERMITCORE_APPLICATION_INCLUDED TRUE)

# A toolchain file is read by project() itself.
if(PROJECT_NAME AND NOT HERMITCORE_IS_TOOLCHAIN_FILE)
	message(FATAL_ERROR "include(HermitCore-Application.cmake) must stand before project(), which looks for the compilers")
endif()

set(HERMIT_ARCH "x86_64" CACHE STRING "Architecture of HermitCore programs")
if(NOT HERMIT_ARCH STREQUAL "x86_64")
	message(FATAL_ERROR "HERMIT_ARCH is ${HERMIT_ARCH}, but HermitCore programs are for x86_64")
endif()
set(MTUNE "" CACHE STRING "Processor that programs are tuned for (-mtune=)")
option(PROFILING "Build with -pg" OFF)

include(${CMAKE_CURRENT_LIST_DIR}/HermitCore-Paths.cmake)
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}/Modules)

# A compiler that the user chose (-DCMAKE_C_COMPILER=...) stays.
function(hermit_use_compiler variable tool)
	if(NOT ${variable})
		find_toolchain_program(${tool} path)
		set(${variable} "${path}" PARENT_SCOPE)
	endif()
endfunction()

hermit_use_compiler(CMAKE_C_COMPILER gcc)
hermit_use_compiler(CMAKE_CXX_COMPILER g++)
hermit_use_compiler(CMAKE_Fortran_COMPILER gfortran)
# gccgo is what there is to take where the go command is not installed.
if(NOT CMAKE_Go_COMPILER)
	find_program(HERMIT_GO_COMMAND go)
	find_program(HERMIT_GCCGO_COMMAND gccgo)
	mark_as_advanced(HERMIT_GO_COMMAND HERMIT_GCCGO_COMMAND)
	if(HERMIT_GCCGO_COMMAND AND NOT HERMIT_GO_COMMAND)
		find_toolchain_program(gccgo CMAKE_Go_COMPILER)
	else()
		find_toolchain_program(go CMAKE_Go_COMPILER)
	endif()
endif()

# The value that the cache entries CMAKE_<LANG>_FLAGS begin with; what the user sets there or in CFLAGS counts besides.
set(HERMIT_FLAGS "-m64 -mtls-direct-seg-refs -O3 -ftree-vectorize")
if(MTUNE)
	set(HERMIT_FLAGS "${HERMIT_FLAGS} -mtune=${MTUNE}")
endif()
if(PROFILING)
	set(HERMIT_FLAGS "${HERMIT_FLAGS} -pg")
endif()
foreach(language C CXX Fortran)
	set(CMAKE_${language}_FLAGS_INIT "${HERMIT_FLAGS}")
endforeach()

# Programs are static, so only static libraries serve them. A file of this kind that the user has is read as well; in CMake's own checks
# it is ours already.
set(BUILD_SHARED_LIBS OFF)
if(NOT CMAKE_USER_MAKE_RULES_OVERRIDE MATCHES "HermitCore-Static.cmake$")
	set(HERMIT_USER_RULES "${CMAKE_USER_MAKE_RULES_OVERRIDE}")
endif()
set(CMAKE_USER_MAKE_RULES_OVERRIDE ${CMAKE_CURRENT_LIST_DIR}/HermitCore-Static.cmake)

if(EXISTS ${HERMIT_LIBRARY_DIR}/libhermit.a)
	link_directories(${HERMIT_LIBRARY_DIR})
endif()
include_directories(SYSTEM ${HERMIT_INCLUDE_DIR})
