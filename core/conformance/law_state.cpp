// Laws 1 to 4: the state that the engine ends with.
#include "core/conformance/end_state.hpp"
#include "core/conformance/laws.hpp"

namespace hermod::conformance {
namespace {

constexpr FetchLimits few_items{.items_max = 3, .page_bytes_max = 3000, .inline_bytes = 500};

}  // namespace

Violations check_quiet(const MakeSubject& make) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, 1);
  ModelStore store;
  ModelEngine engine(*subject, store);
  world.populate(20);
  engine.settle();
  const std::size_t changes = store.changes_seen(), pages = engine.pages();
  for (const Tokens tokens : {Tokens::honoured, Tokens::ignored}) {
    engine.round({}, tokens);
    if (store.changes_seen() != changes) store.violated("nothing changed, so nothing is told");
  }
  std::size_t collections = 0;
  for (const auto& [id, collection] : store.collections())
    collections += collection.listed.through.empty() ? 1 : 0;
  if (engine.pages() - pages > 2 * collections * subject->quirks().idle_pages_max) {
    store.violated("to learn that nothing changed takes few requests");
  }
  compare(*subject, engine, store, world);
  return lines(store);
}

Violations check_convergence(const MakeSubject& make, std::uint32_t seed) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, seed);
  ModelStore store;
  ModelEngine engine(*subject, store);
  world.populate(25);
  for (std::size_t rounds = 0; rounds < subject->effort().rounds; ++rounds) {
    engine.round(rounds % 2 == 0 ? few_items : FetchLimits{});
    world.act(rounds % 5 + 1);
  }
  engine.settle(few_items);
  compare(*subject, engine, store, world);
  return lines(store);
}

Violations check_resumption(const MakeSubject& make) {
  Violations violations;
  for (const Death::When when : {Death::When::before_commit, Death::When::after_commit}) {
    bool died = true;
    for (std::size_t page = 0; died; ++page) {  // at each page that the first sync has
      const std::unique_ptr<Subject> subject = make();
      World world(*subject, 7);
      ModelStore store;
      world.populate(8);
      {
        ModelEngine first(*subject, store);
        died = !first.round(few_items, Tokens::honoured, {page, when});
      }
      world.act(3);
      ModelEngine second(*subject, store);
      second.settle(few_items);
      compare(*subject, second, store, world);
      for (const std::string& line : lines(store))
        violations.push_back("page " + std::to_string(page) + ": " + line);
    }
  }
  return violations;
}

Violations check_random_deaths(const MakeSubject& make, std::uint32_t seed) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, seed);
  ModelStore store;
  ModelEngine engine(*subject, store);  // opens a new session after each death
  world.populate(20);
  std::mt19937 generator(seed);
  for (std::size_t rounds = 0; rounds < subject->effort().deaths; ++rounds) {
    const auto when = generator() % 2 == 0 ? Death::When::before_commit : Death::When::after_commit;
    engine.round(few_items, Tokens::honoured, {generator() % 6, when});
    if (rounds % 2 == 0) world.act(2);
  }
  engine.settle(few_items);
  compare(*subject, engine, store, world);
  return lines(store);
}

Violations check_invalid_cursor(const MakeSubject& make) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, 3);
  ModelStore store;
  ModelEngine engine(*subject, store);
  world.populate(5);
  for (std::size_t i = 0; i < 10; ++i) world.deliver(world.inbox());
  const std::string folder =
      subject->quirks().layout == Layout::labels ? subject->quirks().all_mail : world.inbox();
  for (std::size_t page = 0; page < 4; ++page) {  // in the middle of the paging that is under way
    engine.round(few_items, Tokens::honoured, {page, Death::When::after_commit});
    subject->other_client().invalidate_cursors(folder);
    world.act(2);
  }
  engine.settle(few_items);
  for (const bool quiet : {true, false}) {  // and at rest
    const std::size_t invalid = engine.invalid_cursors();
    subject->other_client().invalidate_cursors(folder);
    if (!quiet) world.act(4);
    engine.settle(few_items);
    if (engine.invalid_cursors() == invalid)
      store.violated("an invalid cursor is answered by cursor_invalid");
  }
  compare(*subject, engine, store, world);
  return lines(store);
}

}  // namespace hermod::conformance
