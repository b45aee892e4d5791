#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/run_record.h"

/// What the sources of RunStore share; not for use outside engine/store.
namespace inlay::engine::detail {

/// Gives the run the next change number; throws StoreError (NotFound) when there is no such run.
void touchRun(Database& database, RunId run);
[[noreturn]] void throwUnknownRun(const Database& database, RunId run);

/// Row of the dictionary that parameters and metrics share, made when it is new.
std::int64_t keyId(Database& database, std::string_view name);

/// 16 random bytes (a version 4 UUID).
std::vector<std::byte> newUuid();
std::string hexFromBytes(std::span<const std::byte> bytes);
/// Inverse of hexFromBytes; `hex` holds only hexadecimal digits, an even number of them.
std::vector<std::byte> bytesFromHex(std::string_view hex);

/// The columns of a RunRecord in the order runFromRow reads them, of a table aliased `r`.
extern const char* const kRunColumns;
/// The same without `config` and `environment`, which are read as empty.
extern const char* const kRunColumnsBrief;
/// Tags are left empty.
RunRecord runFromRow(const Statement& row);

/// Bits of a double as SQLite integer: keeps NaN payloads and the sign of zero.
std::int64_t bitsOf(double value);
double valueOfBits(std::int64_t bits);

} // namespace inlay::engine::detail
