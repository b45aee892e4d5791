#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

enum class OutputType { Series, Metric, Frame, Table };
enum class Better { Neither, Lower, Higher };

/// Something a run may record. A name may hold placeholders, "gradient_norm/{layer}": each stands
/// for one or more characters without '/' (layer names have dots, not slashes).
struct OutputDeclaration {
    OutputType type = OutputType::Series;
    std::string name;
    std::string title;
    std::string unit; // "nats", "s"; "fraction" is shown as percent
    Better better = Better::Neither;
    std::vector<std::string> columns; // of a table
};

/// Whether `name` is what `pattern` declares.
bool matchesPattern(std::string_view pattern, std::string_view name);

/// What people call a recorded name: the declared title and what stands for the placeholders,
/// "Speed-up over dense · forward, 2:4".
std::string titleOf(const OutputDeclaration& output, std::string_view name);

/// The declaration of a recorded name, or null.
const OutputDeclaration* findOutput(const std::vector<OutputDeclaration>& outputs, OutputType type,
                                    std::string_view name);

} // namespace inlay::engine
