// The errors of MySQL and MariaDB in the common form.
#pragma once
#include <string_view>

#include "database/error.h"

namespace ashlar::database::mysql {

DatabaseError translate(unsigned number, std::string_view message);

// Whether the connection is gone after this error.
bool is_lost(unsigned number);

}  // namespace ashlar::database::mysql
