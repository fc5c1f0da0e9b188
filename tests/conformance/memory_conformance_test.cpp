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
TEST(MemoryConformance, folders_are_created_renamed_and_deleted_once) {
  expect_kept_in_every_mode(check_collections);
}
TEST(MemoryConformance, what_changed_meanwhile_is_a_conflict_and_what_is_gone_is_not_found) {
  expect_kept_in_every_mode(check_stale_mutations);
}
TEST(MemoryConformance, a_write_cut_anywhere_is_done_once) { expect_kept_in_every_mode(check_lost_answers); }

// Laws 2 to 4, while the engine itself writes.
TEST(MemoryConformance, writes_under_way_lead_where_a_cold_snapshot_leads) {
  expect_kept_in_every_mode(check_writes_under_way);
}

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
  const char* name;
  const char* law;
  std::function<Violations(const MakeSubject&)> check;
};
class SabotagedConformance : public testing::TestWithParam<Saboteur> {};

// A suite that passes whatever the provider does proves nothing.
TEST_P(SabotagedConformance, the_broken_law_is_noticed) {
  EXPECT_THAT(GetParam().check(memory_subject("", GetParam().law)), Not(IsEmpty()));
}

Violations check_convergence_once(const MakeSubject& make) { return check_convergence(make, 1); }
Violations check_writes_once(const MakeSubject& make) { return check_writes_under_way(make, 1); }

INSTANTIATE_TEST_SUITE_P(Law, SabotagedConformance,
                         testing::Values(Saboteur{"law1", "law1", check_quiet},
                                         Saboteur{"law2", "law2", check_convergence_once},
                                         Saboteur{"law3", "law3", check_resumption},
                                         Saboteur{"law4", "law4", check_invalid_cursor},
                                         Saboteur{"law5", "law5", check_mutations},
                                         Saboteur{"law5_of_folders", "law5", check_collections},
                                         Saboteur{"law5_of_what_is_stale", "law5", check_stale_mutations},
                                         Saboteur{"law5_of_lost_answers", "law5", check_lost_answers},
                                         Saboteur{"law6", "law6", check_declarations},
                                         Saboteur{"law7", "law7", check_cancellation},
                                         Saboteur{"law8", "law8", check_hostile_content},
                                         Saboteur{"law2_while_writing", "law2", check_writes_once},
                                         Saboteur{"law3_while_writing", "law3", check_writes_once},
                                         Saboteur{"law4_while_writing", "law4", check_writes_once},
                                         Saboteur{"law5_while_writing", "law5", check_writes_once}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hermod::conformance
