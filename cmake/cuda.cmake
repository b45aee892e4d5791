# Whether the module for NVIDIA GPUs is built, and with what. Sets INLAY_WITH_CUDA.
set(INLAY_CUDA AUTO CACHE STRING "Build the CUDA module: AUTO (where a CUDA compiler and cuBLAS are found), ON or OFF")
set_property(CACHE INLAY_CUDA PROPERTY STRINGS AUTO ON OFF)
# sm_90a carries Hopper's own instructions; sm_80 comes with PTX for what is newer.
set(INLAY_CUDA_ARCHITECTURES 80 90a CACHE STRING "GPU architectures the CUDA module is built for")
# std::span and C++20 in nvcc, and the 64-bit interface of cuBLAS.
set(INLAY_CUDA_OLDEST 12.0)

# Why the module cannot be built here, or an empty string. A macro: languages are enabled in the
# top-level scope.
macro(inlay_find_cuda missing)
    set(${missing} "")
    include(CheckLanguage)
    if(NOT CMAKE_CUDA_COMPILER)
        find_program(INLAY_NVCC nvcc PATHS ENV CUDACXX ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda
                     PATH_SUFFIXES bin)
        mark_as_advanced(INLAY_NVCC)
        if(INLAY_NVCC AND NOT DEFINED ENV{CUDACXX})
            set(ENV{CUDACXX} ${INLAY_NVCC}) # where CMake looks first
        endif()
    endif()
    # Otherwise CMake asks the compiler for the architectures of this machine's GPU.
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES ${INLAY_CUDA_ARCHITECTURES})
    endif()
    check_language(CUDA)
    if(NOT CMAKE_CUDA_COMPILER)
        set(${missing} "no working CUDA compiler (nvcc) was found")
    else()
        enable_language(CUDA)
        # nvcc takes C++20 since 12.0, which CMake 3.25 does not know yet.
        if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
            set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION --std=c++20)
            set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION --std=c++20)
        endif()
        # For projects of its own version CMake 3.25 marks a library as outdated that CUDA 13 no
        # longer has, and fails at that.
        set(INLAY_LEAST_CMAKE ${CMAKE_MINIMUM_REQUIRED_VERSION})
        set(CMAKE_MINIMUM_REQUIRED_VERSION 3.24)
        find_package(CUDAToolkit QUIET)
        set(CMAKE_MINIMUM_REQUIRED_VERSION ${INLAY_LEAST_CMAKE})
        if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS INLAY_CUDA_OLDEST)
            set(${missing} "CUDA ${CMAKE_CUDA_COMPILER_VERSION} is older than ${INLAY_CUDA_OLDEST}")
        elseif(NOT TARGET CUDA::cublas OR NOT TARGET CUDA::cublasLt)
            set(${missing} "cuBLAS was not found")
        endif()
    endif()
endmacro()

set(INLAY_WITH_CUDA OFF)
if(INLAY_CUDA STREQUAL "AUTO" OR INLAY_CUDA)
    inlay_find_cuda(INLAY_CUDA_MISSING)
    if(INLAY_CUDA_MISSING STREQUAL "")
        set(INLAY_WITH_CUDA ON)
        message(STATUS "CUDA module: built with CUDA ${CMAKE_CUDA_COMPILER_VERSION} for ${INLAY_CUDA_ARCHITECTURES}")
    elseif(INLAY_CUDA STREQUAL "AUTO")
        message(STATUS "CUDA module: not built, ${INLAY_CUDA_MISSING}")
    else()
        message(FATAL_ERROR "INLAY_CUDA is ON, but ${INLAY_CUDA_MISSING}. Install the CUDA toolkit or name its compiler with CMAKE_CUDA_COMPILER; INLAY_CUDA=OFF builds without GPUs.")
    endif()
else()
    message(STATUS "CUDA module: not built, INLAY_CUDA is OFF")
endif()
