// The memory provider keeps the laws in every mode, and the suite notices when it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/memory_subject.hpp"

namespace hermod::conformance {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr std::uint32_t seeds = 12;
constexpr const char* modes[] = {"",
                                 "consumed",
                                 "account",
                                 "labels",
                                 "metadata",
                                 "removed_first",
                                 "added_first",
                                 "no_echo",
                                 "window",
                                 "unstable_raw",
                                 "known",
                                 "no_object_key",
                                 "no_change_token",
                                 "no_push",
                                 "no_search",
                                 "consumed,no_echo,metadata,window",
                                 "known,unstable_raw,removed_first",
                                 "known,no_object_key",
                                 "labels,no_echo,metadata",
                                 "consumed,added_first,no_change_token"};

void expect_kept_in_every_mode(Violations (*check)(const MakeSubject&)) {
  for (const char* mode : modes) EXPECT_THAT(check(memory_subject(mode)), IsEmpty()) << "mode " << mode;
}
void expect_kept_in_every_mode(Violations (*check)(const MakeSubject&, std::uint32_t)) {
  for (const char* mode : modes) {
    for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
      EXPECT_THAT(check(memory_subject(mode), seed), IsEmpty()) << "mode " << mode << ", seed " << seed;
    }
  }
}

// Law 1: polling an idle mailbox must not fill the change log.
TEST(MemoryConformance, nothing_changed_is_told_as_nothing) { expect_kept_in_every_mode(check_quiet); }

// Law 2: what an application sees must not depend on when it began to look.
TEST(MemoryConformance, deltas_lead_where_a_cold_snapshot_leads) {
  expect_kept_in_every_mode(check_convergence);
}

// Law 3: a crash at any point loses nothing and repeats nothing.
TEST(MemoryConformance, a_sync_stopped_at_any_page_goes_on_to_the_same_end) {
  expect_kept_in_every_mode(check_resumption);
}
TEST(MemoryConformance, many_deaths_in_a_row_lead_to_the_same_end) {
  expect_kept_in_every_mode(check_random_deaths);
}

// Law 4: a server forgets its cursors sooner or later.
TEST(MemoryConformance, an_invalid_cursor_leads_to_a_snapshot_that_converges) {
  expect_kept_in_every_mode(check_invalid_cursor);
}

// Law 5: a write repeated after a lost answer must not be done twice.
TEST(MemoryConformance, a_repeated_mutation_is_applied_once) { expect_kept_in_every_mode(check_mutations); }

// Law 6: the engine believes the declarations.
TEST(MemoryConformance, what_is_declared_works_and_nothing_else) {
  expect_kept_in_every_mode(check_declarations);
}

// Law 7: accounts are paused and leases lost at any moment.
TEST(MemoryConformance, a_call_cancelled_anywhere_leaves_a_usable_session) {
  expect_kept_in_every_mode(check_cancellation);
}

// Law 8: anybody may send us anything.
TEST(MemoryConformance, hostile_messages_and_names_survive) {
  expect_kept_in_every_mode(check_hostile_content);
}

struct Saboteur {
  const char* law;
  std::function<Violations(const MakeSubject&)> check;
};
class SabotagedConformance : public testing::TestWithParam<Saboteur> {};

// A suite that passes whatever the provider does proves nothing.
TEST_P(SabotagedConformance, the_broken_law_is_noticed) {
  EXPECT_THAT(GetParam().check(memory_subject("", GetParam().law)), Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(
    Law, SabotagedConformance,
    testing::Values(Saboteur{"law1", check_quiet},
                    Saboteur{"law2", [](const MakeSubject& make) { return check_convergence(make, 1); }},
                    Saboteur{"law3", check_resumption}, Saboteur{"law4", check_invalid_cursor},
                    Saboteur{"law5", check_mutations}, Saboteur{"law6", check_declarations},
                    Saboteur{"law7", check_cancellation}, Saboteur{"law8", check_hostile_content}),
    [](const auto& info) { return std::string(info.param.law); });

}  // namespace
}  // namespace hermod::conformance
