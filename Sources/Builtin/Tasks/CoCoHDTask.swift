import Recipe
import Training

/// Stands in for CoCoHD: a committee hearing's transcript to a JSON record of a fixed schema. Everything is in the prompt; what the base lacks is
/// the schema and where each field is found. No person of an evaluation hearing occurs in training.
package struct CoCoHDTask: BuiltinTask {
  package let name = "cocohd"
  package let displayName = "CoCoHD"
  package let metric: any Metric = KeyValueMatch()
  package let maxNewTokens = 112
  package let groupNoun: String? = "chairs"
  package var version = TaskVersion.present
  let world: World

  package init(world: World = .standard) { self.world = world }

  package var recommendedTrainingExamples: Int { 400 }
  package var recommendedEvaluationExamples: Int { 500 }
  package var recommendedSettings: RunSettings {
    settings(epochs: 3, batchSize: 4, sequenceLength: 320)
  }

  /// The people of a split; no two splits share one.
  func surnames(of split: Split) -> ArraySlice<String> {
    split.share(of: world.surnames, version: version)
  }

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    let surnames = surnames(of: split)
    var generator = SplitMix64(seed: seed, stream: 0xC0C0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    return (0..<max(0, count)).map { id in
      let hearing = Hearing(world: world, surnames: surnames, &generator)
      let field = hearing.field(id)
      return Example(
        id: id, prompt: hearing.transcript(&generator) + "Record:\n", completion: hearing.record, group: hearing.chair,
        options: AnswerOptions(right: field.right, wrong: [field.wrong], most: 4, stream: 0xC0C1, id: id))
    }
  }
}
