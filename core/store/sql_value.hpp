// SqlValue: a parameter in PostgreSQL's text form. to_sql() overloads say what can be passed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids/object_id.hpp"

namespace hermod::store {

using SqlValue = std::optional<std::string>;  // nothing: NULL

struct Bytes {  // passed as bytea
  std::string_view bytes;
};

inline SqlValue to_sql(std::string_view text) { return std::string(text); }
inline SqlValue to_sql(const std::string& text) { return text; }
inline SqlValue to_sql(const char* text) { return std::string(text); }
inline SqlValue to_sql(bool value) { return std::string(value ? "t" : "f"); }
inline SqlValue to_sql(int value) { return std::to_string(value); }
inline SqlValue to_sql(long value) { return std::to_string(value); }
inline SqlValue to_sql(long long value) { return std::to_string(value); }
inline SqlValue to_sql(unsigned value) { return std::to_string(value); }
inline SqlValue to_sql(unsigned long value) { return std::to_string(value); }
inline SqlValue to_sql(const ids::ObjectId& value) { return ids::to_uuid_text(value); }
inline SqlValue to_sql(std::nullopt_t) { return std::nullopt; }
SqlValue to_sql(Bytes value);

SqlValue to_sql(const std::vector<ids::ObjectId>& values);   // uuid[]
SqlValue to_sql(const std::vector<std::int64_t>& values);    // smallint[], integer[], bigint[]
SqlValue to_sql(const std::vector<std::string>& values);     // text[]
SqlValue to_sql(const std::vector<Bytes>& values);           // bytea[]

template <class T>
SqlValue to_sql(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return to_sql(*value);
}

// Appends `\x…`, the hex form of a bytea.
void append_hex(std::string& out, std::string_view bytes);
// Appends one element of a text[] literal, quoted.
void append_array_text(std::string& out, std::string_view text);

}  // namespace hermod::store
