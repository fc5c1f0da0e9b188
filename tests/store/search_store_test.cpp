// What a provider's search found, joined with the store.
#include "core/store/search_store.hpp"

#include <algorithm>

#include "store/account_fixture.hpp"

namespace hermod::testing {
namespace {

class SearchStore : public AccountFixture {
 protected:
  std::vector<std::string> subjects(const std::vector<FoundItem>& places) {
    auto messages = store::newest_messages(connection_, grant_.account_id, places);
    EXPECT_TRUE(messages) << messages.error().detail;
    std::vector<std::string> subjects;
    for (const ids::ObjectId& id : *messages) {
      subjects.push_back(
          value("SELECT subject FROM messages WHERE message_id = '" + ids::to_uuid_text(id) + "'"));
    }
    return subjects;
  }
  std::vector<std::string> collections(const std::vector<std::string>& folders) {
    std::vector<std::string> remote_ids;
    for (const auto& id : *store::searched_collections(connection_, grant_.account_id, folders))
      remote_ids.push_back(id.bytes);
    std::ranges::sort(remote_ids);
    return remote_ids;
  }
  store::Connection connection_ = database_.connect();
};

// The order is that of lists; what is not synced, or lies elsewhere, is not there.
TEST_F(SearchStore, places_lead_to_messages_newest_first) {
  Item copy = message("55", "b");
  copy.received_at = message("4444", "b").received_at;
  ASSERT_TRUE(ingest("INBOX", {.items = {message("1", "a"), message("4444", "b"), message("333", "c")}}));
  ASSERT_TRUE(ingest("Archive", {.items = {copy, message("666666", "d")}}));
  EXPECT_EQ(subjects({{{"INBOX"}, {"1"}},
                      {{"INBOX"}, {"4444"}},
                      {{"Archive"}, {"55"}},
                      {{"INBOX"}, {"333"}},
                      {{"INBOX"}, {"666666"}},
                      {{"INBOX"}, {"not synced"}},
                      {{"Unknown"}, {"1"}}}),
            (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_TRUE(subjects({}).empty());
}

// A folder is named as in `in=`; a label leads to what it is seen through; a mere container is not searched.
TEST_F(SearchStore, folders_lead_to_what_is_searched) {
  Collection label = folder("Label", Role::none);
  label.kind = CollectionKind::label;
  label.through.bytes = "Archive";
  Collection container = folder("Container", Role::none);
  container.rights = {};
  listing_.insert(listing_.end(), {label, container});
  list();
  using Names = std::vector<std::string>;
  EXPECT_EQ(collections({}), (Names{"Archive", "INBOX"}));
  EXPECT_EQ(collections({"inbox"}), Names{"INBOX"});
  EXPECT_EQ(collections({"Label", "archive"}), Names{"Archive"});
  EXPECT_EQ(collections({"Container"}), Names{});
  EXPECT_EQ(collections({"no such folder"}), Names{});
}

// Kept for those who page; only so many of an account, and only so long.
TEST_F(SearchStore, results_are_kept_within_limits) {
  std::vector<ids::ObjectId> searches;
  for (int i = 0; i < store::search_results_max + 2; ++i) {
    searches.push_back(ids::new_object_id());
    ASSERT_TRUE(
        store::keep_search_results(connection_, grant_.account_id, searches.back(), {searches.back()}));
  }
  const auto kept = [&](const ids::ObjectId& id) {
    return *store::kept_search_results(connection_, grant_.account_id, id);
  };
  EXPECT_FALSE(kept(searches.front()));
  EXPECT_EQ(kept(searches.back()), std::vector{searches.back()});
  EXPECT_EQ(value("SELECT count(*) FROM search_results"), std::to_string(store::search_results_max));
  ASSERT_TRUE(store::keep_search_results(connection_, grant_.account_id, searches.back(), {}));
  EXPECT_EQ(kept(searches.back()), std::vector<ids::ObjectId>{});
  ASSERT_TRUE(connection_.script("UPDATE search_results SET kept_at = now() - interval '1 day'"));
  EXPECT_FALSE(kept(searches.back()));
  ASSERT_TRUE(store::expire_search_results(connection_));
  EXPECT_EQ(value("SELECT count(*) FROM search_results"), "0");
}

}  // namespace
}  // namespace hermod::testing
