// Spots where compilers are known to miscompile coroutines, each run for its value and for leaks and double
// destructions. Standard library alone, so that the same file can be built by every compiler that plugins may
// use.
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hermod/race.hpp>

#include "support/inline_strand.hpp"

namespace {

using hermod::Result;
using hermod::Task;
using Size = Result<std::size_t>;
using Text = Result<std::string>;

const std::string sixty(60, 'x');  // too long for a string's inline buffer
int alive = 0;

struct Counted {
  std::string text;
  explicit Counted(std::string t = {}) : text(std::move(t)) { ++alive; }
  Counted(const Counted& other) : text(other.text) { ++alive; }
  Counted(Counted&& other) noexcept : text(std::move(other.text)) { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --alive; }
};
struct Pair {
  Counted first, second;
  int number = 0;
  std::size_t size() const { return first.text.size() + second.text.size(); }
};
struct Built {
  Counted first, second;
  Built(Counted a, Counted b) : first(std::move(a)), second(std::move(b)) {}
};
struct Limits {
  std::size_t items = 0, bytes = 0;
};

// Suspends for certain, once.
struct Hop {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) const noexcept {
    caller.promise().context->strand().post(caller);
  }
  void await_resume() const noexcept {}
};

Task<Text> echo(std::string text) {
  co_await Hop{};
  co_return text;
}
Task<Text> echo_at_once(std::string text) { co_return text; }
Task<Result<bool>> yes() {
  co_await Hop{};
  co_return true;
}
Task<Size> of_pair(Pair pair) {
  co_await Hop{};
  co_return pair.size();
}
Task<Size> of_pair_reference(const Pair& pair) {
  co_await Hop{};
  co_return pair.size();
}
Task<Size> of_built(Built built) {
  co_await Hop{};
  co_return built.first.text.size() + built.second.text.size();
}
Task<Size> of_vector(std::vector<std::string> texts) {
  co_await Hop{};
  std::size_t size = 0;
  for (const std::string& text : texts) size += text.size();
  co_return size;
}
Task<Size> of_optional(std::optional<Counted> counted, std::string_view view) {
  co_await Hop{};
  co_return (counted ? counted->text.size() : 0) + view.size();
}
Task<Size> of_std_pair(std::pair<std::string, std::string> pair) {
  co_await Hop{};
  co_return pair.first.size() + pair.second.size();
}
Task<Size> of_array(std::array<std::string, 2> texts) {
  co_await Hop{};
  co_return texts[0].size() + texts[1].size();
}
Task<Size> of_limits(Limits limits) {
  co_await Hop{};
  co_return limits.items + limits.bytes;
}
Task<Size> of_pairs(std::vector<Pair> pairs) {
  co_await Hop{};
  co_return pairs[0].size();
}
Task<Size> of_optional_pair(std::optional<Pair> pair) {
  co_await Hop{};
  co_return pair->size();
}
Task<Size> of_function(std::function<std::string()> make) {
  co_await Hop{};
  co_return make().size();
}
Task<Size> of_task(Task<Text> task) { co_return (*co_await std::move(task)).size(); }
Task<Result<Pair>> give_pair() {
  co_await Hop{};
  co_return Pair{Counted(sixty), Counted(), 1};
}
Pair make_pair_here() { return Pair{Counted(sixty), Counted(sixty)}; }

// --- the cases

