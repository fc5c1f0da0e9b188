// Pages of changes as the store keeps them: placements, flags, counts, threads, the change log.
#include <future>

#include "core/store/effective_state.hpp"
#include "core/store/page_lookup.hpp"
#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

class PageWrite : public AccountFixture {
 protected:
  std::string counts(const std::string& folder_name) {
    return value("SELECT total_count || '/' || unread_count FROM collections WHERE name = '" + folder_name + "'");
  }
  // The log's entries as object:change, in order, initial ones marked.
  std::string log(const std::string& object) {
    return value(
        "SELECT string_agg(c::text || CASE WHEN initial THEN 'i' ELSE '' END, ' ' ORDER BY seq, n) FROM change_log l,"
        " unnest(l.objects, l.changes) WITH ORDINALITY u(o, c, n) WHERE o = " + object);
  }
};

// A first snapshot: everything is there, counted, threaded, and logged as history.
TEST_F(PageWrite, first_snapshot_is_stored_as_history) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a"), message("2", "b", {"a"}, seen())}, {}, "c1", false}));
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("3", "c")}, {}, "c2", true}));
  EXPECT_EQ(counts("INBOX"), "3/2");
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "3");
  EXPECT_EQ(value("SELECT count(*) FROM threads"), "2");
  EXPECT_EQ(value("SELECT count(*) FROM message_bodies"), "3");
  EXPECT_EQ(log("1"), "1i 1i 1i");
  EXPECT_EQ(value("SELECT phase FROM collections WHERE name = 'INBOX'"), "live");
  EXPECT_EQ(value("SELECT max(seq) = (SELECT seq FROM account_clock) FROM change_log"), "t");
  EXPECT_EQ(value("SELECT sum(cardinality(objects)) = max(seq) FROM change_log"), "t");
}

// The raw bytes come back from the blob store as they were.
TEST_F(PageWrite, raw_bytes_are_kept) {
  const Item item = message("1", "a");
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {item}}));
  auto connection = database_.connect();
  auto rows = connection.query("SELECT blob_pack, blob_offset, blob_stored, size, raw_hash FROM messages");
  const blob::Location location{static_cast<std::uint32_t>(rows->integer(0, 0)), static_cast<std::uint64_t>(rows->integer(0, 1)),
                                static_cast<std::uint64_t>(rows->integer(0, 2)), static_cast<std::uint64_t>(rows->integer(0, 3))};
  ids::Sha256Digest digest = ids::sha256(item.raw);
  EXPECT_EQ(rows->bytes(0, 4), ids::as_bytes(digest));
  auto raw = blobs_->read(grant_.account_id, location, digest);
  ASSERT_TRUE(raw);
  EXPECT_EQ(*raw, item.raw);
}

// The same bytes in two folders are one message in two places; twice in one folder, two placements.
TEST_F(PageWrite, equal_bytes_are_one_message) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a"), message("2", "a", {}, seen())}}));
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {message("7", "a")}}));
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM placements"), "3");
  EXPECT_EQ(value("SELECT unread FROM messages"), "f");  // one placement is seen
  EXPECT_EQ(counts("INBOX"), "2/1");
}

// A flag change updates placement, message, counts and the log; nothing changed writes nothing.
TEST_F(PageWrite, flag_changes_are_followed) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a")}}));
  Item changed = message("1", "a", {}, seen());
  changed.payload = PayloadKind::none;
  changed.raw.clear();
  ASSERT_TRUE(ingest("INBOX", {PageKind::delta, {changed}}));
  EXPECT_EQ(counts("INBOX"), "1/0");
  EXPECT_EQ(value("SELECT unread FROM messages"), "f");
  EXPECT_EQ(log("1"), "1i 2");
  const std::string before = value("SELECT seq FROM account_clock");
  ASSERT_TRUE(ingest("INBOX", {PageKind::delta, {changed}, {}, "c9"}));
  EXPECT_EQ(value("SELECT seq FROM account_clock"), before);
  EXPECT_EQ(value("SELECT convert_from(cursor, 'UTF8') FROM collections WHERE name = 'INBOX'"), "c9");
}

