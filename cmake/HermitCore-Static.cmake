# Read by every project() behind HermitCore-Application.cmake, as CMAKE_USER_MAKE_RULES_OVERRIDE: project() itself sets which libraries
# find_library() takes, so what was set before it would not hold. Programs are static, and the linker refuses a .so with -static.

set(CMAKE_FIND_LIBRARY_SUFFIXES .a)

if(HERMIT_USER_RULES)
	include(${HERMIT_USER_RULES})
endif()
