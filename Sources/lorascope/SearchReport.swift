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
    /// As measured of its runs, else as it was known or predicted before.
    var tpotOverheadPercent: RunReport.Intervals?
    var tpotIsPredicted: Bool?
    var runs: [RunID]
  }

  /// What was known of a combination before the first heat.
  struct Prior: Encodable {
    var targets: String
    var parameters: Int
    /// The mean gradient energy, and its interval where there were several batches or starts.
    var energy: Double?
    var energyInterval: [Double]?
    var tpotOverheadPercent: RunReport.Intervals?
    var tpotIsPredicted: Bool?
    /// How it did in the first heats of other data sets, −1 to 1; absent where nothing was shared.
    var standing: Double?

    init(_ prior: SearchPrior) {
      standing = prior.standing
      targets = prior.targets.label
      parameters = prior.parameters
      energy = prior.energy?.estimate
      energyInterval = prior.energy.flatMap { $0.low < $0.high ? [$0.low, $0.high] : nil }
      tpotOverheadPercent = prior.overhead.map(RunReport.Intervals.init)
      tpotIsPredicted = prior.overhead.map { _ in prior.overheadIsPredicted == true }
    }
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

  struct SharedHeat: Encodable {
    var search: SearchID
    var data: String
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
  /// Whose first heats ordered the shortlist.
  var sharedHeats: [SharedHeat]
  var priors: [Prior]
  /// Of the look at the base; absent without one, and before it.
  var lookSeconds: Double?
  var lookNotes: [String]
  var tuningExamples: Int
  /// The batch whose TPOT overheads are of; absent for one sequence's.
  var fleet: Int?
  var secondsPromised: Double?
  /// Until its answer.
  var secondsUsed: Double
  /// Until the runs that it names had ended: what was promised; absent before that.
  var secondsTaken: Double?
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
      let own = named.filter { SearchEntrant($0.plan).candidate == one.candidate }
      let measured = summary.plan.fleet == nil ? own.compactMap(\.latency).last?.overheadPercent : nil
      let overhead = measured ?? one.overhead
      return Named(
        targets: one.candidate.targets.label, learningRate: one.candidate.learningRate,
        tuningPercent: RunReport.Intervals(one.score), seeds: one.seeds,
        differencePoints: one.difference.map(RunReport.Intervals.init), pValue: one.pValue, parameters: one.parameters,
        tpotOverheadPercent: overhead.map(RunReport.Intervals.init),
        tpotIsPredicted: overhead.map { _ in measured == nil && one.overheadIsPredicted == true }, runs: own.map(\.id))
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
      uniqueKeysWithValues: summary.bracket.notStarted.map {
        ($0.key.label, LeaveText.words($0.value, in: summary.plan))
      })
    sharedHeats = (summary.plan.sharing?.sources ?? []).map { SharedHeat(search: $0.search, data: $0.data) }
    priors = summary.plan.combinations.map(Prior.init)
    lookSeconds = summary.plan.look?.seconds
    lookNotes = summary.plan.look?.notes ?? []
    tuningExamples = summary.plan.tuningExamples
    fleet = summary.plan.fleet
    secondsPromised = summary.secondsPromised
    secondsUsed = summary.secondsUsed
    secondsTaken = summary.secondsTaken(named)
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
