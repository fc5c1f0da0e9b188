#include "server/engine/plugin_sinks.hpp"

namespace hermod::server {

namespace {

LogLevel level_of(hermod::LogLevel level) {
  switch (level) {
    case hermod::LogLevel::trace:
    case hermod::LogLevel::debug: return LogLevel::debug;
    case hermod::LogLevel::info: return LogLevel::info;
    case hermod::LogLevel::warn: return LogLevel::warn;
    case hermod::LogLevel::error: return LogLevel::error;
  }
  return LogLevel::error;
}

}  // namespace

bool EngineLog::enabled(hermod::LogLevel level) const noexcept { return log::enabled(level_of(level)); }

void EngineLog::write(hermod::LogLevel level, std::string_view event, std::vector<hermod::LogField> fields) {
  std::vector<log::Field> shown;
  for (const hermod::LogField& field : fields) {
    if (!field.value.empty()) shown.emplace_back(field.key, field.value);
  }
  log::write(level_of(level), event, shown);
}

void EngineMetrics::add(std::string_view plugin, std::string_view counter, double amount) {
  metrics_.counter("hermod_plugin_" + std::string(counter), "Counted by a plugin.", {{"plugin", plugin}})
      .add(static_cast<std::int64_t>(amount));
}

void EngineMetrics::observe(std::string_view plugin, std::string_view histogram, double value) {
  metrics_.histogram("hermod_plugin_" + std::string(histogram), "Measured by a plugin.", {{"plugin", plugin}}).observe(value);
}

void EngineMetrics::stage(std::string_view name, double seconds) {
  metrics_.histogram("hermod_sync_stage_seconds", "Time a page of changes spends in a stage.", {{"stage", name}}).observe(seconds);
}

}  // namespace hermod::server
