// Rows of test tables: named by their first member, which is told when one fails. Rows that may crash the
// process are gtest parameters; each is then a test of its own.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace hermod::mime {

// Rows derive from it.
struct NamedCase {
  const char* name;
  friend std::ostream& operator<<(std::ostream& out, const NamedCase& row) { return out << row.name; }
};

inline constexpr auto row_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace hermod::mime
