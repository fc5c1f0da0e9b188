// The log: events with fields, one line each, as JSON or as text.
//
// An event is a dotted name in the style `database.started`; fields are ids, counts and durations, never
// addresses, subjects, bodies, tokens or passwords. Thread-safe. Before configure_log() warnings and errors
// go to standard error as text. Limits: a field's text is cut after field_bytes_max.
#pragma once

#include <concepts>
#include <cstdint>
#include <hermod/result.hpp>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/config/config.hpp"

namespace hermod::server {

// Sets level, format and destination. On failure (the file cannot be opened) the log stays as it was.
Status configure_log(const Config::Log& config);

namespace log {

constexpr std::size_t field_bytes_max = 4096;

struct Field {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  Field(std::string_view key_, bool value_) : key(key_), value(value_) {}
  template <std::integral Number>
  Field(std::string_view key_, Number value_) : key(key_), value(static_cast<std::int64_t>(value_)) {}
  Field(std::string_view key_, double value_) : key(key_), value(value_) {}
  Field(std::string_view key_, std::string_view value_) : key(key_), value(value_) {}
  Field(std::string_view key_, const std::string& value_) : key(key_), value(std::string_view(value_)) {}
  Field(std::string_view key_, const char* value_) : key(key_), value(std::string_view(value_)) {}

  std::string_view key;
  Value value;  // views live as long as the call
};
using Fields = std::span<const Field>;
using FieldList = std::initializer_list<Field>;

bool enabled(LogLevel level);
void write(LogLevel level, std::string_view event, Fields fields);
inline void write(LogLevel level, std::string_view event, FieldList fields) {
  write(level, event, Fields(fields.begin(), fields.size()));
}

inline void debug(std::string_view event, FieldList fields = {}) { write(LogLevel::debug, event, fields); }
inline void info(std::string_view event, FieldList fields = {}) { write(LogLevel::info, event, fields); }
inline void warn(std::string_view event, FieldList fields = {}) { write(LogLevel::warn, event, fields); }
inline void error(std::string_view event, FieldList fields = {}) { write(LogLevel::error, event, fields); }

// An Error as fields: kind, message, detail.
void error(std::string_view event, const Error& error);

}  // namespace log
}  // namespace hermod::server
