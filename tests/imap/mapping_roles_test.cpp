// What a folder is for, guessed by the names that clients and servers give it.
#include <gtest/gtest.h>

#include <map>

#include "plugins/imap/mapping/role_names.hpp"
#include "plugins/imap/mapping/roles.hpp"

namespace hermod::imap {
namespace {

struct Named {
  Role role;
  std::vector<std::string_view> names;
};

// As they stand in folder lists of mail programs and providers.
const Named named[] = {
    {Role::sent,
     {"Sent",
      "Sent Items",
      "Sent Messages",
      "Gesendete Objekte",
      "Éléments envoyés",
      "Elementos enviados",
      "Itens Enviados",
      "Posta inviata",
      "Verzonden items",
      "Skickat",
      "Sendt post",
      "Sendte elementer",
      "Lähetetyt",
      "Elementy wysłane",
      "Odeslaná pošta",
      "Odoslaná pošta",
      "Poslano",
      "Послато",
      "Elküldött elemek",
      "Elemente trimise",
      "Изпратени",
      "Отправленные",
      "Надіслані",
      "Απεσταλμένα",
      "Gönderilmiş Öğeler",
      "Saadetud",
      "Nosūtītie",
      "Išsiųsti",
      "Enviats",
      "נשלח",
      "العناصر المرسلة",
      "ارسال شده",
      "भेजे गए",
      "ส่งแล้ว",
      "Đã gửi",
      "Terkirim",
      "已发送",
      "寄件備份",
      "送信済みアイテム",
      "보낸편지함"}},
    {Role::drafts,
     {"Drafts",
      "Entwürfe",
      "Brouillons",
      "Borradores",
      "Rascunhos",
      "Bozze",
      "Concepten",
      "Utkast",
      "Kladder",
      "Luonnokset",
      "Drög",
      "Kopie robocze",
      "Koncepty",
      "Rozepsané",
      "Osnutki",
      "Skice",
      "Нацрти",
      "Piszkozatok",
      "Ciorne",
      "Чернови",
      "Черновики",
      "Чернетки",
      "Πρόχειρα",
      "Taslaklar",
      "Mustandid",
      "Melnraksti",
      "Juodraščiai",
      "Esborranys",
      "טיוטות",
      "المسودات",
      "پیش‌نویس‌ها",
      "Bản nháp",
      "Draf",
      "草稿箱",
      "草稿匣",
      "下書き",
      "임시보관함"}},
    {Role::trash,
     {"Trash",
      "Deleted Items",
      "Deleted Messages",
      "Bin",
      "Papierkorb",
      "Gelöschte Elemente",
      "Corbeille",
      "Papelera",
      "Lixeira",
      "Cestino",
      "Prullenbak",
      "Papperskorgen",
      "Papirkurv",
      "Roskakori",
      "Kosz",
      "Koš",
      "Kôš",
      "Smeće",
      "Отпад",
      "Kuka",
      "Coș de gunoi",
      "Кошче",
      "Корзина",
      "Кошик",
      "Κάδος απορριμμάτων",
      "Çöp Kutusu",
      "Prügikast",
      "Miskaste",
      "Šiukšlinė",
      "Paperera",
      "אשפה",
      "سلة المهملات",
      "ถังขยะ",
      "Thùng rác",
      "Tong Sampah",
      "已删除邮件",
      "刪除的郵件",
      "ゴミ箱",
      "휴지통"}},
    {Role::spam,
     {"Spam",
      "Junk",
      "Junk E-mail",
      "Spamverdacht",
      "Courrier indésirable",
      "Correo no deseado",
      "Lixo Eletrônico",
      "Posta indesiderata",
      "Ongewenste e-mail",
      "Skräppost",
      "Uønsket mail",
      "Søppelpost",
      "Roskaposti",
      "Niechciane",
      "Nevyžádaná pošta",
      "Nevyžiadaná pošta",
      "Vsiljena pošta",
      "Neželjena pošta",
      "Levélszemét",
      "E-mail nedorit",
      "Нежелана поща",
      "Нежелательная почта",
      "Спам",
      "Ανεπιθύμητα",
      "Önemsiz E-posta",
      "Rämpspost",
      "Mēstules",
      "Šlamštas",
      "Correu brossa",
      "דואר זבל",
      "البريد غير الهام",
      "هرزنامه",
      "สแปม",
      "Thư rác",
      "垃圾邮件",
      "垃圾郵件",
      "迷惑メール",
      "스팸메일함"}},
    {Role::archive,
     {"Archive", "Archives", "Archiv",  "Archivo", "Arquivo", "Archivio", "Archief",    "Arkiv",
      "Arkisto", "Archiwum", "Archív",  "Arhiv",   "Arhiva",  "Архива",   "Archívum",   "Arhivă",
      "Архив",   "Архів",    "Arşiv",   "Arhiiv",  "Arhīvs",  "Archyvas", "Arxiu",      "ארכיון",
      "الأرشيف", "بایگانی",  "Lưu trữ", "Arsip",   "存档",    "封存",     "アーカイブ", "보관함"}},
};

TEST(GuessedRole, is_that_of_the_name_in_its_language) {
  for (const auto& [role, names] : named) {
    for (const auto name : names) EXPECT_EQ(guessed_role(name), role) << name;
  }
}

// Servers and file systems write the same name in other letters.
TEST(GuessedRole, does_not_depend_on_case_and_on_how_letters_are_composed) {
  EXPECT_EQ(guessed_role("ENTWÜRFE"), Role::drafts);
  EXPECT_EQ(guessed_role("Entwu\u0308rfe"), Role::drafts);
  EXPECT_EQ(guessed_role("E\u0301le\u0301ments envoye\u0301s"), Role::sent);
  EXPECT_EQ(guessed_role("KOS\u030c"), Role::trash);
  EXPECT_EQ(guessed_role("ЧЕРНОВИКИ"), Role::drafts);
  EXPECT_EQ(guessed_role("ΑΠΕΣΤΑΛΜΈΝΑ"), Role::sent);
  EXPECT_EQ(guessed_role("GÖNDERİLENLER"), Role::sent);
  EXPECT_EQ(guessed_role("İstenmeyen"), Role::spam);
  EXPECT_EQ(guessed_role("Coş de gunoi"), Role::trash);  // with the Turkish cedilla, as before Unicode 3
  EXPECT_EQ(guessed_role("ｺﾞﾐ箱"), Role::trash);  // half-width
  EXPECT_EQ(guessed_role(" Sent "), Role::sent);
}

// A wrong guess is worse than none.
TEST(GuessedRole, is_none_for_other_folders) {
  for (const auto* name : {"", " ", "Projects", "Inbox", "Sent to Anna", "Trash 2019", "Werbung", "垃圾箱",
                           "Outbox", "Templates", "Notes", "\xff\xfe"}) {
    EXPECT_EQ(guessed_role(name), std::nullopt) << name;
  }
}

TEST(GuessedRole, no_name_stands_for_two_roles) {
  std::map<std::string_view, Role> roles;
  for (auto [role, names] : role_names()) {
    while (!names.empty()) {
      const auto end = names.find(" | ");
      const auto [known, is_new] = roles.emplace(names.substr(0, end), role);
      EXPECT_TRUE(is_new) << known->first;
      EXPECT_EQ(guessed_role(known->first), role) << known->first;
      names.remove_prefix(end == std::string_view::npos ? names.size() : end + 3);
    }
  }
}

}  // namespace
}  // namespace hermod::imap