// A move is seen as removed here, added there, in either order: the id stays, nothing is logged as deleted.
TEST_F(PageWrite, a_move_keeps_the_id_in_either_order) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a"), message("2", "b")}}));
  const std::string id_a = value("SELECT message_id FROM messages WHERE subject = 'a'");
  auto outcome = ingest("INBOX", {PageKind::delta, {}, {"1"}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->orphaned, 1u);
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {message("1", "a"), message("2", "b")}}));
  ASSERT_TRUE(ingest("INBOX", {PageKind::delta, {}, {"2"}}));
  EXPECT_EQ(value("SELECT message_id FROM messages WHERE subject = 'a'"), id_a);
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "2");
  EXPECT_EQ(log("1").find('3'), std::string::npos);
}

// Only a round that began later may declare an orphan deleted; its thread goes with it.
TEST_F(PageWrite, orphans_are_deleted_after_a_later_round) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a"), message("2", "b", {"a"})}}));
  ASSERT_TRUE(ingest("INBOX", {PageKind::delta, {}, {"1", "2"}}));
  auto connection = database_.connect();
  EXPECT_EQ(*store::delete_orphans(connection, lease_.account, round_), 0u);
  EXPECT_EQ(*store::delete_orphans(connection, lease_.account, round_ + 1), 2u);
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM threads"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM thread_keys"), "0");
  EXPECT_EQ(log("1"), "1i 1i 3 3");
}

// What a complete snapshot does not name is gone.
TEST_F(PageWrite, a_snapshot_removes_what_it_lacks) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a"), message("2", "b")}}));
  auto connection = database_.connect();
  ASSERT_TRUE(store::begin_snapshot(connection, lease_.account, states_["INBOX"]));
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("2", "b")}, {}, "n1", false}));
  EXPECT_EQ(counts("INBOX"), "2/2");
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("3", "c")}, {}, "n2", true}));
  EXPECT_EQ(counts("INBOX"), "2/2");
  EXPECT_EQ(value("SELECT string_agg(convert_from(remote_id, 'UTF8'), ',' ORDER BY remote_id) FROM placements"), "2,3");
}

// New addresses for held content (another UIDVALIDITY): the ids stay.
TEST_F(PageWrite, rematched_items_keep_their_message) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a")}}));
  const std::string id = value("SELECT message_id FROM messages");
  auto connection = database_.connect();
  ASSERT_TRUE(store::begin_snapshot(connection, lease_.account, states_["INBOX"]));
  Item rematched;
  rematched.remote_id.bytes = "9";
  rematched.received_at = message("1", "a").received_at;
  rematched.known_as = RemoteId{"1"};
  rematched.known_in = CollectionRemoteId{"INBOX"};
  auto outcome = ingest("INBOX", {PageKind::snapshot, {rematched}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->orphaned, 0u);
  EXPECT_EQ(value("SELECT message_id FROM placements"), id);
}

// A move seen from both sides at once: the target's page refers to an item whose removal commits first. Taken without
// it, the page would lose the message for good, since the cursor goes on.
TEST_F(PageWrite, an_item_known_under_a_removed_address_leaves_the_cursor) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a")}}));
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {}, {}, "before"}));
  ASSERT_TRUE(ingest("INBOX", {PageKind::delta, {}, {"1"}, "c2"}));
  Item moved;
  moved.remote_id.bytes = "9";
  moved.known_as = RemoteId{"1"};
  moved.known_in = CollectionRemoteId{"INBOX"};
  auto refused = ingest("Archive", {PageKind::delta, {moved}, {}, "after"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_EQ(refused.error().scope, ErrorScope::collection);
  EXPECT_EQ(states_["Archive"].cursor.bytes, "before");
  EXPECT_EQ(value("SELECT convert_from(cursor, 'UTF8') FROM collections WHERE name = 'Archive'"), "before");
  // Asked for anew it comes with its content, and is the message that it was.
  ASSERT_TRUE(ingest("Archive", {PageKind::delta, {message("9", "a")}, {}, "after"}));
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "1");
}

