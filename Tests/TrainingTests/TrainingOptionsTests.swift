import Foundation
import Recipe
import Testing
import Training

@Suite struct TrainingOptionsTests {
  @Test func defaults() throws {
    let options = TrainingOptions()
    try options.validate()
    #expect(options.rank == 8 && options.alpha == 16)
    #expect(options.beta1 == 0.9 && options.beta2 == 0.999 && options.epsilon == 1e-8)
    #expect(options.clip == 1 && options.weightDecay == 0 && options.learningRateRatio == 1)
    #expect(options.steps == nil && options.epochs == 1)
    #expect(TrainingOptions { $0.rank = 3 }.alpha == 6)
    #expect(TrainingOptions { ($0.rank, $0.alpha) = (3, 5) }.alpha == 5)
    #expect(TrainingOptions { $0.steps = 4 }.epochs == nil)
  }

  @Test func survivesJSON() throws {
    var options = TrainingOptions { ($0.rank, $0.learningRate, $0.steps, $0.seed) = (5, 0.1 + 0.2, 7, .max) }
    options.dropout = 0.1
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == options)
  }

  @Test func valuesByGroupSurviveJSON() throws {
    let options = TrainingOptions {
      ($0.rankByGroup, $0.learningRateByGroup) = (ByGroup([.oProj: 16]), ByGroup([.fc2: 0.1 + 0.2]))
    }
    let data = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == options)
    let plain = try JSONEncoder().encode(TrainingOptions())
    let object = try #require(try JSONSerialization.jsonObject(with: plain) as? [String: Any])
    #expect(object.keys.allSatisfy { !$0.hasSuffix("ByGroup") } && object["alpha"] as? Double == 16)
  }

  /// As the version before the first release wrote them: single precision, no `epochs` beside steps, alpha always.
  @Test func optionsOfEarlierCheckpointsAreRead() throws {
    let stored = """
      {"alpha":12,"batchSize":2,"beta1":0.9,"beta2":0.999,"clip":1,"dropout":0.1,"epsilon":1e-08,
      "gradientAccumulation":1,"learningRate":0.003,"learningRateRatio":1,"packing":false,"rank":4,"schedule":"linear",
      "seed":4,"sequenceLength":128,"shuffle":true,"steps":40,"threads":2,"useRSLoRA":false,"warmupSteps":10,
      "weightDecay":0}
      """
    let options = try JSONDecoder().decode(TrainingOptions.self, from: Data(stored.utf8))
    let settings = RunSettings {
      ($0.rank, $0.alpha, $0.batchSize, $0.dropout, $0.learningRate) = (4, 12, 2, 0.1, 0.003)
      ($0.packing, $0.schedule, $0.seed, $0.sequenceLength, $0.steps, $0.warmupSteps) = (false, .linear, 4, 128, 40, 10)
    }
    #expect(options == TrainingOptions(settings, threads: 2))
    let without = stored.replacing("\"rank\":4,", with: "")
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TrainingOptions.self, from: Data(without.utf8))
    }
  }

  static let refused: [(String, TrainingOptions)] = [
    ("rank", TrainingOptions { $0.rank = 0 }), ("alpha", TrainingOptions { $0.alpha = .nan }),
    ("dropout", TrainingOptions { $0.dropout = 1 }), ("lr", TrainingOptions { $0.learningRate = -1 }),
    ("lr", TrainingOptions { $0.learningRate = .infinity }),
    ("lr-ratio", TrainingOptions { $0.learningRateRatio = 0 }),
    ("beta2", changed { $0.beta2 = 1 }), ("epsilon", changed { $0.epsilon = 0 }),
    ("weight-decay", TrainingOptions { $0.weightDecay = -0.1 }), ("clip", TrainingOptions { $0.clip = -1 }),
    ("warmup", TrainingOptions { $0.warmupSteps = -1 }), ("steps", TrainingOptions { $0.steps = 0 }),
    ("epochs", TrainingOptions { $0.epochs = 0 }), ("batch-size", TrainingOptions { $0.batchSize = 0 }),
    ("sequence-length", TrainingOptions { $0.sequenceLength = 1 }),
    ("gradient-accumulation", TrainingOptions { $0.gradientAccumulation = 0 }),
    ("threads", TrainingOptions(threads: 0)), ("max-new-tokens", TrainingOptions { $0.maxNewTokens = 0 }),
    ("training-examples", TrainingOptions { $0.trainingExamples = 0 }),
  ]

  private static func changed(_ change: (inout TrainingOptions) -> Void) -> TrainingOptions {
    var options = TrainingOptions()
    change(&options)
    return options
  }

  @Test(arguments: refused)
  func refusals(name: String, options: TrainingOptions) {
    let error = #expect(throws: TrainingError.self) { try options.validate() }
    #expect(error?.description.hasPrefix(name + " is ") == true)
    #expect(error?.exitStatus == 64)
  }
}

@Suite struct LearningRateScheduleTests {
  /// Values of transformers' schedules for 4 warm-up steps of 12.
  @Test func transformersValues() {
    func factors(_ schedule: LearningRateSchedule) -> [Double] {
      [0, 1, 3, 4, 8, 11, 12].map { schedule.factor(step: $0, totalSteps: 12, warmupSteps: 4) }
    }
    #expect(factors(.constant) == [0, 0.25, 0.75, 1, 1, 1, 1])
    #expect(factors(.linear) == [0, 0.25, 0.75, 1, 0.5, 0.125, 0])
    let cosine = factors(.cosine)
    #expect(Array(cosine.prefix(4)) == [0, 0.25, 0.75, 1])
    #expect(abs(cosine[4] - 0.5) < 1e-12)
    #expect(abs(cosine[5] - 0.038_060_233_744_356_65) < 1e-12)
    #expect(abs(cosine[6]) < 1e-12)
  }

  @Test func withoutWarmUpTheFirstStepIsFull() {
    for schedule in LearningRateSchedule.allCases {
      #expect(schedule.factor(step: 0, totalSteps: 1, warmupSteps: 0) == 1)
    }
  }

  @Test func warmUpLongerThanTheRun() {
    for schedule in LearningRateSchedule.allCases {
      #expect(schedule.factor(step: 5, totalSteps: 6, warmupSteps: 10) == 0.5)
    }
  }

  /// A warm-up that a run ends in is said with what the rate comes to.
  @Test func aWarmupThatIsTooLong() {
    func note(_ warmup: Int, of total: Int) -> String? {
      TrainingOptions { $0.warmupSteps = warmup }.warmupNote(totalSteps: total)
    }
    #expect(note(0, of: 4) == nil && note(3, of: 4) == nil && note(0, of: 0) == nil)
    #expect(note(4, of: 4)?.contains("the run of 4: the learning rate comes to 75 %") == true)
    #expect(note(10, of: 4)?.contains("30 %") == true)
  }
}
