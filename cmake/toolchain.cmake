# Compiler flags for every target, and the tools that make builds faster where they are installed.
add_library(ashlar_flags INTERFACE)
target_compile_options(ashlar_flags INTERFACE -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor)
# Designated initializers may leave members to their defaults.
target_compile_options(ashlar_flags INTERFACE -Wno-missing-field-initializers)
target_include_directories(ashlar_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(ASHLAR_SANITIZE)
  # GCC 12 takes parts of std::regex for uninitialized where it instruments them.
  target_compile_options(ashlar_flags INTERFACE -fsanitize=${ASHLAR_SANITIZE} -fno-omit-frame-pointer
                                                -Wno-maybe-uninitialized)
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
