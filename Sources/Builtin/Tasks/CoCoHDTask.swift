import Recipe
import Training

/// Stands in for CoCoHD: a committee hearing's transcript to a JSON record of a fixed schema. Everything is in the prompt; what the base lacks is
/// the schema and where each field is found. No person of an evaluation hearing occurs in training.
public struct CoCoHDTask: BuiltinTask {
  public let name = "cocohd"
  public let displayName = "CoCoHD"
  public let metric: any Metric = KeyValueMatch()
  public let maxNewTokens = 112
  let world: World

  public init(world: World = .standard) { self.world = world }

  public var recommendedTrainingExamples: Int { 400 }
  public var recommendedEvaluationExamples: Int { 500 }
  public var recommendedSettings: RunSettings {
    settings(epochs: 3, batchSize: 4, sequenceLength: 320)
  }

  /// The people of a split; no two splits share one.
  func surnames(of split: Split) -> ArraySlice<String> {
    split.share(of: world.surnames)
  }

  public func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    let surnames = surnames(of: split)
    var generator = SplitMix64(seed: seed, stream: 0xC0C0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    return (0..<max(0, count)).map { id in
      let hearing = Hearing(world: world, surnames: surnames, &generator)
      return Example(
        id: id, prompt: hearing.transcript(&generator) + "Record:\n", completion: hearing.record)
    }
  }
}
