// Metrics: counters, gauges and histograms in the text format of Prometheus.
//
// Owner: the program; series live as long as it, so callers keep the reference and pay one atomic operation a
// use. Thread-safe. Limits: series_max series a family; further label values all count into one series
// labelled "other". Labels hold route patterns, kinds and states, never ids, addresses or anything a client
// chooses. Specification: Prometheus exposition formats, text format 0.0.4.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermod::server {

class Counter {
 public:
  void add(std::int64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Seconds, in fixed buckets from half a millisecond to a minute.
class Histogram {
 public:
  static constexpr double bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                      0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  static constexpr std::size_t bound_count = std::size(bounds);

  void observe(double seconds);
  std::int64_t bucket(std::size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> buckets_[bound_count + 1]{};  // the last: larger than every bound
  std::atomic<double> sum_{0};
};

class Metrics {
 public:
  static constexpr std::size_t series_max = 1000;
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  // The same name and labels give the same series; `help` is taken from the first call.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {});

  // A gauge that is asked for when the text is made; `read` must be thread-safe and quick.
  void gauge_from(std::string_view name, std::string_view help, std::function<double()> read);

  std::string text() const;

 private:
  template <class Series>
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<Series>, std::less<>> series;  // by the text of the labels
  };
  template <class Series>
  using Families = std::map<std::string, Family<Series>, std::less<>>;

  template <class Series>
  Series& find(Families<Series>& families, std::string_view name, std::string_view help,
               const Labels& labels);

  mutable std::mutex mutex_;
  Families<Counter> counters_;
  Families<Gauge> gauges_;
  Families<Histogram> histograms_;
  std::map<std::string, std::pair<std::string, std::function<double()>>, std::less<>> read_gauges_;
};

// Memory, open files and start of this process, under the names that dashboards know.
void add_process_metrics(Metrics& metrics);

}  // namespace hermod::server
