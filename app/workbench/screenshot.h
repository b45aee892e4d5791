#pragma once

#include <QString>

namespace inlay::app {

class MainWindow;

/// Waits until the window shows what its store holds and nothing moves any more, writes it as a PNG
/// and ends the program: 0, or 1 when the file cannot be written. `select` is a query whose runs
/// are selected first.
void takeScreenshot(MainWindow& window, const QString& path, const QString& select);

} // namespace inlay::app
