import Messages
import Recipe

/// `--json` of a search.
struct SearchReport: Encodable {
  struct Named: Encodable {
    var targets: String
    var learningRate: Double
    var tuningPercent: RunReport.Intervals
    var seeds: Int
    var differencePoints: RunReport.Intervals?
    var pValue: Double?
    var parameters: Int
    var runs: [RunID]
  }

  struct Entry: Encodable {
    var targets: String
    var learningRate: Double
    var seed: UInt64
    var standing: String
    var reason: String?
    var step: Int?
    var tuningPercent: Double?
    var loss: Double?
  }

  struct Heat: Encodable {
    var share: Double?
    var confirmSeed: UInt64?
    var entries: [Entry]
  }

  var search: SearchID
  var status: String
  var reason: String?
  var data: String
  var answer: String
  var sentence: String?
  var pick: String?
  var pickLearningRate: Double?
  var candidates: [Named]
  var secondsToTell: Double?
  var heats: [Heat]
  var notStarted: [String: String]
  var tuningExamples: Int
  var secondsPromised: Double?
  var secondsUsed: Double
  var runs: [RunReport]

  init(_ summary: SearchSummary, _ snapshot: Snapshot) {
    let found = summary.answer
    let named = summary.named(in: snapshot)
    search = summary.id
    status = summary.status.rawValue
    reason = summary.reason
    data = summary.request.data.displayName
    answer = found?.kind.rawValue ?? "none"
    sentence = found?.sentence
    pick = found?.pick?.targets.label
    pickLearningRate = found?.pick?.learningRate
    secondsToTell = found?.costToTell?.seconds
    candidates = (found?.candidates ?? []).map { one in
      Named(
        targets: one.candidate.targets.label, learningRate: one.candidate.learningRate,
        tuningPercent: RunReport.Intervals(one.score), seeds: one.seeds,
        differencePoints: one.difference.map(RunReport.Intervals.init), pValue: one.pValue, parameters: one.parameters,
        runs: named.filter { SearchEntrant($0.plan).candidate == one.candidate }.map(\.id))
    }
    heats = summary.bracket.heats.map { heat in
      var share: Double?
      var seed: UInt64?
      switch heat.kind {
      case .race(let part): share = part
      case .confirm(let number): seed = number
      }
      return Heat(share: share, confirmSeed: seed, entries: heat.entries.map(Entry.init))
    }
    notStarted = Dictionary(
      uniqueKeysWithValues: summary.bracket.notStarted.map { ($0.key.label, LeaveText.words($0.value)) })
    tuningExamples = summary.plan.tuningExamples
    secondsPromised = summary.secondsPromised
    secondsUsed = summary.secondsUsed
    runs = summary.runs(in: snapshot).map { RunReport($0) }
  }
}

extension SearchReport.Entry {
  init(_ entry: SearchBracket.Entry) {
    let (standing, reason): (String, String?) =
      switch entry.standing {
      case .running: ("running", nil)
      case .scored: ("in", nil)
      case .left(let why): ("left", LeaveText.words(why))
      }
    self.init(
      targets: entry.candidate.targets.label, learningRate: entry.candidate.learningRate, seed: entry.seed,
      standing: standing, reason: reason, step: entry.step, tuningPercent: entry.score, loss: entry.loss)
  }
}
