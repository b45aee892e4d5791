#pragma once

#include <span>

namespace inlay::engine {

class Database;

/// One step of the schema: brings a store from version `to` - 1 to version `to`.
struct Migration {
    int to;
    const char* sql;
};

/// "INLY": bytes 68 to 71 of every store.
inline constexpr int kApplicationId = 0x494e4c59;

/// Every released step, in order; the last one's `to` is the version this program writes.
std::span<const Migration> migrations();
int schemaVersion();

/// Makes an empty file a store, or brings an older store up to date: an online backup
/// "<path>.backup-v<N>" first, then each step in a transaction of its own. Throws StoreError when
/// the file is not a store or is newer.
void migrate(Database& database, std::span<const Migration> steps);

/// For read-only connections: NotAStore, or Older than `version`; newer is fine.
void checkReadable(Database& database, int version);

} // namespace inlay::engine
