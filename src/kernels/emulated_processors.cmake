# All tests of the kernels on processors that lack what newer ones have: each level must be found
# where it is, and use nothing that is not there.
function(bantam_levels_of processor levels)
  set(run ${CMAKE_CROSSCOMPILING_EMULATOR} -cpu ${processor} $<TARGET_FILE:bantam_kernels_test>)
  add_test(NAME levels_of_${processor} COMMAND ${run} --gtest_filter=CpuLevels.*)
  set_tests_properties(levels_of_${processor} PROPERTIES
                       PASS_REGULAR_EXPRESSION "levels: ${levels}\n.*  PASSED  "
                       FAIL_REGULAR_EXPRESSION "  FAILED  ")
endfunction()

function(bantam_kernels_on processor levels)
  bantam_levels_of(${processor} "${levels}")
  add_test(NAME kernels_on_${processor} COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} -cpu ${processor}
           $<TARGET_FILE:bantam_kernels_test> --gtest_brief=1)
  set_tests_properties(kernels_on_${processor} PROPERTIES TIMEOUT 900)
endfunction()

bantam_kernels_on(cortex-a53 "scalar neon")
bantam_kernels_on(cortex-a76 "scalar neon dotprod")
bantam_levels_of(max "scalar neon dotprod i8mm")  # what every other test runs on
