#!/bin/sh
# build_with.sh COMPILER SOURCE_FOLDER WORK_FOLDER [FLAGS...]
# Each header of the plugin API compiles alone as C++20 without a warning, and the coroutine canary built by
# that compiler, plain and optimized, finds nothing wrong. Exit 77: the compiler is not there, or too old.
set -eu
compiler=$1 source=$2 work=$3
shift 3
command -v "$compiler" >/dev/null || { echo "$compiler is not installed"; exit 77; }
case $compiler in
  clang*) ;;
  *)
    version=$("$compiler" -dumpversion | cut -d. -f1)
    [ "$version" -ge 13 ] || { echo "$compiler $version miscompiles coroutines"; exit 77; }
    ;;
esac
mkdir -p "$work"
include="$source/plugin-api/include"
for header in "$include"/hermod/*.hpp; do
  name=$(basename "$header")
  printf '#include <hermod/%s>\n#include <hermod/%s>\n' "$name" "$name" > "$work/alone.cpp"
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I"$include" "$work/alone.cpp"
done
for level in -O0 -O2; do
  "$compiler" -std=c++20 $level -Wall -Wextra -I"$include" -I"$source" -I"$source/tests" "$@" \
    "$source/tests/plugin_api/canary.cpp" -o "$work/canary"
  "$work/canary"
done
