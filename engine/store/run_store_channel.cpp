#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

EventLevel eventLevelFrom(std::string_view text) {
    for (const EventLevel level : {EventLevel::Warning, EventLevel::Error}) {
        if (text == nameOf(level))
            return level;
    }
    return EventLevel::Info;
}

ControlVerb controlVerbFrom(std::string_view text) {
    for (const ControlVerb verb : {ControlVerb::Pause, ControlVerb::Continue, ControlVerb::Set}) {
        if (text == nameOf(verb))
            return verb;
    }
    return ControlVerb::Stop;
}

std::vector<ControlRecord> readControls(Statement row, RunId run) {
    std::vector<ControlRecord> controls;
    row.bindAll(run);
    while (row.step()) {
        ControlRecord control;
        control.id = row.integer(0);
        control.run = run;
        control.createdMs = row.integer(1);
        control.verb = controlVerbFrom(row.textView(2));
        control.payload = row.text(3);
        control.takenMs = row.integer(4);
        control.outcome = row.text(5);
        controls.push_back(std::move(control));
    }
    return controls;
}

} // namespace

void RunStore::addEvent(RunId run, EventLevel level, const std::string& text) {
    Transaction transaction(*database_);
    database_->run("INSERT INTO event(run, ts_ms, level, text) VALUES(?, ?, ?, ?)", run,
                   wallMilliseconds(), nameOf(level), text);
    transaction.commit();
}

std::vector<EventRecord> RunStore::events(RunId run, std::int64_t afterId) {
    std::vector<EventRecord> events;
    Statement row = database_->prepare(
        "SELECT id, ts_ms, level, text FROM event WHERE run = ? AND id > ? ORDER BY id");
    row.bindAll(run, afterId);
    while (row.step())
        events.push_back(
            {row.integer(0), row.integer(1), eventLevelFrom(row.textView(2)), row.text(3)});
    return events;
}

std::int64_t RunStore::requestControl(RunId run, ControlVerb verb, const std::string& payload) {
    Transaction transaction(*database_);
    database_->run("INSERT INTO control(run, created_ms, verb, payload) VALUES(?, ?, ?, ?)", run,
                   wallMilliseconds(), nameOf(verb), payload);
    const std::int64_t id = database_->lastInsertId();
    transaction.commit();
    return id;
}

std::vector<ControlRecord> RunStore::controls(RunId run) {
    return readControls(
        database_->prepare("SELECT id, created_ms, verb, payload, taken_ms, outcome FROM control "
                           "WHERE run = ? ORDER BY id"),
        run);
}

std::vector<ControlRecord> RunStore::pendingControls(RunId run) {
    return readControls(
        database_->prepare("SELECT id, created_ms, verb, payload, taken_ms, outcome FROM control "
                           "WHERE run = ? AND taken_ms = 0 ORDER BY id"),
        run);
}

void RunStore::takeControl(std::int64_t id, const std::string& outcome) {
    Transaction transaction(*database_);
    database_->run("UPDATE control SET taken_ms = ?, outcome = ? WHERE id = ?", wallMilliseconds(),
                   outcome, id);
    transaction.commit();
}

void RunStore::askQuestion(RunId run, const QuestionRecord& question) {
    Transaction transaction(*database_);
    database_->run("INSERT OR REPLACE INTO question(run, n, given, payload, asked_ms) "
                   "VALUES(?, ?, ?, ?, ?)",
                   run, question.n, question.given, question.payload, wallMilliseconds());
    transaction.commit();
}

std::vector<QuestionRecord> RunStore::questions(RunId run) {
    std::vector<QuestionRecord> questions;
    Statement row = database_->prepare(
        "SELECT n, given, payload, asked_ms FROM question WHERE run = ? ORDER BY n, given");
    row.bindAll(run);
    while (row.step())
        questions.push_back({row.integer(0), row.text(1), row.text(2), row.integer(3)});
    return questions;
}

std::vector<QuestionRecord> RunStore::questionsAt(RunId run, std::int64_t n) {
    std::vector<QuestionRecord> questions;
    Statement row = database_->prepare("SELECT n, given, payload, asked_ms FROM question "
                                       "WHERE run = ? AND n = ? ORDER BY given");
    row.bindAll(run, n);
    while (row.step())
        questions.push_back({row.integer(0), row.text(1), row.text(2), row.integer(3)});
    return questions;
}

std::int64_t RunStore::answerQuestion(RunId run, std::int64_t n, const std::string& payload,
                                      Answer answer) {
    Transaction transaction(*database_);
    std::int64_t seq = 0;
    {
        Statement next =
            database_->prepare("SELECT ifnull(max(seq), 0) + 1 FROM answer WHERE run = ?");
        next.bindAll(run).step();
        seq = next.integer(0);
    }
    database_->run("INSERT INTO answer(run, seq, n, payload, answered_ms, undone) "
                   "VALUES(?, ?, ?, ?, ?, ?)",
                   run, seq, n, payload, wallMilliseconds(), answer == Answer::Undo ? 1 : 0);
    transaction.commit();
    return seq;
}

std::vector<AnswerRecord> RunStore::answers(RunId run, std::int64_t afterSeq) {
    std::vector<AnswerRecord> answers;
    Statement row = database_->prepare("SELECT seq, n, payload, answered_ms, undone FROM answer "
                                       "WHERE run = ? AND seq > ? ORDER BY seq");
    row.bindAll(run, afterSeq);
    while (row.step())
        answers.push_back(
            {row.integer(0), row.integer(1), row.text(2), row.integer(3), row.integer(4) != 0});
    return answers;
}

bool RunStore::becomeWorker(const ProcessIdentity& process, int slotCount) {
    Transaction transaction(*database_);
    if (const auto other = worker()) {
        if (other->process != process && !isLost(*other, wallMilliseconds()))
            return false;
    }
    database_->run("INSERT OR REPLACE INTO worker(id, pid, proc_start, host, heartbeat_ms, slots) "
                   "VALUES(1, ?, ?, ?, ?, ?)",
                   process.pid, process.procStart, process.host, wallMilliseconds(), slotCount);
    transaction.commit();
    return true;
}

void RunStore::workerHeartbeat(const ProcessIdentity& process) {
    Transaction transaction(*database_);
    database_->run("UPDATE worker SET heartbeat_ms = ? WHERE pid = ? AND proc_start = ? AND "
                   "host = ?",
                   wallMilliseconds(), process.pid, process.procStart, process.host);
    transaction.commit();
}

void RunStore::resignWorker(const ProcessIdentity& process) {
    Transaction transaction(*database_);
    database_->run("DELETE FROM worker WHERE pid = ? AND proc_start = ? AND host = ?", process.pid,
                   process.procStart, process.host);
    transaction.commit();
}

std::optional<WorkerRecord> RunStore::worker() {
    Statement row =
        database_->prepare("SELECT pid, proc_start, host, heartbeat_ms, slots FROM worker");
    if (!row.step())
        return std::nullopt;
    WorkerRecord worker;
    worker.process = {row.integer(0), row.integer(1), row.text(2)};
    worker.heartbeatMs = row.integer(3);
    worker.slotCount = static_cast<int>(row.integer(4));
    return worker;
}

} // namespace inlay::engine
