// Laws 2 to 4 while the engine writes: every write and every change of another client, in any order with the
// pages of a sync, lead to the mailbox that a cold snapshot finds.
#include <algorithm>
#include <random>

#include "core/conformance/end_state.hpp"
#include "core/conformance/laws.hpp"
#include "core/conformance/message_text.hpp"
#include "core/conformance/model_writer.hpp"

namespace hermod::conformance {
namespace {

constexpr FetchLimits few_items{.items_max = 3, .page_bytes_max = 3000, .inline_bytes = 500};

// Writes by chance to what the store has, and tells the world what came of it.
class RandomWriter {
 public:
  RandomWriter(Subject& subject, World& world, ModelEngine& engine, ModelStore& store, std::uint32_t seed)
      : subject_(subject), world_(world), store_(store), writer_(subject, engine, store), generator_(seed) {}

  void write();
  // Of folders: what the store knows of them is old from then on, until they are listed.
  void write_to_folders();
  // An outcome stayed unknown: what is in the mailbox, only the mailbox knows.
  bool uncertain() const { return uncertain_; }

 private:
  struct Target {
    CollectionRemoteId collection;
    std::string path;
    RemoteId item;
    RemoteVersion version;
    FlagSet flags;
    std::string message_id;
    ItemAddress address() const { return {collection, item}; }
  };

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : generator_() % limit; }
  // Collections that the world has, too, by chance; an empty path: none.
  Target any_collection();
  std::optional<Target> any_item();
  std::optional<RemoteVersion> base(const Target& target) {
    return below(2) == 0 ? std::optional(target.version) : std::nullopt;
  }
  // True: applied.
  bool push(std::string_view name, Mutation mutation, bool there);
  void set_flags(const Target& target);
  void move_or_copy(const Target& target);
  void remove(const Target& target);
  void put_draft();

