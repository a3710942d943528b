#include "database/connection.h"

#include <fmt/format.h>

#include "base/log.h"

namespace ashlar::database {

Transaction::Transaction(Connection& connection, bool writing)
    : connection_(connection), depth_(connection.transaction_depth) {
  if (depth_ == 0) {
    connection_.begin(writing);
  } else {
    connection_.run(fmt::format("SAVEPOINT ashlar_{}", depth_));
  }
  ++connection_.transaction_depth;
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    rollback();
  } catch (const DatabaseError& error) {
    // The connection is lost, and the transaction with it; whoever uses the connection next learns it.
    log::debug("rollback failed: {}", error.what());
  }
}

void Transaction::commit() {
  // A COMMIT that fails leaves the transaction to rollback(), by the destructor.
  if (depth_ == 0) {
    connection_.run("COMMIT");
  } else {
    connection_.run(fmt::format("RELEASE SAVEPOINT ashlar_{}", depth_));
  }
  open_ = false;
  connection_.transaction_depth = depth_;
}

void Transaction::rollback() {
  open_ = false;
  connection_.transaction_depth = depth_;
  if (depth_ == 0) {
    connection_.run("ROLLBACK");
  } else {
    connection_.run(fmt::format("ROLLBACK TO SAVEPOINT ashlar_{}", depth_));
    connection_.run(fmt::format("RELEASE SAVEPOINT ashlar_{}", depth_));
  }
}

}  // namespace ashlar::database
