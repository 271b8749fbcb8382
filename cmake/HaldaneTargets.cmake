# What every target of ours is built with, said once.

add_library(haldane_options INTERFACE)
target_include_directories(haldane_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(haldane_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
# Bit-for-bit replay: no contraction into fused multiply-adds, on any compiler.
target_compile_options(haldane_options INTERFACE -ffp-contract=off)
if(HALDANE_SANITIZE)
  target_compile_options(haldane_options INTERFACE -fsanitize=${HALDANE_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(haldane_options INTERFACE -fsanitize=${HALDANE_SANITIZE})
endif()

if(HALDANE_FUZZ)
  # What the fuzzers steer by.
  target_compile_options(haldane_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(NOT HALDANE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(haldane_options INTERFACE -fuse-ld=lld)
endif()

# haldane_library(NAME [DEPENDS target...] [EXCLUDE path...]): a static library
# of every .cc below the current folder, except main.cc and the files and folders
# excluded.
function(haldane_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  foreach(path ${arg_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${path}(/|$)")
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC haldane_options ${arg_DEPENDS})
endfunction()

# haldane_sees_locks(PROGRAM): in a ThreadSanitizer build, tells the sanitizer
# about Abseil's locks and gRPC's queues. For every program that it runs.
function(haldane_sees_locks name)
  if(HALDANE_SANITIZE MATCHES thread)
    # See the files; exported, so that shared libraries call them too.
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/tsan/absl_locks.cc
                                   ${PROJECT_SOURCE_DIR}/tests/tsan/grpc_handover.cc)
    set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)
    target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
  endif()
endfunction()

# haldane_tests(NAME LABEL label DEPENDS target... [EXCLUDE path...]): one test
# binary of every *_test.cc below the current folder, files and folders excluded
# aside, each test known to CTest under the label.
# Target tier_LABEL builds all test binaries of the label.
function(haldane_tests name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "DEPENDS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc ${CMAKE_CURRENT_SOURCE_DIR}/*_fixture.cc)
  foreach(path ${arg_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${path}(/|$)")
  endforeach()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE haldane_options ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  haldane_sees_locks(${name})
  if(NOT TARGET tier_${arg_LABEL})
    add_custom_target(tier_${arg_LABEL})
  endif()
  add_dependencies(tier_${arg_LABEL} ${name})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${arg_LABEL}/" DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()
