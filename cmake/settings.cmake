# Compiler settings shared by every target, and where the programs land.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# Parsing Qt, nlohmann and the standard library is most of a clean build. The development preset
# turns this off, so that a source which forgets an include fails there.
option(INLAY_PRECOMPILED "Precompile the headers that most sources include" ON)
if(NOT INLAY_PRECOMPILED)
    set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

find_program(INLAY_CCACHE ccache)
if(INLAY_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros ${INLAY_CCACHE})
endif()

find_package(Threads REQUIRED)

add_library(inlay_options INTERFACE)
target_include_directories(inlay_options INTERFACE ${PROJECT_SOURCE_DIR})
# What the host compiler is told, by itself and behind nvcc (whose generated code is not pedantic).
# A run must give the same bits whatever the compiler would like to contract or reorder.
set(INLAY_HOST_OPTIONS -Wall -Wextra -Wshadow -Wnon-virtual-dtor -ffp-contract=off)
if(INLAY_WARNINGS_AS_ERRORS)
    list(APPEND INLAY_HOST_OPTIONS -Werror)
endif()
list(JOIN INLAY_HOST_OPTIONS "," INLAY_XCOMPILER)
target_compile_options(inlay_options INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:${INLAY_HOST_OPTIONS};-Wpedantic>"
    "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=${INLAY_XCOMPILER}>")
target_link_libraries(inlay_options INTERFACE Threads::Threads)
# g++ walks through all it holds each time that has grown by a third. Beside a precompiled header of
# 300 MB this takes a third of the time of a window's source; without it the largest source needs
# 1.3 GB instead of 1.1.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(inlay_options INTERFACE
        "$<$<COMPILE_LANGUAGE:CXX>:--param=ggc-min-expand=200;--param=ggc-min-heapsize=1048576>")
endif()

# For programs and tests that compute nothing themselves: the optimizer's time is a third of theirs.
add_library(inlay_quick_build INTERFACE)
target_compile_options(inlay_quick_build INTERFACE "$<$<CONFIG:Release>:-O1>")
# Linking 140 tests takes two minutes with ld, a third of that with gold.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=gold INLAY_HAS_GOLD)
add_library(inlay_quick_link INTERFACE)
if(INLAY_HAS_GOLD)
    target_link_options(inlay_quick_link INTERFACE -fuse-ld=gold)
endif()
if(INLAY_SANITIZE)
    target_compile_options(inlay_options INTERFACE -fsanitize=${INLAY_SANITIZE}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(inlay_options INTERFACE -fsanitize=${INLAY_SANITIZE})
endif()
