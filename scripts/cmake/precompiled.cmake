# Precompiled headers: one for all libraries and plugins, one for all tests (they differ in flags).
# To see that a file includes what it uses: cmake --preset dev -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
set(hermod_precompiled_headers
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <filesystem>
  <functional> <limits> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <unordered_map>
  <unordered_set> <utility> <variant> <vector>
  <hermod/channel.hpp> <hermod/race.hpp> <hermod/session.hpp> <hermod/task_group.hpp> <hermod/wait_queue.hpp>)

file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cpp" CONTENT "int main() {}\n")

# hermod_precompile_libraries(FOLDER...): those of the folders and below, but for targets with a header of their own.
function(hermod_precompile_libraries)
  if(NOT TARGET hermod_precompiled)
    add_library(hermod_precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cpp")
    target_link_libraries(hermod_precompiled PRIVATE hermod_plugin_api hermod_flags)
    target_precompile_headers(hermod_precompiled PRIVATE ${hermod_precompiled_headers})
  endif()
  foreach(folder IN LISTS ARGN)
    get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
      get_target_property(type ${target} TYPE)
      get_target_property(own ${target} PRECOMPILE_HEADERS)
      if(type MATCHES "^(STATIC|MODULE)_LIBRARY$" AND NOT own)
        target_precompile_headers(${target} REUSE_FROM hermod_precompiled)
      endif()
    endforeach()
    get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
    hermod_precompile_libraries(${folders})
  endforeach()
endfunction()
