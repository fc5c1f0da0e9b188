// The memory provider keeps the laws in every mode, and the suite notices when it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/memory_subject.hpp"

namespace hermod::conformance {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr std::uint32_t seeds = 12;

class MemoryConformance : public testing::TestWithParam<const char*> {
 protected:
  MakeSubject make() const { return memory_subject(GetParam()); }
};

// Law 1: polling an idle mailbox must not fill the change log.
TEST_P(MemoryConformance, nothing_changed_is_told_as_nothing) { EXPECT_THAT(check_quiet(make()), IsEmpty()); }

// Law 2: what an application sees must not depend on when it began to look.
TEST_P(MemoryConformance, deltas_lead_where_a_cold_snapshot_leads) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    EXPECT_THAT(check_convergence(make(), seed), IsEmpty()) << "seed " << seed;
  }
}

// Law 3: a crash at any point loses nothing and repeats nothing.
TEST_P(MemoryConformance, a_sync_stopped_at_any_page_goes_on_to_the_same_end) {
  EXPECT_THAT(check_resumption(make()), IsEmpty());
}
TEST_P(MemoryConformance, many_deaths_in_a_row_lead_to_the_same_end) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    EXPECT_THAT(check_random_deaths(make(), seed), IsEmpty()) << "seed " << seed;
  }
}

// Law 4: a server forgets its cursors sooner or later.
TEST_P(MemoryConformance, an_invalid_cursor_leads_to_a_snapshot_that_converges) {
  EXPECT_THAT(check_invalid_cursor(make()), IsEmpty());
}

// Law 5: a write repeated after a lost answer must not be done twice.
TEST_P(MemoryConformance, a_repeated_mutation_is_applied_once) {
  EXPECT_THAT(check_mutations(make()), IsEmpty());
}

// Law 6: the engine believes the declarations.
TEST_P(MemoryConformance, what_is_declared_works_and_nothing_else) {
  EXPECT_THAT(check_declarations(make()), IsEmpty());
}

// Law 7: accounts are paused and leases lost at any moment.
TEST_P(MemoryConformance, a_call_cancelled_anywhere_leaves_a_usable_session) {
  EXPECT_THAT(check_cancellation(make()), IsEmpty());
}

// Law 8: anybody may send us anything.
TEST_P(MemoryConformance, hostile_messages_and_names_survive) {
  EXPECT_THAT(check_hostile_content(make()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Mode, MemoryConformance,
                         testing::Values("", "consumed", "account", "labels", "metadata", "removed_first",
                                         "added_first", "no_echo", "window", "unstable_raw", "known",
                                         "no_object_key", "no_change_token", "no_push",
                                         "consumed,no_echo,metadata,window",
                                         "known,unstable_raw,removed_first", "known,no_object_key",
                                         "labels,no_echo,metadata", "consumed,added_first,no_change_token"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) c = c == ',' ? '_' : c;
                           return name.empty() ? std::string("plain") : name;
                         });

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
