#include <QtTest>

#include <cstdio>
#include <QProcess>
#include <QTemporaryDir>

#include "kernels/devices.h"
#include "kernels/error.h"
#include "tests/kernels/open_message.h"

using namespace inlay::kernels;

namespace {

/// A copy of this program in a folder of its own, so that a module can lie beside it.
class Elsewhere {
public:
    Elsewhere() {
        QDir(folder_.path()).mkpath("bin");
        QDir(folder_.path()).mkpath("lib/inlay");
        QFile::copy(QCoreApplication::applicationFilePath(), program());
    }

    void putModule(const QString& place) {
        QFile file(folder_.filePath(place + "/libinlay_cuda.so"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("this is not a library\n");
    }

    /// What opening `device` says there.
    QString open(const QString& device) {
        QProcess process;
        process.start(program(), {"--open", device});
        process.waitForFinished();
        return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
    }

private:
    QString program() const { return folder_.filePath("bin/program"); }

    QTemporaryDir folder_;
};

} // namespace

class TestDevices : public QObject {
    Q_OBJECT

private slots:
    void knownNamesOpen_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("description");
        QTest::newRow("cpu") << "cpu"
                             << "";
        QTest::newRow("reference") << "reference"
                                   << "plain loops in double precision";
        QTest::newRow("check") << "check"
                               << "reference against cpu (";
    }
    void knownNamesOpen() {
        QFETCH(QString, name);
        QFETCH(QString, description);
        const auto backend = openDevice(name.toStdString());
        QCOMPARE(QString::fromStdString(backend->name()), name);
        QVERIFY(!backend->description().empty());
        QVERIFY(QString::fromStdString(backend->description()).startsWith(description));
    }

    void listNamesEveryDevice() {
        const std::vector<DeviceEntry> entries = listDevices();
        QVERIFY(entries.size() >= 4);
        QStringList names;
        for (const DeviceEntry& entry : entries) {
            names << QString::fromStdString(entry.name);
            QCOMPARE(entry.reason.empty(), entry.available);
            QCOMPARE(entry.description.empty(), !entry.available);
            if (entry.available)
                QVERIFY(entry.memoryBytes > 0);
        }
        QCOMPARE(names.mid(0, 4), (QStringList{"cpu", "reference", "check", "cuda:0"}));
    }

    void unknownNamesAreRefused_data() {
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"", "gpu", "CPU", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:0x", "cuda:+0",
              "check:cpu", "check:", "reference:0", "cuda:99999999999"})
            QTest::newRow(*name ? name : "empty") << name;
    }
    void unknownNamesAreRefused() {
        QFETCH(QString, name);
        const QString message = messageOf(name.toStdString());
        QVERIFY2(message.startsWith("\"" + name +
                                    "\" is not a device; allowed are cpu, reference, check, "
                                    "cuda:N and check:cuda:N, and available here are cpu, "
                                    "reference, check"),
                 qPrintable(message));
    }

    void missingModule() {
        Elsewhere elsewhere;
        const QString sentence =
            "cuda:%1 is not available: the module libinlay_cuda.so was not found beside the "
            "program; available devices are cpu, reference, check.";
        QCOMPARE(elsewhere.open("cuda:0"), sentence.arg(0));
        QCOMPARE(elsewhere.open("cuda:7"), sentence.arg(7));
        QCOMPARE(elsewhere.open("check:cuda:0"), sentence.arg(0));
    }

    // The module is looked for beside the program, then in ../lib/inlay.
    void brokenModule_data() {
        QTest::addColumn<QString>("place");
        QTest::newRow("beside") << "bin";
        QTest::newRow("library folder") << "lib/inlay";
    }
    void brokenModule() {
        QFETCH(QString, place);
        Elsewhere elsewhere;
        elsewhere.putModule(place);
        const QString message = elsewhere.open("cuda:0");
        QVERIFY2(message.startsWith("cuda:0 is not available: the module libinlay_cuda.so could "
                                    "not be opened (") &&
                     message.contains(place + "/libinlay_cuda.so") &&
                     message.endsWith("available devices are cpu, reference, check."),
                 qPrintable(message));
    }
};

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--open") {
        std::puts(qPrintable(messageOf(argv[2])));
        return 0;
    }
    QCoreApplication application(argc, argv);
    TestDevices test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_devices.moc"
