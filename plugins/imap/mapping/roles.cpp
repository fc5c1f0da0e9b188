#include "plugins/imap/mapping/roles.hpp"

#include <algorithm>
#include <utility>

#include "plugins/imap/wire/ascii.hpp"

namespace hermod::imap {
namespace {

using Entry = std::pair<std::string_view, Role>;

constexpr Entry attributes[] = {
    {"\\All", Role::all},
    {"\\AllMail", Role::all},
    {"\\Archive", Role::archive},
    {"\\Drafts", Role::drafts},
    {"\\Flagged", Role::starred},
    {"\\Starred", Role::starred},
    {"\\Important", Role::important},
    {"\\Inbox", Role::inbox},
    {"\\Junk", Role::spam},
    {"\\Spam", Role::spam},
    {"\\Sent", Role::sent},
    {"\\Trash", Role::trash},
};

// Names as Outlook, Apple Mail, Thunderbird, Gmail, Zimbra, web.de, GMX, QQ, 163 and Yandex write them. ASCII
// letters in lower case; other scripts as written, in each case that is in use.
constexpr Entry names[] = {
    // English
    {"sent", Role::sent},
    {"sent items", Role::sent},
    {"sent messages", Role::sent},
    {"sent mail", Role::sent},
    {"sent-mail", Role::sent},
    {"drafts", Role::drafts},
    {"draft", Role::drafts},
    {"trash", Role::trash},
    {"deleted items", Role::trash},
    {"deleted messages", Role::trash},
    {"bin", Role::trash},
    {"junk", Role::spam},
    {"junk mail", Role::spam},
    {"junk e-mail", Role::spam},
    {"junk email", Role::spam},
    {"spam", Role::spam},
    {"bulk mail", Role::spam},
    {"archive", Role::archive},
    {"archives", Role::archive},
    {"all mail", Role::all},
    // German
    {"gesendet", Role::sent},
    {"gesendete objekte", Role::sent},
    {"gesendete elemente", Role::sent},
    {"gesendete nachrichten", Role::sent},
    {"entwürfe", Role::drafts},
    {"entwurf", Role::drafts},
    {"papierkorb", Role::trash},
    {"gelöscht", Role::trash},
    {"gelöschte objekte", Role::trash},
    {"gelöschte elemente", Role::trash},
    {"junk-e-mail", Role::spam},
    {"spamverdacht", Role::spam},
    {"unerwünscht", Role::spam},
    {"werbung", Role::spam},
    {"archiv", Role::archive},
    {"alle nachrichten", Role::all},
    // French
    {"envoyés", Role::sent},
    {"éléments envoyés", Role::sent},
    {"messages envoyés", Role::sent},
    {"brouillons", Role::drafts},
    {"corbeille", Role::trash},
    {"éléments supprimés", Role::trash},
    {"messages supprimés", Role::trash},
    {"courrier indésirable", Role::spam},
    {"indésirables", Role::spam},
    {"pourriel", Role::spam},
    {"archivés", Role::archive},
    // Spanish
    {"enviados", Role::sent},
    {"elementos enviados", Role::sent},
    {"mensajes enviados", Role::sent},
    {"borradores", Role::drafts},
    {"papelera", Role::trash},
    {"elementos eliminados", Role::trash},
    {"eliminados", Role::trash},
    {"correo no deseado", Role::spam},
    {"no deseado", Role::spam},
    {"archivo", Role::archive},
    {"todos", Role::all},
    // Portuguese
    {"itens enviados", Role::sent},
    {"mensagens enviadas", Role::sent},
    {"rascunhos", Role::drafts},
    {"lixeira", Role::trash},
    {"lixo", Role::trash},
    {"itens excluídos", Role::trash},
    {"itens eliminados", Role::trash},
    {"lixo eletrônico", Role::spam},
    {"lixo eletrónico", Role::spam},
    {"arquivo", Role::archive},
    {"arquivo morto", Role::archive},
    // Italian
    {"inviata", Role::sent},
    {"inviati", Role::sent},
    {"posta inviata", Role::sent},
    {"bozze", Role::drafts},
    {"cestino", Role::trash},
    {"posta eliminata", Role::trash},
    {"posta indesiderata", Role::spam},
    {"archivio", Role::archive},
    // Dutch
    {"verzonden", Role::sent},
    {"verzonden items", Role::sent},
    {"concepten", Role::drafts},
    {"prullenbak", Role::trash},
    {"verwijderde items", Role::trash},
    {"ongewenst", Role::spam},
    {"ongewenste e-mail", Role::spam},
    {"archief", Role::archive},
    // Swedish, Danish, Norwegian, Finnish
    {"skickat", Role::sent},
    {"skickade objekt", Role::sent},
    {"utkast", Role::drafts},
    {"papperskorg", Role::trash},
    {"papperskorgen", Role::trash},
    {"borttaget", Role::trash},
    {"skräppost", Role::spam},
    {"arkiv", Role::archive},
    {"sendt", Role::sent},
    {"sendt post", Role::sent},
    {"sendte elementer", Role::sent},
    {"kladder", Role::drafts},
    {"papirkurv", Role::trash},
    {"slettet post", Role::trash},
    {"slettede elementer", Role::trash},
    {"uønsket mail", Role::spam},
    {"uønsket e-post", Role::spam},
    {"søppelpost", Role::spam},
    {"lähetetyt", Role::sent},
    {"luonnokset", Role::drafts},
    {"roskakori", Role::trash},
    {"poistetut", Role::trash},
    {"roskaposti", Role::spam},
    {"arkisto", Role::archive},
    // Polish, Czech, Slovak, Hungarian, Romanian, Turkish
    {"wysłane", Role::sent},
    {"elementy wysłane", Role::sent},
    {"robocze", Role::drafts},
    {"kopie robocze", Role::drafts},
    {"szkice", Role::drafts},
    {"kosz", Role::trash},
    {"elementy usunięte", Role::trash},
    {"wiadomości-śmieci", Role::spam},
    {"niechciane", Role::spam},
    {"archiwum", Role::archive},
    {"odeslané", Role::sent},
    {"odeslaná pošta", Role::sent},
    {"koncepty", Role::drafts},
    {"rozepsané", Role::drafts},
    {"koš", Role::trash},
    {"odstraněná pošta", Role::trash},
    {"nevyžádaná pošta", Role::spam},
    {"archív", Role::archive},
    {"odoslané", Role::sent},
    {"kôš", Role::trash},
    {"elküldött", Role::sent},
    {"elküldött elemek", Role::sent},
    {"piszkozatok", Role::drafts},
    {"kuka", Role::trash},
    {"törölt elemek", Role::trash},
    {"levélszemét", Role::spam},
    {"trimise", Role::sent},
    {"elemente trimise", Role::sent},
    {"ciorne", Role::drafts},
    {"schițe", Role::drafts},
    {"coș de gunoi", Role::trash},
    {"gunoi", Role::trash},
    {"gönderilmiş öğeler", Role::sent},
    {"gönderilenler", Role::sent},
    {"taslaklar", Role::drafts},
    {"çöp kutusu", Role::trash},
    {"silinmiş öğeler", Role::trash},
    {"istenmeyen", Role::spam},
    {"önemsiz e-posta", Role::spam},
    {"arşiv", Role::archive},
    // Russian, Ukrainian, Greek
    {"Отправленные", Role::sent},
    {"отправленные", Role::sent},
    {"Черновики", Role::drafts},
    {"черновики", Role::drafts},
    {"Корзина", Role::trash},
    {"корзина", Role::trash},
    {"Удаленные", Role::trash},
    {"Удалённые", Role::trash},
    {"Спам", Role::spam},
    {"спам", Role::spam},
    {"Нежелательная почта", Role::spam},
    {"Архив", Role::archive},
    {"Надіслані", Role::sent},
    {"Чернетки", Role::drafts},
    {"Кошик", Role::trash},
    {"Архів", Role::archive},
    {"Απεσταλμένα", Role::sent},
    {"Πρόχειρα", Role::drafts},
    {"Κάδος απορριμμάτων", Role::trash},
    {"Ανεπιθύμητα", Role::spam},
    // Chinese, Japanese, Korean
    {"已发送", Role::sent},
    {"已发送邮件", Role::sent},
    {"已寄出", Role::sent},
    {"寄件備份", Role::sent},
    {"草稿", Role::drafts},
    {"草稿箱", Role::drafts},
    {"草稿夹", Role::drafts},
    {"已删除", Role::trash},
    {"已删除邮件", Role::trash},
    {"垃圾桶", Role::trash},
    {"回收站", Role::trash},
    {"刪除的郵件", Role::trash},
    {"垃圾邮件", Role::spam},
    {"垃圾郵件", Role::spam},
    {"广告邮件", Role::spam},
    {"存档", Role::archive},
    {"归档", Role::archive},
    {"封存", Role::archive},
    {"送信済み", Role::sent},
    {"送信済みメール", Role::sent},
    {"送信済みアイテム", Role::sent},
    {"下書き", Role::drafts},
    {"ゴミ箱", Role::trash},
    {"削除済みアイテム", Role::trash},
    {"迷惑メール", Role::spam},
    {"アーカイブ", Role::archive},
    {"보낸편지함", Role::sent},
    {"보낸 편지함", Role::sent},
    {"보낸메일함", Role::sent},
    {"임시보관함", Role::drafts},
    {"임시 보관함", Role::drafts},
    {"휴지통", Role::trash},
    {"지운 편지함", Role::trash},
    {"스팸", Role::spam},
    {"스팸메일함", Role::spam},
    {"정크 메일", Role::spam},
    {"보관함", Role::archive},
};

// Upper-case forms of Latin letters with accents in UTF-8 (U+00C0 to U+00DE) differ from the lower-case ones
// by one bit of their second byte.
std::string fold(std::string_view name) {
  auto out = to_lower(name);
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    const auto second = static_cast<unsigned char>(out[i + 1]);
    if (out[i] == '\xc3' && second >= 0x80 && second <= 0x9e && second != 0x97) {
      out[i + 1] = static_cast<char>(second + 0x20);
    }
  }
  return out;
}

}  // namespace

std::optional<Role> declared_role(const std::vector<std::string>& of_folder) {
  for (const auto& [attribute, role] : attributes) {
    const auto matches = [&](const std::string& given) { return equals_ignoring_case(given, attribute); };
    if (std::ranges::any_of(of_folder, matches)) return role;
  }
  return std::nullopt;
}

std::optional<Role> guessed_role(std::string_view name) {
  const auto folded = fold(name);
  const auto* found = std::ranges::find(names, std::string_view(folded), &Entry::first);
  return found != std::end(names) ? std::optional(found->second) : std::nullopt;
}

}  // namespace hermod::imap
