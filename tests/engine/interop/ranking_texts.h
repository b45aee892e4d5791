#pragma once

#include <string>

#include <QString>

#include "engine/base/error.h"

/// What tests of ranking files have in common.
namespace inlay::test {

/// The sentence of the Error that `read` throws; empty when it throws none.
template <class Read>
QString failure(Read&& read) {
    try {
        read();
    } catch (const engine::Error& error) {
        return QString::fromUtf8(error.what());
    }
    return {};
}

/// The header lines that all types of PrefLib share, for three alternatives: lines 1 to 10.
inline std::string preflibMetadata(const std::string& type) {
    return "# FILE NAME: 00001-1." + type +
           "\n# TITLE: Test\n# DESCRIPTION:\n# DATA TYPE: " + type +
           "\n# MODIFICATION TYPE: original\n# RELATES TO:\n# RELATED FILES:\n"
           "# PUBLICATION DATE: 2020-01-01\n# MODIFICATION DATE: 2020-01-01\n"
           "# NUMBER ALTERNATIVES: 3\n";
}

/// Their names: three lines.
inline std::string preflibNames(const std::string& last = "Cy") {
    return "# ALTERNATIVE NAME 1: Ann\n# ALTERNATIVE NAME 2: Bob\n# ALTERNATIVE NAME 3: " + last +
           '\n';
}

/// The header of orders: lines 1 to 15.
inline std::string preflibHeader(const std::string& type, int voters, int unique,
                                 const std::string& last = "Cy") {
    return preflibMetadata(type) + "# NUMBER VOTERS: " + std::to_string(voters) +
           "\n# NUMBER UNIQUE ORDERS: " + std::to_string(unique) + '\n' + preflibNames(last);
}

} // namespace inlay::test
