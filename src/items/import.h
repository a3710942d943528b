// Importing items from a file: each row updates the item with its key, or makes one. All of the file is one
// transaction: what is wrong in it is gathered from all rows, and then nothing is kept (contract items-write 12.2).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "items/import_rows.h"
#include "items/services.h"

namespace ashlar::items {

struct ImportOptions {
  std::int64_t max_errors = 1000;    // so many end it before the last row
  std::function<void()> check = {};  // called now and then; stops the import by throwing
};

// Throws FORBIDDEN unless the asker may create and update items of the collection; those of the system are for
// administrators, and those of which the data model is made for nobody.
void require_import(const Services& services, const access::Accountability* who, std::string_view collection);

// `open` gives the file from its start: it is called again where the database wants the transaction tried again.
// Throws what require_import() throws, and all errors of the rows together: each that names a field tells the rows in
// which it happened, counted from 1; one that names none ends the import, and is the only one.
void import_items(const Services& services, const access::Accountability* who, std::string_view collection,
                  const std::function<std::unique_ptr<RowSource>()>& open, const ImportOptions& options);

}  // namespace ashlar::items
