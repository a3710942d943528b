# The folders under src/, each one target, in the order of dependence: a folder includes only from those above it
# (http depends on base and config only). scripts/check-layers.py holds the sources to this order.
set(ASHLAR_LAYERS base config database schema access query events items auth system http api cli)

# Declares the target of one folder: every source file in it and below it.
#   ashlar_layer(query DEPENDS schema access LIBRARIES PkgConfig::SQLITE)
function(ashlar_layer name)
  cmake_parse_arguments(layer "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(ashlar_${name} STATIC ${sources})
  target_link_libraries(ashlar_${name} PUBLIC ashlar_flags ${layer_LIBRARIES})
  foreach(dependency IN LISTS layer_DEPENDS)
    target_link_libraries(ashlar_${name} PUBLIC ashlar_${dependency})
  endforeach()
endfunction()
