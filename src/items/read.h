// Reading items: where REST, GraphQL, realtime, exports and flows enter. Everything about permissions lies below.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "items/services.h"
#include "query/plan.h"
#include "query/query.h"
#include "query/run.h"

namespace ashlar::items {

// Which items: all that the query finds, the one with this key, or those with these keys.
struct Selection {
  std::optional<json::value> key;
  std::optional<std::vector<json::value>> keys;
};

// Appends the value of `data`: a list, or an object for one item and for singletons. Throws FORBIDDEN where the one
// item is not there or may not be seen. Runs on the given connection, so also inside of a transaction.
void read_data(const Services& services, const query::Reader& reader, database::Connection& connection,
               const schema::Collection& collection, const query::Query& query, const Selection& selection,
               std::string& out);

// The parameters of a URL, as they were sent and as they are understood.
struct UrlQuery {
  std::string_view text;
  std::function<query::Query()> parse;  // asked only where it is not known yet what the text says
};

// A read that is decided, but not run yet: everything that the asker may not do, or got wrong, is known already. So an
// answer that is streamed can still be an error. May be run on another thread than it was made on, once.
class PreparedRead {
 public:
  // Throws as read_data() does. `services` must outlive it.
  PreparedRead(const Services& services, const access::Accountability* who, std::string_view collection,
               query::Query query, Selection selection);
  // Keeps what was decided for the next who asks the same.
  PreparedRead(const Services& services, const access::Accountability* who, std::string_view collection,
               const UrlQuery& query, Selection selection);
  ~PreparedRead();
  PreparedRead(const PreparedRead&) = delete;
  PreparedRead& operator=(const PreparedRead&) = delete;

  const query::Query& query() const;
  // Null for aggregates, whose rows need none.
  const query::Plan* plan() const;
  // Whether the answer is one object rather than a list.
  bool is_single() const;
  // Whether there may be so many rows that the answer should not be held in memory.
  bool may_be_large() const;

  // Gives the connection back that it was decided on; running takes one anew. For reads that wait before they are run.
  void release_connection();

  // Appends the whole answer, {"data": ..., "meta"?: ...}. `drain` takes large answers in pieces; without it, or where
  // read events want to see the rows, all of it stays in `out`.
  void run(std::string& out, const query::Drain& drain = {});

  // Appends the value of `data` alone.
  void run_data(std::string& out, const query::Drain& drain = {});

 private:
  struct State;
  PreparedRead(const Services& services, const access::Accountability* who, std::string_view collection,
               Selection selection);
  database::Connection& connection();
  void decide_anew();

  std::unique_ptr<State> state_;
};

// The whole answer of a read, on a connection of its own.
void read(const Services& services, const access::Accountability* who, std::string_view collection,
          const query::Query& query, const Selection& selection, std::string& out);

// The data as a document, for code that looks into it.
json::value read_value(const Services& services, const access::Accountability* who, std::string_view collection,
                       const query::Query& query, const Selection& selection);

}  // namespace ashlar::items
