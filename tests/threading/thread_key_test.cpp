#include "core/threading/thread_key.hpp"

#include <gtest/gtest.h>

namespace hermod::threading {
namespace {

struct SubjectCase {
  const char* subject;
  const char* base;
  SubjectKind kind;
};

// RFC 5256 §2.1, and the prefixes that clients write in other languages.
TEST(ThreadKey, base_subject_drops_prefixes_and_list_tags) {
  constexpr SubjectCase cases[] = {
      {"Lunch", "lunch", SubjectKind::original},
      {"Re: Lunch", "lunch", SubjectKind::reply},
      {"RE: re: Fwd: Lunch", "lunch", SubjectKind::reply},
      {"Re[2]: Lunch", "lunch", SubjectKind::reply},
      {"AW: WG: Mittag", "mittag", SubjectKind::reply},
      {"SV: Lunsj", "lunsj", SubjectKind::reply},
      {"Réf : x", "x", SubjectKind::reply},
      {"回复：午餐", "午餐", SubjectKind::reply},
      {"[team] Re: [team] Lunch", "lunch", SubjectKind::reply},
      {"[only a tag]", "[only a tag]", SubjectKind::original},
      {"Lunch (fwd)", "lunch", SubjectKind::reply},
      {"Reminder: pay", "reminder: pay", SubjectKind::original},
      {"  Lunch \t now ", "lunch now", SubjectKind::original},
      {": odd", ": odd", SubjectKind::original},
      {"Re:", "", SubjectKind::reply},
      {"", "", SubjectKind::original},
  };
  for (const SubjectCase& one : cases) {
    const BaseSubject base = base_subject(one.subject);
    EXPECT_EQ(base.text, one.base) << one.subject;
    EXPECT_EQ(base.kind, one.kind) << one.subject;
  }
}

// The brackets and blanks around a Message-ID are no part of it.
TEST(ThreadKey, mid_key_ignores_brackets) {
  EXPECT_EQ(mid_key("<a@x>"), mid_key("a@x"));
  EXPECT_EQ(mid_key(" <a@x> "), mid_key("a@x"));
  EXPECT_NE(mid_key("a@x"), mid_key("A@x"));
}

TEST(ThreadKey, subject_key_is_positive_and_absent_for_nothing) {
  EXPECT_FALSE(subject_key(base_subject("Re: ")));
  const auto key = subject_key(base_subject("Lunch"));
  ASSERT_TRUE(key);
  EXPECT_GT(*key, 0);
  EXPECT_EQ(key, subject_key(base_subject("re: LUNCH")));
}

}  // namespace
}  // namespace hermod::threading
