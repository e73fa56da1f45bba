# Where HermitCore's compilers, headers and libraries are, and find_toolchain_program(), which finds one of them.
#
# This folder lies in the repository (headers in apps/libhermit, the library in build/lib) or below the prefix that `make install`
# filled (headers and libraries in x86_64-hermit); bin/ is beside it in both.

get_filename_component(HERMIT_ROOT ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

if(NOT DEFINED CMAKE_INSTALL_PREFIX)
	set(CMAKE_INSTALL_PREFIX /opt/hermit CACHE PATH "Where make install puts everything")
endif()

if(EXISTS ${HERMIT_ROOT}/x86_64-hermit)
	set(HERMIT_INCLUDE_DIR ${HERMIT_ROOT}/x86_64-hermit/include)
	set(HERMIT_LIBRARY_DIR ${HERMIT_ROOT}/x86_64-hermit/lib)
else()
	set(HERMIT_INCLUDE_DIR ${HERMIT_ROOT}/apps/libhermit/include)
	set(HERMIT_LIBRARY_DIR ${HERMIT_ROOT}/build/lib)
endif()

# What the user names must be right.
if(NOT DEFINED TOOLCHAIN_BIN_DIR)
	set(TOOLCHAIN_BIN_DIR ${HERMIT_ROOT}/bin CACHE PATH "Where x86_64-hermit-gcc and its like lie")
elseif(NOT EXISTS ${TOOLCHAIN_BIN_DIR}/x86_64-hermit-gcc)
	message(FATAL_ERROR
		"There is no x86_64-hermit-gcc in ${TOOLCHAIN_BIN_DIR}; give the folder that has it with -DTOOLCHAIN_BIN_DIR=")
endif()

# find_toolchain_program(NAME VARIABLE): the path of x86_64-hermit-NAME.
function(find_toolchain_program name variable)
	set(path ${TOOLCHAIN_BIN_DIR}/x86_64-hermit-${name})
	if(NOT EXISTS ${path})
		message(FATAL_ERROR "There is no x86_64-hermit-${name} in ${TOOLCHAIN_BIN_DIR}")
	endif()
	set(${variable} ${path} PARENT_SCOPE)
endfunction()
