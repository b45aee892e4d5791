#pragma once

#include <cstdint>
#include <string>

namespace inlay::engine {

/// Whether a statfs f_type is one of the file systems without shared memory or dependable locks
/// (NFS, SMB, FUSE, 9P, Ceph, Lustre, …), on which SQLite's write-ahead log must not be used.
bool isNetworkFileSystemType(std::uint32_t type);
/// The same for the file system that holds `path`, or its folder when it does not exist yet.
bool isOnNetworkFileSystem(const std::string& path);

/// Whether the file system that holds `path` has practically no space left for this user.
bool hasNoRoom(const std::string& path);

/// Whether a relative path from a store stays below the folder that it is appended to: neither
/// absolute nor empty, and without "..".
bool staysBelow(const std::string& relative);

/// Flushes a file, or a folder's entries, to the disk. Throws StoreError.
void syncToDisk(const std::string& path);

} // namespace inlay::engine
