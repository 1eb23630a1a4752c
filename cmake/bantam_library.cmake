# bantam_library(NAME [DEPS bantam libraries...] [LIBS packages...] [TEST_DEPS bantam libraries...])
#
# One static library per folder of src/: every *.cpp below the folder, and a test program of every
# *_test.cpp, so that adding a file needs no change here. Folders with a CMakeLists.txt of their own
# below this one are left to it.
include(GoogleTest)

function(bantam_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_DEPS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  foreach(pattern ${ARG_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "${pattern}")
  endforeach()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(TRANSFORM ARG_DEPS PREPEND bantam_)
  list(TRANSFORM ARG_TEST_DEPS PREPEND bantam_)

  add_library(bantam_${name} STATIC ${sources})
  target_include_directories(bantam_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(bantam_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_LIBS})
  bantam_warnings(bantam_${name})

  if(BANTAM_TESTS AND tests)
    bantam_test(bantam_${name}_test SOURCES ${tests} LIBS bantam_${name} ${ARG_TEST_DEPS} ${ARG_LIBS})
  endif()
endfunction()

# bantam_test(NAME SOURCES files... LIBS targets...): a GoogleTest program, one CTest test per case.
function(bantam_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} bantam_test_support GTest::gtest GTest::gtest_main)
  bantam_warnings(${name})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600)
endfunction()
