# One switch for every target, third-party headers included.
if(BANTAM_SANITIZE)
  add_compile_options(-fsanitize=${BANTAM_SANITIZE} -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${BANTAM_SANITIZE})
  if(BANTAM_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()
# Libraries tell the fuzzer which branches an input took; fuzz/CMakeLists.txt links the fuzzer itself.
if(BANTAM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
