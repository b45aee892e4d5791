#pragma once

#include <QString>

// What the files of ActiveView share.
namespace inlay::widgets {

/// "12.3 %", "0.27 %", "–" for none.
QString shareText(double share);

} // namespace inlay::widgets
