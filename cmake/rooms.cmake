# How the rooms, their variants and their tests are built. The sources of a room are compiled several at a time with one
# precompiled header, so that few compiler runs read LibTorch's headers. BNEXP_UNITY=OFF compiles every source alone.

# bnexp_unity(OUT NAME PARTS SOURCE...): sets OUT to at most PARTS generated sources that include all of them (see
# unity.cmake). The part that a source is in depends on its name alone, so that a new source changes one part.
function(bnexp_unity out name parts)
  if(NOT BNEXP_UNITY)
    set(${out} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  foreach(source IN LISTS ARGN)
    get_filename_component(file ${source} NAME)
    string(MD5 hash ${file})
    string(SUBSTRING ${hash} 0 6 hash)
    math(EXPR part "0x${hash} % ${parts}")
    list(APPEND part_${part} ${source})
  endforeach()
  set(script ${PROJECT_SOURCE_DIR}/cmake/unity.cmake)
  set(generated)
  math(EXPR last "${parts} - 1")
  foreach(part RANGE ${last})
    if(part_${part})
      set(file ${CMAKE_CURRENT_BINARY_DIR}/unity/${name}_${part}.cpp)
      # When configuring too, for tools that read the sources without a build.
      execute_process(COMMAND ${CMAKE_COMMAND} -D OUTPUT=${file} -D "SOURCES=${part_${part}}" -P ${script})
      add_custom_command(OUTPUT ${file}
        COMMAND ${CMAKE_COMMAND} -D OUTPUT=${file} -D "SOURCES=${part_${part}}" -P ${script}
        DEPENDS ${part_${part}} ${script} VERBATIM)
      list(APPEND generated ${file})
    endif()
  endforeach()
  set_source_files_properties(${generated} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()

# A room: an object library of the sources in the current folder and below. The linker would drop variants, which
# register themselves, from a static library.
#   TORCH            it includes LibTorch
#   O1               built with -O1, because it has no heavy arithmetic
#   PARTS n          number of compiler runs for its sources; default 1
#   SOURCES s...     only these; a later room without SOURCES in the same folder leaves them out
#   VARIANTS f...    folders whose sources are variants, each found by its file alone
#   VARIANT_PARTS n  number of compiler runs for the variants; default 1
#   ROOMS r...       the lower rooms whose headers it may include
function(bnexp_room name)
  cmake_parse_arguments(ROOM "TORCH;O1" "PARTS;VARIANT_PARTS" "VARIANTS;ROOMS;SOURCES" ${ARGN})
  list(TRANSFORM ROOM_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set(sources ${ROOM_SOURCES})
  if(NOT sources)
    get_directory_property(taken BNEXP_TAKEN)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    if(taken)
      list(REMOVE_ITEM sources ${taken})
    endif()
    list(FILTER sources EXCLUDE REGEX "/cli/main[.]cpp$")
  endif()
  set_property(DIRECTORY APPEND PROPERTY BNEXP_TAKEN ${ROOM_SOURCES})
  set(variants)
  foreach(folder IN LISTS ROOM_VARIANTS)
    get_filename_component(folder ${folder} ABSOLUTE)
    file(GLOB found CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(APPEND variants ${found})
  endforeach()
  if(variants)
    list(REMOVE_ITEM sources ${variants})
    if(NOT ROOM_VARIANT_PARTS)
      set(ROOM_VARIANT_PARTS 1)
    endif()
    bnexp_unity(variants ${name}_variants ${ROOM_VARIANT_PARTS} ${variants})
  endif()

  add_library(bnexp_${name} OBJECT ${sources} ${variants})
  list(LENGTH sources batch)
  if(ROOM_PARTS)
    math(EXPR batch "(${batch} + ${ROOM_PARTS} - 1) / ${ROOM_PARTS}")
  endif()
  set_target_properties(bnexp_${name} PROPERTIES UNITY_BUILD ${BNEXP_UNITY} UNITY_BUILD_BATCH_SIZE ${batch})
  target_include_directories(bnexp_${name} PUBLIC ${PROJECT_SOURCE_DIR}/runner)
  target_compile_options(bnexp_${name} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor)
  if(ROOM_O1)
    target_compile_options(bnexp_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  foreach(room IN LISTS ROOM_ROOMS)
    target_link_libraries(bnexp_${name} PUBLIC bnexp_${room})
  endforeach()
  if(ROOM_TORCH)
    target_include_directories(bnexp_${name} SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
    target_link_libraries(bnexp_${name} PUBLIC ${TORCH_LIBRARIES})
    target_compile_definitions(bnexp_${name} PRIVATE FMT_HEADER_ONLY)
    target_precompile_headers(bnexp_${name} REUSE_FROM bnexp_torch_headers)
  else()
    target_precompile_headers(bnexp_${name} REUSE_FROM bnexp_headers)
  endif()
  set_property(GLOBAL PROPERTY BNEXP_ROOMS_OF_${name} ${ROOM_ROOMS})
endfunction()

# bnexp_kernels(SOURCE...): sources for Highway's foreach_target, which are compiled once per instruction set. Fuzz targets
# get one instruction set without sanitizers, which would take clang a quarter of an hour for a source.
function(bnexp_kernels)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(BNEXP_FUZZ)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -fno-sanitize=all
                                                   COMPILE_DEFINITIONS HWY_COMPILE_ONLY_STATIC)
  endif()
endfunction()

# bnexp_link(TARGET ROOM...): links all objects of the rooms and of the rooms that they use.
function(bnexp_link target)
  set(rooms ${ARGN})
  while(rooms)
    list(POP_FRONT rooms room)
    get_property(lower GLOBAL PROPERTY BNEXP_ROOMS_OF_${room})
    list(APPEND rooms ${lower})
    list(REMOVE_DUPLICATES rooms)
    target_link_libraries(${target} PRIVATE bnexp_${room})
  endwhile()
endfunction()

# Headers that are slow to compile, compiled once: for the rooms with LibTorch, and for those without.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers.cpp CONTENT "")
set(BNEXP_HEADERS <cstdint> <functional> <map> <memory> <optional> <string> <utility> <vector> <fmt/format.h> <nlohmann/json.hpp>)
add_library(bnexp_headers OBJECT ${CMAKE_BINARY_DIR}/headers.cpp)
target_precompile_headers(bnexp_headers PRIVATE ${BNEXP_HEADERS})
target_link_libraries(bnexp_headers PRIVATE fmt::fmt nlohmann_json::nlohmann_json)
add_library(bnexp_torch_headers OBJECT ${CMAKE_BINARY_DIR}/headers.cpp)
target_precompile_headers(bnexp_torch_headers PRIVATE <torch/torch.h> ${BNEXP_HEADERS})
target_include_directories(bnexp_torch_headers SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
# Some LibTorch packages have headers of another version of fmt than the system's library.
target_compile_definitions(bnexp_torch_headers PRIVATE FMT_HEADER_ONLY)
target_link_libraries(bnexp_torch_headers PRIVATE fmt::fmt nlohmann_json::nlohmann_json ${TORCH_LIBRARIES})
