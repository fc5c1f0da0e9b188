#include "core/conformance/law_table.hpp"

namespace hermod::conformance {
namespace {

template <Violations (*check)(const MakeSubject&)>
Violations seedless(const MakeSubject& make, std::uint32_t) {
  return check(make);
}

constexpr Law table[] = {
    {"quiet", "1", LawNeeds::nothing, seedless<check_quiet>},
    {"convergence", "2", LawNeeds::other_client, check_convergence},
    {"resumption", "3", LawNeeds::nothing, seedless<check_resumption>},
    {"random-deaths", "3", LawNeeds::nothing, check_random_deaths},
    {"invalid-cursor", "4", LawNeeds::other_client, seedless<check_invalid_cursor>},
    {"writes-under-way", "2-4", LawNeeds::writes, check_writes_under_way},
    {"mutations", "5", LawNeeds::writes, seedless<check_mutations>},
    {"collections", "5", LawNeeds::writes, seedless<check_collections>},
    {"stale-mutations", "5", LawNeeds::writes, seedless<check_stale_mutations>},
    {"lost-answers", "5", LawNeeds::writes, seedless<check_lost_answers>},
    {"declarations", "6", LawNeeds::nothing, seedless<check_declarations>},
    {"cancellation", "7", LawNeeds::nothing, seedless<check_cancellation>},
    {"hostile-content", "8", LawNeeds::other_client, seedless<check_hostile_content>},
};

}  // namespace

std::span<const Law> laws() { return table; }

}  // namespace hermod::conformance