Task<Size> aggregate_temporary() { co_return *co_await of_pair(Pair{Counted(sixty), Counted(sixty)}); }
Task<Size> aggregate_designated() {
  co_return *co_await of_pair({.first = Counted(sixty), .second = Counted(sixty), .number = 3});
}
Task<Size> aggregate_by_reference() {
  co_return *co_await of_pair_reference(Pair{Counted(sixty), Counted(sixty)});
}
Task<Size> aggregate_named_and_moved() {
  Pair pair{Counted(sixty), Counted(sixty)};
  co_return *co_await of_pair(std::move(pair));
}
Task<Size> aggregate_from_function() { co_return *co_await of_pair(make_pair_here()); }
Task<Size> aggregate_result() { co_return (*co_await give_pair()).size(); }
Task<Size> class_temporary() { co_return *co_await of_built(Built{Counted(sixty), Counted(sixty)}); }
Task<Size> task_made_first_awaited_later() {
  auto task = of_pair(Pair{Counted(sixty), Counted(sixty)});
  co_return *co_await std::move(task);
}
Task<Size> list_named_vector() {
  std::vector<std::string> texts{sixty, sixty};
  co_return *co_await of_vector(std::move(texts));
}
Task<Size> optional_and_view_temporaries() {
  co_return *co_await of_optional(Counted(sixty), std::string(sixty));
}
Task<Size> standard_pair_temporary() { co_return *co_await of_std_pair({sixty, sixty}); }
Task<Size> array_temporary() { co_return *co_await of_array({sixty, sixty}); }
Task<Size> trivial_aggregate() { co_return *co_await of_limits({.items = 5, .bytes = 3}); }
Task<Size> vector_of_aggregates() {
  co_return *co_await of_pairs(std::vector<Pair>(1, Pair{Counted(sixty), Counted(sixty)}));
}
Task<Size> optional_aggregate() {
  co_return *co_await of_optional_pair(Pair{Counted(sixty), Counted(sixty)});
}
Task<Size> conditional_one_side() {
  const bool chosen = alive >= 0;
  co_return (chosen ? *co_await echo(sixty) : std::string("no")).size();
}
Task<Size> conditional_both_sides() {
  const bool chosen = alive >= 0;
  co_return (chosen ? *co_await echo(sixty) : *co_await echo("no")).size();
}
Task<Size> conditional_scalar() {
  const bool chosen = alive >= 0;
  co_return chosen ? (*co_await echo(sixty)).size() : 7;
}
Task<Size> branch_instead() {
  std::string text = "no";
  if (alive >= 0) text = *co_await echo(sixty);
  co_return text.size();
}
Task<Size> conjunction_in_condition() {
  if (*co_await yes() && (*co_await echo(sixty)).size() == 60) co_return 1;
  co_return 0;
}
Task<Size> loop_condition() {
  std::size_t rounds = 0;
  while (*co_await yes() && ++rounds < 5) {
  }
  co_return rounds;
}
Task<Size> loop_over_temporary() {
  std::size_t size = 0;
  for (const std::string& text : std::vector<std::string>{sixty, sixty})
    size += (*co_await echo(text)).size();
  co_return size;
}
Task<Size> loop_over_list() {
  std::size_t sum = 0;
  for (int number : {1, 2, 3}) {
    co_await Hop{};
    sum += static_cast<std::size_t>(number);
  }
  co_return sum;
}
Task<Size> capturing_lambda_argument() {
  const std::string text = sixty;
  co_return *co_await of_function([text] { return text + text; });
}
Task<Size> capturing_lambda_moved() {
  const std::string text = sixty;
  auto make = [text] { return text + text; };
  co_return *co_await of_function(std::move(make));
}
Task<Size> lambda_coroutine_without_captures() {
  co_return *co_await
      [](std::string text) -> Task<Size> { co_return (text + *co_await echo(text)).size(); }(sixty);
}
Task<Size> lambda_beside_await() {
  const auto call = [](const std::function<std::string()>& make, bool) { return make(); };
  const std::string text = sixty;
  co_return call([text] { return text; }, *co_await yes()).size();
}
Task<Size> task_argument() { co_return *co_await of_task(echo(sixty + "y")); }
Task<Size> awaits_in_aggregate() {
  Pair pair{Counted(*co_await echo(sixty)), Counted(*co_await echo(sixty))};
  co_return pair.size();
}
Task<Size> await_in_shared_aggregate() {
  auto pair = std::make_shared<Pair>(Pair{Counted(sixty), Counted(*co_await echo(sixty))});
  co_return pair->size();
}
Task<Size> awaits_on_both_sides_of_assignment() {
  std::map<std::string, std::string> texts;
  texts[*co_await echo("key")] = *co_await echo(sixty);
  co_return texts["key"].size();
}
Task<Size> awaits_in_concatenation() {
  const std::string text = sixty + *co_await echo(sixty) + "a" + *co_await echo_at_once("b");
  co_return text.size();
}
Task<Size> await_after_catch() {
  std::string caught;
  try {
    co_await Hop{};
    throw std::runtime_error("expected");
  } catch (const std::exception& e) {
    caught = e.what();
  }
  co_await Hop{};
  co_return caught.size();
}
Task<Size> throwing_through_awaits() {
  const Size failed = co_await []() -> Task<Size> {
    const Counted local(sixty);
    co_await Hop{};
    throw std::runtime_error("expected");
  }();
  co_return failed.error().detail.size();
}
Task<Size> throwing_before_first_await() {
  const Size failed = co_await []() -> Task<Size> {
    const Counted local(sixty);
    if (alive > 0) throw 7;
    co_return 0;
  }();
  co_return failed.error().kind == hermod::ErrorKind::internal ? 1 : 0;
}
Task<Size> destroyed_before_started() {
  {
    auto task = of_pair(Pair{Counted(sixty), Counted(sixty)});
  }
  co_return static_cast<std::size_t>(alive);
}
Task<Size> recursion(std::size_t depth) {
  const Counted local(sixty);
  if (depth == 0) {
    co_await Hop{};
    co_return 0;
  }
  co_return 1 + *co_await recursion(depth - 1);
}
Task<Size> deep_recursion() { co_return *co_await recursion(2000); }
Task<Size> a_million_awaits_that_complete_at_once() {
  std::size_t count = 0;
  for (int i = 0; i < 1'000'000; ++i)
    count += *co_await [](std::size_t one) -> Task<Size> { co_return one; }(1);
  co_return count;
}
Task<Size> many_awaits_that_suspend() {
  std::size_t count = 0;
  for (int i = 0; i < 100'000; ++i) count += (*co_await echo("x")).size();
  co_return count;
}
Task<Size> race_of_aggregates() {
  auto outcome = co_await hermod::race(of_pair(Pair{Counted(sixty), Counted(sixty)}), echo(sixty));
  co_return *outcome->first + (*outcome->second).size();
}

struct Case {
  const char* name;
  Task<Size> (*run)();
  std::size_t expected;
};
#define CASE(function, expected) {#function, function, expected}
const Case cases[] = {
    CASE(aggregate_temporary, 120),
    CASE(aggregate_designated, 120),
    CASE(aggregate_by_reference, 120),
    CASE(aggregate_named_and_moved, 120),
    CASE(aggregate_from_function, 120),
    CASE(aggregate_result, 60),
    CASE(class_temporary, 120),
    CASE(task_made_first_awaited_later, 120),
    CASE(list_named_vector, 120),
    CASE(optional_and_view_temporaries, 120),
    CASE(standard_pair_temporary, 120),
    CASE(array_temporary, 120),
    CASE(trivial_aggregate, 8),
    CASE(vector_of_aggregates, 120),
    CASE(optional_aggregate, 120),
    CASE(conditional_one_side, 60),
    CASE(conditional_both_sides, 60),
    CASE(conditional_scalar, 60),
    CASE(branch_instead, 60),
    CASE(conjunction_in_condition, 1),
    CASE(loop_condition, 5),
    CASE(loop_over_temporary, 120),
    CASE(loop_over_list, 6),
    CASE(capturing_lambda_argument, 120),
    CASE(capturing_lambda_moved, 120),
    CASE(lambda_coroutine_without_captures, 120),
    CASE(lambda_beside_await, 60),
    CASE(task_argument, 61),
    CASE(awaits_in_aggregate, 120),
    CASE(await_in_shared_aggregate, 120),
    CASE(awaits_on_both_sides_of_assignment, 60),
    CASE(awaits_in_concatenation, 122),
    CASE(await_after_catch, 8),
    CASE(throwing_through_awaits, 8),
    CASE(throwing_before_first_await, 1),
    CASE(destroyed_before_started, 0),
    CASE(deep_recursion, 2000),
    CASE(a_million_awaits_that_complete_at_once, 1'000'000),
    CASE(many_awaits_that_suspend, 100'000),
    CASE(race_of_aggregates, 180),
};

}  // namespace

int main() {
  int wrong = 0;
  for (const Case& one : cases) {
    hermod::test::InlineStrand strand;
    const Size found = strand.run(one.run());
    if (found.has_value() && *found == one.expected && alive == 0) continue;
    ++wrong;
    std::printf("%s: found %zu, expected %zu, %d objects left\n", one.name, found.has_value() ? *found : 0,
                one.expected, alive);
    alive = 0;
  }
  std::printf("%d of %zu cases are wrong\n", wrong, std::size(cases));
  return wrong == 0 ? 0 : 1;
}
