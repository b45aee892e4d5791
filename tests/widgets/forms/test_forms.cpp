#include <QtTest>

#include <QAbstractSpinBox>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include "sample_kind.h"
#include "widgets/forms/command_line.h"
#include "widgets/forms/config_form.h"
#include "widgets/forms/field_editor.h"
#include "widgets/forms/form_row.h"
#include "widgets/forms/form_section.h"
#include "widgets/forms/number_edit.h"
#include "widgets/theme/theme.h"

using namespace inlay::test;
using namespace inlay::widgets;

namespace {

/// Types into the control of a row as a person would: selects all, writes.
void type(ConfigForm& form, const std::string& key, const QString& text) {
    FormRow* row = form.row(key);
    QVERIFY2(row, key.c_str());
    QWidget* target = row->editor()->focusTarget();
    if (auto* box = qobject_cast<QAbstractSpinBox*>(target))
        target = box->findChild<QLineEdit*>();
    auto* edit = qobject_cast<QLineEdit*>(target);
    QVERIFY(edit);
    edit->selectAll();
    QTest::keyClicks(edit, text);
}

void choose(ConfigForm& form, const std::string& key, const QString& id) {
    FormRow* row = form.row(key);
    QVERIFY2(row, key.c_str());
    if (auto* box = row->editor()->findChild<QComboBox*>()) {
        box->setCurrentIndex(box->findData(id));
        return;
    }
    for (QToolButton* button : row->editor()->findChildren<QToolButton*>())
        if (button->property("id").toString() == id)
            QTest::mouseClick(button, Qt::LeftButton);
}

Json at(const Json& root, const std::string& key) {
    const Json* value = findPath(root, key);
    return value ? *value : Json();
}

/// The words of a line as a POSIX shell splits them (single quotes and backslashes only).
std::vector<std::string> shellSplit(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    bool open = false;
    bool any = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '\'') {
            open = !open;
            any = true;
        } else if (!open && c == '\\') {
            word += line[++i];
        } else if (!open && c == ' ') {
            if (any || !word.empty())
                words.push_back(word);
            word.clear();
            any = false;
        } else {
            word += c;
        }
    }
    if (any || !word.empty())
        words.push_back(word);
    return words;
}

} // namespace

