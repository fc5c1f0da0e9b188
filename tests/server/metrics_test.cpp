#include "server/metrics/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermod::server {
namespace {

using testing::HasSubstr;

// The lines that a scraper reads; the format is fixed by Prometheus.
TEST(MetricsTest, text_format_of_each_type) {
  Metrics metrics;
  metrics.counter("c_total", "Counts.", {{"kind", "a"}}).add(3);
  metrics.gauge("g", "Measures.").set(1.5);
  metrics.histogram("h_seconds", "Takes.").observe(0.003);
  metrics.histogram("h_seconds", "Takes.").observe(100);
  metrics.gauge_from("r", "Read.", [] { return 7.0; });
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP c_total Counts.\n# TYPE c_total counter\nc_total{kind=\"a\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE g gauge\ng 1.5\n"));
  EXPECT_THAT(text, HasSubstr("r 7\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"0.0025\"} 0\nh_seconds_bucket{le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"60\"} 1\nh_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_count 2\n"));
}

// A bound belongs to its own bucket ("le" is less or equal).
TEST(MetricsTest, a_value_on_a_bound_counts_into_that_bucket) {
  Metrics metrics;
  metrics.histogram("h", "").observe(0.001);
  EXPECT_THAT(metrics.text(), HasSubstr("h_bucket{le=\"0.0005\"} 0\nh_bucket{le=\"0.001\"} 1\n"));
}

TEST(MetricsTest, the_same_labels_are_the_same_series) {
  Metrics metrics;
  EXPECT_EQ(&metrics.counter("c", "", {{"a", "1"}}), &metrics.counter("c", "", {{"a", "1"}}));
  EXPECT_NE(&metrics.counter("c", "", {{"a", "1"}}), &metrics.counter("c", "", {{"a", "2"}}));
}

TEST(MetricsTest, label_values_are_escaped) {
  Metrics metrics;
  metrics.counter("c", "", {{"a", "x\"y\\z\n"}}).add();
  EXPECT_THAT(metrics.text(), HasSubstr(R"(c{a="x\"y\\z\n"} 1)"));
}

// Label values that a client could choose must not fill the memory.
TEST(MetricsTest, too_many_series_fall_into_one) {
  Metrics metrics;
  for (std::size_t i = 0; i < Metrics::series_max + 5; ++i) {
    metrics.counter("c", "", {{"a", std::to_string(i)}}).add();
  }
  EXPECT_THAT(metrics.text(), HasSubstr("c{a=\"other\"} 5\n"));
}

}  // namespace
}  // namespace hermod::server
