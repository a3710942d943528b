// A row of a PostgreSQL result as cells.
#pragma once
#include <libpq-fe.h>

#include <string>
#include <vector>

#include "database/value.h"

namespace ashlar::database::postgres {

// Reads cells. Blobs are decoded into buffers of its own, which the next call for the same column reuses.
class RowReader {
 public:
  Cell cell(const PGresult* result, int row, int column) const;

 private:
  mutable std::vector<std::string> blobs_;
};

}  // namespace ashlar::database::postgres