  Subject& subject_;
  World& world_;
  ModelStore& store_;
  ModelWriter writer_;
  std::mt19937 generator_;
  std::size_t next_ = 1;
  bool uncertain_ = false;
};

RandomWriter::Target RandomWriter::any_collection() {
  std::vector<Target> targets;
  for (const auto& [id, collection] : store_.collections()) {
    if (world_.has_folder(collection.listed.path))
      targets.push_back({id, collection.listed.path, {}, {}, {}, {}});
  }
  return targets.empty() ? Target{} : targets[below(targets.size())];
}

std::optional<RandomWriter::Target> RandomWriter::any_item() {
  const Target in = any_collection();
  if (in.path.empty()) return std::nullopt;
  const StoredCollection& listed = store_.collections().at(in.collection);
  const bool label = !listed.listed.through.empty();
  std::vector<Target> targets;
  for (const auto& [id, placement] :
       label ? store_.collections().at(listed.listed.through).placements : listed.placements) {
    if (placement.outside || placement.item.received_at < subject_.window_start()) continue;
    if (label && !placement.labels.contains(in.collection.bytes)) continue;
    targets.push_back({in.collection, in.path, id, placement.item.version, placement.item.flags,
                       message_id_in(placement.content)});
  }
  if (targets.empty()) return std::nullopt;
  return targets[below(targets.size())];
}

bool RandomWriter::push(std::string_view name, Mutation mutation, bool there) {
  const MutationOutcome outcome =
      below(4) == 0 ? writer_.push_twice(std::move(mutation)) : writer_.push(std::move(mutation));
  switch (outcome.result) {
    case MutationResult::applied:
      if (!there) store_.violated(std::string(name) + " cannot be applied to what is not there");
      return there;
    case MutationResult::unknown:
      uncertain_ = true;
      return false;
    case MutationResult::conflict:
      return false;
    case MutationResult::failed:
      if (!not_found(outcome)) {
        store_.violated(std::string(name) + " fails" + (outcome.error ? ": " + outcome.error->message : ""));
      }
      return false;
  }
  return false;
}

void RandomWriter::set_flags(const Target& target) {
  const FlagSet add{static_cast<std::uint16_t>(below(8))};
  const FlagSet remove{static_cast<std::uint16_t>(below(8) & ~std::size_t{add.bits})};
  const bool there = world_.holds(target.path, target.message_id);
  if (push("SetFlags", writer_.mutation(SetFlags{target.address(), add, remove, {}, {}}, base(target)),
           there)) {
    world_.wrote_flags(target.path, target.message_id, add, remove);
  }
}

void RandomWriter::move_or_copy(const Target& target) {
  const Target to = any_collection();
  const bool there = world_.holds(target.path, target.message_id);
  if (to.path == target.path || world_.holds(to.path, target.message_id)) return;
  if (below(3) == 0) {
    if (!writer_.declares("CopyItem")) return;
    if (push("CopyItem", writer_.mutation(CopyItem{target.address(), to.collection}, base(target)), there)) {
      world_.wrote_copy(target.path, target.message_id, to.path);
    }
  } else if (writer_.declares("MoveItem") &&
             push("MoveItem", writer_.mutation(MoveItem{target.address(), to.collection}, base(target)),
                  there)) {
    world_.wrote_move(target.path, target.message_id, to.path);
  }
}

void RandomWriter::remove(const Target& target) {
  if (!writer_.declares("DeleteItem")) return;
  const std::string trash = subject_.quirks().trash;
  const bool there = world_.holds(target.path, target.message_id);
  const bool to_trash = !trash.empty() && below(2) == 0;
  if (to_trash && world_.holds(trash, target.message_id)) return;
  if (!there && !to_trash) return;  // done already, as it may say
  const Deletion deletion = to_trash ? Deletion::to_trash : Deletion::for_good;
  if (push("DeleteItem", writer_.mutation(DeleteItem{target.address(), deletion}, base(target)), there)) {
    world_.wrote_delete(target.path, target.message_id, deletion);
  }
}

void RandomWriter::put_draft() {
  if (!writer_.declares("PutDraft")) return;
  constexpr auto draft = static_cast<std::uint16_t>(Flag::draft);
  std::optional<Target> old = any_item();
  if (old && ((old->flags.bits & draft) == 0 || !world_.holds(old->path, old->message_id))) old.reset();
  const Target in = old ? *old : any_collection();
  if (in.path.empty()) return;
  PutDraft put{in.collection,
               {},
               message_text("draft" + std::to_string(next_++) + "@conformance.example", 50 + below(800)),
               {draft},
               subject_.unix_now()};
  if (old) put.replaces = old->item;
  if (!push("PutDraft", writer_.mutation(put), true)) return;
  if (old) world_.wrote_delete(old->path, old->message_id, Deletion::for_good);
  world_.wrote_draft(in.path, put);
}

void RandomWriter::write() {
  const std::size_t chance = below(100);
  if (chance < 25) return put_draft();
  const std::optional<Target> target = any_item();
  if (!target) return;
  if (chance < 60) return set_flags(*target);
  if (chance < 85) return move_or_copy(*target);
  remove(*target);
}

void RandomWriter::write_to_folders() {
  const Target in = any_collection();
  if (in.path.empty()) return;
  const std::string name = "Written" + std::to_string(next_++);
  const std::size_t chance = below(10);
  if (chance < 4) {
    if (!writer_.declares("CreateCollection")) return;
    if (push("CreateCollection", writer_.mutation(CreateCollection{{}, name}), true)) {
      world_.wrote_folder(name);
    }
  } else if (!world_.is_own(in.path)) {
    return;
  } else if (chance < 8) {
    if (!writer_.declares("RenameCollection")) return;
    if (push("RenameCollection", writer_.mutation(RenameCollection{in.collection, {}, name}), true)) {
      world_.wrote_rename(in.path, name);
    }
  } else if (writer_.declares("DeleteCollection") &&
             push("DeleteCollection", writer_.mutation(DeleteCollection{in.collection}), true)) {
    world_.wrote_folder_deletion(in.path);
  }
}

}  // namespace

Violations check_writes_under_way(const MakeSubject& make, std::uint32_t seed) {
  const std::unique_ptr<Subject> subject = make();
  World world(*subject, seed);
  ModelStore store;
  ModelEngine engine(*subject, store);
  RandomWriter writer(*subject, world, engine, store, seed);
  world.populate(15);
  std::mt19937 generator(seed);
  bool listed = true;  // folders are as the last listing has them
  engine.between_pages([&] {
    for (std::size_t times = generator() % 3; times > 0 && listed; --times) {
      if (generator() % 3 == 0) {
        world.act_on_messages();
      } else if (generator() % 20 == 0) {
        writer.write_to_folders();
        listed = false;
      } else {
        writer.write();
      }
    }
  });
  const std::string carrier = subject->quirks().all_mail;
  for (std::size_t rounds = 0; rounds < subject->effort().deaths; ++rounds) {
    Death death;
    if (generator() % 2 == 0)
      death = {generator() % 6,
               generator() % 2 == 0 ? Death::When::before_commit : Death::When::after_commit};
    engine.round(rounds % 3 == 0 ? FetchLimits{} : few_items, Tokens::honoured, death);
    if (generator() % 2 == 0) world.act();
    if (generator() % 8 == 0 && subject->quirks().invalidation) {
      subject->other_client().invalidate_cursors(subject->quirks().layout == Layout::labels ? carrier
                                                                                            : world.inbox());
    }
    listed = true;  // the next round begins with a listing
  }
  engine.between_pages({});
  engine.settle(few_items);
  if (writer.uncertain()) {
    compare_with_cold(*subject, engine, store);
  } else {
    compare(*subject, engine, store, world);
  }
  return lines(store);
}

}  // namespace hermod::conformance
