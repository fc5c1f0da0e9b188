// The IMAP provider keeps the laws of the contract on real servers, and on Dovecot that hides what it can do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/imap/servers/server_subject.hpp"

namespace hermod::imap::test {
namespace {

using namespace conformance;
using testing::IsEmpty;

constexpr std::uint32_t seed = 1;

class ServerConformance : public testing::TestWithParam<ServerKind> {
 protected:
  MakeSubject make() const { return server_subject(GetParam(), server()); }

 private:
  // One for all laws of a kind; it ends with the test program.
  ServerProcess& server() const {
    static std::map<std::string, std::unique_ptr<ServerProcess>> servers;
    auto& server = servers[GetParam().name];
    if (!server) server = std::make_unique<ServerProcess>(GetParam().name);
    return *server;
  }
};

TEST_P(ServerConformance, nothing_changed_is_told_as_nothing) { EXPECT_THAT(check_quiet(make()), IsEmpty()); }

TEST_P(ServerConformance, deltas_lead_where_a_cold_snapshot_leads) {
  EXPECT_THAT(check_convergence(make(), seed), IsEmpty());
}

TEST_P(ServerConformance, a_sync_stopped_at_any_page_goes_on_to_the_same_end) {
  EXPECT_THAT(check_resumption(make()), IsEmpty());
}

TEST_P(ServerConformance, many_deaths_in_a_row_lead_to_the_same_end) {
  EXPECT_THAT(check_random_deaths(make(), seed), IsEmpty());
}

TEST_P(ServerConformance, an_invalid_cursor_leads_to_a_snapshot_that_converges) {
  EXPECT_THAT(check_invalid_cursor(make()), IsEmpty());
}

TEST_P(ServerConformance, a_repeated_mutation_applies_once) {
  EXPECT_THAT(check_mutations(make()), IsEmpty());
}

TEST_P(ServerConformance, folders_are_created_renamed_and_deleted_once) {
  EXPECT_THAT(check_collections(make()), IsEmpty());
}
TEST_P(ServerConformance, what_changed_meanwhile_is_a_conflict_and_what_is_gone_is_not_found) {
  EXPECT_THAT(check_stale_mutations(make()), IsEmpty());
}
TEST_P(ServerConformance, a_write_cut_anywhere_is_done_once) {
  EXPECT_THAT(check_lost_answers(make()), IsEmpty());
}

TEST_P(ServerConformance, writes_under_way_lead_where_a_cold_snapshot_leads) {
  EXPECT_THAT(check_writes_under_way(make(), seed), IsEmpty());
}

TEST_P(ServerConformance, what_is_declared_works_and_nothing_else) {
  EXPECT_THAT(check_declarations(make()), IsEmpty());
}

TEST_P(ServerConformance, a_call_cancelled_anywhere_leaves_a_usable_session) {
  EXPECT_THAT(check_cancellation(make()), IsEmpty());
}

TEST_P(ServerConformance, hostile_messages_and_names_survive) {
  EXPECT_THAT(check_hostile_content(make()), IsEmpty());
}

ServerKind dovecot(const char* name, std::vector<std::string> absent_facets = {}) {
  return {.name = name, .absent_facets = std::move(absent_facets), .early_dates = false};
}

const ServerKind kinds[] = {
    dovecot("dovecot_qresync"),
    dovecot("dovecot_condstore_only"),
    dovecot("dovecot_no_condstore"),
    dovecot("dovecot_no_idle", {std::string(PushFacet::id)}),
    dovecot("dovecot_no_move"),
    dovecot("dovecot_no_notify"),
    dovecot("dovecot_compress"),
    dovecot("dovecot_minimal", {std::string(PushFacet::id)}),
    {.name = "cyrus"},
    {.name = "courier"},
};
INSTANTIATE_TEST_SUITE_P(Server, ServerConformance, testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace

}  // namespace hermod::imap::test
