# The folders under src/, each one target, in the order of dependence: a folder includes only from those above it
# (http depends on base and config only). scripts/check-layers.py holds the sources to this order.
set(ASHLAR_LAYERS base config net database bus mail storage schema access query events items auth system backup http api cli)

# Declares the target of one folder: every source file in it and below it.
#   ashlar_layer(query DEPENDS schema access LIBRARIES PkgConfig::SQLITE EMBED data/operators.json)
# EMBED puts the bytes of files into the program: data/operators.json is then `embedded::operators_json()` in the
# namespace of the folder, declared in "<folder>/embedded.h".
function(ashlar_layer name)
  cmake_parse_arguments(layer "" "" "DEPENDS;LIBRARIES;EMBED" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(ashlar_${name} STATIC ${sources})
  # The headers that nearly every file includes are read once: this halves the time of a clean build.
  if(name STREQUAL base)
    target_precompile_headers(ashlar_base PRIVATE
      <functional> <map> <memory> <optional> <string> <string_view> <unordered_map> <vector> <boost/json.hpp>)
  else()
    target_precompile_headers(ashlar_${name} REUSE_FROM ashlar_base)
  endif()
  target_link_libraries(ashlar_${name} PUBLIC ashlar_flags ${layer_LIBRARIES})
  foreach(dependency IN LISTS layer_DEPENDS)
    target_link_libraries(ashlar_${name} PUBLIC ashlar_${dependency})
  endforeach()
  if(layer_EMBED)
    ashlar_embed(${name} ${layer_EMBED})
  endif()
endfunction()

# Generates the header and the source of the embedded files. The assembler reads them (.incbin): that costs no compile
# time however large a file is, and knows nothing of sanitizers or language rules for long literals.
function(ashlar_embed name)
  set(folder ${CMAKE_BINARY_DIR}/generated)
  set(declarations "")
  set(definitions "")
  set(paths "")
  foreach(file IN LISTS ARGN)
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    get_filename_component(identifier ${file} NAME)
    string(MAKE_C_IDENTIFIER ${identifier} identifier)
    set(symbol ashlar_${name}_${identifier})
    list(APPEND paths ${path})
    string(APPEND declarations "std::string_view ${identifier}();\n")
    string(APPEND definitions
      "asm(R\"(.pushsection .rodata\n.balign 16\n.globl ${symbol}\n${symbol}:\n.incbin \"${path}\"\n"
      ".globl ${symbol}_end\n${symbol}_end:\n.byte 0\n.popsection)\");\n"
      "extern \"C\" const char ${symbol}[], ${symbol}_end[];\n"
      "namespace ashlar::${name}::embedded {\n"
      "std::string_view ${identifier}() { return {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}; }\n"
      "}\n")
  endforeach()
  file(CONFIGURE OUTPUT ${folder}/${name}/embedded.h @ONLY CONTENT
    "#pragma once\n#include <string_view>\n\nnamespace ashlar::${name}::embedded {\n${declarations}}\n")
  file(CONFIGURE OUTPUT ${folder}/${name}/embedded.cpp @ONLY CONTENT "#include \"${name}/embedded.h\"\n\n${definitions}")
  set_source_files_properties(${folder}/${name}/embedded.cpp PROPERTIES OBJECT_DEPENDS "${paths}")
  target_sources(ashlar_${name} PRIVATE ${folder}/${name}/embedded.cpp)
  target_include_directories(ashlar_${name} PUBLIC ${folder})
endfunction()
