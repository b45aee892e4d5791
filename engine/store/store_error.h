#pragma once

#include "engine/base/error.h"

namespace inlay::engine {

/// What went wrong with a store file, for callers that act on it (the recorder retries when the
/// disk is full, the command line exits 2 when the file is not a store).
enum class StoreFault {
    Missing,   ///< no file at that path
    NotAStore, ///< a file, but not written by Inlay
    Newer,     ///< written by a newer Inlay: reading works, writing is refused
    Older,     ///< read-only open of a store that must be brought up to date by a writer first
    Locked,    ///< held by another program for more than 5 s
    DiskFull,  ///< no space left for the store or one of its files
    ReadOnly,  ///< writing through a read-only connection or on a write-protected file
    Damaged,   ///< SQLite reports a malformed file
    NotFound,  ///< the row (run, project, …) named by the caller does not exist
    Other
};

/// An Error of the run store; what() is a sentence that names the file.
class StoreError : public Error {
public:
    StoreError(StoreFault fault, const std::string& message, std::string detail = {})
        : Error(message, std::move(detail))
        , fault_(fault) {}

    StoreFault fault() const { return fault_; }

private:
    StoreFault fault_;
};

} // namespace inlay::engine
