#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <set>

#include "engine/datasets/catalog.h"

using namespace inlay::engine;

class TestCharacters : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    CharactersConfig write(const QByteArray& text, std::int64_t window) {
        QFile file(folder_.filePath("text.txt"));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("the test folder cannot be written");
        CharactersConfig config;
        config.path = file.fileName().toStdString();
        config.window = window;
        config.count = config.testCount = 0;
        config.validationCount = 0;
        return config;
    }

    /// The characters of a sample's window and its next one.
    static std::string textOf(const Dataset& data, std::int64_t sample) {
        std::string text;
        const std::int64_t width = data.shape.width;
        for (std::int64_t row = 0; row < data.shape.height; ++row) {
            int ones = 0;
            for (std::int64_t c = 0; c < width; ++c)
                if (data.bytes[static_cast<std::size_t>((sample * data.shape.height + row) * width +
                                                        c)] == 255) {
                    text += data.classNames[static_cast<std::size_t>(c)];
                    ++ones;
                }
            if (ones != 1)
                return "not one-hot";
        }
        return text + data.classNames[static_cast<std::size_t>(
                          data.labels[static_cast<std::size_t>(sample)])];
    }

private slots:
    void windowsAreThoseOfTheText() {
        QByteArray text;
        for (int i = 0; i < 100; ++i)
            text += static_cast<char>('a' + (i * i + i / 7) % 11);
        const CharactersConfig config = write(text, 3);
        const DatasetSummary summary = summarizeDataset(config);
        QCOMPARE(summary.shape, (SampleShape{3, summary.classes, 1}));
        QCOMPARE(summary.counts.training, std::int64_t{87});
        QCOMPARE(summary.counts.test, std::int64_t{7});
        const DatasetSplit split = loadDataset(config);
        const auto wanted = [&](int from, int to) {
            std::multiset<std::string> all;
            for (int i = from; i + 3 < to; ++i)
                all.insert(text.mid(i, 4).toStdString());
            return all;
        };
        const auto found = [](const Dataset& data) {
            std::multiset<std::string> all;
            for (std::int64_t i = 0; i < data.count; ++i)
                all.insert(textOf(data, i));
            return all;
        };
        // No window reaches over the border between the parts.
        QVERIFY(found(split.training) == wanted(0, 90));
        QVERIFY(found(split.test) == wanted(90, 100));
    }

    void theSeedDecidesWhichWindows() {
        QByteArray text;
        for (int i = 0; i < 400; ++i)
            text += static_cast<char>('a' + (i * 7 + i / 13) % 23);
        CharactersConfig config = write(text, 5);
        config.count = 50;
        config.testCount = 10;
        config.validationCount = 8;
        const DatasetSplit split = loadDataset(config);
        QCOMPARE(split.training.count, std::int64_t{42});
        QCOMPARE(split.validation.count, std::int64_t{8});
        QCOMPARE(split.test.count, std::int64_t{10});
        QCOMPARE(loadDataset(config).training.bytes, split.training.bytes);
        config.seed = 2;
        QVERIFY(loadDataset(config).training.bytes != split.training.bytes);
    }

    // Neighboring windows are nearly the same: none of validation may share a character's place
    // with one of training.
    void validationHasAPartOfItsOwn_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("validation");
        QTest::addColumn<int>("training");
        QTest::newRow("some") << 50 << 8 << 42;
        QTest::newRow("many") << 300 << 30 << 270;
        // 355 places, a tenth of them for validation; the five windows that reach into those are
        // left out.
        QTest::newRow("all") << 0 << 30 << 315;
        QTest::newRow("most") << 0 << 349 << 1;
    }
    void validationHasAPartOfItsOwn() {
        QFETCH(int, count);
        QFETCH(int, validation);
        QFETCH(int, training);
        QByteArray text;
        quint32 state = 1;
        for (int i = 0; i < 400; ++i) { // so mixed that a window tells its place
            state = state * 1103515245u + 12345u;
            text += static_cast<char>(33 + (state >> 16) % 90);
        }
        CharactersConfig config = write(text, 5);
        config.count = count;
        config.validationCount = validation;
        const DatasetSummary summary = summarizeDataset(config);
        const DatasetSplit split = loadDataset(config);
        QCOMPARE(summary.counts.training, split.training.count);
        QCOMPARE(split.training.count, std::int64_t{training});
        QCOMPARE(split.validation.count, std::int64_t{validation});
        const auto range = [&](const Dataset& data) {
            qsizetype first = text.size();
            qsizetype last = 0;
            for (std::int64_t i = 0; i < data.count; ++i) {
                const qsizetype place = text.indexOf(QByteArray::fromStdString(textOf(data, i)));
                first = std::min(first, place);
                last = std::max(last, place + 5); // of the character that follows
            }
            return std::pair(first, last);
        };
        // Another number of training samples, the same ones for validation.
        CharactersConfig fewer = config;
        fewer.count = validation + 1;
        QCOMPARE(loadDataset(fewer).validation.bytes, split.validation.bytes);
        QVERIFY(range(split.training).second < range(split.validation).first);
        QVERIFY(range(split.validation).second < 360);
        QVERIFY(range(split.test).first >= 360);
    }

    void namesAreForPeople() {
        const CharacterText source =
            readCharacters(write(QByteArray(60, 'x') + " \n\t\x80" + QByteArray(60, 'y'), 2));
        QCOMPARE(source.names,
                 (std::vector<std::string>{"tab", "newline", "space", "x", "y", "0x80"}));
    }

    void badTextsAreNamed_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("count");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("part");
        QTest::newRow("empty") << QByteArray() << 0 << "dataset.path"
                               << "0 bytes";
        QTest::newRow("short") << QByteArray("abcdefghij") << 0 << "dataset.path"
                               << "need 50 at least";
        QTest::newRow("one character") << QByteArray(200, 'a') << 0 << "dataset.path"
                                       << "one character only";
        QTest::newRow("too many wanted")
            << QByteArray("abcde").repeated(40) << 1000 << "dataset.count"
            << "0 to 176";
    }
    void tooMuchValidationIsNamed() {
        CharactersConfig config = write(QByteArray("abcde").repeated(40), 4);
        config.validationCount = 172;
        const std::vector<Issue> issues = checkDataset(config);
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), QString("dataset.validation_count"));
        QVERIFY2(issues[0].message.find("allowed is -1 to 171") != std::string::npos,
                 issues[0].message.c_str());
        config.validationCount = 171;
        QVERIFY(checkDataset(config).empty());
        QCOMPARE(loadDataset(config).training.count, std::int64_t{1});
    }
    void badTextsAreNamed() {
        QFETCH(QByteArray, text);
        QFETCH(int, count);
        QFETCH(QString, key);
        QFETCH(QString, part);
        CharactersConfig config = write(text, 4);
        config.count = count;
        const std::vector<Issue> issues = checkDataset(config);
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(issues[0].key), key);
        QVERIFY2(QString::fromStdString(issues[0].message).contains(part),
                 issues[0].message.c_str());
    }

    void aMissingFileIsNamed() {
        CharactersConfig config;
        config.path = "/nowhere.txt";
        const std::vector<Issue> issues = checkDataset(config);
        QCOMPARE(issues.size(), std::size_t{1});
        QVERIFY(issues[0].message.find("/nowhere.txt") != std::string::npos);
    }

    void shakespeareIsRead() {
        const QString file = qEnvironmentVariable("INLAY_TEST_DATA") + "/text/tinyshakespeare.txt";
        if (!QFile::exists(file))
            QSKIP("INLAY_TEST_DATA has no tinyshakespeare");
        CharactersConfig config;
        config.path = file.toStdString();
        const DatasetSummary summary = summarizeDataset(config);
        QCOMPARE(summary.classes, 65);
        QCOMPARE(summary.counts.training, std::int64_t{45'000});
        // All windows would take a gigabyte.
        config.count = 0;
        const std::vector<Issue> issues = checkDataset(config);
        QCOMPARE(issues.size(), std::size_t{1});
        QCOMPARE(issues[0].key, std::string("dataset.count"));
        QVERIFY2(issues[0].message.find("allowed are 516222") != std::string::npos,
                 issues[0].message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestCharacters)
#include "test_characters.moc"
