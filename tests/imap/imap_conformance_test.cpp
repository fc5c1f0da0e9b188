// The IMAP provider keeps the laws of the contract on every kind of server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/imap/imap_subject.hpp"

namespace hermod::imap::test {
namespace {

using namespace conformance;
using testing::IsEmpty;

constexpr std::uint32_t seeds = 6;

struct Kind {
  const char* name;
  ServerOptions options;
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

class ImapConformance : public testing::TestWithParam<Kind> {
 protected:
  MakeSubject make() const { return imap_subject(GetParam().options); }
};

// Law 1: polling an idle mailbox must not fill the change log.
TEST_P(ImapConformance, nothing_changed_is_told_as_nothing) { EXPECT_THAT(check_quiet(make()), IsEmpty()); }

// Law 2: what an application sees must not depend on when it began to look.
TEST_P(ImapConformance, deltas_lead_where_a_cold_snapshot_leads) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    EXPECT_THAT(check_convergence(make(), seed), IsEmpty()) << "seed " << seed;
  }
}

// Law 3: a crash at any point loses nothing and repeats nothing.
TEST_P(ImapConformance, a_sync_stopped_at_any_page_goes_on_to_the_same_end) {
  EXPECT_THAT(check_resumption(make()), IsEmpty());
}
TEST_P(ImapConformance, many_deaths_in_a_row_lead_to_the_same_end) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    EXPECT_THAT(check_random_deaths(make(), seed), IsEmpty()) << "seed " << seed;
  }
}

// Law 4: UIDVALIDITY changes sooner or later.
TEST_P(ImapConformance, an_invalid_cursor_leads_to_a_snapshot_that_converges) {
  EXPECT_THAT(check_invalid_cursor(make()), IsEmpty());
}

// Law 5: an answer that was lost is asked for again.
TEST_P(ImapConformance, a_repeated_mutation_applies_once) { EXPECT_THAT(check_mutations(make()), IsEmpty()); }
TEST_P(ImapConformance, folders_are_created_renamed_and_deleted_once) {
  EXPECT_THAT(check_collections(make()), IsEmpty());
}
TEST_P(ImapConformance, what_changed_meanwhile_is_a_conflict_and_what_is_gone_is_not_found) {
  EXPECT_THAT(check_stale_mutations(make()), IsEmpty());
}
TEST_P(ImapConformance, a_write_cut_anywhere_is_done_once) {
  EXPECT_THAT(check_lost_answers(make()), IsEmpty());
}

// Laws 2 to 4, while the engine itself writes.
TEST_P(ImapConformance, writes_under_way_lead_where_a_cold_snapshot_leads) {
  if (!GetParam().options.uids_sticky) {
    RecordProperty("does_not_apply",
                   "a write ends the selection by whose UIDs the bodies of a page are fetched");
    return;
  }
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    EXPECT_THAT(check_writes_under_way(make(), seed), IsEmpty()) << "seed " << seed;
  }
}

// Law 6: the engine believes the declarations.
TEST_P(ImapConformance, what_is_declared_works_and_nothing_else) {
  if (!GetParam().options.capabilities.contains("IDLE")) {
    RecordProperty("does_not_apply", "without IDLE there is no push, which the provider declares");
    return;
  }
  EXPECT_THAT(check_declarations(make()), IsEmpty());
}

// Law 7: accounts are paused and leases lost at any moment.
TEST_P(ImapConformance, a_call_cancelled_anywhere_leaves_a_usable_session) {
  EXPECT_THAT(check_cancellation(make()), IsEmpty());
}

// Law 8: anybody may send us anything.
TEST_P(ImapConformance, hostile_messages_and_names_survive) {
  EXPECT_THAT(check_hostile_content(make()), IsEmpty());
}

const Kind kinds[] = {
    {"qresync",
     {{"SASL-IR", "ENABLE", "IDLE", "NAMESPACE", "LITERAL+", "CONDSTORE", "QRESYNC", "ESEARCH",
       "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "ID", "MOVE", "UIDPLUS"},
      "secret",
      true}},
    {"object_ids",
     {{"SASL-IR", "ENABLE", "IDLE", "NAMESPACE", "LITERAL-", "CONDSTORE", "QRESYNC", "ESEARCH",
       "LIST-EXTENDED", "LIST-STATUS", "OBJECTID", "MOVE", "UIDPLUS"},
      "secret",
      true}},
    {"notify",
     {{"ENABLE", "IDLE", "CONDSTORE", "QRESYNC", "ESEARCH", "LIST-EXTENDED", "LIST-STATUS", "NOTIFY",
       "UIDPLUS"},
      "secret",
      true}},
    {"condstore_only",
     {{"SASL-IR", "ENABLE", "IDLE", "CONDSTORE", "LITERAL+", "LIST-EXTENDED", "LIST-STATUS", "MOVE"},
      "secret",
      true}},
    {"compressed",
     {{"IDLE", "COMPRESS=DEFLATE", "CONDSTORE", "ENABLE", "QRESYNC", "LITERAL+"}, "secret", true}},
    {"no_condstore", {{"IDLE", "UIDPLUS", "ESEARCH"}, "secret", true}},
    {"no_uid_next", {{"IDLE", "ESEARCH", "NAMESPACE"}, "secret", false}},
    {"uid_not_sticky", {{"IDLE", "ESEARCH", "UNSELECT"}, "secret", true, false}},
    {"bare", {{}, "secret", false}},
};
INSTANTIATE_TEST_SUITE_P(Server, ImapConformance, testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hermod::imap::test
