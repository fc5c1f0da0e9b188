// Tables of cases as gtest parameters: each row is a test of its own, named by its first member.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace hermod::mime {

// A row's name for gtest; rows derive from it.
struct NamedCase {
  const char* name;
  friend std::ostream& operator<<(std::ostream& out, const NamedCase& row) { return out << row.name; }
};

inline constexpr auto row_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace hermod::mime
