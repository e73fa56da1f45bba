# The same as HermitCore-Application.cmake for projects that must not be changed:
#
#     cmake -DCMAKE_TOOLCHAIN_FILE=/opt/hermit/cmake/HermitCore-Toolchain-x86_64.cmake ..
#
# CMake reads it again in every check that it compiles, where the folders of the first reading still hold.

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TOOLCHAIN_BIN_DIR MTUNE PROFILING)
set(HERMITCORE_IS_TOOLCHAIN_FILE TRUE)
include(${CMAKE_CURRENT_LIST_DIR}/HermitCore-Application.cmake)
