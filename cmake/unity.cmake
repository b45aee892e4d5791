# Compiles the sources of a folder together, a few at a time: in small files most of a compiler's
# work is templates that the next file needs again. Two that cannot stand together share a name in
# their unnamed namespaces; within a folder that mostly means the same helper twice.
option(INLAY_UNITY "Compile the sources of a folder together, some at a time" ON)
set(INLAY_UNITY_SIZE 8)

# inlay_unity(TARGET), once all its sources are known.
function(inlay_unity target)
    if(NOT INLAY_UNITY)
        return()
    endif()
    get_target_property(sources ${target} SOURCES)
    get_target_property(base ${target} SOURCE_DIR)
    list(SORT sources)
    set(folders)
    foreach(source IN LISTS sources)
        if(source MATCHES "\\.cpp$")
            cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${base})
            cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE path)
            cmake_path(GET path PARENT_PATH path)
            string(MAKE_C_IDENTIFIER "${path}" folder)
            list(APPEND sources_of_${folder} ${source})
            list(APPEND folders ${folder})
        endif()
    endforeach()
    list(REMOVE_DUPLICATES folders)
    foreach(folder IN LISTS folders)
        list(LENGTH sources_of_${folder} count)
        math(EXPR groups "(${count} + ${INLAY_UNITY_SIZE} - 1) / ${INLAY_UNITY_SIZE}")
        math(EXPR size "(${count} + ${groups} - 1) / ${groups}")
        set(at 0)
        foreach(source IN LISTS sources_of_${folder})
            math(EXPR group "${at} / ${size}")
            set_source_files_properties(${source} TARGET_DIRECTORY ${target}
                PROPERTIES UNITY_GROUP ${folder}_${group})
            math(EXPR at "${at} + 1")
        endforeach()
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    # Some warnings mistake a source among others for a header, or more code for a fault. The
    # development preset, which compiles every source by itself, has them all.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage -Wno-maybe-uninitialized
                           -Wno-stringop-overflow -Wno-array-bounds)
endfunction()

# inlay_unity_cuda(TARGET NAME SOURCES...): the same for CUDA, which this CMake cannot group itself.
function(inlay_unity_cuda target name)
    if(NOT INLAY_UNITY)
        target_sources(${target} PRIVATE ${ARGN})
        return()
    endif()
    set(text "")
    foreach(source IN LISTS ARGN)
        string(APPEND text "#include \"${CMAKE_CURRENT_SOURCE_DIR}/${source}\"\n")
    endforeach()
    set(file ${CMAKE_CURRENT_BINARY_DIR}/unity_${name}.cu)
    file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
    target_sources(${target} PRIVATE ${file})
endfunction()
