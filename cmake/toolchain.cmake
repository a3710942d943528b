# Compiler flags for every target, and the tools that make builds faster where they are installed.
add_library(ashlar_flags INTERFACE)
target_compile_options(ashlar_flags INTERFACE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor)
# Designated initializers may leave members to their defaults.
target_compile_options(ashlar_flags INTERFACE -Wno-missing-field-initializers)
# GCC 12 sees overflows in strings where there are none as soon as it inlines (GCC bugs 105329 and 105651).
target_compile_options(ashlar_flags INTERFACE
  $<$<CONFIG:Release>:-Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread>)
target_include_directories(ashlar_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(ASHLAR_SANITIZE)
  # Instrumented code confuses GCC's flow analysis, and Asio's fences are beyond TSan (its mutexes are not).
  target_compile_options(ashlar_flags INTERFACE -fsanitize=${ASHLAR_SANITIZE} -fno-omit-frame-pointer
                                                -Wno-maybe-uninitialized -Wno-tsan)
  target_link_options(ashlar_flags INTERFACE -fsanitize=${ASHLAR_SANITIZE})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
