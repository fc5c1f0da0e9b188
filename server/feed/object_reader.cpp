#include "server/feed/object_reader.hpp"

#include <unordered_map>

#include "core/store/draft_store.hpp"
#include "core/store/grant_store.hpp"
#include "server/api/folder_json.hpp"
#include "server/api/message_json.hpp"
#include "server/api/thread_json.hpp"

namespace hermod::server {
namespace {

using ObjectTexts = std::unordered_map<ids::ObjectId, std::string>;
using Ids = std::vector<ids::ObjectId>;

const Selection whole;

class ObjectReader {
 public:
  ObjectReader(store::Connection& connection, const ids::ObjectId& account_id)
      : connection_(connection), account_id_(account_id), grant_id_(ids::to_public(account_id)) {}

  Status read(store::ObjectType object, const Ids& ids, ObjectTexts& texts) {
    using enum store::ObjectType;
    switch (object) {
      case message:
        return in_pages(ids, [&](const Ids& page) { return messages(page, texts); });
      case draft:
        return in_pages(ids, [&](const Ids& page) { return drafts(page, texts); });
      case thread:
        return in_pages(ids, [&](const Ids& page) { return threads(page, texts); });
      case folder:
        return folders(ids, texts);
      case grant:
        return ok();  // its text depends on the entry
    }
    return ok();
  }

  Result<std::optional<std::string>> grant(store::ChangeType change) {
    auto found = change == store::ChangeType::deleted ? store::load_deleted_grant(connection_, account_id_)
                                                      : store::load_grant(connection_, account_id_);
    if (!found && found.error().kind == ErrorKind::not_found) return std::optional<std::string>();
    if (!found) return std::move(found).error();
    constexpr int code_created = 25012, code_deleted = 25013, code_updated = 25014;
    const int code = change == store::ChangeType::created   ? code_created
                     : change == store::ChangeType::deleted ? code_deleted
                                                            : code_updated;
    JsonWriter writer;
    writer.begin_object().member("code", code).member("grant_id", grant_id_);
    writer.member("integration_id", ids::to_public(found->application_id))
        .member("provider", found->provider);
    writer.member("email", found->email).raw_member("scope", found->scope);
    writer.member("grant_status", found->grant_status);
    return std::optional(writer.end_object().text());
  }

 private:
  template <class ReadPage>
  static Status in_pages(const Ids& ids, ReadPage read_page) {
    for (std::size_t at = 0; at < ids.size(); at += store::page_limit_max) {
      const std::size_t end = std::min(ids.size(), at + store::page_limit_max);
      if (Status read = read_page(Ids(ids.begin() + static_cast<std::ptrdiff_t>(at),
                                      ids.begin() + static_cast<std::ptrdiff_t>(end)));
          !read)
        return read;
    }
    return ok();
  }

  Status messages(const Ids& ids, ObjectTexts& texts) {
    auto found = store::find_messages(connection_, account_id_, ids, store::MessageColumns::body);
    if (!found) return std::move(found).error();
    for (int i = 0; i < found->size(); ++i) {
      const store::MessageRow row = found->row(i);
      JsonWriter writer;
      write_message(writer, row, {.grant_id = grant_id_, .selection = whole});
      texts.emplace(row.message_id, writer.text());
    }
    return ok();
  }

  Status drafts(const Ids& ids, ObjectTexts& texts) {
    auto found = store::find_messages(connection_, account_id_, ids, store::MessageColumns::body);
    if (!found) return std::move(found).error();
    auto details = store::draft_details(connection_, account_id_, ids);
    if (!details) return std::move(details).error();
    for (int i = 0; i < found->size(); ++i) {
      const store::MessageRow row = found->row(i);
      JsonWriter writer;
      write_message(writer, row,
                    {.grant_id = grant_id_,
                     .selection = whole,
                     .object = "draft",
                     .details = (*details)[row.message_id]});
      texts.emplace(row.message_id, writer.text());
    }
    return ok();
  }

  Status threads(const Ids& ids, ObjectTexts& texts) {
    auto found = store::find_threads(connection_, account_id_, ids, store::MessageColumns::body);
    if (!found) return std::move(found).error();
    for (int i = 0; i < found->size(); ++i) {
      const store::ThreadRow row = found->row(i);
      JsonWriter writer;
      write_thread(writer, row, grant_id_, whole);
      texts.emplace(row.thread_id, writer.text());
    }
    return ok();
  }

  Status folders(const Ids& ids, ObjectTexts& texts) {
    auto found = store::find_folders(connection_, account_id_, ids);
    if (!found) return std::move(found).error();
    for (const store::Folder& folder : *found) {
      JsonWriter writer;
      write_folder(writer, folder, grant_id_, whole);
      texts.emplace(folder.folder_id, writer.text());
    }
    return ok();
  }

  store::Connection& connection_;
  const ids::ObjectId& account_id_;
  const std::string grant_id_;
};

}  // namespace

Result<std::vector<std::optional<std::string>>> read_objects(store::Connection& connection,
                                                             const ids::ObjectId& account_id,
                                                             std::span<const ObjectRef> wanted) {
  std::map<store::ObjectType, Ids> ids_of;
  for (const ObjectRef& ref : wanted) ids_of[ref.object].push_back(ref.id);
  ObjectReader reader(connection, account_id);
  std::map<store::ObjectType, ObjectTexts> texts;
  for (auto& [object, ids] : ids_of) {
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    if (Status read = reader.read(object, ids, texts[object]); !read) return std::move(read).error();
  }
  std::vector<std::optional<std::string>> objects;
  objects.reserve(wanted.size());
  for (const ObjectRef& ref : wanted) {
    if (ref.object == store::ObjectType::grant) {
      auto text = reader.grant(ref.change);
      if (!text) return std::move(text).error();
      objects.push_back(std::move(*text));
      continue;
    }
    const auto found = texts[ref.object].find(ref.id);
    objects.push_back(found == texts[ref.object].end() ? std::nullopt : std::optional(found->second));
  }
  return objects;
}

}  // namespace hermod::server
