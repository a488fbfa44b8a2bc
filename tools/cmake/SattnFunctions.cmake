# The wrappers that every folder uses, so that no target can link MLIR in a
# second way by accident.

# sattn_library(NAME [INTERNAL] [NO_MLIR] sources... [DEPENDS tablegen...]
#               [LINK_LIBS sattn...] [MLIR_LIBS MLIRxxx...])
# A static library of the project. MLIR_LIBS are the MLIR pieces that it uses;
# with SATTN_LINK_MLIR_DYLIB they become the one shared library. INTERNAL: for
# the project's own programs, not installed. NO_MLIR: LLVM's support library only.
function(sattn_library name)
  cmake_parse_arguments(ARG "INTERNAL;NO_MLIR" "" "DEPENDS;LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  sattn_precompiled_headers(${name} ${ARG_NO_MLIR})
  sattn_link_mlir(${name} PUBLIC ${ARG_MLIR_LIBS})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(NOT ARG_INTERNAL)
    set_property(GLOBAL APPEND PROPERTY SATTN_LIBRARIES ${name})
  endif()
endfunction()

# sattn_tool(NAME sources... [LINK_LIBS sattn...] [MLIR_LIBS MLIRxxx...])
function(sattn_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  sattn_precompiled_headers(${name} FALSE)
  sattn_link_mlir(${name} PRIVATE ${ARG_MLIR_LIBS})
  set_property(GLOBAL APPEND PROPERTY SATTN_TOOLS ${name})
endfunction()

function(sattn_link_mlir name scope)
  if(SATTN_LINK_MLIR_DYLIB)
    target_link_libraries(${name} ${scope} MLIR LLVM)
  else()
    target_link_libraries(${name} ${scope} ${ARGN})
  endif()
endfunction()

add_custom_target(sattn-docs)

# sattn_doc(NAME.td OUTPUT.md generator options...)
# Markdown generated from a .td file; target sattn-docs writes all of it to
# build/docs.
function(sattn_doc td output)
  set(LLVM_TARGET_DEFINITIONS ${td})
  tablegen(MLIR ${output} ${ARGN})
  set(document "${PROJECT_BINARY_DIR}/docs/${output}")
  add_custom_command(OUTPUT "${document}"
    COMMAND ${CMAKE_COMMAND} -E copy "${CMAKE_CURRENT_BINARY_DIR}/${output}" "${document}"
    DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/${output}")
  add_custom_target(sattn-docs-${output} DEPENDS "${document}")
  add_dependencies(sattn-docs sattn-docs-${output})
endfunction()
