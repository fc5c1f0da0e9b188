// Laws 6 and 7: what is declared, and what a cancelled call leaves behind.
#include <algorithm>

#include "core/conformance/end_state.hpp"
#include "core/conformance/laws.hpp"

namespace hermod::conformance {
namespace {

constexpr std::string_view session_facets[] = {PushFacet::id, SubmitFacet::id, SearchFacet::id,
                                               RecentFacet::id};
constexpr std::string_view provider_facets[] = {AuthFacet::id, InboundFacet::id};

struct NamedMutation {
  std::string_view name;
  Mutation mutation;
};
// One of each kind, of things that are not there.
std::vector<NamedMutation> mutations_of_nothing() {
  const ItemAddress nothing{{"no such collection"}, {"no such item"}};
  const auto mutation = [](auto change) { return Mutation{std::move(change), {}, "conformance", 1}; };
  return {
      {"SetFlags", mutation(SetFlags{nothing, {1}, {}, {}, {}})},
      {"MoveItem", mutation(MoveItem{nothing, {"no such target"}})},
      {"CopyItem", mutation(CopyItem{nothing, {"no such target"}})},
      {"DeleteItem", mutation(DeleteItem{nothing, Deletion::for_good})},
      {"PutDraft", mutation(PutDraft{nothing.collection, {}, "Subject: s\r\n\r\n", {8}})},
      {"PutObject", mutation(PutObject{nothing.collection, {}, "BEGIN:VCARD\r\nEND:VCARD\r\n"})},
      {"RespondToEvent", mutation(RespondToEvent{nothing, "yes", {}})},
      {"CreateCollection", mutation(CreateCollection{{"no such parent"}, "n", CollectionKind::folder})},
      {"RenameCollection", mutation(RenameCollection{nothing.collection, {}, "n"})},
      {"DeleteCollection", mutation(DeleteCollection{nothing.collection})},
  };
}

bool has(const auto& range, std::string_view value) {
  return std::ranges::find(range, value) != std::end(range);
}

void check_facets(Subject& subject, Session& session, ModelStore& store) {
  const std::vector<std::string> declared = subject.provider().describe().facets;
  const auto check = [&](std::string_view id, const Facet* facet) {
    const bool wanted = has(declared, id) && !has(subject.quirks().absent_facets, id);
    if (wanted != (facet != nullptr))
      store.violated(std::string(id) + " is there if it is declared, and only then");
  };
  for (const std::string_view id : session_facets) check(id, session.facet(id));
  for (const std::string_view id : provider_facets) check(id, subject.provider().facet(id));
}

void check_mutation_kinds(Subject& subject, Session& session, ModelStore& store) {
  const std::vector<std::string> declared = subject.provider().describe().mutations;
  for (const NamedMutation& named : mutations_of_nothing()) {
    Result<MutationOutcome> outcome = subject.strand().run(session.push_mutation(named.mutation, {}));
    const bool refused = !outcome && outcome.error().kind == ErrorKind::unsupported;
    if (refused == has(declared, named.name)) {
      store.violated(std::string(named.name) + " answers `unsupported` if it is not declared, and only then");
    } else if (!refused && outcome && outcome->result == MutationResult::applied) {
      store.violated(std::string(named.name) + " cannot be applied to what is not there");
    }
  }
}

void check_push(Subject& subject, Session& session, ModelStore& store, World& world) {
  auto* push = static_cast<PushFacet*>(session.facet(PushFacet::id));
  if (push == nullptr || !subject.quirks().other_client) return;
  std::vector<CollectionRemoteId> watched;
  for (const auto& [id, collection] : store.collections()) watched.push_back(id);
  Call<Result<PushEvent>> wait(subject.strand(), push->wait(watched));
  world.deliver(world.inbox());
  if (!wait.result()) store.violated("push tells a delivery");
}

std::vector<std::string> searched(Subject& subject, SearchFacet& search, ModelStore& store,
                                  std::string text) {
  SearchQuery query{std::move(text), {}, SearchReach::everywhere, 1000};
  for (const auto& [id, collection] : store.collections()) {
    const Collection& listed = collection.listed;
    if (listed.rights.has(Right::read) && listed.through.empty()) query.in.push_back(id);
  }
  Result<std::vector<FoundItem>> found = subject.strand().run(search.search(std::move(query)));
  if (!found) return {std::string(to_string(found.error().kind))};
  std::vector<std::string> addresses;
  for (const FoundItem& item : *found)
    addresses.push_back(item.collection.bytes + '\n' + item.remote_id.bytes);
  return addresses;
}

void check_search(Subject& subject, Session& session, ModelStore& store, World& world, ModelEngine& engine) {
  auto* search = static_cast<SearchFacet*>(session.facet(SearchFacet::id));
  if (search == nullptr || !subject.quirks().other_client) return;
  engine.settle();
  const auto before = store.addresses(INT64_MIN);
  const std::string message_id = "sought@conformance.example";
  world.deliver_raw(world.inbox(), "Message-ID: <" + message_id + ">\r\nSubject: sought\r\n\r\ntext\r\n",
                    subject.unix_now());
  const Searches searches = subject.searches(message_id);
  engine.settle();
  std::vector<std::string> arrived;
  for (const auto& [collection, items] : store.addresses(INT64_MIN)) {
    const auto known = before.find(collection);
    for (const auto& [remote_id, version] : items) {
      if (known != before.end() && known->second.contains(remote_id)) continue;
      arrived.push_back(collection.bytes + '\n' + remote_id.bytes);
    }
  }
  const auto expect = [&](const std::string& text, const std::vector<std::string>& wanted, const char* law) {
    if (searched(subject, *search, store, text) != wanted) store.violated(law);
  };
  // Addresses that end with a pass are no answer: it must say so, not find nothing.
  const bool addresses_last = subject.quirks().stable_addresses;
  if (!addresses_last) arrived = {"unsupported"};
  expect(searches.of_a_message, arrived, "search finds a message by the address that its changes gave");
  expect(subject.searches("nobody@conformance.example").of_a_message,
         addresses_last ? std::vector<std::string>{} : arrived, "search finds what is there, and only that");
  expect(searches.senseless, {"invalid_argument"}, "a search that makes no sense is refused");
  expect(searches.of_a_message + "\r\nA1 LOGOUT", {"invalid_argument"}, "a search holds no line break");
  expect(searches.of_a_message, arrived, "a refused search leaves the session usable");
}

// Runs the call again and again, cancelled a step later each time, until it is done before it is cancelled.
// Each some times over: what a cancelled call keeps for itself may be noticed only once there is no more of
// it.
enum class Ends : std::uint8_t { by_itself, when_cancelled };

template <class T>
void cancel_everywhere(Subject& subject, ModelStore& store, std::string_view name, Ends ends,
                       const std::function<Task<T>(Session&)>& call) {
  constexpr std::size_t rounds_max = 8000;
  const Effort effort = subject.effort();
  ModelEngine engine(subject, store, "cancelled");
  const auto step_on = [&] {
    return ends == Ends::by_itself ? subject.strand().step() : subject.strand().step_soon();
  };
  for (std::size_t round = 0; round < rounds_max; ++round) {
    const std::size_t steps = round / effort.cancelled_times * effort.cancelled_stride;
    Session* session = engine.session();
    if (session == nullptr) return;
    Call<T> running(subject.strand(), call(*session), Drain::no);
    bool waits = false;  // for what only the cancellation ends
    for (std::size_t step = 0; step < steps && !running.done() && !waits; ++step) waits = !step_on();
    if (running.done()) return;
    running.cancel();
    T result = running.result();
    if (!result && result.error().kind != ErrorKind::cancelled) {
      store.violated(std::string(name) + ", cancelled, is done or answers `cancelled`, not " +
                     std::string(to_string(result.error().kind)));
    }
    Result<CollectionPage> usable = subject.strand().run(session->fetch_collections({}));
    if (usable && waits) return;
    if (usable) continue;
    if (usable.error().kind == ErrorKind::unavailable) {
      engine.drop_session();
    } else {
      store.violated("a session is usable or closed after " + std::string(name) + " was cancelled");
      return;
    }
  }
}

Task<Result<PushEvent>> nothing_to_wait_for() { co_return PushEvent{}; }

struct EmptySink final : BodySink {
  Task<Status> write(std::string) override { co_return ok(); }
};

}  // namespace

Violations check_declarations(const MakeSubject& make) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, 1);
  ModelStore store;
  ModelEngine engine(*subject, store);
  world.populate(3);
  engine.settle();
  Session* session = engine.session();
  if (session == nullptr) return {"a session can be opened"};
  check_facets(*subject, *session, store);
  check_mutation_kinds(*subject, *session, store);
  check_push(*subject, *session, store, world);
  check_search(*subject, *session, store, world, engine);
  return {store.violations().begin(), store.violations().end()};
}

