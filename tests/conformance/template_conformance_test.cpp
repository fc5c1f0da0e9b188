// The plugin that authors start from keeps the laws that a mailbox can be held to in which nothing ever
// changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/knowing_host.hpp"
#include "core/conformance/model_engine.hpp"
#include "tests/support/loaded_plugin.hpp"

namespace hermod::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TemplateSubject final : public Subject {
 public:
  test::SteppedStrand& strand() override { return strand_; }
  Provider& provider() override {
    static test::LoadedPlugin plugin(HERMOD_TEMPLATE_PLUGIN);
    return plugin.provider();
  }
  Result<std::unique_ptr<Session>> open(const ModelStore& store, const std::string& device) override {
    hosts_.push_back(std::make_unique<KnowingHost>(strand_, store, unix_now()));
    return strand_.run(provider().open(Settings({{"account", device}}), {}, *hosts_.back()));
  }
  OtherClient& other_client() override { throw std::logic_error("nobody can change this mailbox"); }
  std::int64_t unix_now() const override { return 1'800'000'000; }

 private:
  test::InlineStrand strand_;
  std::vector<std::unique_ptr<KnowingHost>> hosts_;
};

std::vector<std::string> message_ids(const ModelStore& store) {
  std::vector<std::string> ids;
  for (const auto& [id, collection] : store.collections()) {
    for (const auto& [remote_id, placement] : collection.placements) ids.push_back(placement.item.message_id);
  }
  return ids;
}

// An author who copies it must not copy a crash that loses messages.
TEST(TemplateConformance, a_sync_that_dies_at_any_page_ends_with_all_three_messages) {
  for (std::size_t page = 0; page < 4; ++page) {
    for (const auto when : {Death::When::before_commit, Death::When::after_commit}) {
      TemplateSubject subject;
      ModelStore store;
      ModelEngine engine(subject, store);
      engine.round({.items_max = 1}, Tokens::honoured, {page, when});
      engine.settle({.items_max = 1, .inline_bytes = 90});
      EXPECT_THAT(message_ids(store),
                  ElementsAre("1@template.example", "2@template.example", "3@template.example"));
      const std::size_t changes = store.changes_seen();
      engine.round({}, Tokens::ignored);
      EXPECT_EQ(store.changes_seen(), changes);
      EXPECT_THAT(store.violations(), IsEmpty());
    }
  }
}

// What it does not declare it must refuse in the way that the engine understands.
TEST(TemplateConformance, writes_are_unsupported_and_a_wrong_password_is_refused) {
  TemplateSubject subject;
  ModelStore store;
  ModelEngine engine(subject, store);
  ASSERT_NE(engine.session(), nullptr);
  const Mutation mutation{DeleteCollection{{"welcome"}}, {}, "m", 1};
  const auto outcome = subject.strand().run(engine.session()->push_mutation(mutation, {}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::unsupported);
  KnowingHost host(subject.strand().strand(), store, subject.unix_now());
  const Credentials wrong{Settings({{"password", std::string("wrong")}})};
  EXPECT_EQ(subject.strand().run(subject.provider().open({}, wrong, host)).error().kind, ErrorKind::auth);
}

// A cursor of another version of the plugin, or of anybody, begins anew.
TEST(TemplateConformance, a_cursor_that_makes_no_sense_is_invalid) {
  TemplateSubject subject;
  ModelStore store;
  ModelEngine engine(subject, store);
  ASSERT_NE(engine.session(), nullptr);
  for (const char* cursor : {"4", "-1", "1x", "99999999999999999999999"}) {
    const auto page = subject.strand().run(engine.session()->fetch_changes({"welcome"}, {cursor}, {}));
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().kind, ErrorKind::cursor_invalid);
  }
}

}  // namespace
}  // namespace hermod::conformance
