# The language, and how results stay the same everywhere: no contraction of a*b+c unless written so.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)  # preset release puts the program elsewhere
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endif()
add_compile_options(-ffp-contract=off)

# Faster rebuilds where the tools are there; nothing depends on them.
find_program(BANTAM_CCACHE ccache)
if(BANTAM_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BANTAM_CCACHE})
endif()
find_program(BANTAM_MOLD mold)
if(BANTAM_MOLD AND NOT CMAKE_CROSSCOMPILING)
  add_link_options(-fuse-ld=mold)
endif()
