#include "server/metrics/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hermod::server {
namespace {

// name="value",… with the escapes of the text format.
std::string labels_text(const Metrics::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text.push_back(',');
    text.append(name).append("=\"");
    for (const char c : value) {
      if (c == '\n') {
        text.append("\\n");
        continue;
      }
      if (c == '"' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
    text.push_back('"');
  }
  return text;
}

std::string other_labels(const Metrics::Labels& labels) {
  Metrics::Labels others = labels;
  for (auto& [name, value] : others) value = "other";
  return labels_text(others);
}

std::string braced(std::string_view labels) {
  return labels.empty() ? std::string() : fmt::format("{{{}}}", labels);
}

void append_head(std::string& text, std::string_view name, std::string_view help, std::string_view type) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void append_histogram(std::string& text, std::string_view name, std::string_view labels,
                      const Histogram& histogram) {
  const std::string before = labels.empty() ? "" : std::string(labels) + ",";
  std::int64_t total = 0;
  for (std::size_t i = 0; i < Histogram::bound_count; ++i) {
    total += histogram.bucket(i);
    text += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, Histogram::bounds[i], total);
  }
  total += histogram.bucket(Histogram::bound_count);
  text += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, before, total);
  text += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, braced(labels), histogram.sum(), name,
                      braced(labels), total);
}

}  // namespace

void Histogram::observe(double seconds) {
  const auto* bound = std::lower_bound(std::begin(bounds), std::end(bounds), seconds);
  buckets_[bound - std::begin(bounds)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
}

template <class Series>
Series& Metrics::find(Families<Series>& families, std::string_view name, std::string_view help,
                      const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto family = families.find(name);
  if (family == families.end()) family = families.emplace(name, Family<Series>{std::string(help), {}}).first;
  auto& series = family->second.series;
  std::string key = labels_text(labels);
  auto found = series.find(key);
  if (found == series.end() && series.size() >= series_max) {
    key = other_labels(labels);
    found = series.find(key);
  }
  if (found == series.end()) found = series.emplace(std::move(key), std::make_unique<Series>()).first;
  return *found->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return find(counters_, name, help, labels);
}
Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return find(gauges_, name, help, labels);
}
Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels) {
  return find(histograms_, name, help, labels);
}

void Metrics::gauge_from(std::string_view name, std::string_view help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  read_gauges_.insert_or_assign(std::string(name), std::pair(std::string(help), std::move(read)));
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, family] : counters_) {
    append_head(text, name, family.help, "counter");
    for (const auto& [labels, series] : family.series)
      text += fmt::format("{}{} {}\n", name, braced(labels), series->value());
  }
  for (const auto& [name, family] : gauges_) {
    append_head(text, name, family.help, "gauge");
    for (const auto& [labels, series] : family.series)
      text += fmt::format("{}{} {}\n", name, braced(labels), series->value());
  }
  for (const auto& [name, help_and_read] : read_gauges_) {
    append_head(text, name, help_and_read.first, "gauge");
    text += fmt::format("{} {}\n", name, help_and_read.second());
  }
  for (const auto& [name, family] : histograms_) {
    append_head(text, name, family.help, "histogram");
    for (const auto& [labels, series] : family.series) append_histogram(text, name, labels, *series);
  }
  return text;
}

}  // namespace hermod::server