// Known of the plugin API: by Message-ID, size and time, where they name exactly one.
TEST_F(PageWrite, known_items_are_found_unless_ambiguous) {
  const Item a = message("1", "a");
  Item twin = message("3", "a");
  twin.raw += "other";
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {a, message("2", "b"), twin}}));
  auto connection = database_.connect();
  const Item b = message("2", "b");
  auto found = store::find_known(connection, grant_.account_id,
                                 {{"", "b@x", b.raw.size(), b.received_at}, {"", "zzz@x", 5, 5},
                                  {"", "a@x", a.raw.size() + 1, a.received_at}});
  ASSERT_TRUE(found) << found.error().detail;
  ASSERT_TRUE((*found)[0]);
  EXPECT_EQ((*found)[0]->remote_id.bytes, "2");
  EXPECT_FALSE((*found)[1]);
  EXPECT_FALSE((*found)[2]);
  auto items = store::known_items(connection, grant_.account_id, {"INBOX"}, {"1"}, 10);
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 2u);
  EXPECT_EQ((*items)[0].remote_id.bytes, "2");
  EXPECT_EQ((*items)[0].message_id, "b@x");
}

// A late parent makes one thread of two that were stored before.
TEST_F(PageWrite, a_late_parent_merges_stored_threads) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "c1", {"p1"}), message("2", "c2", {"p2"})}, {}, "c1", false}));
  EXPECT_EQ(value("SELECT count(*) FROM threads"), "2");
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("3", "p1", {"p2"})}, {}, "c2", true}));
  EXPECT_EQ(value("SELECT count(*) FROM threads"), "1");
  EXPECT_EQ(value("SELECT count(DISTINCT thread_id) FROM messages"), "1");
}

// Whoever writes several messages locks them by id, as others do: else two wait for each other. Here the rows lie the
// other way round in the table, and a merge changes all of one thread.
TEST_F(PageWrite, merged_threads_are_locked_by_id) {
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot,
                               {message("1", "c1", {"p1"}), message("2", "d1", {"p1"}), message("3", "c2", {"p2"}),
                                message("4", "d2", {"p2"})},
                               {}, "c1", false}));
  const std::string first = "(SELECT DISTINCT ON (thread_id) message_id FROM messages ORDER BY thread_id, message_id)";
  value("UPDATE messages SET size = size WHERE message_id IN " + first + " RETURNING 1");
  auto connection = database_.connect(), other = database_.connect();
  auto holding = store::Transaction::begin(connection);
  ASSERT_EQ(connection.query("SELECT FROM messages WHERE message_id IN " + first + " FOR UPDATE")->size(), 2);
  auto writing = std::async(std::launch::async, [&] {
    return ingest("INBOX", {PageKind::snapshot, {message("5", "p1", {"p2"})}, {}, "c2", true});
  });
  EXPECT_TRUE(await_wait_for_lock());
  EXPECT_EQ(other.query("SELECT FROM messages WHERE message_id NOT IN " + first + " FOR UPDATE SKIP LOCKED")->size(), 2);
  ASSERT_TRUE(holding->commit());
  EXPECT_TRUE(writing.get());
  EXPECT_EQ(value("SELECT count(DISTINCT thread_id) FROM messages"), "1");
}

