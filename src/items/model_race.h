// What to do where somebody changes the data model while a request is under way: its statements name columns and tables
// that are gone, though the schema that it was planned with was the current one when it began.
#pragma once
#include "base/log.h"
#include "database/error.h"
#include "items/services.h"

namespace ashlar::items {

// Runs `work`, and where the database misses a table or column, reads the schema anew and runs it once more. `work`
// must begin with services.schemas.current(), must have done nothing where it throws, and hold no connection then.
template <typename Work>
void with_current_model(const Services& services, const Work& work) {
  using database::DatabaseError;
  try {
    work();
    return;
  } catch (const DatabaseError& error) {
    if (error.kind != DatabaseError::Kind::missing_table) throw;
    log::debug("the data model has changed meanwhile: {}", error.what());
  }
  services.schemas.reload();
  work();
}

}  // namespace ashlar::items
