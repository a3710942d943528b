// Random queries over random rows, answered by the program on each database and by the model of model.h: no difference.
//
// ASHLAR_DIFFERENTIAL_QUERIES says how many (make differential: 20 000), ASHLAR_DIFFERENTIAL_SEED with which seed.
#include <gtest/gtest.h>

#include "base/error.h"
#include "database/databases.h"
#include "query/aggregate.h"
#include "query/plan.h"
#include "query/run.h"
#include "world/data_set.h"
#include "world/difference.h"
#include "world/generator.h"
#include "world/model.h"

namespace ashlar::query::test {
namespace {

class Differential : public database::OnDatabase {
 protected:
  Differential() {
    setenv("TZ", "UTC", 1);
    tzset();
    reader.resolve_own = reader.resolve_rule = [](const json::value& value) { return value; };
    limits.default_limit = 7;
    limits.relational_depth = 20;
    limits.batch_size = 3;
  }

  json::value answer(const Query& query, const schema::Collection& collection) {
    std::string text;
    if (is_aggregate(query)) {
      run_aggregate(plan_aggregate(query, collection, reader, {limits, {}, {}}), **connection, dialect(), text);
    } else {
      const auto decided = plan(query, collection, reader, {limits, {}, {}});
      // Every other time as it is streamed.
      std::string all;
      const Drain drain = [&](std::string& piece) {
        all += piece;
        piece.clear();
      };
      query::run(decided, **connection, dialect(), limits, text, ++turns % 2 == 0 ? drain : Drain{});
      text = all + text;
    }
    return json::parse(text);
  }

  std::int64_t count(const Query& query, const schema::Collection& collection) {
    return run_count(plan_count(query, collection, reader, true), **connection, dialect());
  }

  // Empty where both answers are the same.
  std::string difference(const Model& model, const std::string& name, const json::object& parameters) {
    const auto asked = [&] { return "\n  " + name + " " + json::serialize(parameters); };
    try {
      const auto query = parse_query(parameters, limits);
      const auto& collection = *reader.schema->collection(name);
      const auto expected = is_aggregate(query) ? model.aggregate(name, query) : model.answer(name, query);
      const auto found = answer(query, collection);
      if (!same(expected, found)) {
        return asked() + "\n  expected " + json::serialize(expected) + "\n  found    " + json::serialize(found);
      }
      const auto rows = model.count(name, query);
      const auto counted = count(query, collection);
      if (rows != counted)
        return asked() + "\n  expected count " + std::to_string(rows) + ", found " + std::to_string(counted);
    } catch (const std::exception& error) {
      return asked() + std::string(failed) + error.what();
    }
    return {};
  }

  static constexpr std::string_view failed = "\n  failed: ";

  bool is_bad(const Model& model, const std::string& name, const json::object& parameters) {
    const auto text = difference(model, name, parameters);
    return !text.empty() && text.find(failed) == std::string::npos;
  }

  Reader reader;
  QueryLimits limits;
  std::optional<database::Lease> connection;
  int turns = 0;
};

TEST_P(Differential, AnswersAsTheModelDoes) {
  const auto seed = static_cast<unsigned>(number_from("ASHLAR_DIFFERENTIAL_SEED", 1));
  const int queries = number_from("ASHLAR_DIFFERENTIAL_QUERIES", 1500);
  std::mt19937 random(seed);
  const auto data = make_data(random, 9);
  store(data, database);
  reader.schema = data.schema;
  connection.emplace(database.reader());
  const Model model(data, GetParam(), limits);
  Generator generate(*data.schema, random);
  int failures = 0;
  for (int i = 0; i < queries && failures < number_from("ASHLAR_DIFFERENTIAL_FAILURES", 5); ++i) {
    const auto name = generate.collection();
    const auto parameters = i % 5 == 0 ? generate.aggregation(name) : generate.query(name);
    if (difference(model, name, parameters).empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ", query " << i
                  << difference(
                         model, name,
                         shrunk(parameters, [&](const json::object& smaller) { return is_bad(model, name, smaller); }))
                  << "\n  from" << json::serialize(parameters);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Differential, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::query::test
