# bantam_kernel_variant(NAME FOLDER folder FLAGS flags... [DEFINES names...])
#
# The *.cpp of one folder as objects compiled for one instruction set. No link-time optimization, and
# tools/check_kernel_objects keeps weak symbols out: a function compiled for a new processor must never
# replace one that runs everywhere.
function(bantam_kernel_variant name)
  cmake_parse_arguments(ARG "" "FOLDER" "FLAGS;DEFINES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${ARG_FOLDER}/*.cpp)
  add_library(${name} OBJECT ${sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${name} PRIVATE ${ARG_FLAGS})
  target_compile_definitions(${name} PRIVATE ${ARG_DEFINES})
  set_target_properties(${name} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  bantam_warnings(${name})
endfunction()

# bantam_check_kernel_objects(NAMES...): the test that the objects of these variants hold no weak symbols.
function(bantam_check_kernel_objects)
  if(NOT BANTAM_TESTS OR BANTAM_SANITIZE)  # sanitizers add weak symbols of their own
    return()
  endif()
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
  add_test(NAME kernel_objects_hold_no_weak_symbols
           COMMAND ${PROJECT_SOURCE_DIR}/tools/check_kernel_objects ${objects} COMMAND_EXPAND_LISTS)
endfunction()
