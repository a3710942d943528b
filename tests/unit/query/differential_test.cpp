// Random queries over random rows, answered by the program on each database and by the model of model.h: no difference.
//
// ASHLAR_DIFFERENTIAL_QUERIES says how many (make differential: 20 000), ASHLAR_DIFFERENTIAL_SEED with which seed.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "database/databases.h"
#include "query/aggregate.h"
#include "query/data_set.h"
#include "query/generator.h"
#include "query/model.h"
#include "query/plan.h"
#include "query/run.h"

namespace ashlar::query::test {
namespace {

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

// Databases give some numbers as texts, in more or fewer digits.
bool same(const json::value& a, const json::value& b) {
  const auto as_number = [](const json::value& value) -> std::optional<double> {
    if (value.is_number()) return value.to_number<double>();
    const auto text = as_text(value);
    return text && !text->empty() ? parse_number(*text) : std::nullopt;
  };
  if (const auto left = as_number(a)) {
    const auto right = as_number(b);
    return right && std::fabs(*left - *right) <= 0.0002 * std::max(1.0, std::fabs(*left));
  }
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) {
    const auto &left = a.get_array(), &right = b.get_array();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
  }
  if (a.is_object()) {
    const auto &left = a.get_object(), &right = b.get_object();
    return left.size() == right.size() && std::all_of(left.begin(), left.end(), [&](const auto& member) {
             const auto* other = right.if_contains(member.key());
             return other != nullptr && same(member.value(), *other);
           });
  }
  return a == b;
}

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

  // Leaves out members as long as the difference stays.
  json::object shrunk(const Model& model, const std::string& name, json::object parameters) {
    if (!is_bad(model, name, parameters)) return parameters;
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (auto& candidate : smaller_ones(parameters)) {
        auto& object = candidate.get_object();
        if (is_bad(model, name, object)) {
          parameters = std::move(object);
          smaller = true;
          break;
        }
      }
    }
    return parameters;
  }

  bool is_bad(const Model& model, const std::string& name, const json::object& parameters) {
    const auto text = difference(model, name, parameters);
    return !text.empty() && text.find(failed) == std::string::npos;
  }

  // The value with one part left out, in every way.
  static std::vector<json::value> smaller_ones(const json::value& value) {
    std::vector<json::value> result;
    if (const auto* object = value.if_object()) {
      for (const auto& member : *object) {
        auto without = *object;
        without.erase(member.key());
        result.emplace_back(std::move(without));
        for (auto& smaller : smaller_ones(member.value())) {
          auto with = *object;
          with[member.key()] = std::move(smaller);
          result.emplace_back(std::move(with));
        }
      }
    } else if (const auto* list = value.if_array()) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        auto without = *list;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        result.emplace_back(std::move(without));
        for (auto& smaller : smaller_ones((*list)[i])) {
          auto with = *list;
          with[i] = std::move(smaller);
          result.emplace_back(std::move(with));
        }
      }
    }
    return result;
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
    ADD_FAILURE() << "seed " << seed << ", query " << i << difference(model, name, shrunk(model, name, parameters))
                  << "\n  from" << json::serialize(parameters);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Differential, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::query::test
