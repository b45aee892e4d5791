#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QtTest>

// The one arrow, kernels <- engine <- widgets <- app, read off the include and link lines.

namespace {

struct Include {
    QString file; // relative to the source tree
    int line = 0;
    QString target;
    bool quoted = false;
};

QString sourceDir() {
    return QStringLiteral(INLAY_SOURCE_DIR);
}

QStringList sources(const QString& folder) {
    QStringList files;
    QDirIterator walk(sourceDir() + "/" + folder, {"*.h", "*.cpp", "*.cu", "*.cuh"}, QDir::Files,
                      QDirIterator::Subdirectories);
    while (walk.hasNext())
        files << QDir(sourceDir()).relativeFilePath(walk.next());
    files.sort();
    return files;
}

QList<Include> includesOf(const QString& folder) {
    static const QRegularExpression pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    QList<Include> includes;
    for (const QString& name : sources(folder)) {
        QFile file(sourceDir() + "/" + name);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("cannot read %s", qPrintable(name));
        int line = 0;
        while (!file.atEnd()) {
            ++line;
            const auto match = pattern.match(QString::fromUtf8(file.readLine()));
            if (match.hasMatch())
                includes << Include{name, line, match.captured(2), match.captured(1) == "\""};
        }
    }
    return includes;
}

bool isQt(const QString& target) {
    static const QRegularExpression pattern(R"(^(Q[A-Z]\w*|Qt\w*/.*|q[a-z]+\.h)$)");
    return pattern.match(target).hasMatch();
}

bool startsWithAny(const QString& text, const QStringList& prefixes) {
    for (const QString& prefix : prefixes)
        if (text.startsWith(prefix))
            return true;
    return false;
}

// engine/<folder> -> its level; an include must point to the same level or below. Folders of one
// level (operators; networks, optimizers, datasets; store, runner) may see their own level only
// where the table says so.
int level(const QString& folder) {
    static const QHash<QString, int> levels = {
        {"base", 0},      {"schema", 1},   {"tensor", 2},     {"interop", 3},
        {"operators", 4}, {"networks", 5}, {"optimizers", 5}, {"datasets", 5},
        {"analysis", 6},  {"store", 7},    {"runner", 7},     {"experiments", 8}};
    return levels.value(folder, -1);
}

QString describe(const Include& include) {
    return QString("%1:%2 includes %3").arg(include.file).arg(include.line).arg(include.target);
}

} // namespace

