// The server breaks off wherever it can: at each command, after each few octets. Nothing is lost by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/conformance/model_engine.hpp"
#include "core/conformance/world.hpp"
#include "tests/imap/imap_subject.hpp"

namespace hermod::imap::test {
namespace {

using namespace conformance;
using testing::IsEmpty;

constexpr FetchLimits few_items{.items_max = 4, .page_bytes_max = 5000, .inline_bytes = 500};

struct VectorSink final : BodySink {
  Task<Status> write(std::string chunk) override {
    bytes += chunk;
    co_return ok();
  }
  std::string bytes;
};

// One round, as far as the server lets it come; the first Error ends it.
Status walk(ImapSubject& subject, ModelStore& store) {
  auto session = subject.open(store, "first");
  if (!session) return std::move(session).error();
  auto listing = subject.strand().run((*session)->fetch_collections({}));
  if (!listing) return std::move(listing).error();
  store.commit_listing(listing->collections);
  for (const auto& folder : listing->collections) {
    for (bool complete = false; !complete;) {
      const auto cursor = store.collections().at(folder.remote_id).cursor;
      auto page = subject.strand().run((*session)->fetch_changes(folder.remote_id, cursor, few_items));
      if (!page) return std::move(page).error();
      std::map<RemoteId, std::string> bodies;
      for (const auto& item : page->items) {
        if (item.payload != PayloadKind::on_demand) continue;
        VectorSink sink;
        auto fetched = subject.strand().run((*session)->fetch_body(folder.remote_id, item.remote_id, sink));
        if (!fetched) return fetched;
        bodies[item.remote_id] = std::move(sink.bytes);
      }
      store.commit(folder.remote_id, *page, bodies);
      complete = page->complete;
    }
  }
  return subject.strand().run((*session)->close());
}

struct Kind {
  const char* name;
  ServerOptions options;
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

class BrokenOff : public testing::TestWithParam<Kind> {
 protected:
  // Plays with the fault that `arm` sets, then without. False: the fault never came.
  template <class Arm, class Came>
  bool play(Arm arm, Came came) {
    ImapSubject subject(GetParam().options);
    World world(subject, 1);
    world.populate(9);
    ModelStore store;
    arm(subject.net());
    const auto status = walk(subject, store);
    const bool reached = came(subject.net());
    subject.net().log().bye_at_command = SIZE_MAX;
    subject.net().faults().bytes_until_cut = SIZE_MAX;
    if (!status) {
      EXPECT_EQ(status.error().kind, ErrorKind::unavailable) << status.error().message;
      EXPECT_EQ(status.error().retry.when, Retry::When::after);
    }
    ModelEngine engine(subject, store);
    engine.settle();
    EXPECT_THAT(store.violations(), IsEmpty());
    EXPECT_THAT(differences(store.mailbox(RawStability::stable, 0), world.expected(RawStability::stable)),
                IsEmpty());
    return reached;
  }
};

TEST_P(BrokenOff, by_a_bye_at_any_command_loses_nothing) {
  std::size_t at = 0;
  for (bool reached = true; reached && !HasFailure(); ++at) {
    SCOPED_TRACE(at);
    reached = play([&](MemoryNet& net) { net.log().bye_at_command = at; },
                   [](MemoryNet& net) { return net.log().bye_at_command == SIZE_MAX; });
  }
  EXPECT_GT(at, 10u);
}

// In the middle of a line, of a literal, between the two octets of a line's end.
TEST_P(BrokenOff, by_a_cut_after_any_octet_loses_nothing) {
  constexpr std::size_t step = 97;
  std::size_t at = 0;
  for (bool reached = true; reached && !HasFailure(); at += step) {
    SCOPED_TRACE(at);
    reached = play([&](MemoryNet& net) { net.faults().bytes_until_cut = at; },
                   [](MemoryNet& net) { return net.faults().bytes_until_cut == SIZE_MAX; });
  }
  EXPECT_GT(at, 3000u);
}

const Kind kinds[] = {
    {"qresync",
     {{"ENABLE", "ID", "NAMESPACE", "LITERAL+", "CONDSTORE", "QRESYNC", "ESEARCH", "LIST-EXTENDED",
       "LIST-STATUS", "UNSELECT", "SASL-IR"}}},
    {"bare", {{}, "secret", false}},
};
INSTANTIATE_TEST_SUITE_P(Server, BrokenOff, testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hermod::imap::test
