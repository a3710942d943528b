// The rows of a prepared statement as cells: whole numbers as integers, floating ones as reals, everything else as the
// text (or bytes) that the server sends.
#pragma once
#include <mysql.h>

#include <string>
#include <vector>

#include "database/value.h"

namespace ashlar::database::mysql {

class RowReader {
 public:
  // For a statement that was executed. Throws nothing; a statement without rows has no columns.
  explicit RowReader(MYSQL_STMT* statement);

  // False at the end; `failed` says that it is an error rather.
  bool next(MYSQL_STMT* statement, bool& failed);

  int column_count() const { return static_cast<int>(columns_.size()); }
  Cell cell(int column) const;

 private:
  enum class Form { integer, real, short_real, bits, text, blob };
  struct Column {
    Form form = Form::text;
    bool is_unsigned = false;
    std::int64_t integer = 0;
    double real = 0;
    float short_real = 0;
    std::string buffer;
    unsigned long length = 0;
    my_bool is_null = 0;
    my_bool is_cut = 0;
    mutable std::string printed;  // of integers beyond the signed range
  };

  static Form form_of(const MYSQL_FIELD& field);
  void bind(MYSQL_STMT* statement);
  bool fetch_rest(MYSQL_STMT* statement);

  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace ashlar::database::mysql
