// The hunt for leaks: random rights on random rows, and random questions by those who have them, in every way in which
// something can be asked. A model of plain loops says what each asker may see and change; the program's answers must be
// those of the model, so they reveal no more.
//
// ASHLAR_LEAK_HUNT_QUESTIONS says how many (make leakhunt: 20 000), ASHLAR_LEAK_HUNT_SEED with which seed.
#include "leak_hunt_history.h"

namespace ashlar::system {
namespace {

class LeakHunt : public HuntsHistory {};

TEST_P(LeakHunt, FindsNothing) {
  const auto seed = static_cast<unsigned>(number_from("ASHLAR_LEAK_HUNT_SEED", 1));
  const int questions = number_from("ASHLAR_LEAK_HUNT_QUESTIONS", 1200);
  const int most = number_from("ASHLAR_LEAK_HUNT_FAILURES", 3);
  random.seed(seed);
  int failures = 0;
  for (int i = 0; i < questions && failures < most; ++i) {
    if (i % 150 == 0) make_world();
    if (i % 15 == 0) choose_asker();
    std::string found;
    try {
      const int kind = number(0, 29);
      found = kind < 3    ? compare_hidden()
              : kind < 4  ? write_nested()
              : kind < 6  ? write_at_random()
              : kind < 7  ? open_share_at_random()
              : kind < 9  ? compare_hidden_writes()
              : kind < 10 ? write_taken_values()
              : kind < 11 ? comment_at_random()
              : kind < 12 ? make_version_at_random()
              : kind < 14 ? read_version_at_random()
                          : read_at_random();
    } catch (const std::exception& error) {
      found = std::string("\n  failed: ") + error.what();
    }
    if (found.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ", question " << i << found;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LeakHunt, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::system
