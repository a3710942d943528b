#include "database/mysql/results.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace ashlar::database::mysql {
namespace {

constexpr std::size_t first_buffer_size = 128;
constexpr unsigned binary_charset = 63;
constexpr int mysql_json_type = 245;

// The shortest decimal number that is this float: 0.1 rather than 0.10000000149.
double widen(float number) {
  char text[64];
  const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
  double wide = number;
  std::from_chars(std::begin(text), end, wide);
  return wide;
}

}  // namespace

RowReader::Form RowReader::form_of(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
      return Form::integer;
    case MYSQL_TYPE_FLOAT:
      return Form::short_real;
    case MYSQL_TYPE_DOUBLE:
      return Form::real;
    case MYSQL_TYPE_BIT:
      return Form::bits;
    case MYSQL_TYPE_GEOMETRY:
      return Form::blob;
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_STRING:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_VARCHAR:
      return field.charsetnr == binary_charset ? Form::blob : Form::text;
    default:
      static_assert(mysql_json_type != MYSQL_TYPE_BLOB);  // JSON says that it is binary, and is text
      return Form::text;
  }
}

RowReader::RowReader(MYSQL_STMT* statement) {
  MYSQL_RES* metadata = mysql_stmt_result_metadata(statement);
  if (metadata == nullptr) return;
  columns_.resize(mysql_num_fields(metadata));
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& field = *mysql_fetch_field_direct(metadata, static_cast<unsigned>(i));
    auto& column = columns_[i];
    column.form = form_of(field);
    column.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
    if (column.form == Form::text || column.form == Form::blob || column.form == Form::bits) {
      column.buffer.resize(first_buffer_size);
    }
  }
  mysql_free_result(metadata);
  bind(statement);
}

void RowReader::bind(MYSQL_STMT* statement) {
  binds_.assign(columns_.size(), MYSQL_BIND{});
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto& column = columns_[i];
    auto& bound = binds_[i];
    bound.is_null = &column.is_null;
    bound.error = &column.is_cut;
    bound.length = &column.length;
    bound.is_unsigned = column.is_unsigned ? 1 : 0;
    switch (column.form) {
      case Form::integer:
        bound.buffer_type = MYSQL_TYPE_LONGLONG;
        bound.buffer = &column.integer;
        break;
      case Form::real:
        bound.buffer_type = MYSQL_TYPE_DOUBLE;
        bound.buffer = &column.real;
        break;
      case Form::short_real:
        bound.buffer_type = MYSQL_TYPE_FLOAT;
        bound.buffer = &column.short_real;
        break;
      case Form::text:
      case Form::blob:
      case Form::bits:
        bound.buffer_type = column.form == Form::text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
        bound.buffer = column.buffer.data();
        bound.buffer_length = column.buffer.size();
        break;
    }
  }
  mysql_stmt_bind_result(statement, binds_.data());
}

bool RowReader::next(MYSQL_STMT* statement, bool& failed) {
  const int result = mysql_stmt_fetch(statement);
  failed = result != 0 && result != MYSQL_NO_DATA && result != MYSQL_DATA_TRUNCATED;
  if (failed || result == MYSQL_NO_DATA) return false;
  if (result == MYSQL_DATA_TRUNCATED) failed = !fetch_rest(statement);
  return !failed;
}

// Some texts did not fit their buffers: those grow, for this row and the next ones.
bool RowReader::fetch_rest(MYSQL_STMT* statement) {
  bool has_grown = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto& column = columns_[i];
    if (column.buffer.empty() || column.is_null || column.length <= column.buffer.size()) continue;
    column.buffer.resize(column.length + column.length / 4);
    binds_[i].buffer = column.buffer.data();
    binds_[i].buffer_length = column.buffer.size();
    if (mysql_stmt_fetch_column(statement, &binds_[i], static_cast<unsigned>(i), 0) != 0) return false;
    has_grown = true;
  }
  if (has_grown) bind(statement);
  return true;
}

Cell RowReader::cell(int index) const {
  const auto& column = columns_[static_cast<std::size_t>(index)];
  Cell cell;
  if (column.is_null) return cell;
  switch (column.form) {
    case Form::integer:
      if (column.is_unsigned && column.integer < 0) {
        column.printed = fmt::format("{}", static_cast<std::uint64_t>(column.integer));
        cell.kind = Cell::Kind::text;
        cell.text = column.printed;
      } else {
        cell.kind = Cell::Kind::integer;
        cell.integer = column.integer;
      }
      break;
    case Form::real:
      cell.kind = Cell::Kind::real;
      cell.real = column.real;
      break;
    case Form::short_real:
      cell.kind = Cell::Kind::real;
      cell.real = widen(column.short_real);
      break;
    case Form::bits:
      cell.kind = Cell::Kind::integer;
      for (std::size_t i = 0; i < column.length; ++i) {
        cell.integer = (cell.integer << 8) | static_cast<unsigned char>(column.buffer[i]);
      }
      break;
    case Form::text:
    case Form::blob:
      cell.kind = column.form == Form::text ? Cell::Kind::text : Cell::Kind::blob;
      cell.text = std::string_view(column.buffer).substr(0, column.length);
      break;
  }
  return cell;
}

}  // namespace ashlar::database::mysql
