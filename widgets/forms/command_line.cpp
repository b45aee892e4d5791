#include "widgets/forms/command_line.h"

#include <QRegularExpression>
#include <QStringList>

namespace inlay::widgets {

using engine::AnySchema;
using engine::Assignment;
using engine::FieldInfo;
using engine::Json;
using engine::ProjectFile;
using engine::ProjectKind;

namespace {

Json valueAt(const Json& root, const std::string& key) {
    const Json* value = engine::findPath(root, key);
    return value ? *value : Json();
}

} // namespace

std::vector<Assignment> assignmentsBetween(const AnySchema& schema, const Json& base,
                                           const Json& wanted) {
    const Json target = schema.complete(wanted);
    Json current = schema.complete(base);
    std::vector<Assignment> assignments;
    const std::vector<FieldInfo> fields = schema.fields(wanted);
    for (const FieldInfo& field : fields)
        if (field.discriminator && valueAt(current, field.key) != valueAt(target, field.key))
            assignments.push_back({field.key, valueAt(target, field.key)});
    if (!assignments.empty())
        current = schema.complete(engine::assign(schema, base, assignments).config);
    for (const FieldInfo& field : fields)
        if (!field.discriminator && valueAt(current, field.key) != valueAt(target, field.key))
            assignments.push_back({field.key, valueAt(target, field.key)});
    return assignments;
}

std::string assignmentText(const Assignment& assignment) {
    const Json& value = assignment.value;
    const bool plain =
        value.is_string() && engine::valueFromText(value.get<std::string>()) == value;
    return assignment.key + "=" + (plain ? value.get<std::string>() : engine::dumpJson(value));
}

QString shellWord(const QString& word) {
    static const QRegularExpression safe(QStringLiteral("^[A-Za-z0-9_@%+=:,./-]+$"));
    if (safe.match(word).hasMatch())
        return word;
    QString quoted = word;
    quoted.replace(QLatin1Char('\''), QLatin1String("'\\''"));
    return QLatin1Char('\'') + quoted + QLatin1Char('\'');
}

QString runCommandLine(const ProjectKind& kind, const ProjectFile& base, const QString& path,
                       const ProjectFile& wanted) {
    const bool sameFile = !path.isEmpty() && base.kind == wanted.kind &&
                          base.variants == wanted.variants && base.grid == wanted.grid &&
                          base.seeds == wanted.seeds;
    if (!sameFile) {
        ProjectFile whole = wanted;
        whole.config = engine::withAbsolutePaths(*kind.schema, wanted.config, wanted.folder);
        const QString json =
            QString::fromStdString(engine::dumpJson(engine::projectJson(whole, kind)));
        return QStringLiteral("printf %s ") + shellWord(json) +
               QStringLiteral(" | inlay run /dev/stdin");
    }
    QStringList words{QStringLiteral("inlay"), QStringLiteral("run"), path};
    // Relative paths of the line start from the terminal's folder, those of the file from its own.
    const Json before = engine::withAbsolutePaths(*kind.schema, base.config, base.folder);
    const Json after = engine::withAbsolutePaths(*kind.schema, wanted.config, wanted.folder);
    for (const Assignment& assignment : assignmentsBetween(*kind.schema, before, after))
        words << QStringLiteral("--set") << QString::fromStdString(assignmentText(assignment));
    if (wanted.device != base.device)
        words << QStringLiteral("--device") << QString::fromStdString(wanted.device);
    if (wanted.threads != base.threads)
        words << QStringLiteral("--threads") << QString::number(wanted.threads);
    if (wanted.seed != base.seed)
        words << QStringLiteral("--seed") << QString::number(wanted.seed);
    if (wanted.title != base.title)
        words << QStringLiteral("--name") << QString::fromStdString(wanted.title);
    for (QString& word : words)
        word = shellWord(word);
    return words.join(QLatin1Char(' '));
}

} // namespace inlay::widgets
