#pragma once

#include "absl/status/status.h"
#include "controller/store/sqlite.h"

namespace haldane::controller {

// Creates the schema in an empty database, or brings an older one up to date
// in one transaction. FAILED_PRECONDITION, changing nothing, when the database
// is another program's or a newer version's.
absl::Status MigrateSchema(SqliteDatabase& database);

}  // namespace haldane::controller