class TestArchitecture : public QObject {
    Q_OBJECT

private slots:
    void arrowBetweenFolders() {
        const QHash<QString, QStringList> above = {{"kernels", {"engine/", "widgets/", "app/"}},
                                                   {"engine", {"widgets/", "app/"}},
                                                   {"widgets", {"app/", "kernels/"}},
                                                   {"app", {}}};
        QStringList wrong;
        for (auto folder = above.begin(); folder != above.end(); ++folder)
            for (const Include& include : includesOf(folder.key()))
                if (include.quoted && startsWithAny(include.target, folder.value()))
                    wrong << describe(include);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void noQtBelowWidgets() {
        QStringList wrong;
        for (const QString folder : {"kernels", "engine", "app/cli", "app/gpu_check"})
            for (const Include& include : includesOf(folder))
                if (isQt(include.target))
                    wrong << describe(include);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void librariesStayInTheirFolders() {
        const QHash<QString, QStringList> allowed = {
            {"sqlite3.h", {"engine/store/"}},
            {"spdlog/", {"engine/base/"}},
            {"zlib.h", {"engine/interop/"}},
            {"png.h", {"engine/interop/"}},
            {"jpeglib.h", {"engine/interop/"}},
            {"cblas.h", {"kernels/cpu/"}},
            {"fftw3.h", {"engine/analysis/"}},
            {"matio.h", {"engine/interop/"}},
            {"igraph/", {"engine/experiments/graph_clustering/"}},
            {"cuda", {"kernels/cuda/"}},
            {"qcustomplot.h", {"widgets/plots/"}},
            {"CLI/", {"app/cli/"}}};
        QStringList wrong;
        for (const QString folder : {"kernels", "engine", "widgets", "app"})
            for (const Include& include : includesOf(folder))
                for (auto rule = allowed.begin(); rule != allowed.end(); ++rule)
                    if (!include.quoted && include.target.startsWith(rule.key()) &&
                        !startsWithAny(include.file, rule.value()))
                        wrong << describe(include);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
        for (const Include& include : includesOf("widgets"))
            if (include.target == "qcustomplot.h" && include.file.endsWith(".h"))
                wrong << describe(include);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void kernelsKnowTheStandardLibraryOnly() {
        QStringList wrong;
        for (const Include& include : includesOf("kernels")) {
            const bool own = include.quoted && include.target.startsWith("kernels/");
            const bool library = !include.quoted && include.target.contains('/') &&
                                 !include.target.startsWith("sys/");
            const bool cpu = include.file.startsWith("kernels/cpu/");
            const bool cuda = include.file.startsWith("kernels/cuda/");
            if ((include.quoted && !own && !cpu && !cuda) || (library && !cpu && !cuda))
                wrong << describe(include);
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void layersInsideTheEngine() {
        QStringList wrong;
        for (const Include& include : includesOf("engine")) {
            if (!include.quoted || !include.target.startsWith("engine/"))
                continue;
            const QString from = include.file.section('/', 1, 1);
            const QString to = include.target.section('/', 1, 1);
            if (level(from) < 0 || level(to) < 0 || level(to) > level(from))
                wrong << describe(include);
            if (from == "experiments" && to == "experiments") {
                const QString kind = include.file.section('/', 2, 2);
                const QString other = include.target.section('/', 2, 2);
                if (!include.file.endsWith("catalog.cpp") && kind != other)
                    wrong << describe(include);
            }
            if (from == "store" && to == "runner")
                wrong << describe(include);
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void coreNeedsNothingButKernels() {
        QFile list(sourceDir() + "/cmake/core.cmake");
        QVERIFY(list.open(QIODevice::ReadOnly));
        static const QRegularExpression source(R"(PROJECT_SOURCE_DIR\}/(\S+\.cpp))");
        auto matches = source.globalMatch(QString::fromUtf8(list.readAll()));
        QStringList core;
        while (matches.hasNext())
            core << matches.next().captured(1);
        QVERIFY(core.size() > 5);
        QStringList wrong;
        for (const Include& include : includesOf("engine"))
            if (core.contains(include.file) &&
                (include.target.startsWith("fmt/") || include.target.startsWith("nlohmann/") ||
                 include.target == "engine/base/json.h" || include.target == "engine/base/log.h"))
                wrong << describe(include);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    // Sources of the core and the headers beside them are all of the engine that it may see.
    void gpuCheckNeedsNothingButTheCore() {
        QStringList wrong;
        for (const Include& include : includesOf("app/gpu_check")) {
            const bool system = !include.quoted && (!include.target.contains('/') ||
                                                    include.target.startsWith("sys/"));
            const bool own = include.quoted && (include.target.startsWith("app/gpu_check/") ||
                                                include.target.startsWith("kernels/"));
            const bool core =
                include.quoted &&
                startsWithAny(include.target,
                              {"engine/base/error.h", "engine/base/random.h", "engine/tensor/",
                               "engine/operators/", "engine/networks/", "engine/optimizers/",
                               "engine/datasets/"});
            if (!system && !own && !core)
                wrong << describe(include);
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void nothingBranchesOnCuda() {
        QStringList wrong;
        for (const QString folder : {"kernels", "engine", "widgets", "app"})
            for (const QString& name : sources(folder)) {
                QFile file(sourceDir() + "/" + name);
                QVERIFY(file.open(QIODevice::ReadOnly));
                if (file.readAll().contains("HAVE_CUDA"))
                    wrong << name;
            }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
    }

    void linkLines() {
        const auto text = [](const QString& name) {
            QFile file(sourceDir() + "/" + name);
            return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
        };
        QVERIFY(!text("kernels/CMakeLists.txt").contains("inlay_engine"));
        const QString engine = text("engine/CMakeLists.txt");
        QVERIFY(!engine.isEmpty());
        QVERIFY(!engine.contains("Qt6"));
        QVERIFY(!engine.contains("inlay_widgets"));
        QVERIFY(!text("app/cli/CMakeLists.txt").contains("Qt6"));
    }
};

QTEST_APPLESS_MAIN(TestArchitecture)
#include "test_architecture.moc"
