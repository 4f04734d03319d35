import Analysis
import Foundation
import Messages
import Recipe

/// Tables of finished runs made by a generator whose truth is known: combinations of a given quality, losses that tell it early as well
/// as a correlation says, scores that rise late. For tests of the search only; no figure of the program comes from here.
struct GeneratedStudy {
  /// True score of each combination in percent, at its best rate; by place in `Targets.fifteen`.
  var truths: [Double]
  /// Correlation of the loss with the truth at the start of the run; it rises to `lateCorrelation` at its end.
  var earlyCorrelation = 0.7
  var lateCorrelation = 0.95
  /// Share of the run at which half of the final score is reached.
  var learned = 0.2
  /// Points that a run moves from seed to seed.
  var seedSpread = 2.5
  /// Rank agreement of the probe's energy with the truth, and whether there is a probe.
  var probeCorrelation = 0.85
  var isProbed = true
  var tuning = 300
  var evaluation = 500
  var seeds: [UInt64] = [0, 1, 2, 3, 4]
  /// The best rate is the middle one; the others lose points. Raced with the first seed only.
  var rates: [Double] = [3e-3]
  var name = "made"
  var diverging: Set<Targets> = []

  /// A task like those that were measured: qkv helps most, MLP alone least, and some sets do worse than their parts.
  static func task(like early: Double, seed: UInt64, spread: Double = 20) -> GeneratedStudy {
    var generator = Normal(seed: seed)
    let parts = [1.3, 0.8, 0.5, 0.45].map { $0 + 0.35 * generator.next() }
    let top = 70 + 25 * generator.uniform()
    let energies = Targets.fifteen.map { set in
      1
        - exp(
          -TargetGroup.allCases.enumerated().reduce(0.0) {
            $0 + (set.contains($1.element.set) ? max(0.1, parts[$1.offset]) : 0)
          })
    }
    let best = energies.max() ?? 1
    let truths = energies.map { top - spread * 2.5 * (best - $0) + 2.5 * generator.next() }
    var study = GeneratedStudy(truths: truths.map { min(99, max(1, $0)) })
    study.earlyCorrelation = early
    return study
  }

  func rows(seed: UInt64, base: String = "made", task: String = "made") -> StudyRows {
    var generator = Normal(seed: seed)
    let count = truths.count
    let sets = Array(Targets.fifteen.prefix(count))
    let mean = truths.reduce(0, +) / Double(count)
    let spread = max(1e-9, (truths.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot())
    let standard = truths.map { ($0 - mean) / spread }
    let distraction = standard.map { _ in generator.next() }
    let probeNoise = standard.map { _ in generator.next() }
    let difficulty = (0..<tuning + evaluation).map { _ in generator.next() }
    let overheads = sets.map { set in
      TargetGroup.allCases.enumerated().reduce(0.0) {
        $0 + (set.contains($1.element.set) ? [4.3, 1.9, 6.4, 3.6][$1.offset] : 0)
      } + 0.3 * generator.next()
    }
    let size = sets.map { set in
      TargetGroup.allCases.enumerated().reduce(0) {
        $0 + (set.contains($1.element.set) ? [5, 2, 10, 6][$1.offset] : 0)
      }
    }
    var rows: [StudyRow] = []
    for place in sets.indices {
      for rate in rates {
        let offset = rates.firstIndex(of: rate).map { abs($0 - rates.count / 2) } ?? 0
        for (seedPlace, runSeed) in seeds.enumerated() where seedPlace == 0 || offset == 0 {
          let final = truths[place] - Double(offset) * 8 + seedSpread * generator.next()
          let diverges = diverging.contains(sets[place])
          // One slow walk away from the truth for each run, as losses of neighbouring steps go together.
          let own = 0.8 * distraction[place] + 0.6 * generator.next()
          let losses = (0..<SearchPlan.lossBlocks).map { block -> Float in
            let share = Double(block + 1) / Double(SearchPlan.lossBlocks)
            let rho = earlyCorrelation + (lateCorrelation - earlyCorrelation) * min(1, share / 0.6)
            let quality = (final - mean) / spread
            let signal = rho * quality + max(0, 1 - rho * rho).squareRoot() * own
            let batch = sin(Double(block) * 12.9898)
            return Float(2.5 - 1.5 * share.squareRoot() - 0.12 * signal + 0.05 * batch + 0.01 * generator.next())
          }
          let personal = (0..<tuning + evaluation).map { _ in generator.next() }
          func outcomes(_ range: Range<Int>, _ score: Double, _ blur: Double) -> OutcomeText {
            let threshold = Normal.quantile(min(0.999, max(0.001, score / 100)))
            return OutcomeText(
              range.map { threshold > 0.8 * difficulty[$0] + 0.6 * personal[$0] + blur ? 1 : 0 })
          }
          let shares = diverges ? [] : [0.1, 0.2, 0.3, 0.6, 1]
          let heats = shares.map { share in
            // Early scores are low, and their order is blurred by as much as the loss's.
            let grown = final / (1 + exp(-12 * (share - learned))) * (1 + exp(-12 * (1 - learned)))
            return StudyRow.Heat(
              share: share, step: Int(300 * share),
              outcomes: outcomes(0..<tuning, grown, (1 - share) * 0.15 * generator.next()), seconds: 0.05 * 40)
          }
          rows.append(
            StudyRow(
              task: task, base: base, targets: sets[place], rate: rate, seed: runSeed, steps: 300,
              losses: diverges ? [] : losses, heats: heats,
              evaluation: offset == 0 && !diverges ? outcomes(tuning..<tuning + evaluation, final, 0) : OutcomeText([]),
              trainSeconds: 30 + Double(size[place]), evaluateSeconds: 8, latencySeconds: 6, overhead: overheads[place],
              parameters: 1000 * size[place],
              energy: isProbed
                ? exp(
                  probeCorrelation * standard[place] + (1 - probeCorrelation * probeCorrelation).squareRoot()
                    * probeNoise[place])
                : nil, diverged: diverges))
        }
      }
    }
    return StudyRows(rows: rows, tasks: [StudyTask(task: task, base: base, probeSeconds: isProbed ? 4 : nil)])
  }
}

/// Normal deviates by Box and Muller, of the house's generator.
struct Normal {
  private var generator: SplitMix64
  private var spare: Double?

  init(seed: UInt64) { generator = SplitMix64(seed: seed, stream: 7) }

  mutating func uniform() -> Double { generator.uniform() }

  mutating func next() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    let radius = (-2 * log(1 - generator.uniform())).squareRoot()
    let angle = 2 * Double.pi * generator.uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  /// By bisection of the error function, for thresholds.
  static func quantile(_ p: Double) -> Double {
    var low = -5.0
    var high = 5.0
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.0.squareRoot()) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