class TestForms : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
    void init() { QLocale::setDefault(QLocale::c()); }

    /// Every field of every alternative shows its own values unchanged.
    void everyFieldRoundTrips_data() {
        QTest::addColumn<QLocale>("locale");
        QTest::newRow("C") << QLocale::c();
        QTest::newRow("German") << QLocale(QLocale::German, QLocale::Germany);
        QTest::newRow("Arabic") << QLocale(QLocale::Arabic, QLocale::Egypt);
    }
    void everyFieldRoundTrips() {
        QFETCH(QLocale, locale);
        QLocale::setDefault(locale);
        const std::map<FieldType, std::vector<Json>> samples = {
            {FieldType::Boolean, {true, false}},
            {FieldType::Integer, {std::int64_t{0}, std::int64_t{7}, INT64_MAX, -3, "seven"}},
            {FieldType::Real, {0.001, 1e-7, 0.1, 3.0, 123456.75, 1e300, -2.5, "much"}},
            {FieldType::Text, {"", "plain", "mit Umlaut ä", "a \"b\" 'c'"}},
            {FieldType::Path, {"", "/data/x y"}},
            {FieldType::IntegerList, {Json::array(), Json{256, 256}, Json{1}, Json{3, "x"}}},
            {FieldType::RealList, {Json::array(), Json{0.5, 0.25, 1e-4}, Json{2.0}}},
            {FieldType::Rules,
             {Json::array(), Json::array({{{"match", "blocks.*"},
                                           {"operator", {{"kind", "low_rank"}, {"rank", 8}}}},
                                          {{"match", "12"}, {"operator", {{"kind", "stl"}}}}})}},
        };
        int seen = 0;
        for (const FieldInfo& field : sampleSchema().allFields()) {
            if (field.key.find("[]") != std::string::npos)
                continue;
            QWidget parent;
            FieldEditor* editor = makeFieldEditor(field, &parent);
            std::vector<Json> values{field.defaultValue};
            if (field.type == FieldType::Choice) {
                for (const Choice& choice : field.choices)
                    values.push_back(choice.id);
                values.push_back("unheard_of");
            } else if (field.type == FieldType::Rules &&
                       !field.item->defaults().contains("match")) {
                // Other lists of groups: whole items, and ones that leave members out.
                Json item = field.item->defaults();
                values.push_back(Json::array({item}));
                item.erase(item.begin());
                values.push_back(Json::array({field.item->defaults(), item}));
            } else {
                const auto& more = samples.at(field.type);
                values.insert(values.end(), more.begin(), more.end());
            }
            QSignalSpy edited(editor, &FieldEditor::edited);
            for (const Json& value : values) {
                editor->setValue(value);
                const Json back = editor->value();
                // A rule's operator shows only what differs from its defaults.
                const Json wanted = value;
                QVERIFY2(
                    back == wanted ||
                        (field.type == FieldType::Rules && !value.empty() &&
                         field.item->complete(back[0]) == field.item->complete(wanted[0])),
                    (field.key + ": " + dumpJson(wanted) + " became " + dumpJson(back)).c_str());
                ++seen;
            }
            QCOMPARE(edited.count(), 0);
        }
        QVERIFY(seen > 150);
    }

    void typingGivesNumbers_data() {
        QTest::addColumn<QLocale>("locale");
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("number");
        const QLocale german(QLocale::German, QLocale::Germany);
        QTest::newRow("exponent") << QLocale::c() << "1e-4" << 1e-4;
        QTest::newRow("German comma") << german << "0,001" << 0.001;
        QTest::newRow("German point") << german << "0.001" << 0.001;
        QTest::newRow("German exponent") << german << "1,5e-3" << 1.5e-3;
    }
    void typingGivesNumbers() {
        QFETCH(QLocale, locale);
        QFETCH(QString, text);
        QFETCH(double, number);
        QLocale::setDefault(locale);
        ConfigForm form;
        form.setConfig(sampleSchema(), Json::object());
        QSignalSpy changed(&form, &ConfigForm::changed);
        type(form, "learning_rate", text);
        QVERIFY(changed.count() > 0);
        if (number != 0.001)
            QCOMPARE(at(form.values(), "learning_rate").get<double>(), number);
        else // the default is left out
            QVERIFY(at(form.values(), "learning_rate").is_null());
        QVERIFY(sampleSchema().validate(form.values()).empty());
    }

    void stepsByFactors() {
        const auto field = sampleSchema().activeField(Json::object(), "learning_rate");
        NumberEdit edit(*field);
        edit.setValue(0.001);
        edit.stepBy(1);
        QCOMPARE(edit.value().get<double>(), 0.002);
        edit.stepBy(2);
        QCOMPARE(edit.value().get<double>(), 0.01);
        edit.stepBy(-4);
        QCOMPARE(edit.value().get<double>(), 0.0005);
        edit.setValue(9.0);
        edit.stepBy(1);
        QCOMPARE(edit.value().get<double>(), 10.0);
        edit.stepBy(1);
        QCOMPARE(edit.value().get<double>(), 10.0);
        NumberEdit size(*sampleSchema().activeField(Json::object(), "shape.part.size"));
        size.setValue(1);
        size.stepBy(-1);
        QCOMPARE(size.value(), Json(1));
        size.stepBy(1);
        QCOMPARE(size.value(), Json(2));
    }

    void discriminatorSwapsFieldsAndKeepsWhatWasTyped() {
        ConfigForm form;
        form.setConfig(sampleSchema(), {{"shape", {{"loud", true}}}});
        type(form, "shape.part.size", "9");
        choose(form, "shape.part.kind", "inner");
        QVERIFY(!form.row("shape.part.size"));
        type(form, "shape.part.strength", "0.75");
        choose(form, "shape.kind", "plain");
        QVERIFY(!form.row("shape.loud"));
        QVERIFY(!form.row("shape.part.strength"));
        QCOMPARE(form.row("shape.size")->value(), Json(4));
        type(form, "shape.size", "32");
        QCOMPARE(at(form.values(), "shape"), Json({{"kind", "plain"}, {"size", 32}}));
        choose(form, "shape.kind", "nested");
        QCOMPARE(form.row("shape.loud")->value(), Json(true));
        QCOMPARE(form.row("shape.part.strength")->value(), Json(0.75));
        choose(form, "shape.part.kind", "plain");
        QCOMPARE(form.row("shape.part.size")->value(), Json(9));
        choose(form, "shape.kind", "plain");
        QCOMPARE(form.row("shape.size")->value(), Json(32));
    }

    void inlineVariantKeepsItsNeighbors() {
        ConfigForm form;
        form.setConfig(sampleSchema(), {{"network", {{"hidden", {64, 64}}}}});
        choose(form, "network.operator.kind", "stl");
        type(form, "network.operator.rank", "16");
        choose(form, "network.kind", "vit");
        QVERIFY(!form.row("network.hidden"));
        QCOMPARE(form.row("network.operator.rank")->value(), Json(16));
        choose(form, "network.operator.kind", "low_rank");
        type(form, "network.operator.rank", "5");
        choose(form, "network.operator.kind", "stl");
        QCOMPARE(form.row("network.operator.rank")->value(), Json(16));
        choose(form, "network.kind", "mlp");
        QCOMPARE(form.row("network.hidden")->value(), Json({64, 64}));
    }

    void issuesShowAtTheirFields() {
        ConfigForm form;
        form.setConfig(sampleSchema(), Json::object());
        type(form, "network.hidden", "256, x");
        type(form, "epochs", "2000");
        std::vector<Issue> issues = sampleSchema().validate(form.values());
        issues.push_back({"nowhere.at_all", "nowhere.at_all is odd"});
        const std::vector<Issue> homeless = form.setIssues(issues);
        QCOMPARE(homeless.size(), std::size_t{1});
        QCOMPARE(form.row("epochs")->issues().size(), 1);
        QCOMPARE(form.row("network.hidden")->issues().size(), 1);
        QVERIFY(form.row("batch_size")->issues().isEmpty());
        type(form, "epochs", "20");
        form.setIssues(sampleSchema().validate(form.values()));
        QVERIFY(form.row("epochs")->issues().isEmpty());
        QCOMPARE(form.row("network.hidden")->issues().size(), 1);
    }

    void issuesOfRulesShowAtTheRules() {
        ConfigForm form;
        form.setConfig(
            sampleSchema(),
            {{"network",
              {{"layers", Json::array({{{"match", "blocks.*"},
                                        {"operator", {{"kind", "stl"}, {"rank", -4}}}}})}}}});
        const auto issues = sampleSchema().validate(form.values());
        QVERIFY(!issues.empty());
        QVERIFY(form.setIssues(issues).empty());
        QVERIFY(!form.row("network.layers")->issues().isEmpty());
        form.focusFirstIssue();
        QVERIFY(form.section("Network")->isMoreShown());
    }

    void resetGoesBackToTheDefault() {
        ConfigForm form;
        form.setConfig(sampleSchema(), {{"epochs", 50}});
        FormRow* row = form.row("epochs");
        QVERIFY(row->isChanged());
        for (QToolButton* button : row->findChildren<QToolButton*>())
            if (button->accessibleName() == "Reset Epochs")
                QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(row->value(), Json(3));
        QVERIFY(!row->isChanged());
        QCOMPARE(form.values(), Json::object());
    }

    void foldedSectionsSummarize() {
        ConfigForm form;
        form.setConfig(sampleSchema(), {{"network", {{"kind", "vit"}}}});
        form.resize(300, 700);
        form.show();
        FormSection* section = form.section("Network");
        QVERIFY(section);
        section->setFolded(true);
        QVERIFY(form.row("network.kind")->isHidden() || !form.row("network.kind")->isVisible());
        QVERIFY(section->findChild<QLabel*>()->accessibleName().contains("Vision transformer"));
    }

    void commandLineGivesTheSameConfig_data() {
        QTest::addColumn<QString>("base");
        QTest::addColumn<QString>("wanted");
        // ` stands for a double quote.
        const auto row = [](const char* name, QString base, QString wanted) {
            QTest::newRow(name) << base.replace('`', '"') << wanted.replace('`', '"');
        };
        row("same", "{}", "{}");
        row("numbers", "{}", "{`epochs`: 7, `learning_rate`: 1e-4, `shuffle`: false}");
        row("back to a default", "{`epochs`: 7}", "{}");
        row("kind with keys", "{}",
            "{`network`: {`operator`: {`kind`: `stl`, `rank`: 16}, `apply`: `mlp`}}");
        row("kind resets siblings", "{`network`: {`operator`: {`kind`: `stl`, `rank`: 16}}}",
            "{`network`: {`operator`: {`kind`: `low_rank`}}}");
        row("nested kinds", "{`shape`: {`kind`: `plain`, `size`: 8}}",
            "{`shape`: {`part`: {`kind`: `inner`, `strength`: 0.25}, `loud`: true}}");
        row("texts that look like JSON", "{}", "{`group`: `12`}");
        row("quotes", "{}", "{`group`: `it's a \\`test\\` $HOME`}");
        row("lists and rules", "{}",
            "{`decays`: [0.1], `network`: {`kind`: `vit`, `layers`: [{`match`: `blocks.*.mlp.*`, "
            "`operator`: {`kind`: `stl`, `rank`: 8}}]}}");
    }
    void commandLineGivesTheSameConfig() {
        QFETCH(QString, base);
        QFETCH(QString, wanted);
        const SampleKind kind;
        const ProjectKind known{kind.id(), 1, &kind.schema(), {}};
        ProjectFile before;
        before.kind = kind.id();
        before.folder = "/somewhere";
        before.config = Json::parse(base.toStdString());
        ProjectFile after = before;
        after.config = Json::parse(wanted.toStdString());
        after.seed = 5;
        const QString line = runCommandLine(known, before, "/some where/p.inlay.json", after);
        const std::vector<std::string> words = shellSplit(line.toStdString());
        QCOMPARE(words[0] + " " + words[1], std::string("inlay run"));
        QCOMPARE(words[2], std::string("/some where/p.inlay.json"));
        std::vector<std::string> sets;
        for (std::size_t i = 3; i + 1 < words.size(); i += 2)
            if (words[i] == "--set")
                sets.push_back(words[i + 1]);
        const ParsedAssignments parsed = parseAssignments(sets);
        QVERIFY(parsed.issues.empty());
        ProjectFile again = before;
        QVERIFY(assignToProject(again, kind.schema(), parsed.assignments, "/").empty());
        QCOMPARE(kind.schema().complete(again.config), kind.schema().complete(after.config));
        QCOMPARE(words[words.size() - 2] + words.back(), std::string("--seed5"));
        if (base == wanted)
            QCOMPARE(words.size(), std::size_t{5});

        // Without a file the line carries the project itself.
        const std::vector<std::string> whole =
            shellSplit(runCommandLine(known, before, {}, after).toStdString());
        QCOMPARE(whole[0] + whole[1], std::string("printf%s"));
        const ParsedProject read = parseProject(whole[2], "line", "/somewhere", {known});
        QVERIFY(read.issues.empty());
        QCOMPARE(kind.schema().complete(read.project->config),
                 kind.schema().complete(after.config));
        QCOMPARE(read.project->seed, after.seed);
    }

private:
    std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestForms)
#include "test_forms.moc"
