# Compiler checks and the flags of every target.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} is refused: g++ below 13 miscompiles coroutines "
    "(temporaries in co_await expressions are destroyed twice). Use clang 19 or g++ 13 and newer: "
    "cmake -DCMAKE_CXX_COMPILER=clang++-19, or a preset.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
add_compile_options(-pthread)  # some libraries ask for it, and who shares a precompiled header must agree

option(HERMOD_WERROR "Warnings are errors" OFF)
set(HERMOD_SANITIZE "" CACHE STRING "Sanitizers, comma-separated as for -fsanitize=")

add_library(hermod_flags INTERFACE)
target_compile_options(hermod_flags INTERFACE -Wall -Wextra $<$<BOOL:${HERMOD_WERROR}>:-Werror>)
if(HERMOD_SANITIZE)
  # For the whole tree, so that plugins and host agree.
  add_compile_options(-fsanitize=${HERMOD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HERMOD_SANITIZE})
endif()

find_program(HERMOD_LLD NAMES ld.lld-19 ld.lld)
if(HERMOD_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(--ld-path=${HERMOD_LLD})
endif()

find_program(HERMOD_CCACHE ccache)
if(HERMOD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${HERMOD_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-Xclang -fno-pch-timestamp)  # ccache can then reuse objects built with a precompiled header
  endif()
endif()
