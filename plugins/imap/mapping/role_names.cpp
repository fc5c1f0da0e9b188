#include "plugins/imap/mapping/role_names.hpp"

namespace hermod::imap {
namespace {

constexpr RoleNames names[] = {
    {Role::sent,
     "sent | sent items | sent-items | sent messages | sent mail | sent-mail | sent email"},  // English
    {Role::drafts, "drafts | draft"},                                                         // English
    {Role::trash,
     "trash | bin | deleted | deleted items | deleted messages | deleted mail | recycle bin"},  // English
    {Role::spam,
     "spam | junk | junk mail | junk-mail | junk e-mail | junk email | bulk | bulk mail"},  // English
    {Role::archive, "archive | archives | archived"},                                       // English
    {Role::all, "all mail"},                                                                // English
    {Role::sent,
     "gesendet | gesendete | gesendete objekte | gesendete elemente | gesendete nachrichten | gesendete "
     "e-mails"},                           // German
    {Role::drafts, "entwürfe | entwurf"},  // German
    {Role::trash,
     "papierkorb | gelöscht | gelöschte objekte | gelöschte elemente | gelöschte nachrichten"},    // German
    {Role::spam, "junk-e-mail | spamverdacht | unerwünscht | unerwünschte werbung"},               // German
    {Role::archive, "archiv"},                                                                     // German
    {Role::all, "alle nachrichten"},                                                               // German
    {Role::sent, "envoyés | envoyé | éléments envoyés | messages envoyés | courrier envoyé"},      // French
    {Role::drafts, "brouillons | brouillon"},                                                      // French
    {Role::trash, "corbeille | poubelle | éléments supprimés | messages supprimés | supprimés"},   // French
    {Role::spam, "courrier indésirable | indésirables | indésirable | pourriel | pourriels"},      // French
    {Role::archive, "archivés"},                                                                   // French
    {Role::all, "tous les messages"},                                                              // French
    {Role::sent, "enviados | enviado | elementos enviados | mensajes enviados | correo enviado"},  // Spanish
    {Role::drafts, "borradores | borrador"},                                                       // Spanish
    {Role::trash,
     "papelera | papelera de reciclaje | elementos eliminados | eliminados | mensajes eliminados"},  // Spanish
    {Role::spam, "correo no deseado | no deseado | correo basura"},                     // Spanish
    {Role::archive, "archivo | archivados"},                                            // Spanish
    {Role::all, "todos"},                                                               // Spanish
    {Role::sent, "enviats | elements enviats | missatges enviats"},                     // Catalan
    {Role::drafts, "esborranys"},                                                       // Catalan
    {Role::trash, "paperera | elements suprimits | suprimits"},                         // Catalan
    {Role::spam, "correu brossa | brossa"},                                             // Catalan
    {Role::archive, "arxiu | arxivats"},                                                // Catalan
    {Role::sent, "bidalitakoak | bidaliak"},                                            // Basque
    {Role::drafts, "zirriborroak"},                                                     // Basque
    {Role::trash, "zakarrontzia"},                                                      // Basque
    {Role::spam, "zabor-posta | zaborra"},                                              // Basque
    {Role::archive, "artxiboa"},                                                        // Basque
    {Role::trash, "papeleira"},                                                         // Galician
    {Role::spam, "correo lixo"},                                                        // Galician
    {Role::sent, "enviadas | itens enviados | mensagens enviadas | e-mails enviados"},  // Portuguese
    {Role::drafts, "rascunhos | rascunho"},                                             // Portuguese
    {Role::trash,
     "lixeira | lixo | itens excluídos | itens eliminados | excluídos | mensagens excluídas"},  // Portuguese
    {Role::spam, "lixo eletrônico | lixo eletrónico | correio não solicitado"},                 // Portuguese
    {Role::archive, "arquivo | arquivo morto | arquivados"},                                    // Portuguese
    {Role::sent, "inviata | inviati | posta inviata | elementi inviati | messaggi inviati"},    // Italian
    {Role::drafts, "bozze | bozza"},                                                            // Italian
    {Role::trash, "cestino | posta eliminata | elementi eliminati | eliminata"},                // Italian
    {Role::spam, "posta indesiderata | indesiderata"},                                          // Italian
    {Role::archive, "archivio | archiviati"},                                                   // Italian
    {Role::sent, "verzonden | verzonden items | verzonden berichten"},                          // Dutch
    {Role::drafts, "concepten"},                                                                // Dutch
    {Role::trash,
     "prullenbak | prullenmand | verwijderde items | verwijderde berichten | verwijderd"},  // Dutch
    {Role::spam, "ongewenst | ongewenste e-mail | ongewenste mail"},                        // Dutch
    {Role::archive, "archief"},                                                             // Dutch
    {Role::sent, "skickat | skickade | skickade objekt | skickade meddelanden"},            // Swedish
    {Role::drafts, "utkast"},                                                     // Swedish, Norwegian
    {Role::trash, "papperskorg | papperskorgen | borttaget | borttagna objekt"},  // Swedish
    {Role::spam, "skräppost"},                                                    // Swedish
    {Role::archive, "arkiv"},  // Swedish, Danish, Norwegian
    {Role::sent, "sendt | sendte | sendt post | sendt mail | sendte elementer"},  // Danish, Norwegian
    {Role::drafts, "kladder | kladde"},                                           // Danish
    {Role::trash,
     "papirkurv | papirkurven | slettet | slettet post | slettede elementer"},       // Danish, Norwegian
    {Role::spam, "uønsket | uønsket mail | uønsket e-mail | uønsket post"},          // Danish
    {Role::drafts, "kladd"},                                                         // Norwegian
    {Role::spam, "søppelpost | uønsket e-post | nettsøppel"},                        // Norwegian
    {Role::sent, "lähetetyt | lähetetyt viestit | lähetetyt kohteet"},               // Finnish
    {Role::drafts, "luonnokset"},                                                    // Finnish
    {Role::trash, "roskakori | poistetut | poistetut kohteet | poistetut viestit"},  // Finnish
    {Role::spam, "roskaposti"},                                                      // Finnish
    {Role::archive, "arkisto"},                                                      // Finnish
    {Role::sent, "sendur póstur | sendir hlutir"},                                   // Icelandic
    {Role::drafts, "drög"},                                                          // Icelandic
    {Role::trash, "rusl | ruslafata | eyddir hlutir"},                               // Icelandic
    {Role::spam, "ruslpóstur"},                                                      // Icelandic
    {Role::sent, "wysłane | elementy wysłane | wiadomości wysłane"},                 // Polish
    {Role::drafts, "robocze | kopie robocze | wersje robocze | szkice"},             // Polish
    {Role::trash, "kosz | usunięte | elementy usunięte | wiadomości usunięte"},      // Polish
    {Role::spam, "niechciane | wiadomości-śmieci | wiadomości niechciane"},          // Polish
    {Role::archive, "archiwum"},                                                     // Polish
    {Role::sent, "odeslané | odeslaná pošta | odeslané zprávy | odeslané položky"},  // Czech
    {Role::drafts, "koncepty"},                                                      // Czech, Slovak
    {Role::drafts, "rozepsané"},                                                     // Czech
    {Role::trash, "koš"},                                                            // Czech, Slovenian
    {Role::trash, "odstraněná pošta | odstraněné položky | odstraněné | smazané"},   // Czech
    {Role::spam, "nevyžádaná pošta | nevyžádaná"},                                   // Czech
    {Role::sent, "odoslané | odoslaná pošta | odoslané správy | odoslané položky"},  // Slovak
    {Role::drafts, "rozpísané"},                                                     // Slovak
    {Role::trash, "kôš | odstránené | odstránené položky | odstránená pošta"},       // Slovak
    {Role::spam, "nevyžiadaná pošta | nevyžiadané"},                                 // Slovak
    {Role::archive, "archív"},                                                       // Slovak
    {Role::sent, "poslano"},                                                         // Slovenian, Croatian
    {Role::sent, "poslana pošta | poslani elementi"},                                // Slovenian
    {Role::drafts, "osnutki"},                                                       // Slovenian
    {Role::trash, "izbrisano | izbrisani elementi"},                                 // Slovenian
    {Role::spam, "vsiljena pošta | neželena pošta | neželena e-pošta"},              // Slovenian
    {Role::archive, "arhiv"},                                                        // Slovenian
    {Role::sent, "poslane stavke | poslane poruke"},                                 // Croatian
    {Role::drafts, "skice"},                                                         // Croatian
    {Role::trash, "smeće | otpad | izbrisane stavke"},                               // Croatian, Serbian
    {Role::spam, "neželjena pošta | neželjena e-pošta | bezvrijedna pošta"},         // Croatian, Serbian
    {Role::archive, "arhiva"},                                                       // Croatian, Serbian
    {Role::sent, "poslato | poslate stavke | послато | послате ставке"},             // Serbian
    {Role::drafts, "nacrti | нацрти"},                                               // Serbian
    {Role::trash, "смеће | отпад | избрисане ставке"},                               // Serbian
    {Role::spam, "nepoželjna pošta | непожељна пошта | нежељена пошта"},             // Serbian
    {Role::archive, "архива"},                                                       // Serbian
    {Role::sent, "elküldött | elküldött elemek | elküldött levelek | elküldött üzenetek"},  // Hungarian
    {Role::drafts, "piszkozatok | vázlatok"},                                               // Hungarian
    {Role::trash, "kuka | lomtár | törölt elemek | törölt"},                                // Hungarian
    {Role::spam, "levélszemét"},                                                            // Hungarian
    {Role::archive, "archívum"},                                                            // Hungarian
    {Role::sent, "trimise | elemente trimise | mesaje trimise"},                            // Romanian
    {Role::drafts, "ciorne | schițe"},                                                      // Romanian
    {Role::trash, "coș de gunoi | gunoi | coș | elemente șterse | șterse"},                 // Romanian
    {Role::spam, "e-mail nedorit | mesaje nedorite | nedorite"},                            // Romanian
    {Role::archive, "arhivă"},                                                              // Romanian
    {Role::sent, "изпратени | изпратена поща | изпратени елементи"},                        // Bulgarian
    {Role::drafts, "чернови"},                                                              // Bulgarian
    {Role::trash, "кошче | изтрити | изтрити елементи"},                                    // Bulgarian
    {Role::spam, "нежелана поща"},                                                          // Bulgarian
    {Role::archive, "архив"},                                               // Russian, Bulgarian
    {Role::spam, "спам"},                                                   // Russian, Bulgarian, Ukrainian
    {Role::sent, "отправленные | отправленные элементы | отправлено"},      // Russian
    {Role::drafts, "черновики"},                                            // Russian
    {Role::trash, "корзина | удаленные | удалённые | удаленные элементы"},  // Russian
    {Role::spam, "нежелательная почта"},                                    // Russian
    {Role::sent, "надіслані | надіслані елементи | відправлені"},           // Ukrainian
    {Role::drafts, "чернетки"},                                             // Ukrainian
    {Role::trash, "кошик | видалені | видалені елементи"},                  // Ukrainian
    {Role::spam, "небажана пошта"},                                         // Ukrainian
    {Role::archive, "архів"},                                               // Ukrainian
    {Role::sent, "απεσταλμένα | σταλμένα | απεσταλμένα στοιχεία"},          // Greek
    {Role::drafts, "πρόχειρα"},                                             // Greek
    {Role::trash, "κάδος απορριμμάτων | κάδος | διαγραμμένα | διαγραμμένα στοιχεία"},  // Greek
    {Role::spam, "ανεπιθύμητα | ανεπιθύμητη αλληλογραφία"},                            // Greek
    {Role::archive, "αρχειοθήκη"},                                                     // Greek
    {Role::sent,
     "gönderilmiş öğeler | gönderilenler | gönderilmiş | gönderilmiş postalar | gönderilen postalar"},  // Turkish
    {Role::drafts, "taslaklar"},                                                           // Turkish
    {Role::trash, "çöp kutusu | çöp | silinmiş öğeler | silinmiş | silinenler"},           // Turkish
    {Role::spam, "istenmeyen | istenmeyen posta | önemsiz e-posta | önemsiz | gereksiz"},  // Turkish
    {Role::archive, "arşiv"},                                                              // Turkish
    {Role::sent, "saadetud | saadetud kirjad | saadetud üksused"},                         // Estonian
    {Role::drafts, "mustandid"},                                                           // Estonian
    {Role::trash, "prügikast | prügi | kustutatud üksused"},                               // Estonian
    {Role::spam, "rämpspost"},                                                             // Estonian
    {Role::archive, "arhiiv"},                                                             // Estonian
    {Role::sent, "nosūtītie | nosūtītās vēstules | nosūtītie vienumi"},                    // Latvian
    {Role::drafts, "melnraksti"},                                                          // Latvian
    {Role::trash, "miskaste | atkritne | izdzēstie vienumi"},                              // Latvian
    {Role::spam, "mēstules | surogātpasts | nevēlamais e-pasts"},                          // Latvian
    {Role::archive, "arhīvs"},                                                             // Latvian
    {Role::sent, "išsiųsti | išsiųsti laiškai | išsiųstieji"},                             // Lithuanian
    {Role::drafts, "juodraščiai"},                                                         // Lithuanian
    {Role::trash, "šiukšlinė | šiukšliadėžė"},                                             // Lithuanian
    {Role::spam, "šlamštas | brukalas"},                                                   // Lithuanian
    {Role::archive, "archyvas"},                                                           // Lithuanian
    {Role::sent, "נשלח | נשלחו | פריטים שנשלחו | הודעות שנשלחו"},                          // Hebrew
    {Role::drafts, "טיוטות"},                                                              // Hebrew
    {Role::trash, "אשפה | פח אשפה | פריטים שנמחקו"},                                       // Hebrew
    {Role::spam, "דואר זבל | ספאם"},                                                       // Hebrew
    {Role::archive, "ארכיון"},                                                             // Hebrew
    {Role::sent, "المرسلة | البريد المرسل | العناصر المرسلة | الرسائل المرسلة"},           // Arabic
    {Role::drafts, "المسودات | مسودات"},                                                   // Arabic
    {Role::trash, "المهملات | سلة المهملات | العناصر المحذوفة | المحذوفات"},               // Arabic
    {Role::spam, "البريد غير الهام | البريد العشوائي | البريد غير المرغوب فيه"},           // Arabic
    {Role::archive, "الأرشيف | أرشيف"},                                                    // Arabic
    {Role::sent,
     "ارسال شده | ارسال‌شده | فرستاده شده | فرستاده‌شده"},  // Persian
    {Role::drafts, "پیش‌نویس‌ها | پیش‌نویس"},                                 // Persian
    {Role::trash, "زباله‌دان | سطل زباله"},                                       // Persian
    {Role::spam, "هرزنامه"},                                                                        // Persian
    {Role::archive, "بایگانی"},                                                                     // Persian
    {Role::sent, "भेजे गए | भेजे गए आइटम"},                                                             // Hindi
    {Role::drafts, "ड्राफ़्ट | ड्राफ्ट"},                                                                // Hindi
    {Role::trash, "ट्रैश | हटाए गए आइटम"},                                                            // Hindi
    {Role::spam, "स्पैम | जंक ईमेल"},                                                                   // Hindi
    {Role::archive, "संग्रह"},                                                                        // Hindi
    {Role::sent, "ส่งแล้ว | รายการที่ส่ง | จดหมายที่ส่งแล้ว"},                                               // Thai
    {Role::drafts, "จดหมายร่าง | ร่างจดหมาย | แบบร่าง | ร่าง"},                                         // Thai
    {Role::trash, "ถังขยะ | รายการที่ลบ"},                                                             // Thai
    {Role::spam, "สแปม | จดหมายขยะ | อีเมลขยะ"},                                                     // Thai
    {Role::archive, "ที่เก็บถาวร | เก็บถาวร"},                                                          // Thai
    {Role::sent, "đã gửi | thư đã gửi | mục đã gửi"},           // Vietnamese
    {Role::drafts, "thư nháp | bản nháp | nháp"},               // Vietnamese
    {Role::trash, "thùng rác | mục đã xóa | thư đã xóa"},       // Vietnamese
    {Role::spam, "thư rác | email rác"},                        // Vietnamese
    {Role::archive, "lưu trữ | kho lưu trữ"},                   // Vietnamese
    {Role::sent, "terkirim | item terkirim | pesan terkirim"},  // Indonesian
    {Role::drafts, "draf"},                                     // Indonesian, Malay
    {Role::trash, "sampah | tong sampah | item terhapus"},      // Indonesian
    {Role::spam, "email sampah"},                               // Indonesian
    {Role::archive, "arsip"},                                   // Indonesian
    {Role::sent, "dihantar | item dihantar"},                   // Malay
    {Role::trash, "item dipadam"},                              // Malay
    {Role::spam, "e-mel remeh | mel remeh"},                    // Malay
    {Role::archive, "arkib"},                                   // Malay
    {Role::sent,
     "已发送 | 已发送邮件 | 已发送的邮件 | 已寄出 | 寄件備份 | 已傳送郵件 | 已傳送的郵件"},  // Chinese
    {Role::drafts, "草稿"},                      // Chinese, Japanese
    {Role::drafts, "草稿箱 | 草稿夹 | 草稿匣"},  // Chinese
    {Role::trash,
     "已删除 | 已删除邮件 | 已删除的邮件 | 垃圾桶 | 回收站 | 废件箱 | 废纸篓 | 刪除的郵件 | 已刪除的郵件 | "
     "資源回收筒"},                                    // Chinese
    {Role::spam, "垃圾邮件 | 垃圾郵件 | 垃圾信件匣"},  // Chinese
    {Role::archive, "存档 | 归档 | 封存 | 封存郵件"},  // Chinese
    {Role::sent,
     "送信済み | 送信済 | 送信済みメール | 送信済みアイテム | 送信済みトレイ | 送信済みメッセージ"},  // Japanese
    {Role::drafts, "下書き"},                                                         // Japanese
    {Role::trash, "ゴミ箱 | ごみ箱 | 削除済みアイテム | 削除済みメッセージ"},         // Japanese
    {Role::spam, "迷惑メール | スパム"},                                              // Japanese
    {Role::archive, "アーカイブ"},                                                    // Japanese
    {Role::sent, "보낸편지함 | 보낸 편지함 | 보낸메일함 | 보낸 메일함 | 보낸 항목"},  // Korean
    {Role::drafts, "임시보관함 | 임시 보관함"},                                       // Korean
    {Role::trash, "휴지통 | 지운편지함 | 지운 편지함 | 삭제된 항목"},                 // Korean
    {Role::spam, "스팸 | 스팸메일함 | 스팸 메일함 | 정크 메일"},                      // Korean
    {Role::archive, "보관함"},                                                        // Korean
};

}  // namespace

std::span<const RoleNames> role_names() { return names; }

}  // namespace hermod::imap
