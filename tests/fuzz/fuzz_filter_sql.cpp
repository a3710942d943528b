// From a query to SQL: whatever is not refused becomes statements that SQLite's prepare accepts. The bytes choose among
// names, operators and values, so that most queries make sense; the rest of the input may be a filter in JSON.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "database/database.h"
#include "query/aggregate.h"
#include "query/parse.h"
#include "query/plan.h"
#include "query/run.h"
#include "query/sql.h"
#include "world/data_set.h"

namespace {

using namespace ashlar;
using namespace ashlar::query;

// Random decisions out of the input.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::size_t below(std::size_t end) { return next() % end; }
  template <class List>
  const auto& pick(const List& list) {
    return *(list.begin() + static_cast<std::ptrdiff_t>(below(list.size())));
  }
  bool is_empty() const { return at_ >= size_; }
  std::string_view rest() const { return {reinterpret_cast<const char*>(data_ + at_), size_ - at_}; }

 private:
  std::uint8_t next() { return at_ < size_ ? data_[at_++] : 0; }

  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

const std::vector<std::string> names{"id",
                                     "name",
                                     "age",
                                     "height",
                                     "born",
                                     "seen",
                                     "active",
                                     "tags",
                                     "data",
                                     "boss",
                                     "reports",
                                     "books",
                                     "title",
                                     "pages",
                                     "price",
                                     "published",
                                     "author",
                                     "genres",
                                     "label",
                                     "place",
                                     "book",
                                     "genre",
                                     "note",
                                     "blocks",
                                     "page",
                                     "item",
                                     "collection",
                                     "item:people",
                                     "item:books",
                                     "item:genres",
                                     "year(born)",
                                     "hour(seen)",
                                     "month(published)",
                                     "count(books)",
                                     "count(data)",
                                     "count(genres)",
                                     "weekday(seen)",
                                     "json(data, a.b[0])",
                                     "$FOLLOW(books,author)",
                                     "$FOLLOW(pages_blocks,item,collection)",
                                     "$FOLLOW(people,boss)",
                                     "year(author.born)",
                                     "nothing",
                                     "",
                                     "*",
                                     "a\"b",
                                     "?"};
const std::vector<std::string> operators{
    "_eq",        "_neq",        "_lt",         "_lte",         "_gt",           "_gte",          "_between",
    "_nbetween",  "_in",         "_nin",        "_null",        "_nnull",        "_empty",        "_nempty",
    "_contains",  "_ncontains",  "_icontains",  "_starts_with", "_nstarts_with", "_istarts_with", "_nistarts_with",
    "_ends_with", "_nends_with", "_iends_with", "_niends_with", "_intersects",   "_regex",        "_none",
    "_some",      "_and",        "_or"};

json::value value_from(Bytes& bytes, int depth) {
  switch (bytes.below(11)) {
    case 0:
      return nullptr;
    case 1:
      return true;
    case 2:
      return static_cast<std::int64_t>(bytes.below(256)) - 128;
    case 3:
      return 1.5;
    case 4:
      return json::string("2001-02-03T04:05:06Z");
    case 5:
      return json::string("");
    case 6:
      return json::string("it's \"x\"?%_\\");
    case 7:
      return json::string("9223372036854775808");
    case 8: {
      json::array list;
      for (auto count = bytes.below(5); count > 0 && depth > 0; --count) list.push_back(value_from(bytes, depth - 1));
      return list;
    }
    case 9:
      return 1e300;
    default:
      return json::string("a,b,3");
  }
}

json::value filter_from(Bytes& bytes, int depth) {
  json::object filter;
  for (auto members = bytes.below(4); members > 0; --members) {
    const auto choice = bytes.below(10);
    if (choice < 2 || depth <= 0) {
      filter[bytes.pick(operators)] = value_from(bytes, 2);
    } else if (choice < 4) {
      json::array branches;
      for (auto count = bytes.below(4); count > 0; --count) branches.push_back(filter_from(bytes, depth - 1));
      filter[choice == 2 ? "_and" : "_or"] = std::move(branches);
    } else if (choice == 4) {
      filter[bytes.below(2) == 0 ? "_some" : "_none"] = filter_from(bytes, depth - 1);
    } else {
      filter[bytes.pick(names)] = filter_from(bytes, depth - 1);
    }
  }
  return filter;
}

std::string path_from(Bytes& bytes) {
  auto path = bytes.pick(names);
  while (bytes.below(3) == 0 && !bytes.is_empty()) path += "." + bytes.pick(names);
  return path;
}

json::object query_from(Bytes& bytes, const json::value& filter) {
  json::object parameters;
  const auto paths = [&](const char* name, const std::string& mark) {
    json::array list;
    for (auto count = bytes.below(4); count > 0; --count) list.emplace_back(mark + path_from(bytes));
    if (!list.empty()) parameters[name] = std::move(list);
  };
  const auto flags = bytes.below(256);
  if ((flags & 1) != 0) paths("fields", "");
  if ((flags & 2) != 0) paths("sort", bytes.below(2) == 0 ? "-" : "");
  if ((flags & 4) != 0) parameters["search"] = value_from(bytes, 0);
  if ((flags & 8) != 0) parameters["limit"] = static_cast<int>(bytes.below(9)) - 1;
  if ((flags & 16) != 0) parameters["offset"] = 3;
  if ((flags & 32) != 0) {
    parameters["deep"] = json::object{{bytes.pick(names),
                                       {{"_filter", filter_from(bytes, 3)},
                                        {"_sort", json::array{json::string(path_from(bytes))}},
                                        {"_limit", bytes.below(5)}}}};
  }
  if ((flags & 64) != 0) {
    parameters["aggregate"] = json::object{
        {bytes.pick(std::vector<std::string>{"count", "countDistinct", "sum", "avg", "min", "max", "sumDistinct"}),
         bytes.pick(names)}};
    if ((flags & 128) != 0) paths("groupBy", "");
  }
  parameters["filter"] = filter;
  return parameters;
}

// A SQLite database with the tables, and what is needed to plan.
struct World {
  World() {
    const auto folder = std::filesystem::temp_directory_path() / ("ashlar-fuzz-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    config::DatabaseSettings settings;
    settings.client = "sqlite3";
    settings.filename = (folder / "data.db").string();
    database = std::make_unique<database::Database>(settings);
    std::mt19937 random(1);
    const auto data = test::make_data(random, 3);
    test::store(data, *database);
    connection.emplace(database->reader());
    std::filesystem::remove_all(folder);  // the open files live on
    reader.schema = data.schema;
    reader.resolve_own = reader.resolve_rule = [](const json::value& value) { return value; };
  }

  void prepare(const database::SqlText& sql) {
    try {
      (*connection)->query(sql.text, sql.parameters);
    } catch (const database::DatabaseError& error) {
      if (error.kind == database::DatabaseError::Kind::too_complex) return;
      std::fprintf(stderr, "%s\n%s\n", error.what(), sql.text.c_str());
      std::abort();
    }
  }

  void prepare_below(const Level& level) {
    const std::vector<database::Value> keys{std::int64_t{1}, std::string("2")};
    for (const auto& child : level.children) {
      if (child.is_joined) continue;
      for (const auto& below : child.levels) {
        for (const auto cut : {Cut::by_database, Cut::by_reader}) {
          prepare(child_statement(*below, keys, cut, database->dialect()));
        }
        prepare_below(*below);
      }
    }
  }

  std::unique_ptr<database::Database> database;
  std::optional<database::Lease> connection;
  Reader reader;
  QueryLimits limits;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  Bytes bytes(data, size);
  const std::vector<std::string> collections{"people", "books", "genres", "books_genres", "pages", "pages_blocks"};
  const auto& collection = *world.reader.schema->collection(bytes.pick(collections));
  json::value filter;
  if (bytes.below(4) == 0) {
    filter = parse_json(bytes.rest()).value_or(json::object());
    bytes = Bytes(data, 0);
  } else {
    filter = filter_from(bytes, 5);
  }
  const PlanOptions options{world.limits, {}, {}};
  const auto& dialect = world.database->dialect();
  try {
    const auto query = parse_query(query_from(bytes, filter), world.limits);
    world.prepare(count_statement(plan_count(query, collection, world.reader, true), dialect));
    if (is_aggregate(query)) {
      std::string out;
      run_aggregate(plan_aggregate(query, collection, world.reader, options), **world.connection, dialect, out);
      return 0;
    }
    const auto plan = query::plan(query, collection, world.reader, options);
    world.prepare(root_statement(plan.root, std::nullopt, dialect));
    world.prepare_below(plan.root);
  } catch (const ApiError&) {
  }
  return 0;
}