// The folder whose page it is is locked in its turn, not before those with lower ids whose counts change.
TEST_F(PageWrite, folders_are_locked_by_id) {
  const std::string lower = value("SELECT collection_id FROM collections ORDER BY collection_id LIMIT 1");
  const std::string higher = value("SELECT collection_id FROM collections ORDER BY collection_id DESC LIMIT 1");
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("1", "a")}}));
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {message("1", "a")}}));
  auto connection = database_.connect(), holder = database_.connect(), other = database_.connect();
  auto transaction = store::Transaction::begin(connection);
  store::EffectiveState state(connection, grant_.account_id);
  ASSERT_TRUE(state.lock({*ids::parse_uuid_text(value("SELECT message_id FROM messages"))}));
  ASSERT_TRUE(connection.query("DELETE FROM placements"));
  std::vector<store::Change> changes;
  store::ThreadChanges threads;
  ASSERT_TRUE(state.settle(round_, changes, threads));
  auto holding = store::Transaction::begin(holder);
  ASSERT_TRUE(holder.query("SELECT FROM collections WHERE collection_id = $1::text::uuid FOR UPDATE", lower));
  auto locking = std::async(std::launch::async, [&] { return state.lock_counted(*ids::parse_uuid_text(higher)); });
  EXPECT_TRUE(await_wait_for_lock());
  EXPECT_EQ(other.query("SELECT FROM collections WHERE collection_id = $1::text::uuid FOR UPDATE SKIP LOCKED", higher)->size(), 1);
  ASSERT_TRUE(holding->commit());
  EXPECT_TRUE(locking.get());
  EXPECT_TRUE(other.query("SELECT FROM collections FOR UPDATE SKIP LOCKED")->empty());
}

// A worker that lost its lease cannot write, and nothing of its page stays.
TEST_F(PageWrite, a_lost_lease_commits_nothing) {
  lease_.account.epoch += 1;
  auto outcome = ingest("INBOX", {PageKind::snapshot, {message("1", "a")}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().provider_code, store::lease_lost_code);
  EXPECT_EQ(value("SELECT count(*) FROM messages"), "0");
}

// A folder under a new name keeps its id and content: its change token names it.
TEST_F(PageWrite, a_renamed_folder_keeps_its_id) {
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {message("1", "a")}}, "token 7"));
  const std::string id = value("SELECT collection_id FROM collections WHERE name = 'Archive'");
  listing_[1] = folder("Old mail", Role::archive);
  listing_[1].change_token = "token 7";
  list();
  EXPECT_EQ(value("SELECT collection_id FROM collections WHERE name = 'Old mail'"), id);
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "2");
  EXPECT_EQ(value("SELECT orphaned_round IS NULL FROM messages"), "t");
  EXPECT_EQ(log("3"), "1 1 2 2");
}

// A message that lay in a folder now gone, and lies elsewhere, is what it is there; the log tells it.
TEST_F(PageWrite, a_folder_that_goes_takes_its_flags_with_it) {
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {message("1", "a", {}, FlagSet{3}), message("2", "b")}}));
  ASSERT_TRUE(ingest("INBOX", {PageKind::snapshot, {message("3", "a"), message("4", "b")}}));
  EXPECT_EQ(value("SELECT unread::text || starred FROM messages WHERE subject = 'a'"), "falsetrue");
  listing_.pop_back();
  list();
  list();
  EXPECT_EQ(value("SELECT count(*) FROM messages WHERE orphaned_round IS NULL"), "2");
  EXPECT_EQ(value("SELECT unread::text || starred FROM messages WHERE subject = 'a'"), "truefalse");
  // folders, unread and starred of a; folders of b
  EXPECT_EQ(value("SELECT sum(f) FROM (SELECT objects, fields FROM change_log ORDER BY seq DESC LIMIT 1) l,"
                  " unnest(l.objects, l.fields) u(o, f) WHERE o = 1"),
            "11");
}

// A folder is removed after two listings without it; its messages are orphans then.
TEST_F(PageWrite, a_folder_goes_after_two_listings_without_it) {
  ASSERT_TRUE(ingest("Archive", {PageKind::snapshot, {message("1", "a")}}));
  listing_.pop_back();
  list();
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "2");
  list();
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "1");
  EXPECT_EQ(value("SELECT orphaned_round IS NOT NULL FROM messages"), "t");
  listing_.clear();
  list();
  list();
  EXPECT_EQ(value("SELECT count(*) FROM collections"), "1");  // an empty listing is a server in trouble
}

}  // namespace
}  // namespace hermod::testing
