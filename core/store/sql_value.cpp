#include "core/store/sql_value.hpp"

namespace hermod::store {

namespace {

template <class Values, class Append>
std::string array_literal(const Values& values, Append append) {
  std::string out = "{";
  for (const auto& value : values) {
    if (out.size() > 1) out += ',';
    append(out, value);
  }
  return out += '}';
}

}  // namespace

void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  out += "\\x";
  for (const unsigned char byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

void append_array_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char character : text) {
    if (character == '"' || character == '\\') out += '\\';
    out += character;
  }
  out += '"';
}

SqlValue to_sql(Bytes value) {
  std::string out;
  out.reserve(2 + value.bytes.size() * 2);
  append_hex(out, value.bytes);
  return out;
}

SqlValue to_sql(const std::vector<ids::ObjectId>& values) {
  return array_literal(values, [](std::string& out, const ids::ObjectId& id) { out += ids::to_uuid_text(id); });
}

SqlValue to_sql(const std::vector<std::int64_t>& values) {
  return array_literal(values, [](std::string& out, std::int64_t value) { out += std::to_string(value); });
}

SqlValue to_sql(const std::vector<std::string>& values) {
  return array_literal(values, [](std::string& out, const std::string& text) { append_array_text(out, text); });
}

SqlValue to_sql(const std::vector<Bytes>& values) {
  return array_literal(values, [](std::string& out, const Bytes& value) {
    out += "\"\\";
    append_hex(out, value.bytes);
    out += '"';
  });
}

}  // namespace hermod::store