Violations check_cancellation(const MakeSubject& make) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, 1);
  ModelStore store;
  ModelEngine engine(*subject, store);
  world.populate(10);
  engine.settle();
  CollectionRemoteId collection;
  RemoteId item;
  for (const auto& [id, stored] : store.collections()) {
    if (stored.placements.empty()) continue;
    collection = id;
    item = stored.placements.begin()->first;
  }
  EmptySink sink;
  cancel_everywhere<Result<CollectionPage>>(*subject, store, "fetch_collections", Ends::by_itself,
                                            [](Session& session) { return session.fetch_collections({}); });
  cancel_everywhere<Result<ChangePage>>(
      *subject, store, "fetch_changes", Ends::by_itself,
      [&](Session& session) { return session.fetch_changes(collection, {}, {.items_max = 3}); });
  if (!item.empty())
    cancel_everywhere<Status>(*subject, store, "fetch_body", Ends::by_itself,
                              [&](Session& session) { return session.fetch_body(collection, item, sink); });
  cancel_everywhere<Result<PushEvent>>(*subject, store, "wait", Ends::when_cancelled, [&](Session& session) {
    auto* push = static_cast<PushFacet*>(session.facet(PushFacet::id));
    return push != nullptr ? push->wait({collection}) : nothing_to_wait_for();
  });
  world.act(5);
  engine.settle();
  compare(*subject, engine, store, world);
  return {store.violations().begin(), store.violations().end()};
}

}  // namespace hermod::conformance
