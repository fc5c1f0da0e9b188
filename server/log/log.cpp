#include "server/log/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cmath>
#include <memory>

#include "server/failure.hpp"
#include "core/json/rapidjson.hpp"

namespace hermod::server {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

struct State {
  std::shared_ptr<spdlog::logger> logger;
  LogFormat format;
};

// spdlog writes the finished line; we make it, so that a field can never break out of its place.
std::shared_ptr<spdlog::logger> make_logger(const std::string& file) {
  spdlog::sink_ptr sink;
  if (file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  }
  auto logger = std::make_shared<spdlog::logger>("hermod", std::move(sink));
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::trace);
  return logger;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Replaced only by configure_log(), at start, before there are other threads.
State& state() {
  static State instance = [] {
    State initial{make_logger({}), LogFormat::text};
    initial.logger->set_level(spdlog::level::warn);
    return initial;
  }();
  return instance;
}

std::string_view name(LogLevel level) {
  constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}

// 2026-01-31T12:00:00.000Z
std::string timestamp() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", std::string_view(text, size), milliseconds % 1000);
}

// Cut to its limit, never inside a UTF-8 sequence.
std::string_view clipped(std::string_view text) {
  if (text.size() <= log::field_bytes_max) return text;
  std::size_t end = log::field_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void write_text(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

struct WriteValue {
  Writer& writer;

  void operator()(std::string_view text) const { write_text(writer, clipped(text)); }
  void operator()(std::int64_t number) const { writer.Int64(number); }
  void operator()(bool flag) const { writer.Bool(flag); }
  void operator()(double number) const { std::isfinite(number) ? writer.Double(number) : writer.Null(); }
};

std::string json_line(LogLevel level, std::string_view event, log::Fields fields) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("ts");
  write_text(writer, timestamp());
  writer.Key("level");
  write_text(writer, name(level));
  writer.Key("event");
  write_text(writer, event);
  for (const auto& [key, value] : fields) {
    writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    std::visit(WriteValue{writer}, value);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string text_line(LogLevel level, std::string_view event, log::Fields fields) {
  std::string line = fmt::format("{} {:<5} {}", timestamp(), name(level), event);
  for (const auto& [key, value] : fields) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    std::visit(WriteValue{writer}, value);
    line.append(" ").append(key).append("=").append(buffer.GetString(), buffer.GetSize());
  }
  return line;
}

}  // namespace

Status configure_log(const Config::Log& config) {
  try {
    State next{make_logger(config.file.string()), config.format};
    next.logger->set_level(spdlog_level(config.level));
    state() = std::move(next);
    return ok();
  } catch (const spdlog::spdlog_ex&) {
    return failure(ErrorKind::unavailable, "could not open the log file " + config.file.string(),
                   "set log.file to a writable path, or leave it out to log to standard error");
  }
}

namespace log {

bool enabled(LogLevel level) { return state().logger->should_log(spdlog_level(level)); }

void write(LogLevel level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  const State& current = state();
  const std::string line =
      current.format == LogFormat::json ? json_line(level, event, fields) : text_line(level, event, fields);
  current.logger->log(spdlog_level(level), spdlog::string_view_t(line));
}

void error(std::string_view event, const Error& failure) {
  error(event, {{"kind", to_string(failure.kind)}, {"message", failure.message}, {"detail", failure.detail}});
}

}  // namespace log
}  // namespace hermod::server
