# SPDX-License-Identifier: GPL-2.0-or-later
#
# How every C++ room is compiled and tested. Each room includes this file, as each is built by itself, too.
include_guard(DIRECTORY)

option(CLUSTERDISC_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)
option(CLUSTERDISC_FUZZ "Build the libFuzzer targets (needs clang)" OFF)

include(CTest)
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Werror)
if(CLUSTERDISC_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(CLUSTERDISC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
endif()

find_package(PkgConfig REQUIRED)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
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
  add_dependencies(fuzzers ${name})
endfunction()
