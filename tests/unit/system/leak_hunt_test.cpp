// The hunt for leaks: random rights on random rows, and random questions by those who have them, in every way in which
// something can be asked, in a data model that is random too. Plain loops say what each asker may see and change; the
// program's answers must be theirs, so they reveal no more.
//
// world/random_model.h   the data models, their rows and tables    world/rights.h       policies and their rules
// world/sight.h, model.h what may be seen, and the answers         world/generator.h    the questions
// world/difference.h     telling answers apart                     leak_hunt*.h here    the ways to ask
//
// ASHLAR_LEAK_HUNT_QUESTIONS says how many (make leakhunt: 20 000), ASHLAR_LEAK_HUNT_SEED with which seed.
#include "leak_hunt_tools.h"

namespace ashlar::system {
namespace {

class LeakHunt : public HuntsTools {
 protected:
  using Way = std::string (LeakHunt::*)();

  // One of the ways to ask, most often a read.
  std::string ask_at_random() {
    static const std::vector<std::pair<int, Way>> ways{
        {16, &LeakHunt::read_at_random},        {3, &LeakHunt::compare_hidden},
        {2, &LeakHunt::compare_hidden_below},   {2, &LeakHunt::write_nested},
        {3, &LeakHunt::write_at_random},        {1, &LeakHunt::open_share_at_random},
        {2, &LeakHunt::compare_hidden_writes},  {2, &LeakHunt::write_taken_values},
        {1, &LeakHunt::comment_at_random},      {1, &LeakHunt::make_version_at_random},
        {2, &LeakHunt::read_version_at_random}, {1, &LeakHunt::promote_at_random},
        {1, &LeakHunt::revert_at_random},       {1, &LeakHunt::ask_permissions_at_random},
        {1, &LeakHunt::sort_at_random},         {1, &LeakHunt::export_at_random},
        {2, &LeakHunt::write_by_query},
    };
    int all = 0;
    for (const auto& way : ways) all += way.first;
    int chosen = number(1, all);
    for (const auto& [share, way] : ways) {
      chosen -= share;
      if (chosen <= 0) return (this->*way)();
    }
    return {};
  }
};

TEST_P(LeakHunt, FindsNothing) {
  const auto seed = static_cast<unsigned>(number_from("ASHLAR_LEAK_HUNT_SEED", 1));
  const int questions = number_from("ASHLAR_LEAK_HUNT_QUESTIONS", 1200);
  const int most = number_from("ASHLAR_LEAK_HUNT_FAILURES", 3);
  random.seed(seed);
  int failures = 0;
  for (int i = 0; i < questions && failures < most; ++i) {
    if (i % 120 == 0) make_world();
    if (i % 15 == 0) choose_asker();
    std::string found;
    try {
      found = ask_at_random();
    } catch (const std::exception& error) {
      found = std::string("\n  failed: ") + error.what() + described_model();
    }
    if (found.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ", question " << i << found;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LeakHunt, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::system
