// Notes the outcome of every conformance test in a file, a line each, for scripts/conformance-table.
//
// A line: the test's suite, its variant, its law, the outcome, the reason, divided by tabs. It is linked into
// each program that has such tests; their runs may overlap, so each line is one write.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace hermod::conformance {
namespace {

std::string outcome_of(const testing::TestResult& result) {
  if (result.Failed()) return "FAILED";
  return result.Skipped() ? "skipped" : "kept";
}

std::string reason_of(const testing::TestResult& result) {
  for (int i = 0; i < result.test_property_count(); ++i) {
    if (std::string_view(result.GetTestProperty(i).key()) == "does_not_apply") {
      return result.GetTestProperty(i).value();
    }
  }
  return {};
}

class Recorder final : public testing::EmptyTestEventListener {
  void OnTestEnd(const testing::TestInfo& test) override {
    std::string suite = test.test_suite_name(), law = test.name(), variant = "all modes";
    if (const std::size_t prefix = suite.find('/'); prefix != std::string::npos) suite.erase(0, prefix + 1);
    if (const std::size_t parameter = law.find('/'); parameter != std::string::npos) {
      variant = law.substr(parameter + 1);
      law.erase(parameter);
    }
    const std::string reason = reason_of(*test.result());
    const std::string outcome = reason.empty() ? outcome_of(*test.result()) : "quirk";
    const std::string line = suite + '\t' + variant + '\t' + law + '\t' + outcome + '\t' + reason + '\n';
    const int file = open(HERMOD_CONFORMANCE_RESULTS, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      ADD_FAILURE() << "could not write " << HERMOD_CONFORMANCE_RESULTS;
    }
    if (file >= 0) close(file);
  }
};

[[maybe_unused]] const bool recording = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new Recorder);
  return true;
}();

}  // namespace
}  // namespace hermod::conformance
