# SPDX-License-Identifier: GPL-2.0-or-later
#
# How every C++ room is compiled and tested. Each room includes this file, as each is built by itself, too.
include_guard(DIRECTORY)

option(CLUSTERDISC_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)
option(CLUSTERDISC_FUZZ "Build the libFuzzer targets, too (needs clang)" OFF)
option(CLUSTERDISC_UNITY "Compile the sources of each folder together: sooner from scratch, later after a change" OFF)

include(CTest)
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Werror)
if(CLUSTERDISC_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # For clang a variable also shadows one of another source that is compiled together with it.
  add_compile_options(-Wno-shadow)
endif()
# Leaves out of a program what it does not call: sources that are compiled together come into it together.
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(CLUSTERDISC_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(CLUSTERDISC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_package(PkgConfig REQUIRED)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# Sources of one folder in groups of a few, of all targets in a folder and below it. Reading the headers once for several of
# them is what makes it faster.
function(clusterdisc_unity folder)
  set(group_size 8)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_target_property(sources ${target} SOURCES)
    get_target_property(is_unity ${target} UNITY_BUILD)
    get_target_property(source_folder ${target} SOURCE_DIR)
    list(FILTER sources INCLUDE REGEX "\\.cc$")
    list(LENGTH sources count)
    if(is_unity OR count LESS 2)
      continue()
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set(number 0)
    foreach(source ${sources})
      get_filename_component(name "${source}" DIRECTORY)
      string(MAKE_C_IDENTIFIER "${name}" name)
      math(EXPR group "${number} / ${group_size}")
      math(EXPR number "${number} + 1")
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${source_folder})
      set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP "${name}_${group}")
    endforeach()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(below ${folders})
    clusterdisc_unity(${below})
  endforeach()
endfunction()
get_property(is_unity_deferred GLOBAL PROPERTY clusterdisc_unity_deferred)
if(CLUSTERDISC_UNITY AND NOT is_unity_deferred)
  set_property(GLOBAL PROPERTY clusterdisc_unity_deferred TRUE)
  cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL clusterdisc_unity ${CMAKE_SOURCE_DIR})
endif()

# clusterdisc_tests(ROOM NAME SOURCE...): unit tests as one program, called ROOM.* by ctest.
function(clusterdisc_tests room name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${name} ${ARGN})
  # As one translation unit: reading the headers of GoogleMock once and not ten times is most of the time that
  # the compiler and clang-tidy take.
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
  # The tests themselves need not be fast: optimizing them would take longer than running them.
  target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  target_link_libraries(${name} PRIVATE clusterdisc_common GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} TEST_PREFIX ${room}.)
endfunction()

# clusterdisc_fuzzer(NAME SOURCE LIBRARY...): a libFuzzer target.
function(clusterdisc_fuzzer name source)
  if(NOT CLUSTERDISC_FUZZ)
    return()
  endif()
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${ARGN})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
