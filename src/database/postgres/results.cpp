#include "database/postgres/results.h"

namespace ashlar::database::postgres {
namespace {

constexpr Oid bytea = 17;

int nibble(char digit) { return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10; }

// \x00ff
void decode_hex(std::string& out, std::string_view text) {
  out.clear();
  out.reserve(text.size() / 2);
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    out += static_cast<char>((nibble(text[i]) << 4) | nibble(text[i + 1]));
  }
}

}  // namespace

Cell RowReader::cell(const PGresult* result, int row, int column) const {
  Cell cell;
  cell.text = {PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column))};
  // libpq checks row and column at every call: it is asked for the rest only where the text leaves it open.
  if (cell.text.empty() && PQgetisnull(result, row, column) != 0) return {};
  cell.kind = Cell::Kind::text;
  if (cell.text.starts_with("\\x") && PQftype(result, column) == bytea) {
    if (blobs_.size() <= static_cast<std::size_t>(column)) blobs_.resize(static_cast<std::size_t>(column) + 1);
    auto& blob = blobs_[static_cast<std::size_t>(column)];
    decode_hex(blob, cell.text);
    cell.kind = Cell::Kind::blob;
    cell.text = blob;
  }
  return cell;
}

}  // namespace ashlar::database::postgres
