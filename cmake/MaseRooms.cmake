# One static library per sub-room, so that an include of a room that is not listed in DEPS does not
# link, and so that the dependency graph of the project can be read from the CMakeLists files.
include(GNUInstallDirs)

add_library(mase_options INTERFACE)
target_include_directories(mase_options INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(mase_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # false positives of g++ 12 on std::string (PR 105329)

# mase_room(<sub-room> DEPS <targets...>): compiles every .cc beside the calling CMakeLists
# (directory <sub-room>) into mase_<sub-room>.
function(mase_room name)
  cmake_parse_arguments(ARG "" "DIRECTORY" "DEPS;PRIVATE_DEPS" ${ARGN})
  if(NOT ARG_DIRECTORY)
    set(ARG_DIRECTORY ${name})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_DIRECTORY}/*.cc")
  if(NOT sources)  # headers only
    add_library(mase_${name} INTERFACE)
    target_link_libraries(mase_${name} INTERFACE mase_options ${ARG_DEPS})
    return()
  endif()
  add_library(mase_${name} STATIC ${sources})
  target_link_libraries(mase_${name} PUBLIC mase_options ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()
