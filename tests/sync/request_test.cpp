// Requests from the API to the account's session and back.
#include "core/store/request_store.hpp"
#include "sync/sync_fixture.hpp"

namespace hermod::testing {
namespace {

using namespace std::chrono_literals;

class Requests : public SyncFixture {
 protected:
  void start_live(const std::string& mode = {}) {
    mailbox_->create_folder("INBOX", Role::inbox);
    mailbox_->create_folder("Archive", Role::archive);
    mailbox_->deliver("INBOX", message("first"), {1'700'000'001});
    mailbox_->deliver("INBOX", message("second"), {1'700'000'002});
    mailbox_->deliver("Archive", message("third"), {1'700'000'003});
    connect(mode);
    start();
    await_phase("live");
  }
  ids::ObjectId ask(std::vector<std::string> argument, std::chrono::milliseconds within = 1h) {
    store::RequestInput input;
    input.request_id = ids::new_object_id();
    input.account_id = grant_.account_id;
    input.argument = std::move(argument);
    input.take_within = input.answer_within = within;
    auto connection = database_.connect();
    EXPECT_TRUE(store::add_request(connection, input));
    return input.request_id;
  }
  // The subjects found, or the Error's kind and message.
  std::string answer(const ids::ObjectId& request_id) {
    std::optional<Result<std::string>> found;
    log_.wait_until([&] {
      auto connection = database_.connect();
      auto collected = store::collect_answer(connection, request_id);
      if (collected && !*collected) return false;
      found.emplace(collected ? Result<std::string>(**collected) : Result<std::string>(collected.error()));
      return true;
    });
    if (!found) return "no answer\n" + log_.text();
    if (!*found) return std::string(to_string(found->error().kind)) + ": " + found->error().message;
    std::string subjects;
    for (const ids::ObjectId& id : store::message_ids_of_answer(**found)) {
      subjects +=
          value("SELECT subject FROM messages WHERE message_id = '" + ids::to_uuid_text(id) + "'") + " ";
    }
    return subjects;
  }
};

// Everywhere, or in the folders named; newest first.
TEST_F(Requests, a_search_answers_with_messages) {
  start_live();
  EXPECT_EQ(answer(ask({"body of"})), "third second first ");
  EXPECT_EQ(answer(ask({"body of", "inbox"})), "second first ");
  EXPECT_EQ(answer(ask({"body of", "Archive", "no such folder"})), "third ");
  EXPECT_EQ(answer(ask({"body of", "no such folder"})), "");
  EXPECT_EQ(answer(ask({"nowhere"})), "");
  EXPECT_EQ(value("SELECT count(*) FROM requests"), "0");
}

// The user's mistake is no trouble of the account.
TEST_F(Requests, a_senseless_search_is_told_and_harms_nothing) {
  start_live();
  EXPECT_EQ(answer(ask({"body (of"})), "invalid_argument: the search is not understood at character 6");
  EXPECT_EQ(answer(ask({"body of third"})), "third ");
  EXPECT_EQ(value("SELECT sync_phase FROM grants"), "live");
}

// A session without the facet says so.
TEST_F(Requests, a_session_without_search_answers_unsupported) {
  start_live("no_search");
  EXPECT_EQ(answer(ask({"body"})), "unsupported: this account's provider has no search of its own");
}

// A server that does not answer costs the search, not the session: changes still arrive, and others are
// answered.
TEST_F(Requests, a_search_that_hangs_ends_at_its_deadline) {
  start_live();
  mailbox_->line.close_gate(memory::Request::search);
  const ids::ObjectId hanging = ask({"body"}, 5s);
  ASSERT_TRUE(mailbox_->line.await_blocked(memory::Request::search));
  mailbox_->deliver("INBOX", message("fourth"));
  await("SELECT count(*) FROM messages WHERE subject = 'fourth'", "1");
  EXPECT_EQ(answer(hanging).substr(0, 7), "timeout");
  mailbox_->line.open_gate(memory::Request::search);
  EXPECT_EQ(answer(ask({"body of first"})), "first ");
  EXPECT_EQ(value("SELECT sync_phase FROM grants"), "live");
}

// While the provider is away, who asks learns it at once instead of waiting.
TEST_F(Requests, an_account_without_a_session_refuses) {
  options_.first_retry = 1h;
  start_live();
  mailbox_->line.fail_next(
      memory::Request::open,
      {ErrorKind::unavailable, ErrorScope::account, Retry::after(), "it is away", {}, {}, {}}, 9);
  mailbox_->line.fail_next(
      memory::Request::fetch_changes,
      {ErrorKind::unavailable, ErrorScope::account, Retry::after(), "it goes", {}, {}, {}});
  mailbox_->deliver("INBOX", message("new"));
  await_phase("paused");
  EXPECT_EQ(answer(ask({"body"})), "unavailable: it goes");
}

// A worker that stops in the middle leaves the request to the next one.
TEST_F(Requests, the_next_worker_answers) {
  start_live();
  mailbox_->line.close_gate(memory::Request::search);
  const ids::ObjectId request_id = ask({"body of second"});
  ASSERT_TRUE(mailbox_->line.await_blocked(memory::Request::search));
  stop();
  mailbox_->line.open_gate(memory::Request::search);
  start();
  EXPECT_EQ(answer(request_id), "second ");
}

// Asked before anybody has the account: it waits for its worker.
TEST_F(Requests, a_request_waits_for_the_account_to_be_opened) {
  start_live();
  stop();
  const ids::ObjectId request_id = ask({"body of first"});
  start();
  EXPECT_EQ(answer(request_id), "first ");
}

}  // namespace
}  // namespace hermod::testing
